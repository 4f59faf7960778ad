"""Figures by which encoders are compared."""
