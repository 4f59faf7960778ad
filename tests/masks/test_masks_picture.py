"""The colour picture of masks."""

from __future__ import annotations

import pytest
import torch

from automask.masks import SoftMasks, color_picture
from automask.masks.view.mask_colors import COLORS, OTHERS

PAPER = {
    "background": (0, 1, 0),
    "person": (1, 0, 0),
    "skin": (0, 0, 1),
    "eyes": (0, 1, 1),
    "nose": (1, 1, 0),
    "mouth": (1, 0, 1),
}


def constant(**values: float) -> SoftMasks:
    probs = torch.tensor(list(values.values())).view(-1, 1, 1).expand(-1, 4, 6)
    return SoftMasks(tuple(values), probs.clone(), ("planted",) * len(values))


@pytest.mark.parametrize(("name", "color"), PAPER.items())
def test_a_sure_mask_has_the_colour_of_the_paper(name, color):
    picture = color_picture(constant(**{name: 1.0}))
    assert picture.shape == (1, 3, 4, 6)
    assert tuple(picture[0, :, 2, 3].tolist()) == color


def test_parts_lie_over_skin_over_person_over_background():
    layers = constant(background=1.0, person=1.0, skin=1.0, mouth=1.0)
    for count in (4, 3, 2, 1):
        top = SoftMasks(layers.names[:count], layers.probs[:count], ("",) * count)
        seen = color_picture(top)[0, :, 0, 0].tolist()
        assert tuple(seen) == PAPER[layers.names[count - 1]]


def test_soft_masks_mix_and_stay_within_range():
    half = color_picture(constant(background=1.0, person=0.5))[0, :, 0, 0]
    assert half.tolist() == [0.5, 0.5, 0]


def test_other_objects_have_colours_of_their_own():
    names = ("dog", "cat", "car")
    seen = set()
    for chosen in range(3):
        probs = {name: float(i == chosen) for i, name in enumerate(names)}
        seen.add(tuple(color_picture(constant(**probs))[0, :, 0, 0].tolist()))
    assert len(seen) == 3 and not seen & set(COLORS.values())
    assert len({*OTHERS, *COLORS.values()}) == len(OTHERS) + len(COLORS)


def test_no_masks_give_a_black_picture():
    empty = SoftMasks((), torch.zeros(0, 4, 6), ())
    assert torch.equal(color_picture(empty), torch.zeros(1, 3, 4, 6))
