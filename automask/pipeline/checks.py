"""What no run can use is refused before anything heavy begins."""

from __future__ import annotations

import math
import os
from difflib import get_close_matches

from omegaconf import DictConfig, OmegaConf

from automask.cli.command_line import is_picture_name
from automask.config import NOISE, aspect_of, leaves, plain
from automask.io.filenames import exists, hint
from automask.pipeline.read_only import WRITTEN, check_apart, files_read
from automask.pipeline.read_pictures import check_size
from automask.pipeline.sources import sources_of
from automask.targets import check_targets

MAX_STYLE_SCALE = 8
MAX_HOLD = 1.25  # at which a shape is matched by the photograph alone
STAGES = ("all", "masks")
WRITABLE = (".png", ".jpg", ".jpeg")
KINDS = ("keep", "white")  # of alpha


def check(config: DictConfig) -> None:
    """Refuse values that no run can use, before anything heavy begins.

    Raises:
        ValueError: With the offending key, its value, and what is allowed.
    """
    check_targets(config)
    _check_numbers(config)
    if config.stage not in STAGES:
        raise ValueError(f"stage must be all or masks, got '{config.stage}'")
    if config.alpha not in KINDS:
        raise ValueError(f"alpha must be keep or white, got '{config.alpha}'")
    _check_content(config)
    sources = sources_of(config)  # all files are there
    if config.strength < 1 and config.aspect is not None:
        raise ValueError("strength below 1 needs a content to hold on to")
    start = config.init
    if start == "content" and config.aspect is not None:
        raise ValueError("init=content needs a content; choose init=noise or a file")
    if start not in ("content", *NOISE) and not exists(start):
        advice = hint(start, "check its name")
        raise ValueError(
            f"init must be content, noise, or a picture file; no file '{start}'; "
            f"{advice}"
        )
    weights = config.encoder.get("weights")
    if weights is not None and not exists(os.path.expanduser(str(weights))):
        advice = hint(str(weights), "check its name")
        raise ValueError(f"encoder weights not found: {weights}; {advice}")
    check_out(config.out)
    written = {key: config[key] for key in WRITTEN if config[key]}
    check_apart(written, files_read(config, sources))


def check_out(out: str | None) -> None:
    """Refuse a picture's name with a slip in its suffix: it would become a folder.

    Raises:
        ValueError: With the name that may be meant.
    """
    if not out or out.endswith("/") or is_picture_name(out) or os.path.isdir(out):
        return
    name, suffix = os.path.splitext(out)
    if meant := get_close_matches(suffix.lower(), WRITABLE, n=1, cutoff=0.7):
        raise ValueError(
            f"out={out} ends in {suffix}; did you mean '{name}{meant[0]}'? "
            f"A folder of that name is written {out}/"
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
            f"got {'null' if scale is None else scale}"
        )
    hold = config.hold
    if hold != "auto" and not (type(hold) in (int, float) and 0 <= hold <= MAX_HOLD):
        raise ValueError(
            f"hold must be auto or a number from 0 to {MAX_HOLD:g}, got {hold}"
        )
    _check_balance(config)
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


def _check_balance(config: DictConfig) -> None:
    """Weights by the keys that people set, which the terms know by other names."""
    for key, weight in leaves(plain(config).get("balance"), "balance"):
        if isinstance(weight, str | list):  # layers have names
            continue
        if type(weight) not in (int, float) or not 0 <= weight < math.inf:
            told = "null" if weight is None else weight
            raise ValueError(f"{key} must be a number >= 0, got {told}")
