"""Frames between two painted ones, made of both paintings along the motion."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import torch
from torch import Tensor

from automask.video.flow import Flow, motion, through, warp

UNSEEN = 1e-3  # weight of a painting that does not show what is seen


class Frames(Protocol):
    """Frames by number, (1, 3, H, W) in [0, 1]."""

    def __len__(self) -> int: ...

    def __getitem__(self, number: int, /) -> Tensor: ...


def in_between(
    frames: Frames,
    first: int,
    last: int,
    start: Tensor,
    paintings: tuple[Tensor, Tensor],
) -> Iterator[Tensor]:
    """The paintings between two.

    Args:
        frames: Of the piece.
        first: Number of the frame of the first painting; -1 for the one just before.
        last: Number of the second one's.
        start: (1, 3, H, W) the frame of the first painting.
        paintings: (1, 3, H, W) both.

    Yields:
        Those of the frames in between, in order.
    """
    inner = range(first + 1, last)
    if not inner:
        return
    backs: dict[int, Flow] = {}
    seen, later = None, frames[last]
    for number in reversed(inner):
        frame = frames[number]
        step = motion(frame, later)
        seen = step if seen is None else through(step, seen)
        backs[number], later = seen, frame
    there, earlier = None, start
    for number in inner:
        frame = frames[number]
        step = motion(frame, earlier)
        there = step if there is None else through(step, there)
        share = (number - first) / (last - first)
        yield _mixed(paintings, (there, backs.pop(number)), share)
        earlier = frame


def _mixed(
    paintings: tuple[Tensor, Tensor], flows: tuple[Flow, Flow], share: float
) -> Tensor:
    """Both paintings where both show what is seen, else the one that does."""
    weights = [
        part * flow.confidence + UNSEEN * part
        for part, flow in zip((1 - share, share), flows, strict=True)
    ]
    carried = [
        warp(image, flow.vectors) for image, flow in zip(paintings, flows, strict=True)
    ]
    second = weights[1] / (weights[0] + weights[1])
    return torch.lerp(carried[0], carried[1], second).clamp(0, 1)
