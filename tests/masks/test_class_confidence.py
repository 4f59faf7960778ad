"""Classes of a net that it only guesses are trusted little."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from automask.masks.sources.class_probs import class_masks, confidences

IMAGE = torch.zeros(1, 3, 10, 10)


def halves(left: list[float], right: list[float]) -> Tensor:
    """(K, 10, 10) probabilities that are the same all over each half."""
    planes = [
        torch.tensor(each).view(-1, 1, 1).expand(-1, 10, 5) for each in (left, right)
    ]
    return torch.cat(planes, dim=2)


def test_a_class_is_trusted_by_its_mean_probability_where_it_wins():
    probs = halves([0.95, 0.05, 0.0], [0.1, 0.7, 0.2])
    assert confidences(probs) == pytest.approx([1.0, 0.5, 0.0])
    assert confidences(halves([0.5, 0.3, 0.2], [0.1, 0.7, 0.2]))[0] == 0


def test_a_net_without_a_class_for_the_rest_wins_where_it_says_yes():
    assert confidences(halves([0.9], [0.1])) == pytest.approx([1.0])
    assert confidences(halves([0.4], [0.1])) == [0.0]


def test_confidence_is_of_the_merged_classes_and_before_the_cutoff():
    probs = halves([0.4, 0.38, 0.22], [0.1, 0.1, 0.8])
    merge = {"water": ["sea", "lake"]}
    names = ["sea", "lake", "_"]
    masks = class_masks(names, probs, IMAGE, "net", merge, 0.3)
    assert masks.names == ("water",) and masks["water"][0, 0] == 1
    assert masks.confidence == pytest.approx((0.7,))
