"""Masks to look at."""
