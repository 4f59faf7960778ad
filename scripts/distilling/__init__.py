"""Distilling VGG-19 into a small network: crops, targets, losses, training."""
