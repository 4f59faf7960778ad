"""Mask sources beyond portraits: sky, and segmentation networks."""
