"""Inputs drawn from a seed: none may end in anything but one clear line."""
