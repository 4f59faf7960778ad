"""A key frame: painted from the painting of the one before, carried along to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Any

import torch
from torch import Tensor

from automask.video.film_painter import FilmPainter
from automask.video.flow import Flow, still, through, warp_smooth
from automask.video.paint_layer import Coat, PaintLayer, followed, laid, repainted
from automask.video.painted_for import lost, moved, painted_for
from stylize import Picture, Stylizer
from stylize.carried import Carried, Matches
from stylize.matching.carrying import LayerMatches

State = dict[str, Any]
"""Of plain values and tensors: all that the next frames need."""

WORN = 1.1  # times as large or small as they were, strokes are renewed
OFTEN = 2  # times; then they are painted anew
LEAST = 0.1  # of 1: what is less new than that is not


@dataclass(frozen=True)
class Along:
    """The last key frame's painting, carried along to a later frame.

    Args:
        layer: The paint.
        flow: Motion from the frame to the key frame.
        unpainted: (H, W) in [0, 1] what was not in sight at the key frame.
        renewed: (H, W) how often it was since it was painted.
    """

    layer: PaintLayer
    flow: Flow
    unpainted: Tensor
    renewed: Tensor

    @property
    def worn(self) -> Tensor:
        """(H, W) bool: where strokes are stretched farther than they look well."""
        return self.layer.stretch.log().abs() > log(WORN)


def begun(state: State) -> Along:
    """At the key frame itself."""
    layer = state["layer"]
    coats = tuple(Coat(**each) for each in layer["coats"])
    none = torch.zeros(state["frame"].shape[2:])
    paint = PaintLayer(coats, layer["both"])
    return Along(paint, still(state["frame"]), none, state["renewed"])


def carried(along: Along, frame: Tensor, flow: Flow) -> Along:
    """Carried to the next frame.

    Args:
        along: At the last frame.
        frame: (1, 3, H, W) in [0, 1].
        flow: Motion from it to the last one.
    """
    layer, flow = followed(along.layer, frame, flow)
    planes = torch.stack([along.unpainted, along.renewed])[None]
    unpainted, renewed = warp_smooth(planes, flow.vectors)[0]
    for new in (1 - flow.confidence[0, 0], layer.beyond):
        unpainted = torch.maximum(enough(unpainted), enough(new))
    return Along(layer, through(flow, along.flow), unpainted, renewed)


def first_key(painter: FilmPainter, frame: Tensor) -> State:
    """Paint the first frame of a shot by itself.

    Args:
        painter: Of the film.
        frame: (1, 3, H, W) in [0, 1].
    """
    content, styles, masks = painter.masks(frame, None, None)
    image = _by_itself(painter, content, styles)
    one = torch.ones(frame.shape[2:])
    regions = painted_for(content, one, None)
    return _state(frame, laid(image, frame), masks, {}, torch.zeros_like(one), regions)


def next_key(
    painter: FilmPainter, frame: Tensor, along: Along, state: State
) -> tuple[State, Tensor]:
    """Paint a frame where its painting is missing, worn, or of another region.

    Args:
        painter: Of the film.
        frame: (1, 3, H, W) in [0, 1].
        along: The last key frame's painting, carried along to it.
        state: After that.

    Returns:
        The state after this one, and (H, W) in [0, 1] where strokes that were carried
        have changed.
    """
    if torch.equal(frame, state["frame"]) and not along.unpainted.any():
        return state, torch.zeros_like(along.unpainted)
    flow = along.flow
    content, styles, masks = painter.masks(frame, state["masks"], flow, due=True)
    regions = moved(state["regions"], flow.vectors)
    vectors = flow.vectors + warp_smooth(state["since_matched"], flow.vectors)
    worn = along.worn
    anew = worn & (along.renewed > OFTEN - 0.5) | lost(regions, content)
    new, worn = torch.where(anew, 1.0, along.unpainted), worn & ~anew
    layer, matches = along.layer, matches_of(state)
    image = layer.painting
    if new.any():
        start = Carried(image, 1 - new, new, vectors, matches)
        image, matches = painted_on(painter, content, styles, start)
        vectors = torch.zeros_like(vectors)
    if worn.any() and isinstance(painter.stylizer, Stylizer):
        start = Carried(image, torch.ones_like(new), worn.float(), vectors, matches)
        image, matches = painter.stylizer.renewed(content, styles, start)
        vectors = torch.zeros_like(vectors)
    changed = torch.maximum(new, worn.float())
    if changed.any():
        layer = repainted(layer, image, frame, changed, coat=True)
    renewed = torch.where(new > 0, 0.0, along.renewed + worn)
    regions = painted_for(content, new, regions)
    after = _state(frame, layer, masks, matches, renewed, regions, vectors)
    return after, changed * (along.unpainted == 0)


def painted_on(
    painter: FilmPainter,
    content: Picture,
    styles: Sequence[Picture],
    start: Carried,
    sketch: float | None = None,
) -> tuple[Tensor, Matches]:
    """A frame painted where it is free, and its matches.

    Args:
        painter: Of the film.
        content: The frame.
        styles: With its masks.
        start: What there is of a painting.
        sketch: See :meth:`stylize.Stylizer.continued`.
    """
    if isinstance(painter.stylizer, Stylizer):
        return painter.stylizer.continued(content, styles, start, sketch)
    image = painter.stylizer(content, styles).image
    return torch.lerp(start.image, image, start.free), {}


def painting_of(state: State) -> Tensor:
    """(1, 3, H, W) a key frame's painting, before it is finished."""
    painting: Tensor = state["layer"]["both"][:, :3]
    return painting


def alone(
    painter: FilmPainter, frame: Tensor, state: State | None, flow: Flow | None
) -> tuple[Tensor, State]:
    """A frame painted by itself; its masks go on from the last one's.

    Args:
        painter: Of the film.
        frame: (1, 3, H, W) in [0, 1].
        state: After the last frame; None for the first of a shot.
        flow: Motion since then.

    Returns:
        The painting, (1, 3, H, W), and the state.
    """
    known = None if state is None else state["masks"]
    content, styles, masks = painter.masks(frame, known, flow)
    image = _by_itself(painter, content, styles)
    return painter.finished(image, frame), {"frame": frame, "masks": masks}


def _by_itself(
    painter: FilmPainter, content: Picture, styles: Sequence[Picture]
) -> Tensor:
    """A frame painted as a single picture is, before it is finished."""
    if isinstance(painter.stylizer, Stylizer):
        return painter.stylizer.unfinished(content, styles).image
    return painter.stylizer(content, styles).image


def matches_of(state: State) -> Matches:
    """The matches of a key frame."""
    return {
        term: {layer: LayerMatches(*each) for layer, each in layers.items()}
        for term, layers in state["matches"].items()
    }


def _state(
    frame: Tensor,
    layer: PaintLayer,
    masks: State,
    matches: Matches,
    renewed: Tensor,
    regions: State,
    vectors: Tensor | None = None,
) -> State:
    """All of it as plain values; ``vectors``: motion since matches were found."""
    return {
        "frame": frame,
        "layer": {"coats": [vars(coat) for coat in layer.coats], "both": layer.both},
        "masks": masks,
        "matches": {
            term: {layer: [m.nearest, m.beyond, m.stale] for layer, m in layers.items()}
            for term, layers in matches.items()
        },
        "since_matched": torch.zeros(1, 2, *frame.shape[2:])
        if vectors is None
        else vectors,
        "renewed": renewed,
        "regions": regions,
    }


def enough(new: Tensor) -> Tensor:
    """What is new, without what is hardly so."""
    return torch.where(new < LEAST, 0.0, new).clamp(0, 1)
