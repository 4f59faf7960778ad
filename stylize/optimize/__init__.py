"""Gradient descent on the pixels: optimisers, levels, tiles."""
