"""Each region takes its paint from the styles that it names."""

import pytest
import torch
from planted import TinyEncoder, generator

from automask.masks.pair import PairMasks
from automask.masks.soft import SoftMasks
from automask.pipeline.style_mix import supplied as supplied_pictures
from automask.pipeline.style_spec import supplies
from stylize import MRF, Picture
from stylize.encoders.encoder import Encoded, encode

NAMES = ("background", "person", "skin", "eyes")


def nested(*columns: int) -> torch.Tensor:
    """(K, 4, 8) hard masks: a background, and within it ever smaller regions.

    Args:
        columns: Where each region inside begins; all reach the right border.
    """
    masks = torch.zeros(len(columns) + 1, 4, 8)
    masks[0, :, : columns[0]] = 1
    for index, column in enumerate(columns, 1):
        masks[index, :, column:] = 1
    return masks


def allowed(supply) -> list[int]:
    """1 for each column that a style may be painted from."""
    return (supply.masks.amax(dim=(0, 1)) > 0).int().tolist()


def supplied(names, masks, regions, rest) -> list[Picture]:
    """What styles of those masks supply, whatever they look like."""
    styles = [Picture(torch.zeros(1, 3, *m.shape[1:]), m, names) for m in masks]
    return supplied_pictures(styles, regions, rest)


def test_a_style_serves_only_the_region_that_names_it():
    masks = nested(2, 4, 6)
    regions = {"person": (1.0, 0.0), "background": (0.0, 1.0)}
    one, other = supplied(NAMES, [masks, masks], regions, (1.0, 1.0))
    assert allowed(one) == [0, 0, 1, 1, 1, 1, 1, 1]
    assert allowed(other) == [1, 1, 0, 0, 0, 0, 0, 0]
    assert one.masks[:, :, 2:].equal(masks[:, :, 2:])


def test_the_innermost_named_region_decides():
    masks = nested(2, 4, 6)
    regions = {"skin": (0.0, 1.0), "person": (1.0, 0.0)}  # in whatever order
    one, other = supplied(NAMES, [masks, masks], regions, (0.0, 0.0))
    assert allowed(one) == [0, 0, 1, 1, 0, 0, 0, 0]
    assert allowed(other) == [0, 0, 0, 0, 1, 1, 1, 1]
    assert one.shares == (0.0, 1.0, 0.0, 0.0)
    assert other.shares == (0.0, 0.0, 1.0, 1.0)  # the eyes go with the skin


def test_what_no_region_names_is_left_to_the_rest():
    masks = nested(2, 4, 6)
    both = supplied(NAMES, [masks, masks], {"skin": (0.7, 0.3)}, (1.0, 0.0))
    assert allowed(both[0]) == [1] * 8
    assert allowed(both[1]) == [0, 0, 0, 0, 1, 1, 1, 1]
    assert both[0].shares == (1.0, 1.0, 0.7, 0.7)


def test_a_soft_border_is_given_in_part():
    masks = torch.tensor([[[0.75, 0.25]], [[0.25, 0.75]]])
    regions = {"person": (1.0,)}
    (one,) = supplied(("background", "person"), [masks], regions, (0.0,))
    assert one.masks[1].allclose(torch.tensor([[0.25 * 0.25, 0.75 * 0.75]]))


def test_a_style_without_the_region_gives_all_of_itself_to_it():
    empty = torch.zeros(4, 4, 8)
    empty[0] = 1  # nothing but background
    regions = {"skin": (1.0, 0.0), "background": (0.0, 1.0)}
    one, other = supplied(NAMES, [empty, nested(2, 4, 6)], regions, (0.0, 0.0))
    assert one.masks[:, 0, 0].tolist() == [0, 1, 1, 0]  # skin, within a person
    assert allowed(one) == [1] * 8
    assert allowed(other) == [1, 1, 0, 0, 0, 0, 0, 0]


def test_a_region_that_has_no_mask_is_refused_with_those_found():
    with pytest.raises(ValueError, match="'dog'.* background, person, skin, eyes"):
        supplied(NAMES, [nested(2, 4, 6)], {"dog": (1.0,)}, (1.0,))


def test_masks_that_a_region_asks_for_stay_though_no_style_shows_them():
    person = torch.zeros(1, 40, 40)
    person[:, :, 20:] = 1

    def find(image):
        return SoftMasks(("person",), person * float(image.mean() > 0.5), ("",))

    pair = PairMasks(sources={"planted": find})
    photo, painting = torch.ones(1, 3, 40, 40), torch.zeros(1, 3, 40, 40)
    assert "person" not in pair(photo, [painting])[0].names
    content, (style,) = pair(photo, [painting], ["person"])
    assert content.names == style.names == ("background", "person")


@pytest.mark.parametrize("seed", range(3))
def test_no_match_leaves_the_style_of_its_region(seed):
    rng = generator(seed)
    masks = torch.zeros(2, 64, 64)
    masks[0, :, :32], masks[1, :, 32:] = 1, 1
    names = ("background", "person")
    regions = {"person": (1.0, 0.0), "background": (0.0, 1.0)}
    given = supplied(names, [masks, masks], regions, (0.0, 0.0))
    styles = [
        Picture(torch.rand(1, 3, 64, 64, generator=rng), each.masks, names, each.shares)
        for each in given
    ]
    # What lures: the content's person is the very background of the first style.
    image = styles[0].image.flip(3)
    assert matched_styles(Picture(image, masks, names), styles) == [{1}, {0}]


def encoded(picture: Picture) -> Encoded:
    """A picture and what the tiny encoder sees of it."""
    return encode(TinyEncoder(), picture, ["relu3_1"])


def matched_styles(content: Picture, styles: list[Picture]) -> list[set[int]]:
    """Which styles the left and the right side of a content are matched in."""
    term = MRF(1.0, ["relu3_1"], gamma=20.0)
    references = [encoded(style) for style in styles]
    objective = term.prepare(encoded(content), references)
    objective.loss(encoded(content), 0)
    (layer,) = objective.matches.layers.values()
    cells = layer.nearest // (32 * 32)  # cells of one style
    sides = cells[:, :13], cells[:, 17:]
    return [set(side.flatten().tolist()) for side in sides]


def test_weights_of_a_region_are_parts_that_sum_to_one():
    assert supplies({"person": "gogh.jpg"}) == {"person": {"gogh.jpg": 1.0}}
    assert supplies({"skin": "a.jpg+monet"}) == {"skin": {"a.jpg": 0.5, "monet": 0.5}}
    mixed = supplies({"person": {"gogh.jpg": 3, "monet": 1}})
    assert mixed == {"person": {"gogh.jpg": 0.75, "monet": 0.25}}


@pytest.mark.parametrize(
    ("regions", "part"),
    [
        ("monet", "as {person: monet}"),
        ({"person": None}, "regions.person must name a style"),
        ({"person": {"monet": "much"}}, "weight of 'monet' must be a number"),
        ({"person": {"monet": -1}}, "weight of 'monet' must be a number"),
        ({"person": {"monet": 0}}, "one weight must be above 0"),
    ],
)
def test_regions_of_another_form_are_refused(regions, part):
    with pytest.raises(ValueError, match=part):
        supplies(regions)
