"""The top-level keys of a run: their types, their limits, where configs lie."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import MISSING, DictConfig, OmegaConf

PACKAGE = Path(__file__).parent
MIN_SIZE, MAX_SIZE = 32, 16384  # px
MAX_STYLE_SCALE = 8
STAGES = ("all", "masks")
SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".tif")  # of scikit-image's pictures


@dataclass
class Schema:
    """Types of the keys; configs/run.yaml holds their values and meanings."""

    content: str = MISSING
    gamma: float = MISSING
    k: int = MISSING
    size: int = MISSING
    style_scale: Any = MISSING
    seed: int = MISSING
    out: str | None = MISSING
    map: Any = MISSING
    stage: str = MISSING
    init: str = MISSING
    quiet: bool = MISSING
    style: Any = MISSING
    encoder: Any = MISSING
    masks: Any = MISSING
    stylizer: Any = MISSING
    color: Any = MISSING
    optimizer: Any = MISSING
    refresh: Any = MISSING
    hardware: Any = MISSING
    balance: Any = MISSING


def register() -> None:
    """Make the schema and the ``${embedded:monet.jpg}`` resolver known to Hydra."""
    ConfigStore.instance().store(name="schema", node=Schema)
    OmegaConf.register_new_resolver("embedded", embedded_style, replace=True)


def config_folder() -> Path:
    """The YAML files: within the installed package, or beside it in a checkout."""
    installed = PACKAGE / "configs"
    return installed if installed.is_dir() else PACKAGE.parent / "configs"


def embedded_style(name: str) -> str:
    """Absolute path of a style image that comes with automask, such as monet.jpg."""
    return str(PACKAGE / "styles" / name)


def photograph(content: str) -> str:
    """The content's file; a bare name may be a picture that scikit-image brings.

    Raises:
        ValueError: If there is no such file.
    """
    if os.path.exists(content):
        return content
    skimage = find_spec("skimage")
    if skimage and skimage.origin and "/" not in content:
        folder = Path(skimage.origin).parent / "data"
        for file in (folder / f"{content}{suffix}" for suffix in SUFFIXES):
            if file.is_file():
                return str(file)
    raise ValueError(
        f"no content picture '{content}' in {os.getcwd()}; "
        "give a file that is there, or try content=astronaut"
    )


def check(config: DictConfig) -> None:
    """Refuse values that no run can use, before anything heavy begins.

    Raises:
        ValueError: With the offending key, its value, and what is allowed.
    """
    _check_numbers(config)
    if config.stage not in STAGES:
        raise ValueError(f"stage must be all or masks, got '{config.stage}'")
    if OmegaConf.is_missing(config, "content") or not config.content:
        raise ValueError(
            "no content given; add content=photo.jpg, or try content=astronaut"
        )
    photograph(config.content)
    if not os.path.exists(config.style.image):
        raise ValueError(f"no style picture '{config.style.image}'; check its name")
    if config.init not in ("content", "random") and not os.path.exists(config.init):
        raise ValueError(
            f"init must be content, random, or a picture file; no file '{config.init}'"
        )


def _check_numbers(config: DictConfig) -> None:
    if not (math.isfinite(config.gamma) and config.gamma >= 0):
        raise ValueError(f"gamma must be a number >= 0, got {config.gamma:g}")
    if config.k < 0:
        raise ValueError(f"k must be an integer >= 0, got {config.k}")
    if not MIN_SIZE <= config.size <= MAX_SIZE:
        raise ValueError(f"size must be {MIN_SIZE} to {MAX_SIZE} px, got {config.size}")
    scale = config.style_scale
    if scale != "auto" and not (
        type(scale) in (int, float) and 0 < scale <= MAX_STYLE_SCALE
    ):
        raise ValueError(
            f"style_scale must be auto or a number up to {MAX_STYLE_SCALE}, got {scale}"
        )
    if not 0 <= config.seed < 2**63:
        raise ValueError(f"seed must be an integer from 0 to 2^63-1, got {config.seed}")
