"""The frames from one key frame to the next, made of the paintings of both.

A painting is carried from each key frame to the next. What comes into view meanwhile
is painted there, where more of it is seen, and carried back to where it came in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil

import torch
import torch.nn.functional as F
from torch import Tensor

from automask.video.film_painter import FilmPainter
from automask.video.flow import (
    CHANGE,
    Flow,
    change,
    motion,
    motions,
    still,
    through,
    warp_smooth,
)
from automask.video.kept_frames import CarriedFrame, Frames, Kept, carried_frame
from automask.video.key_frame import (
    Along,
    State,
    begun,
    carried,
    enough,
    matches_of,
    painted_on,
    painting_of,
)
from automask.video.look_ahead import Seen, key_of, looked
from automask.video.paint_layer import PaintLayer, followed, laid, moved, repainted
from stylize.carried import Carried

CORRECTED = 4  # frames after which motion back is corrected
SLIVER = 0.003  # of a frame: no more than that is left as it was carried
STROKE, SOFT = 16, 0.2  # px of what changes at a time, share of the time it takes
SKETCH = 0.8  # how far what is seen at no key frame is drawn to its matches' pixels

OnFrame = Callable[[int, Tensor], None]
"""Told of each frame that was carried, with its painting so far."""


@dataclass(frozen=True)
class Ahead:
    """How far ahead the next key frame may be.

    Args:
        most: Frames.
        much: Share of a frame: if more of it is new or worn, it is one.
    """

    most: int
    much: float


def carry_on(
    frames: Frames, first: int, state: State, kept: Kept, ahead: Ahead, tell: OnFrame
) -> tuple[int, Along]:
    """Carry a painting on to the next key frame.

    Args:
        frames: Of the piece; its last one is a key frame.
        first: Number of the frame after the last key frame.
        state: After that.
        kept: Gets the frames as they are carried.
        ahead: How far they may be.
        tell: Told of each.

    Returns:
        The key frame's number, and the painting carried along to it.
    """
    along, before = begun(state), state["frame"]
    window: tuple[Seen, ...] = ()
    key = None
    for number in range(first, len(frames)):
        frame = frames[number]
        back, to_it = motions(frame, before)
        along, before = carried(along, frame, back), frame
        image, unlike = along.layer.painting, _unlike(frame, along.layer)
        CarriedFrame(image, along.unpainted, unlike, to_it).save(kept, number)
        tell(number, image)
        window = looked(window, back, to_it)
        key = key_of(window, most=ahead.most, much=ahead.much)
        if key is None and float(along.worn.float().mean()) > ahead.much:
            key = len(window) - 1
        if key is not None:
            break
    if key is None or key == len(window) - 1:
        return first + len(window) - 1, along
    return first + key, _carried_to(frames, first, first + key, state)


def carry_back(
    painter: FilmPainter,
    frames: Frames,
    first: int,
    key: int,
    state: State,
    changed: Tensor,
    kept: Kept,
) -> None:
    """Give the frames before a key frame what was painted there.

    What was not in sight before is seen as it is there; what was, and was changed
    there, changes stroke by stroke.

    Args:
        painter: Of the film.
        frames: Of the piece.
        first: Number of the frame after the key frame before.
        key: Number of the key frame.
        state: After it.
        changed: (H, W) in [0, 1] where its paint is another one than the carried.
        kept: Holds the frames as they were carried, and gets the better ones.
    """
    layer, later = laid(painting_of(state), frames[key]), still(frames[key])
    flow, turns = carried_frame(kept, key).ahead, turns_of(changed)
    for number in range(key - 1, _earliest(first, key, changed, kept) - 1, -1):
        frame, here = frames[number], carried_frame(kept, number)
        if (key - number) % CORRECTED:
            layer = moved(layer, flow.vectors)
        else:
            layer, flow = followed(layer, frame, flow)
        later = through(flow, later)
        both = torch.stack([changed, turns])[None]
        changed, turns = warp_smooth(both, flow.vectors)[0]
        done = turned(turns, (number - first + 1) / (key - first + 1))
        image, left = _of_both(here, layer, later, done * changed, frame)
        if float(left.mean()) > SLIVER:
            image = _sketched(painter, frame, image, left, state, later)
            layer = repainted(layer, image, frame, left, coat=True)
            sure = torch.maximum(later.confidence, (left > 0).float())
            later = Flow(later.vectors, sure)
        replace(here, image=image).save(kept, number)
        flow = here.ahead


def _of_both(
    here: CarriedFrame, layer: PaintLayer, later: Flow, changed: Tensor, frame: Tensor
) -> tuple[Tensor, Tensor]:
    """A frame made of the painting carried to it and the one carried back.

    Args:
        here: The frame as the earlier painting was carried to it.
        layer: The later one.
        later: Motion from the frame to that.
        changed: (H, W) how far paint that was carried has been changed by now.
        frame: (1, 3, H, W).

    Returns:
        Its painting, and (H, W) in [0, 1] what neither of them shows.
    """
    seen = later.confidence[0, 0]
    known = seen * torch.maximum(here.unpainted, changed)
    image = torch.lerp(here.image, layer.painting, known)
    unsure, unlike = here.unpainted * (1 - seen), _unlike(frame, layer)
    image = torch.lerp(image, layer.painting, unsure * (unlike < here.unlike))
    return image, enough(unsure * torch.minimum(unlike, here.unlike))


def _carried_to(frames: Frames, first: int, last: int, state: State) -> Along:
    along, before = begun(state), state["frame"]
    for number in range(first, last + 1):
        frame = frames[number]
        along, before = carried(along, frame, motion(frame, before)), frame
    return along


def _earliest(first: int, key: int, changed: Tensor, kept: Kept) -> int:
    """Number of the first frame for which there is something at the key frame."""
    if changed.any():
        return first
    due = (n for n in range(first, key) if carried_frame(kept, n).unpainted.any())
    return next(due, key)


def turns_of(plane: Tensor) -> Tensor:
    """(H, W) in [0, 1] when each place has its turn to be changed: as strokes lie."""
    height, width = plane.shape
    grid = max(2, ceil(height / STROKE)), max(2, ceil(width / STROKE))
    draw = torch.rand(1, 1, *grid, generator=torch.Generator().manual_seed(0))
    return F.interpolate(draw, (height, width), mode="bicubic")[0, 0].clamp(0, 1)


def turned(turns: Tensor, share: float) -> Tensor:
    """(H, W) in [0, 1] how far each place is changed, at a share of the time."""
    return ((share * (1 + SOFT) - turns) / SOFT).clamp(0, 1)


def _unlike(frame: Tensor, layer: PaintLayer) -> Tensor:
    """(H, W) in [0, 1] how far a frame differs from what its paint was laid on."""
    unlike = (change(frame, layer.beneath)[0, 0] / CHANGE).clamp(0, 1)
    return torch.maximum(unlike, layer.beyond)


def _sketched(
    painter: FilmPainter,
    frame: Tensor,
    image: Tensor,
    left: Tensor,
    state: State,
    later: Flow,
) -> Tensor:
    """A frame's painting with what is seen at no key frame drawn roughly."""
    content, styles, _ = painter.masks(frame, state["masks"], later)
    start = Carried(image, 1 - left, left, later.vectors, matches_of(state))
    return painted_on(painter, content, styles, start, SKETCH)[0]
