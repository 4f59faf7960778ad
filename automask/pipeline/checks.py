"""What no run can use is refused before anything heavy begins."""

from __future__ import annotations

import os
from difflib import get_close_matches

from omegaconf import DictConfig, ListConfig, OmegaConf

from automask.config import NOISE, aspect_of, plain
from automask.images.formats import is_picture_name
from automask.io.filenames import exists, hint
from automask.keys import AMOUNT, Allowed, RunKeys, check_values
from automask.mediapipe.fetching import ensure
from automask.pipeline.read_only import WRITTEN, check_apart, files_read
from automask.pipeline.sources import sources_of
from automask.targets import check_targets

MEDIAPIPES = ("automask.masks.Portrait", "automask.masks.segment_person")
"""Mask sources that need MediaPipe's nets."""
WRITABLE = (".png", ".jpg", ".jpeg")
MEMORY = Allowed((None,), float, above=True)


def check(config: DictConfig) -> None:
    """Refuse values that no run can use, before anything heavy begins.

    Nets that come with some versions of MediaPipe alone are fetched if need be.

    Raises:
        ValueError: With the offending key, its value, and what is allowed.
    """
    check_targets(config)
    check_values(RunKeys, config)
    memory = config.hardware.get("memory")
    if memory not in MEMORY:
        raise ValueError(f"hardware.memory must be {MEMORY} MiB or null, got {memory}")
    _check_weights("balance", plain(config)["balance"])
    _check_content(config)
    _check_kept(config)
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
    _have_nets(config)


def _have_nets(config: DictConfig) -> None:
    """MediaPipe's nets are on this machine where a run needs them, or are fetched."""
    fetch = config.models.get("fetch")
    if not isinstance(fetch, bool):
        raise ValueError(f"models.fetch must be true or false, got {fetch!r}")
    sources = (config.masks.get("sources") or {}).values()
    if config.masks.get("k") and any(s.get("_target_") in MEDIAPIPES for s in sources):
        ensure(fetch)


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


def _check_weights(key: str, value: object) -> None:
    """Weights by the keys that people set, which the terms know by other names."""
    if isinstance(value, dict):
        for name, each in value.items():
            _check_weights(f"{key}.{name}", each)
    elif not isinstance(value, str | list) and value not in AMOUNT:  # layers have names
        told = "null" if value is None else value
        raise ValueError(f"{key} must be {AMOUNT}, got {told}")


def _check_kept(config: DictConfig) -> None:
    """Names of regions, where there is a photograph whose colours can be kept."""
    names = config.keep_color
    if not isinstance(names, ListConfig) or not all(isinstance(n, str) for n in names):
        raise ValueError(
            f"keep_color must be a list of masks, as in [skin], got {names}"
        )
    if names and config.aspect is not None:
        raise ValueError("keep_color needs a content whose colours can be kept")
