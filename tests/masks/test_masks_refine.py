"""Refinement: soft where the image is uncertain, sharp along its edges."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from automask.masks import Blur, GuidedFilter, MeanField, SoftMasks
from automask.masks.combine import grown, leaves

FILTERS = [GuidedFilter(radius=0.1, share=0), MeanField(spatial=0.1, share=0)]


def soft(**planes: torch.Tensor) -> SoftMasks:
    stacked = torch.stack(list(planes.values()))
    return SoftMasks(tuple(planes), stacked, ("planted",) * len(planes))


def two_colors(edge: int = 40) -> torch.Tensor:
    """(1, 3, 60, 80): dark left of the column, bright right of it, with some noise."""
    rng = torch.Generator().manual_seed(0)
    image = torch.full((1, 3, 60, 80), 0.2)
    image[..., edge:] = 0.8
    return (image + 0.004 * torch.randn(image.shape, generator=rng)).clamp(0, 1)


def split(column: int) -> SoftMasks:
    """Background right of the column, an object left of it."""
    left = torch.zeros(60, 80)
    left[:, :column] = 1
    return soft(background=1 - left, rock=left)


def test_blur_is_a_share_of_the_longer_side_and_keeps_the_amount():
    wide = torch.zeros(40, 100)
    wide[20, 50] = 1
    blurred = Blur(0.02)(soft(a=wide), torch.zeros(1, 3, 40, 100))["a"]
    across = torch.arange(100.0)
    variance = (blurred.sum(0) * (across - 50) ** 2).sum() / blurred.sum()
    assert variance.sqrt().item() == pytest.approx(0.02 * 100, rel=0.05)
    assert blurred.sum().item() == pytest.approx(1, rel=1e-4)


def test_no_blur_changes_nothing():
    masks = split(30)
    assert Blur(0)(masks, two_colors()) is masks


@pytest.mark.parametrize("refine", FILTERS)
def test_a_border_that_missed_the_edge_is_pulled_to_it(refine):
    for column in (38, 42):  # two px to either side of the edge at 40
        doubtful = Blur(0.03)(split(column), two_colors())
        assert int((doubtful["rock"][30] >= 0.5).sum()) == column
        pulled = refine(doubtful, two_colors())["rock"][30] >= 0.5
        assert abs(int(pulled.sum()) - 40) <= 1


@pytest.mark.parametrize("refine", FILTERS)
def test_a_blurred_mask_gets_the_sharpness_of_the_edge(refine):
    image = two_colors()
    dull = Blur(0.05)(split(40), image)
    before, after = (
        float(masks["rock"][30, 38] - masks["rock"][30, 41])
        for masks in (dull, refine(dull, image))
    )
    assert after > 2 * before


@pytest.mark.parametrize("refine", [Blur(0.02), *FILTERS, GuidedFilter(), MeanField()])
def test_background_and_objects_still_sum_to_one(refine):
    rng = torch.Generator().manual_seed(1)
    probs = torch.rand(3, 60, 80, generator=rng).softmax(0)
    masks = SoftMasks(("background", "a", "b"), probs, ("planted",) * 3)
    total = refine(masks, two_colors()).probs.sum(0)
    assert torch.allclose(total, torch.ones(60, 80), atol=2e-3)


@pytest.mark.parametrize("refine", [Blur(), GuidedFilter(), MeanField()])
def test_parts_stay_inside_what_they_belong_to(refine):
    person, skin, eyes = (torch.zeros(60, 80) for _ in range(3))
    person[:, :40], skin[10:50, :40], eyes[20:24, 10:20] = 1, 1, 1
    masks = soft(background=1 - person, person=person, skin=skin, eyes=eyes)
    refined = refine(masks, two_colors())
    assert bool((refined["eyes"] <= refined["skin"] + 1e-6).all())
    assert bool((refined["skin"] <= refined["person"] + 1e-6).all())
    assert refined["eyes"][22, 15] > 0.5


def test_a_guided_filter_leaves_small_parts_as_they_are():
    skin, eyes = torch.ones(60, 80), torch.zeros(60, 80)
    eyes[20:23, 10:16] = 1
    masks = soft(person=skin, skin=skin, eyes=eyes)
    refined = GuidedFilter(radius=0.1, share=0)(masks, two_colors())
    assert torch.equal(refined["eyes"], eyes)


def test_a_weight_of_zero_leaves_the_masks_to_themselves():
    masks = Blur(0.1)(split(30), two_colors())
    masks = replace(masks, probs=masks.probs * 0.9 + 0.05)
    refined = MeanField(weight=0, share=0)(masks, two_colors())
    assert torch.allclose(refined.probs, masks.probs, atol=2e-3)


def test_messages_stop_at_edges_and_fill_gaps():
    masks = split(40)
    rock = masks["rock"].clone()
    rock[28:32, 18:22] = 0.3  # a doubtful hole inside the dark half
    holed = soft(background=1 - rock, rock=rock)
    refined = MeanField(spatial=0.1, share=0)(holed, two_colors())["rock"]
    assert refined[30, 20] > 0.8
    assert refined[30, 45] < 0.1


def test_leaves_lie_side_by_side_and_grow_back():
    person, skin, eyes = (torch.full((4, 4), value) for value in (0.8, 0.6, 0.25))
    masks = soft(background=1 - person, person=person, skin=skin, eyes=eyes)
    parted = leaves(masks)
    assert parted.probs[:, 0, 0].tolist() == pytest.approx([0.2, 0.2, 0.35, 0.25])
    assert torch.allclose(grown(parted).probs, masks.probs)


@pytest.mark.parametrize(
    ("refine", "key", "value"),
    [
        (Blur, "share", -0.1),
        (Blur, "share", "much"),
        (GuidedFilter, "radius", 0.5),
        (GuidedFilter, "epsilon", 0),
        (MeanField, "weight", True),
        (MeanField, "steps", 0),
    ],
)
def test_a_value_out_of_range_is_refused_with_its_key(refine, key, value):
    with pytest.raises(ValueError, match=f"masks.refine.{key} must be .* {value!r}"):
        refine(**{key: value})
