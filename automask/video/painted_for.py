"""Which region each part of a painting was painted for, and where it is no longer one.

A mask may have been wrong, or the motion, when paint was laid. Where what is seen turns
out to be of another region, the paint must go.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from automask.video.flow import warp_labels
from stylize import Picture

SURE, LOST = 0.35, 0.15  # probabilities of a region: it is one, it is none any more
NONE = 255

State = dict[str, Any]


def painted_for(content: Picture, free: Tensor, before: State | None) -> State:
    """The regions after painting.

    Args:
        content: With the masks by which it was painted.
        free: (H, W) in [0, 1] where it was painted.
        before: The regions so far, of the same frame.

    Returns:
        Names, and (H, W) uint8 labels: the most particular region of each pixel.
    """
    names = [] if before is None else list(before["names"])
    names += [name for name in content.names if name not in names]
    labels = torch.full(content.image.shape[2:], NONE, dtype=torch.uint8)
    for name, mask in zip(content.names, content.masks, strict=True):
        labels[mask > SURE] = names.index(name)
    if before is not None:
        labels = torch.where(free > 0, labels, before["labels"])
    return {"names": names, "labels": labels}


def moved(regions: State, vectors: Tensor) -> State:
    """The regions carried along (1, 2, H, W) a motion."""
    return {**regions, "labels": warp_labels(regions["labels"], vectors)}


def lost(regions: State, content: Picture) -> Tensor:
    """(H, W) bool: what was painted for a region that it does not belong to.

    Args:
        regions: Carried along to the frame.
        content: The frame, with its masks.
    """
    now = dict(zip(content.names, content.masks, strict=True))
    none = torch.zeros(content.image.shape[2:])
    gone = torch.zeros_like(none, dtype=torch.bool)
    for number, name in enumerate(regions["names"]):
        gone |= (regions["labels"] == number) & (now.get(name, none) < LOST)
    return gone
