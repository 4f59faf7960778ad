"""All figures of one finished picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from automask.masks import PairMasks, SoftMasks
from automask.parts import Parts
from evaluating.crossing import crossing_share, judged_crossing, labels_of_matches
from evaluating.edges import hard_edges, sharpness
from evaluating.labels import Labels, alike, found
from evaluating.likeness import (
    agreement,
    mean,
    region_distances,
    self_similarity_distance,
)
from evaluating.measures import chroma_noise
from evaluating.methods import Matches, Painted, composed, shown_pair
from evaluating.pairs import Pair
from stylize import Encoder

FIGURES = {
    "crossing": 1,
    "own": 1,
    "right": 3,
    "wrong": 3,
    "content": 3,
    "agreement": 3,
    "sharp": 2,
    "noise": 2,
    "edges": 2,
    "seconds": 1,
    "MiB": 0,
}
"""Names and decimals; scripts/evaluate.py says what they mean."""
LAYERS = ("relu3_1", "relu4_1")


@dataclass(frozen=True)
class Grounds:
    """What the results of a pair are compared with, whatever the method.

    Args:
        content: (1, 3, H, W) in [0, 1].
        labels: Of content and style, by the same names.
        borders: The content's regions as the soft masks part them.
        find: All masks of an image.
        content_masks: What it finds in the content.
    """

    content: Tensor
    labels: tuple[Labels, Labels]
    borders: Labels
    find: Callable[[Tensor], SoftMasks]
    content_masks: SoftMasks


def grounds(pair: Pair, words: Sequence[str], parts: Parts) -> Grounds:
    """Read and label a pair; ``words`` are those that all methods share."""
    config = composed(words)
    shown, _ = shown_pair(config, parts)
    masks: PairMasks = parts.built("masks", config.masks)

    def find(image: Tensor) -> SoftMasks:
        return masks.find(image, art=False)

    if pair.labels is None:
        both = alike(*(found(each) for each in shown.masks[:2]))
    else:
        both = alike(*(each.read() for each in pair.labels))
    return Grounds(
        shown.content,
        (both[0], both[1]),
        found(shown.content_masks),
        find,
        find(shown.content),
    )


@torch.no_grad()
def figures(made: Painted, truth: Grounds, judge: Encoder) -> dict[str, Any]:
    """By the names of :data:`FIGURES`; None where there is nothing to measure."""
    style = made.styles[0]
    own = {
        layer: _percent(own_crossing(matches, truth.labels))
        for layer, matches in made.matches.items()
    }
    ours, theirs, before = (
        judge(view, LAYERS) for view in (made.image, style, truth.content)
    )
    textures = [_textures(ours[k], theirs[k], truth.labels) for k in LAYERS]
    self_similar = self_similarity_distance(ours[LAYERS[0]], before[LAYERS[0]])
    return {
        "crossing": _percent(judged_crossing((made.image, style), truth.labels, judge)),
        "own": mean(list(own.values())),
        "own by layer": own,
        "own by own masks": {k: _percent(v) for k, v in made.crossing.items()},
        "right": mean([t[0] for t in textures if t]),
        "wrong": mean([t[1] for t in textures if t]),
        "content": self_similar,
        "agreement": agreement(truth.find(made.image), truth.content_masks),
        "sharp": sharpness(made.image),
        "noise": chroma_noise(made.image),
        "edges": hard_edges(made.image, truth.content, truth.borders),
        "seconds": made.seconds,
        "MiB": made.mebibytes,
    }


def own_crossing(matches: Matches, labels: tuple[Labels, Labels]) -> float | None:
    """Crossing share of the matches that a method ended with."""
    styles = [labels[1].at(*shape) for shape in matches.styles]
    chosen = labels_of_matches(matches.nearest, styles)
    return crossing_share(labels[0].at(*matches.content), chosen)


def _textures(
    ours: Tensor, theirs: Tensor, labels: tuple[Labels, Labels]
) -> tuple[float, float | None] | None:
    owners = [
        each.at(*maps.shape[2:])
        for each, maps in zip(labels, (ours, theirs), strict=True)
    ]
    return region_distances((ours, theirs), (owners[0], owners[1]))


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share
