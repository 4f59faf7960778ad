"""How large the picture becomes: so many px, or as large as the photograph is."""

from __future__ import annotations

import copy

from omegaconf import DictConfig

from automask.images.image_files import stored_size
from automask.pipeline.sources import Sources

OWN = "own"
SMALLEST, LARGEST = 32, 16384  # px


def check_size(size: object) -> None:
    """Raise ValueError unless it is a size in px, or own."""
    if size == OWN:
        return
    if type(size) is not int:
        raise ValueError(f"size must be an integer or own, got {size}")
    if not SMALLEST <= size <= LARGEST:
        raise ValueError(f"size must be {SMALLEST} to {LARGEST} px, got {size}")


def sized(config: DictConfig, sources: Sources) -> DictConfig:
    """The configuration with its size in px.

    Raises:
        ValueError: If there is no photograph to ask, or it is too large or small.
        OSError: If it cannot be read.
    """
    if config.size != OWN:
        return config
    if not sources.content.path:
        raise ValueError("size=own needs a content; give size in px")
    side = max(stored_size(sources.content.path))
    if not SMALLEST <= side <= LARGEST:
        raise ValueError(
            f"size must be {SMALLEST} to {LARGEST} px, and '{sources.content.path}' "
            f"has {side} px; give another one than size=own"
        )
    config = copy.deepcopy(config)
    config.size = side
    return config
