"""Regions that keep the photograph's colours, and a line where skin would want it."""

from __future__ import annotations

import logging
from collections.abc import Collection
from difflib import get_close_matches

import cv2
import numpy as np
from omegaconf import DictConfig
from torch import Tensor

from automask.masks.combine import BACKGROUND, PERSON_PARTS
from stylize import Picture

log = logging.getLogger(__name__)
KEY = "keep_color"
SKIN, AROUND = "skin", "person"  # either keeps a sitter's tone
LEAST = 0.005  # of the picture: less skin than that is not looked at
MUCH = 15.0  # L* by which a change is one that a person would want to know of


def check_kept_masks(names: Collection[str], content: Picture) -> None:
    """Warn of regions that a photograph does not show, and refuse misspelt ones.

    Args:
        names: Of the regions.
        content: With its masks.

    Raises:
        ValueError: If a name is nearly that of a mask.
    """
    there = [*content.names, *content.unmatched]
    known = {*there, AROUND, BACKGROUND, *PERSON_PARTS}
    for name in names:
        told = f"the masks found are {', '.join(there) or 'none'}"
        if name not in known and (close := get_close_matches(name, sorted(known), n=1)):
            raise ValueError(
                f"{KEY} names '{name}'; did you mean '{close[0]}'? {told.capitalize()}"
            )
        if name not in there:
            log.warning("%s: the content shows no %s; %s", KEY, name, told)


def tone_hint(config: DictConfig, content: Picture, image: Tensor) -> str:
    """A line on the key that keeps the skin's tone; "" where that changes little.

    Args:
        config: Of the run.
        content: The photograph with its masks.
        image: (1, 3, H, W) what was painted of it.
    """
    if config.aspect is not None or {SKIN, AROUND} & set(config[KEY]):
        return ""
    skin = content.regions.get(SKIN)
    if skin is None or skin.mean() < LEAST:
        return ""
    was, now = (_lightness(each, skin) for each in (content.image, image))
    if abs(now - was) < MUCH:
        return ""
    return (
        f"Skin: much {'lighter' if now > was else 'darker'} than the photograph's "
        f"(L* {was:.0f} -> {now:.0f}); {KEY}=[{SKIN}] keeps the sitter's own tone"
    )


def _lightness(image: Tensor, mask: Tensor) -> float:
    """Mean L* (CIE 1976, 0 to 100) of a (1, 3, H, W) image within an (H, W) mask."""
    pixels = image[0].permute(1, 2, 0).float().cpu().numpy()
    light = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2LAB)[..., 0]
    return float(np.average(light, weights=mask.cpu().numpy()))
