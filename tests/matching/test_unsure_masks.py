"""Masks that are not to be trusted steer less, and wrongly never."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from planted import generator, seen
from torch import Tensor

from stylize import MRF, Encoded, GuidedGram, GuidedMean, Picture, without_masks
from stylize.color.region_transfer import Recolor
from stylize.matching.mask_guidance import Guidance, guidance
from stylize.matching.patch_layer import PatchLayer

LAYER = "relu3_1"
SIDE = 48


def columns(*names: int) -> Tensor:
    """(K, 48, 48) masks side by side, in that order from the left."""
    masks = torch.zeros(len(names), SIDE, SIDE)
    width = SIDE // len(names)
    for place, name in enumerate(names):
        masks[name, :, place * width : (place + 1) * width] = 1
    return masks


def noise(seed: int) -> Tensor:
    return torch.rand(1, 3, SIDE, SIDE, generator=generator(seed))


def pictures(
    own: tuple[float, ...], *styles: tuple[float, ...]
) -> tuple[Encoded, list[Encoded]]:
    """A content and styles of two regions that have changed sides."""
    content = seen(noise(0), columns(0, 1), confidence=own)
    shown = [
        seen(noise(1 + i), columns(1, 0), confidence=each)
        for i, each in enumerate(styles)
    ]
    return content, shown


def searched(content: Encoded, styles: list[Encoded]) -> PatchLayer:
    objective = MRF(1.0, [LAYER], 20.0).prepare(content, styles)
    objective.loss(content, 0)
    layer: PatchLayer = objective.matches.layers[LAYER]
    return layer


def crossing(own: tuple[float, ...], style: tuple[float, ...]) -> float:
    """Share of the matches that cross the border between the regions."""
    return searched(*pictures(own, style)).crossing()


def of(content: Encoded, styles: list[Encoded]) -> Guidance:
    return guidance(LAYER, content, styles, gamma=20, mask_weights={}, coverage=0)


@pytest.mark.parametrize("unsure", ["content", "style", "both"])
def test_the_less_masks_are_trusted_the_more_matches_cross_them(unsure):
    def shares(trust: float) -> float:
        each = (trust, trust)
        own, style = (
            each if unsure in (who, "both") else () for who in ("content", "style")
        )
        return crossing(own, style)

    found = [shares(trust) for trust in (1.0, 0.7, 0.5, 0.3, 0.0)]
    assert found == sorted(found)
    assert found[0] < 0.05 and found[-1] > 0.4
    assert found[0] == crossing((), ())


def test_confidence_acts_as_if_gamma_were_so_much_less():
    content, styles = pictures((0.5, 0.5), ())
    content_sure, _ = pictures((), ())
    unsure = of(content, styles)
    half = guidance(LAYER, content_sure, styles, gamma=10, mask_weights={}, coverage=0)
    products, expected = (
        torch.einsum("khw,kij->hwij", each.query, each.keys[0])
        for each in (unsure, half)
    )
    torch.testing.assert_close(products, expected)


def test_content_and_style_must_both_be_right():
    both, product = pictures((0.8, 1.0), (0.5, 1.0)), pictures((0.4, 1.0), ())
    one, other = (
        torch.einsum("khw,kij->hwij", each.query[:2], each.keys[0][:2])
        for each in (of(*both), of(*product))
    )
    torch.testing.assert_close(one, other)


def test_a_patch_of_an_unsure_region_is_as_long_as_any_other():
    sure, unsure = of(*pictures((), ())), of(*pictures((), (0.2, 0.9)))
    assert len(unsure.query) == len(unsure.keys[0]) == 3 and not unsure.query[2].any()
    torch.testing.assert_close(
        unsure.keys[0].square().sum(dim=0), sure.keys[0].square().sum(dim=0)
    )


def test_only_the_unsure_region_is_left_to_the_features():
    content = seen(noise(0), columns(0, 1, 2), confidence=(1.0, 0.0, 1.0))
    style = seen(noise(1), columns(2, 0, 1))
    layer = searched(content, [style])
    assert layer.nearest is not None
    middle = layer.nearest + layer.index.width[0] + 1
    taken = layer.masks.styles[0].flatten(1).argmax(dim=0)[middle]
    own = layer.masks.content[:, 1:-1, 1:-1].argmax(dim=0)
    right = [(taken == own)[own == region].float().mean() for region in range(3)]
    assert right[0] > 0.95 and right[2] > 0.95 and right[1] < 0.6


def test_of_two_styles_the_sure_one_paints_the_region():
    content = seen(noise(0), columns(0, 1))
    sure = seen(noise(1), columns(1, 0))
    unsure = seen(noise(2), columns(1, 0), confidence=(1.0, 0.2))
    layer = searched(content, [sure, unsure])
    assert layer.nearest is not None
    from_unsure = layer.nearest >= sure.features[LAYER][0, 0].numel()
    left, right = from_unsure.float().chunk(2, dim=1)
    assert 0.3 < left.mean() < 0.7 and right.mean() < 0.05


@pytest.mark.parametrize("term", [GuidedGram, GuidedMean])
def test_an_unsure_region_takes_the_texture_of_the_whole_painting(term):
    content, (style,) = pictures((), (0.0, 0.0))
    whole = seen(style.image, torch.ones(2, SIDE, SIDE))
    found, expected, apart = (
        term(1.0, {LAYER: 1.0}).prepare(content, [painted]).loss(content, 0)
        for painted in (style, whole, pictures((), ())[1][0])
    )
    torch.testing.assert_close(found, expected)
    assert (apart - found).abs() > 1e-3 * found


def test_an_unsure_region_is_coloured_as_if_there_were_no_masks():
    content, (style,) = pictures((), (0.0, 0.0))
    content, style = content.picture, style.picture
    colored, plain, apart = (
        Recolor().before(own, [painted])[0].image
        for own, painted in (
            (content, style),
            (without_masks(content.image), without_masks(style.image)),
            (content, replace(style, confidence=())),
        )
    )
    torch.testing.assert_close(colored, plain, atol=2e-3, rtol=0)
    assert (apart - plain).abs().max() > 5e-3


@pytest.mark.parametrize("wrong", [(0.5,), (0.5, 1.5), (float("nan"), 1.0)])
def test_confidence_is_a_share_one_a_mask(wrong):
    with pytest.raises(ValueError, match="confidence"):
        Picture(noise(0), columns(0, 1), ("a", "b"), confidence=wrong)
