"""Masks drawn by hand."""
