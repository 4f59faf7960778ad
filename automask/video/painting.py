"""Painting the frames of a shot, each from the painting of the last one."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import torch
from omegaconf import DictConfig
from torch import Tensor

from automask.cache.components import Components
from automask.images.held_picture import held_array
from automask.io.held import holding
from automask.masks.combine import without_transparent
from automask.masks.pair import STYLE_ART
from automask.masks.portrait.domain import is_artwork
from automask.pipeline.find_masks import scaled_style
from automask.pipeline.paint import load_painter, with_hold
from automask.pipeline.read_pictures import read_pictures
from automask.pipeline.sources import masks_config, sources_of
from automask.targets import build
from automask.video.flow import Flow, find_flow, still_where, warp_smooth
from automask.video.paint_layer import PaintLayer, followed, laid, repainted
from automask.video.steady_masks import FrameMasks, StyleSide
from stylize import Stylizer
from stylize.carried import Carried
from stylize.matching.carrying import LayerMatches

State = dict[str, Any]
"""Of plain values and tensors: all that the next frame needs."""

import os
LEVELS, STEPS = int(os.environ.get('LEV',2)), int(os.environ.get('ST',4))
VOTE=float(os.environ.get('VOTE',.8))
HEALS = float(os.environ.get('HEAL',.7))  # wear that is left after a frame's painting


@dataclass(frozen=True)
class FilmPainter:
    """Paints frames in the style of the same paintings.

    Args:
        masks: Finds the masks of a frame.
        stylizer: Paints.
    """

    masks: FrameMasks
    stylizer: Stylizer


def film_painter(
    config: DictConfig, first: Tensor, components: Components | None = None
) -> FilmPainter:
    """Load all that the frames of a film have in common.

    Args:
        config: The keys of a run, checked.
        first: (1, 3, H, W) the film's first frame in [0, 1], which settles the size of
            the styles.
        components: What was built before and may serve.
    """
    components = components or Components()
    picture = held_array(first[0].permute(1, 2, 0).numpy(), "the first frame")
    config = copy.deepcopy(config)
    config.content, config.size, config.map = picture.name, max(first.shape[2:]), None
    with holding({picture.name: picture}):
        sources = sources_of(config)
        inputs = read_pictures(config, sources)
        config, _ = with_hold(config, sources)
        pair = build(masks_config(config, sources), "masks")
        originals = inputs.originals[1:]
        drawn = [None] * len(originals)
        if pair.k and pair.drawn is not None:
            drawn = pair.drawn(first, [each.image for each in originals])[1]
        found = [
            pair.find(
                each.image, over, art=is_artwork(each.image, pair.style_domain, STYLE_ART)
            )
            for each, over in zip(originals, drawn, strict=True)
        ]
        own = pair.find(first, art=False)
        shown = [
            scaled_style(config, each, own, without_transparent(masks, each.cover))
            for each, masks in zip(originals, found, strict=True)
        ]
        _, stylizer = load_painter(config, torch.device("cpu"), components)
    styles = StyleSide(
        tuple(each.image for each in shown),
        tuple(each.masks for each in shown),
        tuple(each.enlarged for each in shown),
        dict(sources.regions),
        sources.rest,
    )
    return FilmPainter(FrameMasks(pair, styles), stylizer)


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
    flow = still_where(find_flow(frame, state["frame"]), frame, state["frame"])
    layer, flow = followed(PaintLayer(**state["layer"]), frame, flow)
    content, styles, masks = painter.masks(frame, state["masks"], flow)
    wear = worn(state["wear"], flow)
    matches = _matches(state["matches"])
    known = flow.confidence[0, 0]
    carried = Carried(layer.painting, known, wear, flow.vectors, matches)
    image = layer.painting
    if wear.any():
        image, matches = painter.stylizer.continued(
            content, styles, carried, LEVELS, STEPS, VOTE
        )
    layer = repainted(layer, image, frame, wear)
    after = _state(frame, layer, wear, masks, matches)
    return painter.stylizer.finished(image, frame), after


def _first(painter: FilmPainter, frame: Tensor) -> tuple[Tensor, State]:
    content, styles, masks = painter.masks(frame, None, None)
    image = painter.stylizer.unfinished(content, styles).image
    state = _state(frame, laid(image, frame), torch.zeros(frame.shape[2:]), masks, {})
    return painter.stylizer.finished(image, frame), state


def _state(frame: Tensor, layer: PaintLayer, wear: Tensor, masks: State, matches: Any) -> State:
    return {
        "frame": frame,
        "layer": vars(layer),
        "wear": wear,
        "masks": masks,
        "matches": _plain(matches),
    }


def worn(wear: Tensor, flow: Flow) -> Tensor:
    """(H, W) in [0, 1] how much of a painting has to be painted again."""
    carried = warp_smooth(wear[None, None], flow.vectors)[0, 0] * HEALS
    carried = torch.where(carried < 0.05, 0.0, carried)
    return torch.maximum(carried, 1 - flow.confidence[0, 0]).clamp(0, 1)


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
