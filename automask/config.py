"""Where configurations and pictures lie, and how their values are read."""

from __future__ import annotations

import os
from importlib.util import find_spec
from math import ceil, inf, nan
from pathlib import Path
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import DictConfig, OmegaConf

from automask.io.filenames import exists, hint
from automask.keys import QUALITIES, BatchKeys, RunKeys, VideoKeys

PACKAGE = Path(__file__).parent
NOISE = ("noise", "random")  # two words for one init
SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".tif")  # of scikit-image's pictures


def register() -> None:
    """Make the keys and our resolvers known to Hydra."""
    ConfigStore.instance().store(name="run_keys", node=RunKeys)
    ConfigStore.instance().store(name="batch_keys", node=BatchKeys)
    ConfigStore.instance().store(name="video_keys", node=VideoKeys)
    OmegaConf.register_new_resolver("times", times, replace=True)
    OmegaConf.register_new_resolver("steps", steps, replace=True)
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


def steps(quality: Any, count: Any) -> Any:
    """Steps of an optimiser, one number or one a level, for a quality; at least one.

    What is no quality or no number is left for its part to refuse.
    """
    share = QUALITIES.get(quality, 1.0) if isinstance(quality, str) else 1.0
    if isinstance(count, int):
        return max(1, ceil(count * share - 1e-9))
    return [steps(quality, each) for each in count]


def plain(config: DictConfig) -> dict[str, Any]:
    """The configuration with all references resolved."""
    resolved = OmegaConf.to_container(config, resolve=True)
    assert isinstance(resolved, dict)
    return {str(key): value for key, value in resolved.items()}


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
        ratio = nan
    if not 0 < ratio < inf:
        raise ValueError(f"aspect must be width:height, as in 3:2, or map; got {given}")
    return ratio
