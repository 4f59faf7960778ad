"""A level may start from what its matched patches vote for."""

from __future__ import annotations

import pytest
import torch
from planted import TinyEncoder, generator
from test_strokes import STRIDE, brushwork, matched_to_itself

from stylize import MRF, Pyramid, Stylizer, TotalVariation, without_masks
from stylize.strokes.voting import voted

CELLS = (..., slice(0, 96 // STRIDE * STRIDE), slice(0, 96 // STRIDE * STRIDE))


def test_patches_matched_to_themselves_vote_for_the_style_itself():
    style, image = brushwork(), brushwork(5)
    matched = matched_to_itself(style)
    torch.testing.assert_close(voted(image, matched, 1.0)[CELLS], style[CELLS])
    half = voted(image, matched, 0.5)
    torch.testing.assert_close(half[CELLS], torch.lerp(image, style, 0.5)[CELLS])
    assert voted(image, matched, 0.0).equal(image)


def test_pixels_beyond_the_last_whole_cell_stay():
    style, image = brushwork(), torch.full((1, 3, 99, 98), 0.5)
    made = voted(image, matched_to_itself(style), 1.0)
    assert (made[..., 96:, :] == 0.5).all() and (made[..., 96:] == 0.5).all()


def first_images(votes: list[float], **options) -> list[torch.Tensor]:
    """The picture after the first step of each level."""
    term = MRF(1.0, ["relu3_1"], 0.0)
    painter = Stylizer(
        TinyEncoder(),
        {"style": term, "smoothness": TotalVariation(1e-6)},
        Pyramid(2, smallest=24),
        [1, 1],
        votes=votes,
        **options,
    )
    content = torch.rand(1, 3, 64, 64, generator=generator(1))
    painted = []
    painter(
        without_masks(content),
        [without_masks(brushwork())],
        on_step=lambda step: painted.append(step.image.clone()),
    )
    return painted


def test_a_level_begins_where_its_votes_lead():
    none, fine = first_images([0.0]), first_images([0.0, 1.0])
    assert none[0].equal(fine[0])
    # The style is grey, the content colourful: votes take its colours away.
    colourful = [float((x[:, 0] - x[:, 2]).abs().mean()) for x in (none[1], fine[1])]
    assert colourful[1] < 0.3 * colourful[0]


def test_half_the_strength_votes_half_as_much():
    whole, half = first_images([0.0, 1.0]), first_images([0.0, 1.0], strength=0.5)
    none = first_images([0.0], strength=0.5)
    far = [float((x[1] - none[1]).abs().mean()) for x in (half, whole)]
    assert 0.2 < far[0] / far[1] < 0.8


@pytest.mark.parametrize("votes", [[], [0.0, 1.5], [-0.1]])
def test_votes_are_shares(votes: list[float]):
    with pytest.raises(ValueError, match="votes"):
        first_images(votes)
