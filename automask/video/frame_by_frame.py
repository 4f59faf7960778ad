"""A frame painted from the painting of the last one."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import Any

import torch
from torch import Tensor

from automask.video.film_painter import FilmPainter
from automask.video.flow import Flow, motion, warp_smooth
from automask.video.paint_layer import Coat, PaintLayer, followed, laid, repainted
from stylize import Picture, Stylizer
from stylize.carried import Carried, Matches
from stylize.matching.carrying import LayerMatches

State = dict[str, Any]
"""Of plain values and tensors: all that the next frame needs."""

SKETCH = 0.8  # how far what comes into view is drawn to its matches' pixels at first
OFTEN = 6  # frames from one full painting of what is new to the next
MUCH = 0.12  # of a frame that is only sketched: it is painted at once
LARGEST = 1.6  # times as large or small as they were, strokes are painted anew
LEAST = 0.1  # of 1: what is less new than that is not


def next_frame(
    painter: FilmPainter, frame: Tensor, state: State | None
) -> tuple[Tensor, State]:
    """Paint the next frame of a shot.

    Args:
        painter: Of the film.
        frame: (1, 3, H, W) in [0, 1].
        state: What painting the last frame gave back; None for the first of a shot.

    Returns:
        The painting, (1, 3, H, W) in [0, 1], and the state for the next frame.
    """
    if state is None:
        return _first(painter, frame)
    last = state["frame"]
    return painted_along(painter, frame, state, motion(frame, last))


def painted_along(
    painter: FilmPainter, frame: Tensor, state: State, flow: Flow
) -> tuple[Tensor, State]:
    """The same, with a known motion since the frame that the state is of."""
    if not painter.carries:
        return _first(painter, frame, state["masks"], flow)
    layer, flow = followed(_layer(state["layer"]), frame, flow)
    matches = _matches(state["matches"])
    since_matched = flow.vectors + warp_smooth(state["since_matched"], flow.vectors)
    sketched, since = sketchy(state["sketched"], flow), state["since"] + 1
    stretched = (layer.stretch.log().abs() > log(LARGEST)).float()
    sketched = torch.maximum(sketched, stretched)
    new = _enough(1 - flow.confidence[0, 0])
    full = float((sketched > 0.5).float().mean()) > MUCH or (
        since >= OFTEN and bool(sketched.any())
    )
    free = sketched if full else new
    content, styles, masks = painter.masks(frame, state["masks"], flow, due=full)
    carried = Carried(layer.painting, 1 - free, free, since_matched, matches)
    image = layer.painting
    if free.any():
        image, matches = _continued(
            painter, content, styles, carried, None if full else SKETCH
        )
        since_matched = torch.zeros_like(since_matched)
    if full:
        sketched, since = torch.zeros_like(sketched), 0
    after = {
        "frame": frame,
        "layer": _plain_layer(repainted(layer, image, frame, free, coat=full)),
        "sketched": sketched,
        "since": since,
        "masks": masks,
        "matches": _plain(matches),
        "since_matched": since_matched,
    }
    return painter.finished(image, frame), after


def _first(
    painter: FilmPainter,
    frame: Tensor,
    known: State | None = None,
    flow: Flow | None = None,
) -> tuple[Tensor, State]:
    """A frame painted by itself, and the state; its masks may go on from the last."""
    content, styles, masks = painter.masks(frame, known, flow)
    image = _unfinished(painter, content, styles)
    state = {
        "frame": frame,
        "layer": _plain_layer(laid(image, frame)),
        "sketched": torch.zeros(frame.shape[2:]),
        "since": 0,
        "masks": masks,
        "matches": {},
        "since_matched": torch.zeros(1, 2, *frame.shape[2:]),
    }
    return painter.finished(image, frame), state


def painting_of(state: State) -> Tensor:
    """(1, 3, H, W) the last frame's painting, before it is finished."""
    painting: Tensor = state["layer"]["both"][:, :3]
    return painting


def sketchy(sketched: Tensor, flow: Flow) -> Tensor:
    """(H, W) in [0, 1] what is in sight and was never painted in full.

    Args:
        sketched: The same in the last frame.
        flow: Motion since then.
    """
    carried = warp_smooth(sketched[None, None], flow.vectors)[0, 0]
    return torch.maximum(_enough(carried), _enough(1 - flow.confidence[0, 0]))


def _enough(new: Tensor) -> Tensor:
    return torch.where(new < LEAST, 0.0, new).clamp(0, 1)


def _continued(
    painter: FilmPainter,
    content: Picture,
    styles: Sequence[Picture],
    carried: Carried,
    sketch: float | None,
) -> tuple[Tensor, Matches]:
    """The frame painted where it is free, and the matches."""
    if isinstance(painter.stylizer, Stylizer):
        return painter.stylizer.continued(content, styles, carried, sketch)
    image = painter.stylizer(content, styles).image
    return torch.lerp(carried.image, image, carried.free), {}


def _layer(state: State) -> PaintLayer:
    return PaintLayer(tuple(Coat(**each) for each in state["coats"]), state["both"])


def _plain_layer(layer: PaintLayer) -> State:
    return {"coats": [vars(coat) for coat in layer.coats], "both": layer.both}


def _matches(state: State) -> dict[str, dict[str, LayerMatches]]:
    return {
        term: {layer: LayerMatches(*each) for layer, each in layers.items()}
        for term, layers in state.items()
    }


def _plain(matches: dict[str, dict[str, LayerMatches]]) -> State:
    return {
        term: {layer: [m.nearest, m.beyond, m.stale] for layer, m in layers.items()}
        for term, layers in matches.items()
    }


def _unfinished(
    painter: FilmPainter, content: Picture, styles: Sequence[Picture]
) -> Tensor:
    """A frame painted by itself, as it is carried on."""
    if isinstance(painter.stylizer, Stylizer):
        return painter.stylizer.unfinished(content, styles).image
    return painter.stylizer(content, styles).image
