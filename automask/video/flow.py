"""Where each pixel of a frame was in another one, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

SIDE = 640  # px of the longer side at which motion is sought, whatever the frame's
BALANCE, LEAST = 0.01, 0.25  # of forward and backward flow: share of their squares, px²
CHANGE = 0.06  # of [0, 1]: a difference of the two frames that makes the flow unsure
AROUND = 1.0  # px, σ over which frames are compared: grain is no change
CONTRAST, GAIN = 0.22, 3.0  # of a frame, σ; a duller one is looked at so, within a gain
STILL, SAME = 0.1, 0.02  # px, and of [0, 1]: less is neither motion nor change
MOST = 2.0  # px by which carrying has gone astray at most
EDGE = 1.0  # px by which a pixel may come from beyond the frame
# Log of an area's change in a frame beside the whole picture's: what lies behind a
# moving edge seems stretched, where there is no texture to tell that it is new.
UNTORN, TORN = 0.05, 0.15
RIM, SPECK = 3, 2  # px by which unsure places grow, but for those smaller than a speck
STIFF, COLOR = 300.0, 8.0  # of motion that is filled in: smoothness, 8-bit difference


@dataclass(frozen=True)
class Flow:
    """Motion from a frame to an earlier one.

    Args:
        vectors: (1, 2, H, W) px to the right and down: from where a pixel is to where
            it was.
        confidence: (1, 1, H, W) in [0, 1] that it was seen there.
    """

    vectors: Tensor
    confidence: Tensor


def find_flow(now: Tensor, before: Tensor) -> Flow:
    """Dense inverse search (Kroeger et al. 2016) both ways, and their consistency.

    Args:
        now: (1, 3, H, W) a frame in [0, 1].
        before: Likewise, what it is looked for in.

    Returns:
        Of the frame's size; sought at 640 px at most.
    """
    if torch.equal(now, before):
        return still(now)
    there, back = _both_ways(now, before)
    return _checked(there, back, now, before)


def motion(now: Tensor, before: Tensor) -> Flow:
    """The same, exactly nothing where nothing moves."""
    return _stilled(find_flow(now, before), now, before)


def motions(now: Tensor, before: Tensor) -> tuple[Flow, Flow]:
    """Motion from a frame to the one before, and from that one to it."""
    if torch.equal(now, before):
        return still(now), still(now)
    there, back = _both_ways(now, before)
    return (
        _stilled(_checked(there, back, now, before), now, before),
        _stilled(_checked(back, there, before, now), before, now),
    )


def through(later: Flow, earlier: Flow) -> Flow:
    """Two motions one after the other, the later one first."""
    vectors = later.vectors + warp_smooth(earlier.vectors, later.vectors)
    sure = warp_smooth(earlier.confidence, later.vectors)
    return Flow(vectors, torch.minimum(later.confidence, sure))


def residual(now: Tensor, carried: Tensor) -> Flow:
    """What motion is left between a frame and an earlier one carried along to it.

    Args:
        now: (1, 3, H, W) a frame.
        carried: (1, 3, H, W) what its paint was laid on, as that is carried along.

    Returns:
        Confident where the two then show the same.
    """
    height, width = now.shape[2:]
    found = _searched(*_greys(now, carried))
    vectors = _enlarged(found, height, width)
    length = vectors.norm(dim=1, keepdim=True)
    vectors = vectors * (MOST / length.clamp_min(MOST))
    same = (1 - change(now, warp(carried, vectors)) / CHANGE).clamp(0, 1)
    return Flow(vectors, (2 * same).clamp(max=1))


def warp(
    image: Tensor, vectors: Tensor, window: tuple[slice, slice] | None = None
) -> Tensor:
    """An earlier image as it would be seen now.

    Args:
        image: (1, C, H, W).
        vectors: (1, 2, H, W) px, of a flow.
        window: Rows and columns that are wanted; None: all.

    Returns:
        Interpolated over 8×8 px (Lanczos).
    """
    x, y = _places(vectors)
    if window is not None:
        x, y = (np.ascontiguousarray(each[window]) for each in (x, y))
    return _remapped(image[0], (x, y), cv2.INTER_LANCZOS4)[None]


def warp_smooth(planes: Tensor, vectors: Tensor) -> Tensor:
    """The same for (1, C, H, W) masks and flows, linear, which makes no new values."""
    return _remapped(planes[0], _places(vectors), cv2.INTER_LINEAR)[None]


def warp_labels(labels: Tensor, vectors: Tensor) -> Tensor:
    """The same for (H, W) uint8 labels: each is that of the nearest pixel."""
    return _remapped(labels[None], _places(vectors), cv2.INTER_NEAREST)[0]


def _remapped(
    planes: Tensor, places: tuple[NDArray[np.float32], NDArray[np.float32]], how: int
) -> Tensor:
    """(C, H, W) planes as they are at those columns and rows."""
    moved = [
        cv2.remap(plane, *places, how, borderMode=cv2.BORDER_REPLICATE)
        for plane in planes.numpy()
    ]
    return torch.from_numpy(np.stack(moved)) if moved else planes


def still(frame: Tensor) -> Flow:
    """No motion at all, of (1, 3, H, W) a frame."""
    height, width = frame.shape[2:]
    return Flow(
        frame.new_zeros(1, 2, height, width), frame.new_ones(1, 1, height, width)
    )


def _both_ways(now: Tensor, before: Tensor) -> tuple[Tensor, Tensor]:
    """(1, 2, h, w) motion there and back, px at which it was sought."""
    grey, other = _greys(now, before)
    return _searched(grey, other), _searched(other, grey)


def _checked(there: Tensor, back: Tensor, now: Tensor, before: Tensor) -> Flow:
    """Motion, and how sure it is."""
    height, width = now.shape[2:]
    vectors = _enlarged(there, height, width)
    sure = _enlarged(_consistency(there, back), height, width)
    vectors, sure = _filled_in(vectors, sure, now, before)
    same = (1 - change(now, warp(before, vectors)) / CHANGE).clamp(0, 1)
    whole = ((TORN - tearing(vectors)) / (TORN - UNTORN)).clamp(0, 1)
    sure = _narrowed(sure * (2 * same).clamp(max=1)) * whole * inside(vectors)
    return Flow(vectors, sure)


def _filled_in(
    vectors: Tensor, sure: Tensor, now: Tensor, before: Tensor
) -> tuple[Tensor, Tensor]:
    """Motion taken from around where none can be told, and how sure it is then.

    On what has no texture, or the same again and again, any motion shows the same. It
    moves as what is around it of its colour does, where that shows the same as well
    (fast global smoothing, Min et al. 2014, of what is sure).
    """
    unlike = change(now, warp(before, vectors))
    trust = (sure * (1 - unlike / CHANGE).clamp(0, 1))[0, 0].numpy() + 1e-3
    guide = now[0].permute(1, 2, 0).mul(255).round().byte().numpy()
    around = cv2.ximgproc.createFastGlobalSmootherFilter(guide, STIFF, COLOR)
    weight = np.maximum(around.filter(trust), 1e-6)
    planes = [around.filter(plane * trust) / weight for plane in vectors[0].numpy()]
    smooth = torch.from_numpy(np.stack(planes))[None]
    fits = (sure < 1) & (change(now, warp(before, smooth)) < CHANGE / 2)
    return torch.where(fits, smooth, vectors), torch.where(fits, 1.0, sure)


def _stilled(flow: Flow, now: Tensor, before: Tensor) -> Flow:
    """Motion that is exactly nothing where nothing moves."""
    short = flow.vectors.norm(dim=1, keepdim=True) < STILL
    still = short & (change(now, before) < SAME)
    return Flow(
        torch.where(still, 0.0, flow.vectors), torch.where(still, 1.0, flow.confidence)
    )


def _greys(now: Tensor, before: Tensor) -> tuple[NDArray, NDArray]:
    """Both frames as motion is sought in them, 640 px at most."""
    scale = min(1.0, SIDE / max(now.shape[2:]))
    middle, times = float(now.mean()), gain(now)
    now, before = ((each - middle) * times + middle for each in (now, before))
    return _grey(now, scale), _grey(before, scale)


def _grey(image: Tensor, scale: float) -> NDArray:
    pixels = image[0].mean(dim=0).mul(255).round().clamp(0, 255).byte().numpy()
    if scale == 1:
        return pixels
    return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def _searched(now: NDArray, before: NDArray) -> Tensor:
    search: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    search.setFinestScale(0)  # these three take two thirds of the error
    search.setVariationalRefinementIterations(10)
    search.setVariationalRefinementAlpha(40.0)
    found = search.calc(now, before, None)
    return torch.from_numpy(found.transpose(2, 0, 1).copy())[None]


def _enlarged(planes: Tensor, height: int, width: int) -> Tensor:
    """At the frame's size; of two planes, a flow, the lengths too."""
    rows, columns = planes.shape[2:]
    if (rows, columns) == (height, width):
        return planes
    large = F.interpolate(planes, (height, width), mode="bilinear", align_corners=False)
    if planes.shape[1] == 2:
        large *= large.new_tensor([width / columns, height / rows]).view(1, 2, 1, 1)
    return large


def _consistency(there: Tensor, back: Tensor) -> Tensor:
    """(1, 1, h, w) whether the way back leads to where one came from."""
    returned = there + warp_smooth(back, there)
    missed = returned.square().sum(dim=1, keepdim=True)
    lengths = (there.square() + warp_smooth(back, there).square()).sum(1, keepdim=True)
    return (1.5 - missed / (BALANCE * lengths + LEAST)).clamp(0, 1)


def change(now: Tensor, before: Tensor) -> Tensor:
    """(1, 1, H, W) the largest difference of colours, grain apart.

    In a frame of little contrast a difference counts for more.
    """
    apart = blurred(now - before, AROUND).abs().amax(dim=1, keepdim=True)
    return gain(now) * apart


def gain(frame: Tensor) -> float:
    """How much more contrast a frame would have to have to be a usual one."""
    return min(max(CONTRAST / max(float(frame.std()), 1e-6), 1.0), GAIN)


def blurred(planes: Tensor, sigma: float) -> Tensor:
    """(1, C, H, W) planes under a Gaussian of that σ, px, sooner than by torch."""
    side = 2 * round(3 * sigma) + 1
    found = [
        cv2.GaussianBlur(plane, (side, side), sigma, borderType=cv2.BORDER_REPLICATE)
        for plane in planes[0].numpy()
    ]
    return torch.from_numpy(np.stack(found))[None]


def tearing(vectors: Tensor) -> Tensor:
    """(1, 1, H, W) how much more than elsewhere a motion stretches areas."""
    areas = area_of(vectors, AROUND).log()
    return (areas.median() - areas).clamp_min(0)[None, None]


def area_of(vectors: Tensor, around: float) -> Tensor:
    """(H, W) the area that what a pixel shows had, in pixels.

    Args:
        vectors: (1, 2, H, W) px from where a pixel is to where it was.
        around: Px, σ over which they are averaged.
    """
    right, down = blurred(vectors, around)[0]
    by_row, by_column = torch.gradient(right), torch.gradient(down)
    area = (1 + by_row[1]) * (1 + by_column[0]) - by_row[0] * by_column[1]
    return area.clamp_min(0.1)


def inside(vectors: Tensor) -> Tensor:
    """(1, 1, H, W) 1 where the pixel was within the frame."""
    height, width = vectors.shape[2:]
    x, y = (torch.from_numpy(each) for each in _places(vectors))
    within = (x >= -EDGE) & (x <= width - 1 + EDGE)
    within &= (y >= -EDGE) & (y <= height - 1 + EDGE)
    return within.to(vectors)[None, None]


def _narrowed(sure: Tensor) -> Tensor:
    """Confidence that fades before what is unsure, specks apart."""
    around, speck = (
        cv2.getStructuringElement(shape, (side, side))
        for shape, side in ((cv2.MORPH_ELLIPSE, 2 * RIM + 1), (cv2.MORPH_RECT, SPECK))
    )
    plane = cv2.morphologyEx(sure[0, 0].numpy(), cv2.MORPH_CLOSE, speck)
    plane = cv2.erode(plane, around, borderType=cv2.BORDER_REPLICATE)
    plane = cv2.GaussianBlur(plane, (0, 0), RIM / 3, borderType=cv2.BORDER_REPLICATE)
    return torch.minimum(torch.from_numpy(plane)[None, None], sure).clamp(0, 1)


def _places(vectors: Tensor) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(H, W) columns and rows that a flow leads to."""
    height, width = vectors.shape[2:]
    dx, dy = vectors[0].numpy()
    return dx + np.arange(width, dtype=np.float32), dy + np.arange(
        height, dtype=np.float32
    )[:, None]
