"""A frame's painting that goes on from the last one's."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from planted import TinyEncoder
from test_stylizer import LAYERS, smooth, stylizer

from stylize import MRF, Content, Strokes, Stylizer, without_masks
from stylize.carried import Carried
from stylize.color.region_transfer import Recolor


def carried(image: torch.Tensor, free: torch.Tensor, matches=None) -> Carried:
    still = torch.zeros(1, 2, *image.shape[2:])
    return Carried(image, 1 - free, free, still, matches or {})


def left_free(image: torch.Tensor) -> torch.Tensor:
    free = torch.zeros(image.shape[2:])
    free[:, :24] = 1
    return free


@pytest.fixture(scope="module")
def painter() -> Stylizer:
    terms = {
        "style": MRF(
            1.0, LAYERS, 20.0, blocks={"relu3_1": 3.0}, strokes=Strokes(sweeps=1)
        ),
        "content": Content(0.3, ["relu4_1"]),
    }
    return replace(stylizer(), terms=terms, color=Recolor(correction=1.0), votes=[0.5])


@pytest.mark.parametrize("sketch", [None, 0.8])
def test_what_is_not_free_stays_as_it_was_carried(painter, sketch):
    content, style = without_masks(smooth(1)), without_masks(smooth(2, 72, 88))
    last = painter.unfinished(content, [style]).image
    free = left_free(last)
    image, _ = painter.continued(content, [style], carried(last, free), sketch)
    assert torch.equal(image[..., 24:], last[..., 24:])
    assert (image[..., :24] - last[..., :24]).abs().mean() > 1e-3


def test_what_is_new_comes_as_near_to_the_style_as_a_painting_by_itself(painter):
    content, style = without_masks(smooth(1)), without_masks(smooth(2, 72, 88))
    alone = painter.unfinished(content, [style]).image
    everywhere = torch.ones(alone.shape[2:])
    image, _ = painter.continued(content, [style], carried(0 * alone, everywhere))
    before = (content.image - alone).abs().mean()
    assert (image - alone).abs().mean() < 0.25 * before


def test_matches_are_taken_over_and_only_stale_ones_searched(painter, monkeypatch):
    import stylize.matching.patch_layer as patch_layer

    content, style = without_masks(smooth(1)), without_masks(smooth(2, 72, 88))
    last = painter.unfinished(content, [style]).image
    free = left_free(last)
    _, matches = painter.continued(content, [style], carried(last, free))
    searched = []

    def watched(query, index, wanted, known):
        searched.append(float(wanted.float().mean()))
        return nearest_where(query, index, wanted, known)

    nearest_where = patch_layer.nearest_where
    monkeypatch.setattr(patch_layer, "nearest_where", watched)
    _, after = painter.continued(content, [style], carried(last, free, matches), 0.8)
    assert len(searched) == len(LAYERS) and all(0.1 < s < 0.5 for s in searched)
    right = (slice(None), slice(-4, None))
    old, new = (found["style"]["relu3_1"].nearest[right] for found in (matches, after))
    assert (old == new).float().mean() > 0.9


def test_a_painter_without_matches_goes_on_too():
    plain = Stylizer(TinyEncoder(), {"content": Content(0.3, ["relu4_1"])})
    content = without_masks(smooth(1))
    last = smooth(3)
    free = left_free(last)
    image, matches = plain.continued(content, [content], carried(last, free))
    assert torch.equal(image[..., 24:], last[..., 24:]) and matches == {}
