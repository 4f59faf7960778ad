"""Sweeps: a grid of values, its cells as items, a sheet and tables of the runs."""
