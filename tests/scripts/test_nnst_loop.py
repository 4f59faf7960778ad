"""The peer of the bench: NNST's loop does what its paper says, on planted data."""

from __future__ import annotations

import importlib

import pytest
import torch
from planted import generator, waves

from automask.pipeline.encoder_weights import lite

pytestmark = pytest.mark.usefixtures("scripts")


@pytest.fixture
def loop():
    return importlib.import_module("benching.nnst_loop")


def test_a_pyramid_gives_its_image_back(loop):
    image = torch.rand(1, 3, 70, 45, generator=generator())
    levels = loop.laplacian(image)
    assert len(levels) > 2
    torch.testing.assert_close(loop.collapsed(levels), image)


def test_cells_are_found_whatever_their_order_size_and_mean(loop):
    cells = torch.randn(50, 9, generator=generator())
    order = torch.randperm(50, generator=generator(1))
    assert loop.nearest(3 * cells[order] + 5, cells).equal(order)


@pytest.mark.slow
def test_the_picture_takes_on_the_styles_cells(loop, monkeypatch):
    monkeypatch.setattr(loop, "UPDATES", 30)
    content, style = waves(False, 96), waves(True, 96)
    encoder = lite()

    def distance(image: torch.Tensor) -> float:
        own, theirs = (loop.hypercolumns(encoder, x) for x in (image, style))
        found = theirs[loop.nearest(own, theirs)]
        return float((1 - torch.cosine_similarity(own, found)).mean())

    image = loop.painted(encoder, content, style)
    assert image.shape == content.shape and 0 <= image.min() <= image.max() <= 1
    assert distance(image) < 0.8 * distance(content)
