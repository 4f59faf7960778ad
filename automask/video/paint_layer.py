"""Paint that moves with what it was laid on, and stays sharp on its way.

A painting that is interpolated anew for each frame turns to a blur. Here an earlier
painting is kept as it was, with the motion since then: it is interpolated once, however
many frames ago that was. What was painted since lies over it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from automask.video.flow import Flow, residual, warp, warp_smooth

RENEWED = 30  # frames after which the painting as it is becomes the one that is kept
GAIN = 0.5  # part of what went astray that is corrected in a frame


@dataclass(frozen=True)
class PaintLayer:
    """A painting, and the frame as it was where each of its parts was painted.

    Args:
        kept: (1, 6, H, W) both, as they were some frames ago.
        motion: (1, 2, H, W) px from where a pixel is to where it was then.
        covers: (1, 1, H, W) in [0, 1] where that is still what is to be seen.
        recent: (1, 6, H, W) both, as they are in the last frame.
        age: Frames since ``kept``.
    """

    kept: Tensor
    motion: Tensor
    covers: Tensor
    recent: Tensor
    age: int = 0

    @property
    def painting(self) -> Tensor:
        """(1, 3, H, W) as it is shown."""
        return self.recent[:, :3]

    def of_beneath(self) -> PaintLayer:
        """Without the painting: (1, 3, H, W) planes alone."""
        return replace(self, kept=self.kept[:, 3:], recent=self.beneath)

    @property
    def beneath(self) -> Tensor:
        """(1, 3, H, W) what it was painted on."""
        return self.recent[:, 3:]


def laid(painting: Tensor, frame: Tensor) -> PaintLayer:
    """A painting that was just painted on a frame, (1, 3, H, W) each."""
    both = torch.cat([painting, frame], dim=1)
    motion = both.new_zeros(1, 2, *frame.shape[2:])
    return PaintLayer(both, motion, torch.ones_like(motion[:, :1]), both)


def moved(layer: PaintLayer, vectors: Tensor) -> PaintLayer:
    """The layer in the next frame.

    Args:
        layer: In the last frame.
        vectors: (1, 2, H, W) px from where a pixel is to where it was.
    """
    if not vectors.any():
        return replace(layer, age=layer.age + 1)
    motion = vectors + warp_smooth(layer.motion, vectors)
    covers = warp_smooth(layer.covers, vectors)
    recent = warp(layer.recent, vectors)
    recent = torch.lerp(recent, warp(layer.kept, motion), covers).clamp(0, 1)
    # Where nothing moves the last frame's painting stays to the last bit.
    recent = torch.where(vectors.any(dim=1, keepdim=True), recent, layer.recent)
    return PaintLayer(layer.kept, motion, covers, recent, layer.age + 1)


def followed(layer: PaintLayer, frame: Tensor, flow: Flow) -> tuple[PaintLayer, Flow]:
    """The layer where it belongs in the next frame, and how sure that is.

    Motion from frame to frame leads ever farther astray. What is left between a frame
    and what the paint was laid on is corrected.

    Args:
        layer: In the last frame.
        frame: (1, 3, H, W).
        flow: Motion from it to the last one.
    """
    moving = flow.vectors.any(dim=1, keepdim=True)
    if not moving.any():
        return moved(layer, flow.vectors), flow
    left = residual(frame, moved(layer.of_beneath(), flow.vectors).recent)
    sure = moving & (flow.confidence > 0.5)
    more = torch.where(sure, GAIN * left.confidence * left.vectors, 0.0)
    vectors = more + warp_smooth(flow.vectors, more)
    vectors = torch.where(moving, vectors, 0.0)
    both = torch.minimum(flow.confidence, left.confidence)
    confidence = torch.where(moving, both, flow.confidence)
    return moved(layer, vectors), Flow(vectors, confidence)


def repainted(
    layer: PaintLayer, painting: Tensor, frame: Tensor, free: Tensor
) -> PaintLayer:
    """The layer after parts of it were painted again.

    Args:
        layer: As carried along.
        painting: (1, 3, H, W) now.
        frame: (1, 3, H, W) that it is painted on.
        free: (H, W) in [0, 1] how far it was painted again.
    """
    beneath = torch.lerp(layer.beneath, frame, free)
    covers = torch.where(free > 0, 0.0, layer.covers)
    recent = torch.cat([painting, beneath], dim=1)
    if layer.age >= RENEWED:
        return replace(laid(painting, frame), kept=recent, recent=recent)
    return replace(layer, covers=covers, recent=recent)
