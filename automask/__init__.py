"""Automatic soft masks for semantic style transfer, and the programs around them."""

__version__ = "0.1.0"
