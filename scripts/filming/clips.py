"""Clips of known motion, made of pictures that come with scikit-image."""

from __future__ import annotations

import sys
from math import sin, tau
from pathlib import Path

import skimage.data
import torch
import torch.nn.functional as F
from torch import Tensor

from automask.masks.portrait.portrait_source import Portrait

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "video"))

from planted_clips import Layer, PlantedClip, disc, pan, still, zoom  # noqa: E402

NAMES = ("pan", "zoom", "person", "occluder", "sway", "still")


def clip(name: str, side: int, count: int) -> PlantedClip:
    """A clip of square frames.

    Args:
        name: One of ``NAMES``.
        side: Px.
        count: Frames.
    """
    unit = side / 256  # speeds are those of 256 px
    if name == "pan":
        layers = [Layer(picture("coffee", 1.7 * side), motion=pan(-1.4 * unit, 0.2))]
    elif name == "zoom":
        layers = [Layer(picture("chelsea", 1.5 * side), motion=zoom(1.004))]
    elif name == "person":
        sitter = picture("astronaut", 0.8 * side)
        walk = Layer(sitter, person(sitter), _across(-0.15 * side, 1.1 * unit))
        layers = [Layer(picture("coffee", 1.6 * side)), walk]
    elif name == "occluder":
        ball = picture("rocket", 0.35 * side)
        rim = 0.45 * min(ball.shape[2:])
        over = Layer(ball, disc(*ball.shape[2:], rim), _across(-0.4 * side, 2.3 * unit))
        layers = [Layer(picture("chelsea", 1.6 * side), motion=pan(-0.6 * unit)), over]
    elif name == "sway":  # for as long as one likes
        layers = [Layer(picture("rocket", 2.2 * side), motion=_swaying(side))]
    else:
        layers = [Layer(picture("astronaut", side), motion=still)]
    return PlantedClip(layers, (side, side), count)


def picture(name: str, width: float) -> Tensor:
    """(1, 3, h, w) of scikit-image, so many px wide."""
    codes = torch.from_numpy(getattr(skimage.data, name)()[..., :3].copy())
    image = codes.permute(2, 0, 1)[None].float() / 255
    size = round(image.shape[2] * width / image.shape[3]), round(width)
    return F.interpolate(image, size, mode="bicubic", antialias=True).clamp(0, 1)


def person(image: Tensor) -> Tensor:
    """(h, w) of a person cut out, with a rim one or two px wide."""
    found = Portrait()(image)["person"]
    return (3 * (found - 0.5) + 0.5).clamp(0, 1)


def _across(start: float, speed: float):
    return lambda frame: (1.0, start + speed * frame, 0.0)


def _swaying(side: int):
    """There and back, nearer and farther, in 200 and 300 frames."""

    def motion(frame: int):
        across, near = sin(tau * frame / 200), sin(tau * frame / 300)
        return 1 + 0.2 * near, 0.25 * side * across, 0.05 * side * near

    return motion
