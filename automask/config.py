"""The top-level keys of a run: their types, and where configs and pictures lie."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import MISSING, DictConfig, OmegaConf

from automask.io.filenames import exists, hint

PACKAGE = Path(__file__).parent
NOISE = ("noise", "random")  # two words for one init
SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".tif")  # of scikit-image's pictures


@dataclass
class Schema:
    """Types of the keys; configs/run.yaml holds their values and meanings."""

    content: str | None = MISSING
    gamma: float = MISSING
    k: int = MISSING
    size: Any = MISSING
    alpha: str = MISSING
    style_scale: Any = MISSING
    seed: int = MISSING
    out: str | None = MISSING
    map: Any = MISSING
    find_maps: bool = MISSING
    regions: Any = MISSING
    aspect: Any = MISSING
    stage: str = MISSING
    init: str = MISSING
    quiet: bool = MISSING
    strength: float = MISSING
    hold: Any = MISSING
    checkpoint: str | None = MISSING
    intermediates: int = MISSING
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
    """Make the schema and our resolvers, ``embedded`` and ``times``, known to Hydra."""
    ConfigStore.instance().store(name="schema", node=Schema)
    OmegaConf.register_new_resolver("times", times, replace=True)
    OmegaConf.register_new_resolver("embedded", embedded_style, replace=True)


def config_folder() -> Path:
    """The YAML files: within the installed package, or beside it in a checkout."""
    installed = PACKAGE / "configs"
    return installed if installed.is_dir() else PACKAGE.parent / "configs"


def embedded_style(name: str) -> str:
    """Absolute path of a style image that comes with automask, such as monet.jpg."""
    return str(PACKAGE / "styles" / name)


def times(one: Any, other: Any) -> Any:
    """Product of two numbers; of "auto", which is still to be chosen, the other one.

    What is no number is left for its part to refuse.
    """
    both = all(isinstance(each, int | float) for each in (one, other))
    return one * other if both else other


def plain(config: DictConfig) -> dict[str, Any]:
    """The configuration with all references resolved."""
    resolved = OmegaConf.to_container(config, resolve=True)
    assert isinstance(resolved, dict)
    return {str(key): value for key, value in resolved.items()}


def leaves(node: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted keys and values of nested dicts."""
    if isinstance(node, dict) and node:
        for key, child in node.items():
            yield from leaves(child, f"{prefix}.{key}" if prefix else str(key))
    else:
        yield prefix, node


def photograph(content: str) -> str:
    """The content's file; a bare name may be a picture that scikit-image brings.

    Raises:
        ValueError: If there is no such file.
    """
    if exists(content):
        return content
    skimage = find_spec("skimage")
    if skimage and skimage.origin and "/" not in content:
        folder = Path(skimage.origin).parent / "data"
        for file in (folder / f"{content}{suffix}" for suffix in SUFFIXES):
            if exists(str(file)):
                return str(file)
    advice = hint(content, "give a file that is there, or try content=astronaut")
    raise ValueError(f"no content picture '{content}' in {os.getcwd()}; {advice}")


def aspect_of(given: object) -> float:
    """Width to height, from a number or a text such as 3:2.

    Raises:
        ValueError: If it is neither.
    """
    width, _, height = str(given).partition(":")
    try:
        ratio = float(width) / float(height or 1)
    except (ValueError, ZeroDivisionError):
        ratio = math.nan
    if not 0 < ratio < math.inf:
        raise ValueError(f"aspect must be width:height, as in 3:2, or map; got {given}")
    return ratio
