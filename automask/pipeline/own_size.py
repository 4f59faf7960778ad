"""How large the picture becomes: so many px, or as large as the photograph is."""

from __future__ import annotations

import copy

from omegaconf import DictConfig

from automask.images.image_files import stored_size
from automask.keys import SIZE
from automask.pipeline.sources import Sources


def sized(config: DictConfig, sources: Sources) -> DictConfig:
    """The configuration with its size in px.

    Raises:
        ValueError: If there is no photograph to ask, or it is too large or small.
        OSError: If it cannot be read.
    """
    if config.size != "own":
        return config
    if not sources.content.path:
        raise ValueError("size=own needs a content; give size in px")
    side = max(stored_size(sources.content.path))
    if side not in SIZE:
        raise ValueError(
            f"size must be {SIZE}, and '{sources.content.path}' has {side} px; give "
            "another one than size=own"
        )
    config = copy.deepcopy(config)
    config.size = side
    return config
