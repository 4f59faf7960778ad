"""All figures of one finished picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from automask.cache.components import Parts
from automask.images.image_files import read_image, read_image_as, stored_size
from automask.masks import PairMasks, SoftMasks
from automask.masks.portrait.face_landmarks import Face, find_faces
from evaluating.crossing import crossing_share, judged_crossing, labels_of_matches
from evaluating.edges import hard_edges
from evaluating.finished import finished
from evaluating.likeness import agreement, landmark_distance, region_distances
from evaluating.measures import mean
from evaluating.methods import Matches, Painted, composed, shown_pair
from evaluating.pairs import Pair
from evaluating.region_labels import Labels, alike, found
from stylize import Encoder

PICTURE = {"style": 3, "content": 3, "struct": 3, "colour": 2, "noise": 2, "sharp": 2}
PICTURE |= {"landmarks": 1, "faces": 0, "lost": 0}
"""Names and decimals of what all pictures have; docs/evaluation.md explains them."""
PAINTING = {"crossing": 1, "own": 1, "right": 3, "wrong": 3, "agreement": 3}
PAINTING |= {"edges": 2, "seconds": 1, "MiB": 0}
"""Likewise of what is known of a picture that was painted here."""
LAYERS = ("relu3_1", "relu4_1")


@dataclass(frozen=True)
class Reference:
    """What the results of a pair are compared with, whatever the method.

    Args:
        pair: Which it is.
        content: (1, 3, H, W) in [0, 1].
        labels: Of content and style, by the same names.
        borders: The content's regions as the soft masks part them.
        find: All masks of an image.
        content_masks: What it finds in the content.
    """

    pair: Pair
    content: Tensor
    labels: tuple[Labels, Labels]
    borders: Labels
    find: Callable[[Tensor], SoftMasks]
    content_masks: SoftMasks


def reference(pair: Pair, words: Sequence[str], parts: Parts) -> Reference:
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
    return Reference(
        pair,
        shown.content.image,
        (both[0], both[1]),
        found(shown.masks[0]),
        find,
        find(shown.content.image),
    )


def picture_figures(picture: Path, pair: Pair, judge: Encoder) -> dict[str, Any]:
    """By the names of :data:`PICTURE`; None where there is nothing to measure.

    Args:
        picture: A result's file.
        pair: Of which it was made.
        judge: Whose activations are compared.

    Raises:
        ValueError: If a file is no picture, or too narrow.
        OSError: If a file cannot be read.
    """
    figures = finished(picture, pair.photograph, pair.painting, judge)
    result = read_image(picture, max(stored_size(picture)))
    faces = faces_of(pair.photograph, *result.shape[:1:-1])
    apart, lost = landmark_distance(find_faces(result) if faces else [], faces)
    return {**figures, "landmarks": apart, "faces": len(faces), "lost": lost}


@lru_cache(maxsize=256)
def faces_of(photograph: Path, width: int, height: int) -> list[Face]:
    """The photograph's faces at that size in px."""
    return find_faces(read_image_as(photograph, width, height))


@torch.no_grad()
def painting_figures(made: Painted, truth: Reference, judge: Encoder) -> dict[str, Any]:
    """By the names of :data:`PAINTING`; None where there is nothing to measure."""
    style = made.styles[0]
    own = {
        layer: _percent(own_crossing(matches, truth.labels))
        for layer, matches in made.matches.items()
    }
    ours, theirs = (judge(view, LAYERS) for view in (made.image, style))
    textures = [region_distances((ours[k], theirs[k]), truth.labels) for k in LAYERS]
    return {
        "crossing": _percent(judged_crossing((made.image, style), truth.labels, judge)),
        "own": mean(list(own.values())),
        "own by layer": own,
        "own by own masks": {k: _percent(v) for k, v in made.crossing.items()},
        "right": mean([t[0] for t in textures if t]),
        "wrong": mean([t[1] for t in textures if t]),
        "agreement": agreement(truth.find(made.image), truth.content_masks),
        "edges": hard_edges(made.image, truth.content, truth.borders),
        "seconds": made.seconds,
        "MiB": made.mebibytes,
    }


def own_crossing(matches: Matches, labels: tuple[Labels, Labels]) -> float | None:
    """Crossing share of the matches that a method ended with."""
    styles = [labels[1].at(*shape) for shape in matches.styles]
    chosen = labels_of_matches(matches.nearest, styles)
    return crossing_share(labels[0].at(*matches.content), chosen)


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share
