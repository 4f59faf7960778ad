"""Photographs are told from artworks."""

from __future__ import annotations

from pathlib import Path

import pytest
import skimage.data
import torch
from torch.nn import functional as F

from automask.images.image_files import read_image
from automask.masks.portrait.domain import (
    STATISTICS,
    artwork_probability,
    is_artwork,
    statistics,
)

STYLES = sorted((Path(__file__).parents[2] / "automask" / "styles").glob("*.jpg"))


def photograph(name: str) -> torch.Tensor:
    pixels = torch.from_numpy(getattr(skimage.data, name)()).permute(2, 0, 1)[None]
    return pixels / 255


@pytest.mark.parametrize("name", ["astronaut", "chelsea", "coffee", "rocket"])
def test_photographs_are_no_artworks(name):
    assert artwork_probability(photograph(name)) < 0.5


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.stem)
def test_the_painted_styles_are_artworks(path):
    assert artwork_probability(read_image(path, 512)) > 0.5


def test_strokes_all_over_a_photograph_make_it_an_artwork():
    image = photograph("astronaut")
    generator = torch.Generator().manual_seed(0)
    strokes = torch.rand(1, 3, 128, 128, generator=generator) - 0.5
    strokes = F.interpolate(strokes, image.shape[-2:], mode="bilinear")
    painted = (image + 0.5 * strokes).clamp(0, 1)
    assert artwork_probability(painted) > 0.9 > artwork_probability(image)


def test_the_size_of_the_picture_hardly_matters():
    image = photograph("astronaut")
    for side in (384, 1024):
        resized = F.interpolate(image, (side, side), mode="bilinear", antialias=True)
        assert abs(artwork_probability(resized) - artwork_probability(image)) < 0.15


def test_a_prior_moves_what_is_uncertain():
    image = photograph("coffee")
    low, even, high = (artwork_probability(image, p) for p in (0.1, 0.5, 0.9))
    assert low < even < high
    assert high / (1 - high) == pytest.approx(81 * low / (1 - low))


def test_a_smooth_gradient_is_flat_and_calm():
    image = torch.linspace(0.2, 0.8, 300).expand(1, 3, 200, 300)
    numbers = dict(zip(STATISTICS, statistics(image), strict=True))
    assert numbers["flat"] > 0.9 and numbers["paper"] == 0
    assert numbers["calmest"] < -0.5


@pytest.mark.parametrize("shape", [(1, 1), (3, 500), (40, 40)])
def test_tiny_pictures_have_a_probability(shape):
    assert 0 <= artwork_probability(torch.full((1, 3, *shape), 0.5)) <= 1


def test_what_is_said_of_the_domain_outweighs_what_is_seen():
    image = photograph("astronaut")
    assert is_artwork(image, "art", 0.01) and not is_artwork(image, "photo", 0.99)
    assert not is_artwork(image, "auto", 0.25)
