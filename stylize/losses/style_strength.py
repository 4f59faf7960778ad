"""Strength of the style below 1: a pull towards the photograph."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from stylize.deterministic import mean
from stylize.encoders.encoder import Encoded
from stylize.losses.functional import feature_distance
from stylize.losses.terms import Objective

# Both were set so that colours and activations move away from the photograph in about
# the proportion in which the strength grows; docs/control.md has the measured range.
PULL = 0.65  # of the energy that the photograph itself has under the other terms
PIXELS = 3.0  # mean squared difference of pixels against that of activations


def pull_to_photograph(content: Encoded, strength: float, energy: float) -> Objective:
    """Distance to the photograph, in its activations and its pixels.

    If the other terms were a (x - t)², a pull of a (1 / s - 1) towards the photograph c
    would lead to c + s (t - c). Activations alone would let all colours change at once,
    pixels alone all strokes.

    Args:
        content: The photograph as it was, with the activations of all layers that are
            looked at.
        strength: s, in (0, 1).
        energy: That it has under the other terms.
    """
    weight = PULL * energy * (1 / strength - 1)
    even = content.image.new_ones(())
    squares = {layer: content.mean_square(layer) for layer in content.features}

    def loss(current: Encoded, step: int) -> Tensor:
        distances = [
            feature_distance(current.features[layer], features, even, squares[layer])
            for layer, features in content.features.items()
        ]
        seen = sum(distances, even * 0) / max(len(distances), 1)
        pixels = mean((current.image - content.image).square())
        return weight * (seen + PIXELS * pixels)

    return Objective(loss)


def energy_at(content: Encoded, objectives: Mapping[str, Objective]) -> float:
    """Sum of the objectives at an image."""
    return sum(float(each.loss(content, 0)) for each in objectives.values())
