"""Paint that moves with what it was laid on, and stays sharp on its way.

A painting that is interpolated anew for each frame turns to a blur. Here what was
painted is kept as it was, with the motion since then: it is interpolated once, however
many frames ago that was. Each full painting adds a coat where it painted; coats that
cover little are joined, the picture as it is then being what is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from automask.video.flow import (
    Flow,
    area_of,
    blurred,
    inside,
    residual,
    warp,
    warp_smooth,
)

COATS = 4  # that are kept at most: each costs time in each frame
LITTLE = 1e-3  # of the frame: a coat that covers less is gone
FINEST = 0.4  # px, σ that parts the finest band from the next, which is twice as broad
EVEN = 4.0  # px, σ over which motion is averaged to tell how it stretches
FINER = 0.8  # of two fine bands, to be given back for each time as large, or taken
LOSS = 0.3  # of the finest band, to be given back, in the middle of four pixels
GAIN = 0.5  # part of what went astray that is corrected in a frame


@dataclass(frozen=True)
class Coat:
    """Paint as it was laid in some earlier frame.

    Args:
        both: (1, 6, H, W) the painting, and the frame that each part was painted on.
        motion: (1, 2, H, W) px from where a pixel is to where it was then.
        covers: (1, 1, H, W) in [0, 1] where that is what is to be seen.
    """

    both: Tensor
    motion: Tensor
    covers: Tensor

    @property
    def area(self) -> float:
        """Share of the frame that it covers."""
        return float(self.covers.mean())


@dataclass(frozen=True)
class PaintLayer:
    """A painting, and the frame as it was where each of its parts was painted.

    Args:
        coats: The oldest first; what none of them covers is carried frame by frame.
        both: (1, 6, H, W) both, as they are shown.
    """

    coats: tuple[Coat, ...]
    both: Tensor

    @property
    def painting(self) -> Tensor:
        """(1, 3, H, W) as it is shown."""
        return self.both[:, :3]

    @property
    def stretch(self) -> Tensor:
        """(H, W) how many times as large as it was laid the paint is seen by now."""
        stretch = torch.ones_like(self.both[0, 0])
        for coat in self.coats:
            own = stretch_of(coat.motion)
            stretch = torch.lerp(stretch, own, coat.covers[0, 0])
        return stretch

    @property
    def beyond(self) -> Tensor:
        """(H, W) in [0, 1] what lay beyond the frame when the paint was laid."""
        beyond = torch.zeros_like(self.both[0, 0])
        for coat in self.coats:
            own = 1 - inside(coat.motion)
            beyond = torch.lerp(beyond, own[0, 0], coat.covers[0, 0])
        return beyond

    @property
    def beneath(self) -> Tensor:
        """(1, 3, H, W) what it was painted on."""
        return self.both[:, 3:]


def laid(painting: Tensor, frame: Tensor) -> PaintLayer:
    """A painting that was just painted on a frame, (1, 3, H, W) each."""
    both = torch.cat([painting, frame], dim=1)
    return PaintLayer((_fresh(both, torch.ones_like(both[:, :1])),), both)


def moved(layer: PaintLayer, vectors: Tensor) -> PaintLayer:
    """The layer in the next frame.

    Args:
        layer: In the last frame.
        vectors: (1, 2, H, W) px from where a pixel is to where it was.
    """
    if not vectors.any():
        return layer
    coats = tuple(_moved(coat, vectors) for coat in layer.coats)
    both = interpolated(layer.both, vectors)
    for coat in coats:
        both = _covered(both, coat)
    # Where nothing moves the last frame's painting stays to the last bit.
    both = torch.where(vectors.any(dim=1, keepdim=True), both.clamp(0, 1), layer.both)
    return PaintLayer(coats, both)


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
        return layer, flow
    left = residual(frame, moved(_beneath_alone(layer), flow.vectors).both)
    sure = moving & (flow.confidence > 0.5)
    more = torch.where(sure, GAIN * left.confidence * left.vectors, 0.0)
    vectors = more + warp_smooth(flow.vectors, more)
    vectors = torch.where(moving, vectors, 0.0)
    both = torch.minimum(flow.confidence, left.confidence)
    confidence = torch.where(moving, both, flow.confidence)
    return moved(layer, vectors), Flow(vectors, confidence)


def repainted(
    layer: PaintLayer, painting: Tensor, frame: Tensor, free: Tensor, *, coat: bool
) -> PaintLayer:
    """The layer after parts of it were painted again.

    Args:
        layer: As carried along.
        painting: (1, 3, H, W) now.
        frame: (1, 3, H, W) that it is painted on.
        free: (H, W) in [0, 1] how far it was painted again.
        coat: Whether that is kept.
    """
    both = torch.cat([painting, torch.lerp(layer.beneath, frame, free)], dim=1)
    again = (free > 0)[None, None]
    coats = [
        replace(each, covers=torch.where(again, 0.0, each.covers))
        for each in layer.coats
    ]
    if coat and again.any():
        coats.append(_fresh(both, again.to(both)))
    return PaintLayer(
        joined([each for each in coats if each.area > LITTLE], both), both
    )


def joined(coats: Sequence[Coat], both: Tensor) -> tuple[Coat, ...]:
    """No more coats than are kept; neighbours in age that cover least become one.

    Args:
        coats: The oldest first.
        both: (1, 6, H, W) as they are shown now.
    """
    left = list(coats)
    while len(left) > COATS:
        least = min(range(len(left) - 1), key=lambda n: left[n].area + left[n + 1].area)
        covers = (left[least].covers + left[least + 1].covers).clamp(max=1)
        left[least : least + 2] = [_fresh(both, covers)]
    return tuple(left)


def interpolated(
    planes: Tensor, motion: Tensor, window: tuple[slice, slice] | None = None
) -> Tensor:
    """Earlier planes as they would be seen now, with fine detail as strong as it was.

    Args:
        planes: (1, C, H, W).
        motion: (1, 2, H, W) px.
        window: Rows and columns that are wanted; None: all.
    """
    shown, stretch = warp(planes, motion, window), stretch_of(motion)[None, None]
    if window is not None:
        motion, stretch = (
            each[..., window[0], window[1]] for each in (motion, stretch)
        )
    beside = motion - motion.floor()
    loss = (2 * beside * (1 - beside)).sum(dim=1, keepdim=True)  # most between pixels
    smooth = blurred(shown, FINEST)
    fine, broader = shown - smooth, smooth - blurred(smooth, 2 * FINEST)
    larger = FINER * (stretch - 1).clamp(-0.5, 0.5)
    return shown + LOSS * loss * fine + larger * (fine + broader)


def stretch_of(motion: Tensor) -> Tensor:
    """(H, W) how many times as large something is seen as it was.

    Args:
        motion: (1, 2, H, W) px from where a pixel is to where it was.
    """
    return area_of(motion, EVEN).rsqrt()


def _fresh(both: Tensor, covers: Tensor) -> Coat:
    return Coat(both, both.new_zeros(1, 2, *both.shape[2:]), covers)


def _moved(coat: Coat, vectors: Tensor) -> Coat:
    return replace(
        coat,
        motion=vectors + warp_smooth(coat.motion, vectors),
        covers=warp_smooth(coat.covers, vectors),
    )


def _covered(both: Tensor, coat: Coat) -> Tensor:
    """Both planes with a coat over them; interpolated only about where it covers."""
    rows, columns = (coat.covers[0, 0].amax(dim=d).nonzero() for d in (1, 0))
    if not len(rows):
        return both
    here = (
        slice(int(rows[0]), int(rows[-1]) + 1),
        slice(int(columns[0]), int(columns[-1]) + 1),
    )
    result = both.clone()
    shown = interpolated(coat.both, coat.motion, here)
    result[..., here[0], here[1]].lerp_(shown, coat.covers[..., here[0], here[1]])
    return result


def _beneath_alone(layer: PaintLayer) -> PaintLayer:
    """Without the painting: (1, 3, H, W) planes."""
    coats = tuple(replace(coat, both=coat.both[:, 3:]) for coat in layer.coats)
    return PaintLayer(coats, layer.beneath)
