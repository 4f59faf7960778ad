"""Masks of a pair: nested in each image, chosen jointly, never without a partner."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from automask.masks import Blur, PairMasks, SoftMasks
from automask.masks.combine import drawn_over, joined, layered
from automask.masks.select import select

IMAGE = torch.zeros(1, 3, 8, 12)


def masks(height: int = 8, width: int = 12, **values: float | Tensor) -> SoftMasks:
    """Constant masks of these values; a mean below 1/2 is put into the first rows."""
    full = torch.ones(height, width)
    probs = [value * full for value in values.values()]
    return SoftMasks(tuple(values), torch.stack(probs), ("planted",) * len(probs))


def spot(value: float = 1.0, *, top: int = 2, rows: int = 4) -> Tensor:
    mask = torch.zeros(8, 12)
    mask[top : top + rows, 3:9] = value
    return mask


def test_k_zero_gives_no_masks_and_asks_no_source():
    def refuse(image: Tensor) -> SoftMasks:
        raise AssertionError("asked")

    content, styles = PairMasks(k=0, sources={"a": refuse})(IMAGE, [IMAGE, IMAGE])
    assert content.names == () and content.probs.shape == (0, 8, 12)
    assert [style.names for style in styles] == [(), ()]


@pytest.mark.parametrize("k", [-1, 2.5, "5", None, True])
def test_k_that_is_no_whole_number_from_zero_is_refused(k):
    with pytest.raises(ValueError, match=f"k must be a whole number >= 0, got {k!r}"):
        PairMasks(k=k)


@pytest.mark.parametrize("key", ["content_domain", "style_domain"])
def test_an_unknown_domain_is_refused_with_its_key(key):
    with pytest.raises(ValueError, match=f"masks.{key} must be one of .*'oil'"):
        PairMasks(**{key: "oil"})


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("parts", ["tail"], "masks.parts knows no 'tail'; choose from skin, hair"),
        ("binary", "yes", "masks.binary must be true or false, got 'yes'"),
    ],
)
def test_a_key_with_a_wrong_value_is_refused(key, value, line):
    with pytest.raises(ValueError, match=line):
        PairMasks(**{key: value})


def test_the_k_most_probable_objects_over_content_and_all_styles_are_kept():
    content = masks(cat=0.9, dog=0.6, car=0.8, boat=0.5)
    styles = [masks(cat=0.1, dog=0.9, car=0.6, boat=0.5), masks(cat=0.5, dog=0.9)]
    first, *others = select(content, styles, k=2)
    # Means: dog 0.8, cat 0.5, car 0.47 (absent from the last style), boat 0.33.
    assert first.names == ("dog", "cat")
    assert [other.names for other in others] == [first.names] * 2


def test_an_image_counts_the_same_whatever_its_size():
    content = masks(80, 120, cat=0.6, dog=0.5)
    first, *_ = select(content, [masks(2, 2, cat=0.5, dog=0.9)], k=1)
    assert first.names == ("dog",)


def test_parts_come_along_with_a_kept_person_only():
    both = masks(person=0.6, skin=0.6, mouth=0.6, dog=0.9)
    names = select(both, [both], k=2)[0].names
    assert names == ("dog", "person", "skin", "mouth")
    assert select(both, [both], k=1)[0].names == ("dog",)


def test_background_is_the_complement_of_the_kept_objects_on_every_pixel():
    found = masks(person=spot(), dog=0.3 * (1 - spot()) + 0.5 * spot(top=0, rows=1))
    first, *_ = select(found, [found], k=2)
    total = first["background"] + first["person"] + first["dog"]
    assert torch.allclose(total, torch.ones(8, 12))


def test_parts_do_not_eat_into_the_background():
    found = masks(person=spot(), skin=spot(), eyes=spot(rows=1))
    first, *_ = select(found, [found], k=1)
    assert torch.equal(first["background"], 1 - spot())


def test_a_mask_that_one_side_lacks_is_left_out_and_said_in_one_line(caplog):
    content = masks(person=spot(), skin=spot(), eyes=spot(), nose=spot())
    style = masks(person=spot(), skin=spot(), eyes=0.0, nose=0.2)
    with caplog.at_level(logging.WARNING):
        first, other = select(content, [style], k=5)
    assert first.names == other.names == ("background", "person", "skin")
    assert caplog.messages == ["the style shows no eyes, nose: not used as masks"]


def test_what_only_the_style_shows_is_left_out_as_well(caplog):
    with caplog.at_level(logging.WARNING):
        first, other = select(masks(person=0.0), [masks(person=spot())], k=5)
    assert first.names == other.names == ("background",)
    assert torch.equal(other["background"], torch.ones(8, 12))
    assert caplog.messages == ["the content shows no person: not used as masks"]


def test_one_of_several_styles_is_partner_enough():
    person = masks(person=spot(), skin=spot())
    first, *others = select(person, [masks(person=0.0, skin=0.0), person], k=5)
    assert first.names == ("background", "person", "skin")
    assert float(others[0]["person"].max()) == 0


def test_a_background_that_a_net_reports_does_not_compete():
    found = masks(background=0.9, person=spot())
    assert select(found, [found], k=1)[0].names == ("background", "person")


def test_masks_of_one_name_from_two_sources_are_joined_by_their_maximum():
    both = joined([masks(person=spot(0.4)), masks(person=0.3, dog=0.2)])
    assert both.names == ("person", "dog")
    assert torch.equal(both["person"], spot(0.4).clamp_min(0.3))
    assert both.sources[0] == "planted + planted"


def test_skin_covers_the_parts_and_the_person_covers_the_skin():
    eyes = spot(rows=6)  # hangs out of the person by two rows
    found = layered(masks(person=spot(), skin=spot(0.2), eyes=eyes), art=False)
    assert torch.equal(found["eyes"], eyes.minimum(spot()))
    assert bool((found["skin"] >= found["eyes"]).all())
    assert bool((found["person"] >= found["skin"]).all())


def test_skin_is_the_colour_in_photographs_and_the_head_in_artwork():
    skin, head = spot(rows=1), spot(rows=3)
    both = masks(person=1.0, skin=skin, head=head)
    content, style = paired(both, both, style_domain="art")
    assert torch.equal(content["skin"], skin)
    assert torch.equal(style["skin"], head)
    assert "head" not in content.names
    content, style = paired(both, both, content_domain="art", style_domain="photo")
    assert torch.equal(content["skin"], head)
    assert torch.equal(style["skin"], skin)


def test_parts_that_are_not_asked_for_stay_out():
    both = masks(person=spot(), skin=spot(), eyes=spot(rows=1))
    for parts in ([], ["skin"], ["skin", "eyes"]):
        assert paired(both, both, parts=parts)[0].names == (
            "background",
            "person",
            *parts,
        )


def test_an_object_of_a_few_stray_pixels_is_no_partner():
    full, stray = torch.zeros(100, 100), torch.zeros(100, 100)
    full[:50], stray[:2, :5] = 1, 1
    found = [SoftMasks(("dog",), each[None], ("planted",)) for each in (full, stray)]
    assert select(found[0], [found[1]], k=5)[0].names == ("background",)
    assert select(found[0], [found[1]], k=5, drawn=["dog"])[0].names[1:] == ("dog",)


def test_where_one_side_has_no_background_the_rest_goes_to_the_nearest_object():
    left, right = torch.zeros(8, 12), torch.zeros(8, 12)
    left[:, :3], right[:, 9:] = 1, 1  # six columns between them are the rest
    content = masks(dog=left, cat=right)
    style = masks(dog=(left + 1 - right).clamp(max=1), cat=right)
    first, other = select(content, [style], k=5)
    assert first.names == other.names == ("dog", "cat")
    assert torch.equal(first["dog"], torch.arange(12).lt(6).float().expand(8, 12))
    assert torch.equal(first["dog"] + first["cat"], torch.ones(8, 12))


def test_the_rest_goes_to_a_person_only_where_there_is_nothing_else():
    left, right = torch.zeros(8, 12), torch.zeros(8, 12)
    left[:, :4], right[:, 11:] = 1, 1
    style = masks(person=left, sky=1 - left)
    first, _ = select(masks(person=left, sky=right), [style], k=5)
    assert torch.equal(first["person"], left)
    assert torch.equal(first["sky"], 1 - left)
    first, _ = select(masks(person=left), [masks(person=1.0)], k=5)
    assert torch.equal(first["person"], torch.ones(8, 12))


@given(st.integers(0, 2**31), st.integers(1, 4))
def test_every_pixel_of_the_content_has_a_partner(seed, k):
    rng = torch.Generator().manual_seed(seed)
    names = ("dog", "cat", "sky", "person", "skin")

    def image() -> SoftMasks:
        probs = torch.rand(5, 6, 7, generator=rng) * 2 - 0.5
        probs *= (torch.rand(5, 1, 1, generator=rng) > 0.4).float()
        return SoftMasks(names, probs.clamp(0, 1), ("planted",) * 5)

    content, *styles = select(image(), [image(), image()], k)
    for masks in (content, *styles):
        whole = [masks[name] for name in masks.names if name != "skin"]
        assert torch.allclose(sum(whole), torch.ones(6, 7), atol=1e-5)
    for name in content.names:
        assert any(bool((style[name] >= 0.5).any()) for style in styles), name


def test_objects_that_overlap_share_the_pixel():
    both = masks(dog=0.9, cat=0.6)
    first, _ = select(both, [both], k=2)
    assert torch.allclose(first["dog"], torch.full((8, 12), 0.6))
    assert torch.allclose(first["cat"], torch.full((8, 12), 0.4))


def test_a_later_source_gets_what_the_earlier_ones_leave():
    both = joined([masks(person=spot()), masks(sky=1.0, person=0.2)])
    assert torch.equal(both["sky"], 1 - spot())
    assert torch.equal(both["person"], spot().clamp_min(0.2))


def drawn(cover: Tensor | float = 1.0, **values: float | Tensor) -> SoftMasks:
    found = masks(**values)
    return replace(found, cover=torch.ones_like(found.probs) * cover)


def paired(
    content: SoftMasks,
    style: SoftMasks,
    over: tuple[SoftMasks | None, SoftMasks | None] = (None, None),
    requested: tuple[str, ...] = (),
    **options,
) -> tuple[SoftMasks, SoftMasks]:
    """Masks of a pair of which these are found and those drawn over them."""
    found = iter([content, style])
    pair = PairMasks(
        sources={"a": lambda image: next(found)},
        drawn=lambda content, styles: (over[0], [over[1]]),
        **{"refine": Blur(0)} | options,
    )
    first, (other,) = pair(IMAGE, [IMAGE], requested)
    return first, other


def test_a_drawn_mask_takes_the_place_of_the_found_one_where_it_is_drawn():
    half = torch.zeros(8, 12)
    half[:, 6:] = 1
    found = masks(person=1.0, skin=1.0)
    over = drawn_over(found, drawn(cover=half, skin=0.0))
    assert torch.equal(over["skin"], 1 - half)
    assert torch.equal(over["person"], torch.ones(8, 12))


def test_found_objects_leave_the_pixels_of_a_drawn_one():
    over = drawn_over(masks(person=1.0, dog=spot()), drawn(tree=spot(rows=2)))
    assert torch.equal(over["person"], 1 - spot(rows=2))
    assert torch.equal(over["dog"], spot() - spot(rows=2))


def test_a_drawn_part_enlarges_the_person_and_is_cut_by_nothing():
    person, skin = masks(person=spot(rows=2)), drawn(skin=spot(rows=4))
    content, _ = paired(person, person, (skin, skin))
    assert torch.equal(content["skin"], spot(rows=4))
    assert torch.equal(content["person"], spot(rows=4))


def test_parts_drawn_without_a_person_make_one():
    drawing = drawn(skin=spot(rows=4), eyes=spot(rows=1), hair=spot(top=0, rows=2))
    pair = PairMasks(sources={}, drawn=lambda content, styles: (drawing, [drawing]))
    content, _ = pair(IMAGE, [IMAGE])
    assert content.names == ("background", "person", "skin", "hair", "eyes")
    assert content.sources[1] == "union of its drawn parts"


def test_drawn_objects_are_used_beyond_k():
    found, drawing = (
        masks(dog=1.0, cat=0.1),
        drawn(tree=spot(rows=2), house=spot(top=5)),
    )
    content, _ = paired(found, found, (drawing, drawing), k=1)
    assert set(content.names) == {"tree", "house", "dog"}


def test_binary_masks_put_each_pixel_in_one_mask():
    face = masks(person=0.9 * spot(), skin=0.6 * spot(), mouth=0.5 * spot(rows=2))
    content, _ = paired(face, face, binary=True)
    assert torch.equal(content.probs.sum(0), torch.ones(8, 12))
    assert torch.equal(content["mouth"], spot(rows=2))  # 0.5 against skin's 0.1
    assert torch.equal(content["skin"], spot() - spot(rows=2))  # 0.6 against 0.3
    assert torch.equal(content["background"], 1 - spot())


def test_an_unknown_drawn_mask_without_a_counterpart_is_refused_with_the_nearest_name():
    found = masks(person=spot(), skin=spot(rows=1))
    for name, number in (("skn", 0), ("skn", 1), ("tree", 0)):
        one = drawn(**{name: spot(rows=1)})
        key, other = ("style.map", "map") if number else ("map", "style.map")
        with pytest.raises(ValueError, match=f"^{key} names the mask '{name}'") as told:
            paired(found, found, (None, one) if number else (one, None))
        assert f"{other}={{{name}: FILE}}" in str(told.value)
        assert ("did you mean 'skin'?" in str(told.value)) == (name == "skn")


def test_a_drawn_mask_of_any_name_is_a_region_if_both_sides_have_it():
    here, there = spot(rows=1), spot(rows=2)
    found = masks(tree=there)
    for other in (drawn(tree=there), None):  # drawn there, or found there
        content, style = paired(found, found, (drawn(tree=here), other))
        assert "tree" in content.names and torch.equal(content["tree"], here)
        assert torch.equal(style["tree"], there)


def test_a_drawn_mask_needs_no_counterpart_if_it_is_known_or_requested():
    found = masks(person=spot())
    for name, requested, used in (("hair", (), False), ("tree", ("tree",), True)):
        over = drawn(**{name: spot(rows=1)}), None
        content, _ = paired(found, found, over, requested)
        assert (name in content.names) == used


SKIN, BEARD = {"skin": spot()}, {"skin": spot(rows=5), "beard": spot(top=5, rows=1)}


@pytest.mark.parametrize(
    ("content", "style", "parts", "excluded"),
    [
        ({}, SKIN, ("skin", "eyes"), "skin"),
        ({"skin": spot(rows=1)}, SKIN, ("skin",), None),
        ({}, SKIN, ("hair",), None),  # skin is not to be used
        ({}, {"hair": spot(), "skin": spot(0.1)}, ("skin", "hair"), None),  # too faint
        ({}, {"skin": 1.0}, ("skin",), None),  # a close-up: what else is there
        (SKIN, BEARD, ("skin", "beard"), "beard"),
        ({**SKIN, "beard": spot(0.4)}, BEARD, ("skin", "beard"), "beard"),
        ({**SKIN, "beard": spot(rows=1)}, BEARD, ("skin", "beard"), None),
        (SKIN, BEARD, ("skin",), None),
        (SKIN, {**SKIN, "beard": 0.0}, ("skin", "beard"), None),
        ({}, BEARD, ("skin", "beard"), "skin"),  # and the beard in it
        (SKIN, {**SKIN, "eyes": spot()}, ("skin", "eyes"), None),
    ],
)
def test_skin_or_beard_of_a_style_is_excluded_where_the_content_has_none(
    content, style, parts, excluded
):
    photo, painting = paired(
        masks(person=spot(), **content), masks(person=1.0, **style), parts=parts
    )
    assert photo.names == painting.names and photo.unmatched is None
    if excluded is None:
        assert painting.unmatched is None
    else:
        assert painting.unmatched.names == (excluded,)
        assert excluded not in painting.names
        assert torch.equal(painting.unmatched[excluded], style[excluded])


def test_a_beard_as_small_as_a_few_pixels_is_excluded_as_well():
    small, large = torch.zeros(100, 100), torch.zeros(100, 100)
    small[50, 50:54], large[40:60, 40:60] = 1, 1
    names = ("person", "skin", "beard")
    content, style = (
        SoftMasks(names, torch.stack([large, large, beard]), names)
        for beard in (0 * small, small)
    )
    assert paired(content, style)[1].unmatched.names == ("beard",)


@pytest.mark.parametrize("name", ["eyes", "beard"])
def test_parts_that_no_style_shows_are_unmatched_regions_of_the_content(name):
    shown = {"person": spot(rows=6), "skin": spot(rows=5), name: spot(top=5, rows=1)}
    portrait, other = masks(**shown), masks(person=spot(rows=6), skin=spot(rows=5))
    content, style = paired(portrait, other)
    assert name not in content.names and content.names == style.names
    assert content.unmatched.names == (name,) and style.unmatched is None
    assert torch.equal(content.unmatched[name], shown[name])
    assert content.unmatched.sources == ("planted",)
    only_skin, _ = paired(portrait, other, parts=("skin",))
    assert only_skin.unmatched is None


def test_a_beard_on_both_sides_is_a_mask_within_the_skin():
    both = masks(person=1.0, **BEARD)
    content, painting = paired(both, both, refine=Blur())
    assert content.names == ("person", "skin", "beard")
    assert content.unmatched is painting.unmatched is None
    assert bool((content["beard"] <= content["skin"] + 1e-6).all())
