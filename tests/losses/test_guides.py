"""Regions: how far their guides reach, and what is painted in each."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import pytest
import torch
from planted import TinyEncoder, generator, noise, seen, vgg19, waves
from torch import Tensor

from automask.pipeline.encoder_weights import lite
from stylize import GuidedGram, GuidedMean, Guides, Picture, Pyramid, Stylizer
from stylize.losses.gram import gram, gram_distance
from stylize.losses.guided_gram import guided_means
from stylize.losses.guides import propagated
from stylize.pyramid import downsample

TEXTURE = {"relu3_1": 1.0, "relu4_1": 1.0}
LAYERS = {
    "lite": ["stage1", "stage2", "relu3_1", "relu4_1"],
    "vgg19": ["relu1_1", "relu1_2", "relu2_1", "relu3_1", "relu4_1"],
}
ENCODERS = {"lite": lite, "vgg19": vgg19}


def sides(side: int = 48, split: int = 24) -> Tensor:
    """(2, side, side) a left and a right part."""
    masks = torch.zeros(2, side, side)
    masks[0, :, :split], masks[1, :, split:] = 1, 1
    return masks


def picture(image: Tensor, masks: Tensor, shares: tuple[float, ...] = ()) -> Picture:
    return Picture(image, masks, tuple("abcdef"[: len(masks)]), shares)


def painted(term, content: Picture, styles: list[Picture], steps: int = 80) -> Tensor:
    stylizer = Stylizer(TinyEncoder(), {"regions": term}, Pyramid(1), [steps])
    return stylizer(content, styles).image


def flat(color: tuple[float, float, float]) -> Tensor:
    color_image = torch.tensor(color).view(1, 3, 1, 1).expand(1, 3, 48, 48)
    return (color_image + 0.05 * (noise(5) - 0.5)).contiguous()


@pytest.fixture(scope="module", params=LAYERS)
def encoder(request):
    return ENCODERS[request.param]()


@pytest.mark.slow
def test_a_cell_sees_as_far_as_its_encoder_says_and_no_further(encoder):
    side, middle = 112, 56
    encoder = deepcopy(encoder).double()
    image = noise(side=side).double().requires_grad_(True)
    for layer in LAYERS[encoder.name]:
        stride, radius = encoder.stride(layer), encoder.radius(layer)
        cell = middle // stride
        features = encoder(image, [layer])[layer][0, :, cell, cell]
        mix = torch.randn(len(features), generator=generator(2))
        (gradient,) = torch.autograd.grad(features.float() @ mix, image)
        seen_by = gradient.abs().sum(dim=(0, 1, 3))
        first, end = cell * stride - radius, (cell + 1) * stride + radius
        rows = (seen_by > 1e-13 * seen_by.max()).nonzero()[:, 0]  # the rest is rounding
        assert (int(rows[0]), int(rows[-1]) + 1) == (first, end), layer


def test_inside_is_within_simple_and_simple_within_all(encoder):
    masks = torch.rand(3, 96, 128, generator=generator(3)) ** 4
    masks[0, 20:70, 30:90] = 1
    masks[1] = 0
    for layer in LAYERS[encoder.name]:
        stride, radius = encoder.stride(layer), encoder.radius(layer)
        size = 96 // stride, 128 // stride
        inside, simple, reaching = (
            propagated(masks, size, stride, radius, how)
            for how in ("inside", "simple", "all")
        )
        assert (inside <= simple + 1e-6).all() and (simple <= reaching + 1e-6).all()
        assert inside[0].sum() < reaching[0].sum()


def test_inside_takes_the_cells_that_see_the_region_alone():
    masks = torch.zeros(1, 32, 32)
    masks[..., 8:24, 8:24] = 1
    inside = propagated(masks, (8, 8), 4, 3, "inside")[0]
    expected = torch.zeros(8, 8)
    expected[3:5, 3:5] = 1  # pixels 9 to 23 at least, for the next ones see 5 to 27
    assert inside.equal(expected)
    reaching = propagated(masks, (8, 8), 4, 3, "all")[0]
    expected[1:7, 1:7] = 1
    assert reaching.equal(expected)


def test_guides_have_a_mean_square_of_one():
    masks = torch.rand(3, 9, 11, generator=generator()) + 0.1
    cells = Guides().cells(masks, power=2) * 99  # the squared guides
    torch.testing.assert_close(cells.mean(dim=(1, 2)), torch.ones(3))
    torch.testing.assert_close(cells, masks**2 / (masks**2).mean((1, 2), keepdim=True))
    by_area = Guides(normalise=False).cells(masks, power=2) * 99
    torch.testing.assert_close(by_area, masks**2)


def test_the_loss_is_that_of_each_region_by_itself():
    masks = sides()
    content, style = seen(noise(), masks), seen(waves(False), sides(split=16))
    term = GuidedGram(2.0, {"relu3_1": 1.0}, Guides(weights={"b": 3.0}))
    loss = term.prepare(content, [style]).loss(content, 0)
    left, right = (
        gram_distance(
            gram(content.features["relu3_1"][..., ours]),
            gram(style.features["relu3_1"][..., theirs]),
        )
        for ours, theirs in (
            (slice(0, 12), slice(0, 8)),
            (slice(12, 24), slice(8, 24)),
        )
    )
    torch.testing.assert_close(loss, left + 3 * right, rtol=1e-4, atol=0)


def test_means_are_those_of_each_region_whatever_its_size():
    features = torch.randn(1, 5, 12, 12, generator=generator())
    cells = Guides().cells(sides(12, 2), power=1)
    expected = torch.stack(
        [features[0, :, :, :2].mean((1, 2)), features[0, :, :, 2:].mean((1, 2))]
    )
    torch.testing.assert_close(guided_means(features, cells), expected)
    style = torch.cat([flat((0.8, 0.2, 0.2))[..., :16], waves(False)[..., 16:]], dim=3)
    wider = torch.cat([style[..., :16], style], dim=3)
    small, large = (
        seen(style, sides(split=16)),
        seen(wider, sides(64, 32)[:, :48]),
    )
    term = GuidedMean(1.0, {"relu3_1": 1.0})
    assert term.prepare(small, [small]).loss(small, 0) < 1e-9
    assert term.prepare(small, [large]).loss(small, 0) < 0.02


@pytest.mark.parametrize("kind", [GuidedGram, GuidedMean])
def test_each_half_is_painted_with_the_texture_of_its_region(kind):
    texture = TEXTURE if kind is GuidedGram else {"relu3_1": 1.0}
    term = kind(1.0, texture)
    style = torch.cat([waves(False)[..., :24], waves(True)[..., 24:]], dim=3)
    crossed = sides().flip(0)  # in the content the regions have changed places
    content, painting = picture(noise(), crossed), picture(style, sides())
    result = painted(term, content, [painting])
    wanted = seen(style, sides())

    def distance(image: Tensor, masks: Tensor) -> float:
        judged = seen(image, masks)
        return float(term.prepare(judged, [wanted]).loss(judged, 0))

    before, after = distance(noise(), crossed), distance(result, crossed)
    assert after < 0.15 * before
    assert after < 0.15 * distance(result, sides())


def test_each_region_takes_the_style_that_supplies_it():
    red, blue = flat((0.8, 0.2, 0.2)), flat((0.2, 0.2, 0.8))
    styles = [picture(red, sides(), (1.0, 0.0)), picture(blue, sides(), (0.0, 1.0))]
    content = picture(flat((0.5, 0.5, 0.5)), sides())
    texture = TEXTURE | {"pixels": 1.0}
    result = painted(GuidedGram(1.0, texture), content, styles)
    left, right = result[0, :, :, :20].mean((1, 2)), result[0, :, :, 28:].mean((1, 2))
    assert left[0] > left[2] + 0.3 and right[2] > right[0] + 0.3
    styles = [replace(style, shares=(0.5, 0.5)) for style in styles]
    even = painted(GuidedGram(1.0, texture), content, styles, steps=200)
    left, right = even[0, :, :, :20].mean((1, 2)), even[0, :, :, 28:].mean((1, 2))
    assert (left - right).abs().max() < 0.1


@pytest.mark.parametrize("empty_side", ["content", "style"])
def test_an_empty_region_contributes_nothing(empty_side):
    def joined(masks: Tensor, empty: bool) -> Tensor:
        third = torch.zeros(1, 48, 48)
        if not empty:
            third[:, 10:30, 10:30] = 1
        return torch.cat([masks, third])

    content, style = noise(), waves(False)
    two = seen(content, sides()), seen(style, sides())
    three = (
        seen(content, joined(sides(), empty_side == "content")),
        seen(style, joined(sides(), empty_side == "style")),
    )
    for term in (GuidedGram(1.0, TEXTURE), GuidedMean(1.0, TEXTURE)):
        expected = term.prepare(two[0], [two[1]]).loss(two[0], 0)
        given = term.prepare(three[0], [three[1]]).loss(three[0], 0)
        torch.testing.assert_close(given, expected)


def test_a_region_of_a_few_cells_says_nothing_on_that_layer():
    masks = sides()
    masks[1] = 0
    masks[1, 20:28, 40:48] = 1  # 16 cells of relu3_1, 4 of relu4_1
    content, style = seen(noise(), masks), seen(waves(False), masks)

    def losses(layer: str, names: tuple[str, ...]) -> Tensor:
        guides = Guides(weights={"a": 0.0} if "a" not in names else {})
        term = GuidedGram(1.0, {layer: 1.0}, guides)
        return term.prepare(content, [style]).loss(content, 0)

    assert losses("relu3_1", ("b",)) > 0 == losses("relu4_1", ("b",))
    assert losses("relu4_1", ("a", "b")) > 0


def test_a_region_mixes_styles_by_their_shares_of_it():
    content = seen(noise(), sides())
    styles = [
        seen(waves(False), sides(), shares=(0.25, 1.0)),
        seen(waves(True), sides(), shares=(0.75, 0.0)),
    ]
    left, right = slice(0, 12), slice(12, 24)
    ours, one, two = (e.features["relu3_1"] for e in (content, *styles))
    halves = gram(one[..., left]) / 4 + gram(two[..., left]) * 3 / 4
    expected = gram_distance(gram(ours[..., left]), halves) / 2
    expected += gram_distance(gram(ours[..., right]), gram(one[..., right])) / 2
    objective = GuidedGram(1.0, {"relu3_1": 1.0}).prepare(content, styles)
    torch.testing.assert_close(objective.loss(content, 0), expected, rtol=1e-4, atol=0)


def test_without_masks_regions_say_nothing():
    bare, style = seen(noise()), seen(waves(False))
    assert GuidedGram(1.0, TEXTURE).prepare(bare, [style]).loss(bare, 0) == 0


def test_classes_below_the_cutoff_leave_their_pixels_to_the_others():
    soft = torch.stack([torch.full((48, 48), p) for p in (0.6, 0.3, 0.1)])
    style = seen(waves(False), torch.stack([soft[1], soft[0], soft[2]]))
    content = seen(noise(), soft)
    guides = Guides(cutoff=0.2)
    parts = guides.parts([style], [1.0])
    assert parts.tolist() == [[1, 1, 0]]
    kept = guides.content_masks(content, parts)[:, 0, 0]
    torch.testing.assert_close(kept, torch.tensor([2 / 3, 1 / 3, 0.0]))
    assert guides.strengths(content, parts).tolist() == [0.5, 0.5, 0]


def test_regions_count_alike_or_by_area_and_by_name():
    content = seen(noise(), sides(split=12))
    parts = Guides().parts([content], [1.0])
    alike = Guides().strengths(content, parts)
    torch.testing.assert_close(alike, torch.tensor([0.5, 0.5]))
    area = Guides(by_area=1.0, weights={"a": 2.0}).strengths(content, parts)
    torch.testing.assert_close(area, torch.tensor([0.5, 0.75]))


def test_the_pixels_of_a_region_are_guided_as_its_activations_are():
    content, style = seen(noise(), sides()), seen(waves(False), sides())
    objective = GuidedGram(1.0, {"pixels": 1.0}).prepare(content, [style])
    moved = content.showing(style.image)
    assert objective.loss(moved, 0) < 1e-6 < objective.loss(content, 0)


def test_what_cannot_be_used_is_refused():
    with pytest.raises(ValueError, match="simple, inside, all, got 'outside'"):
        Guides(propagation="outside")
    with pytest.raises(ValueError, match=r"cutoff must lie in \[0, 1\), got 1"):
        Guides(cutoff=1.0)
    with pytest.raises(ValueError, match="weight of region skin must be a finite"):
        Guides(weights={"skin": -1.0})
    with pytest.raises(ValueError, match="by_area must be a finite number >= 0"):
        Guides(by_area=-1.0)
    with pytest.raises(ValueError, match="at least one layer"):
        GuidedMean(1.0, {})


def test_downsampled_masks_are_simple_guides():
    masks = torch.rand(2, 31, 45, generator=generator())
    assert propagated(masks, (7, 11), 4, 9, "simple").equal(
        downsample(masks[None], 7, 11)
    )
