"""Ranges that arguments must lie in."""

from __future__ import annotations

from math import isfinite


def check_weight(name: str, value: float) -> None:
    """Raise ValueError unless the value is finite and at least 0."""
    if not (isfinite(value) and value >= 0):
        raise ValueError(f"{name} must be a finite number >= 0, got {value}")


def check_positive(name: str, value: float) -> None:
    """Raise ValueError unless the value is finite and above 0."""
    if not (isfinite(value) and value > 0):
        raise ValueError(f"{name} must be a finite number above 0, got {value}")


def check_share(name: str, value: float) -> None:
    """Raise ValueError unless the value lies in [0, 1]."""
    if not 0 <= value <= 1:
        raise ValueError(f"{name} must lie in [0, 1], got {value:g}")


def check_count(name: str, value: int) -> None:
    """Raise ValueError unless the value is at least 1."""
    if value < 1:
        raise ValueError(f"{name} must be >= 1, got {value}")
