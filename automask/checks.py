"""What no run can use is refused before anything heavy begins."""

from __future__ import annotations

import math
import os

from omegaconf import DictConfig, OmegaConf

from automask.config import NOISE, aspect_of
from automask.own_size import check_size
from automask.sources import sources_of

MAX_STYLE_SCALE = 8
STAGES = ("all", "masks")
KINDS = ("keep", "white")  # of alpha


def check(config: DictConfig) -> None:
    """Refuse values that no run can use, before anything heavy begins.

    Raises:
        ValueError: With the offending key, its value, and what is allowed.
    """
    _check_numbers(config)
    if config.stage not in STAGES:
        raise ValueError(f"stage must be all or masks, got '{config.stage}'")
    if config.alpha not in KINDS:
        raise ValueError(f"alpha must be keep or white, got '{config.alpha}'")
    _check_content(config)
    sources_of(config)  # all files are there
    if config.strength < 1 and config.aspect is not None:
        raise ValueError("strength below 1 needs a content to hold on to")
    start = config.init
    if start == "content" and config.aspect is not None:
        raise ValueError("init=content needs a content; choose init=noise or a file")
    if start not in ("content", *NOISE) and not os.path.exists(start):
        raise ValueError(
            f"init must be content, noise, or a picture file; no file '{start}'"
        )


def _check_content(config: DictConfig) -> None:
    """A photograph where the method paints one, and none where it does not."""
    given = None if OmegaConf.is_missing(config, "content") else config.content
    if config.aspect is None:
        if not given:
            raise ValueError(
                "no content given; add content=photo.jpg, or try content=astronaut"
            )
    elif given:
        raise ValueError(
            f"this stylizer takes no content, got '{given}'; leave it out, or choose "
            "stylizer=softmask or stylizer=doodle"
        )
    elif config.aspect != "map":
        aspect_of(config.aspect)
    elif config.map is None:
        raise ValueError(
            "no map to paint from; add map=FILE, drawn in the colours of the style's"
        )


def _check_numbers(config: DictConfig) -> None:
    if not (math.isfinite(config.gamma) and config.gamma >= 0):
        raise ValueError(f"gamma must be a number >= 0, got {config.gamma:g}")
    if config.k < 0:
        raise ValueError(f"k must be an integer >= 0, got {config.k}")
    check_size(config.size)
    scale = config.style_scale
    if scale not in ("auto", "own") and not (
        type(scale) in (int, float) and 0 < scale <= MAX_STYLE_SCALE
    ):
        raise ValueError(
            f"style_scale must be auto, own or a number up to {MAX_STYLE_SCALE}, "
            f"got {scale}"
        )
    if not 0 <= config.strength <= 1:
        raise ValueError(
            f"strength must be a number from 0 to 1, got {config.strength:g}"
        )
    if config.intermediates < 0:
        raise ValueError(
            f"intermediates must be an integer >= 0, got {config.intermediates}"
        )
    if not 0 <= config.seed < 2**63:
        raise ValueError(f"seed must be an integer from 0 to 2^63-1, got {config.seed}")
    memory = config.hardware.get("memory")
    if memory is not None and not (type(memory) in (int, float) and memory > 0):
        raise ValueError(f"hardware.memory must be MiB above 0 or null, got {memory}")
