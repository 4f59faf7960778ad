"""Masks of a pair: nested in each image, chosen jointly, never without a partner."""

from __future__ import annotations

import logging

import pytest
import torch
from torch import Tensor

from automask.masks import PairMasks, SoftMasks
from automask.masks.combine import blurred, joined, layered
from automask.masks.pair import select

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


def source(found: SoftMasks):
    return lambda image: found


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


@pytest.mark.parametrize("blur", [-0.1, 0.5, "much"])
def test_a_blur_out_of_range_is_refused(blur):
    with pytest.raises(ValueError, match="masks.blur must be a share"):
        PairMasks(blur=blur)


def test_the_k_most_probable_objects_over_content_and_all_styles_are_kept():
    content = masks(cat=0.9, dog=0.6, car=0.8, boat=0.5)
    styles = [masks(cat=0.1, dog=0.9, car=0.6, boat=0.5), masks(cat=0.5, dog=0.9)]
    first, others = select(content, styles, k=2)
    # Means: dog 0.8, cat 0.5, car 0.47 (absent from the last style), boat 0.33.
    assert first.names == ("background", "dog", "cat")
    assert [other.names for other in others] == [first.names] * 2


def test_an_image_counts_the_same_whatever_its_size():
    content = masks(80, 120, cat=0.6, dog=0.5)
    first, _ = select(content, [masks(2, 2, cat=0.5, dog=0.9)], k=1)
    assert first.names == ("background", "dog")


def test_parts_come_along_with_a_kept_person_only():
    both = masks(person=0.6, skin=0.6, mouth=0.6, dog=0.9)
    assert select(both, [both], k=2)[0].names == (
        *("background", "dog", "person"),
        *("skin", "mouth"),
    )
    assert select(both, [both], k=1)[0].names == ("background", "dog")


def test_background_is_the_complement_of_the_kept_objects_on_every_pixel():
    found = masks(person=spot(), dog=0.3 * (1 - spot()) + 0.5 * spot(top=0, rows=1))
    first, _ = select(found, [found], k=2)
    total = first["background"] + first["person"] + first["dog"]
    assert torch.allclose(total, torch.ones(8, 12))


def test_parts_do_not_eat_into_the_background():
    found = masks(person=spot(), skin=spot(), eyes=spot(rows=1))
    first, _ = select(found, [found], k=1)
    assert torch.equal(first["background"], 1 - spot())


def test_a_mask_that_one_side_lacks_is_left_out_and_said_in_one_line(caplog):
    content = masks(person=1.0, skin=1.0, eyes=spot(), nose=spot())
    style = masks(person=1.0, skin=1.0, eyes=0.0, nose=0.2)
    with caplog.at_level(logging.WARNING):
        first, (other,) = select(content, [style], k=5)
    assert first.names == other.names == ("background", "person", "skin")
    assert caplog.messages == ["the style shows no eyes, nose: not used as masks"]


def test_what_only_the_style_shows_is_left_out_as_well(caplog):
    with caplog.at_level(logging.WARNING):
        first, (other,) = select(masks(person=0.0), [masks(person=spot())], k=5)
    assert first.names == other.names == ("background",)
    assert torch.equal(other["background"], torch.ones(8, 12))
    assert caplog.messages == ["the content shows no person: not used as masks"]


def test_one_of_several_styles_is_partner_enough():
    person = masks(person=spot(), skin=spot())
    first, others = select(person, [masks(person=0.0, skin=0.0), person], k=5)
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
    pair = PairMasks(k=1, sources={"a": source(both)}, blur=0)
    content, (style,) = pair(IMAGE, [IMAGE])
    assert torch.equal(content["skin"], skin)
    assert torch.equal(style["skin"], head)
    assert "head" not in content.names


def test_the_domain_of_either_side_can_be_set():
    both = masks(person=1.0, skin=spot(rows=1), head=spot(rows=3))
    domains = {"content_domain": "art", "style_domain": "photo"}
    pair = PairMasks(k=1, sources={"a": source(both)}, blur=0, **domains)
    content, (style,) = pair(IMAGE, [IMAGE])
    assert torch.equal(content["skin"], spot(rows=3))
    assert torch.equal(style["skin"], spot(rows=1))


def test_blur_is_a_share_of_the_longer_side_and_keeps_the_amount():
    wide = torch.zeros(1, 40, 100)
    wide[0, 20, 50] = 1
    soft = blurred(SoftMasks(("a",), wide, ("planted",)), 0.02)["a"]
    across = torch.arange(100.0)
    variance = (soft.sum(0) * (across - 50) ** 2).sum() / soft.sum()
    assert variance.sqrt().item() == pytest.approx(0.02 * 100, rel=0.05)
    assert soft.sum().item() == pytest.approx(1, rel=1e-4)


def test_no_blur_changes_nothing():
    found = masks(person=spot())
    assert torch.equal(blurred(found, 0)["person"], spot())
