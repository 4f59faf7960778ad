"""Masks steer the matches, never the gradient; and when matches are searched anew."""

from __future__ import annotations

import dataclasses

import pytest
import torch
import torch.nn.functional as F
from planted import TinyEncoder, generator, seen
from torch import Tensor

from stylize import MRF, Adaptive, Encoded, Every
from stylize.losses.terms import Objective

LAYERS = ["relu3_1", "relu4_1"]


def halves(height: int = 48, width: int = 48) -> Tensor:
    """(2, H, W): left and right."""
    masks = torch.zeros(2, height, width)
    masks[0, :, : width // 2] = 1
    masks[1, :, width // 2 :] = 1
    return masks


def twin_texture() -> Tensor:
    """(1, 3, 48, 48) whose right half repeats its left: only masks tell them apart."""
    half = torch.rand(1, 3, 48, 24, generator=generator())
    return torch.cat([half, half], dim=3)


def matched(gamma: float, **options) -> Objective:
    image = twin_texture()
    content = seen(image, halves().flip(0))  # its left half asks for the style's right
    style = seen(image, halves())
    term = MRF(1.0, LAYERS, gamma, **options)
    objective = term.prepare(content, [style])
    objective.loss(content, 0)
    return objective


@pytest.mark.parametrize("named", [False, True])
def test_regions_of_a_style_without_a_counterpart_are_not_matched(named):
    image = twin_texture()
    masks = torch.ones(int(named), 48, 48)
    content, whole = seen(image, masks), seen(image, masks)
    left = halves()[0]
    picture = dataclasses.replace(whole.picture, unmatched={"skin": left})
    style = dataclasses.replace(whole, picture=picture)
    for gamma, kept in ((20.0, True), (0.0, False)):
        objective = MRF(1.0, LAYERS, gamma).prepare(content, [style])
        objective.loss(content, 0)
        for layer in objective.matches.layers.values():
            middle = layer.nearest % layer.index.width[0] + 1
            taken = float((middle < layer.index.width[0] // 2).float().mean())
            assert (taken < 0.15) if kept else (taken > 0.4)


@pytest.mark.parametrize("gamma", [20.0, 1e4])
def test_masks_alone_tell_two_identical_textures_apart(gamma):
    crossing = matched(gamma).matches.crossing()
    assert all(share < 0.1 for share in crossing.values()), crossing


def test_without_masks_half_the_matches_cross_or_more():
    crossing = matched(0.0).matches.crossing()  # of two equal patches the left one wins
    assert all(share > 0.4 for share in crossing.values()), crossing


def test_gamma_zero_equals_having_no_masks_bit_for_bit():
    image = torch.rand(1, 3, 40, 48, generator=generator(1))
    other = torch.rand(1, 3, 44, 36, generator=generator(2))
    none = torch.zeros(0, 1, 1)
    masked = MRF(1.0, LAYERS, 0.0).prepare(
        seen(image, halves(40, 48)), [seen(other, halves(44, 36))]
    )
    plain = MRF(1.0, LAYERS, 20.0).prepare(
        seen(image, none.expand(0, 40, 48)), [seen(other, none.expand(0, 44, 36))]
    )
    start = seen(image, none.expand(0, 40, 48))
    assert masked.loss(start, 0).equal(plain.loss(start, 0))


def test_masks_add_nothing_to_the_gradient():
    objective = matched(20.0)
    pixels = twin_texture().requires_grad_(True)
    masks = halves().requires_grad_(True)
    loss = objective.loss(seen(pixels, masks), 0)
    to_pixels, to_masks = torch.autograd.grad(
        loss, (pixels, masks), allow_unused=True, materialize_grads=True
    )
    assert to_pixels.abs().sum() > 0 and to_masks.abs().sum() == 0


def test_gamma_means_the_same_on_an_encoder_of_another_scale():
    image = torch.rand(1, 3, 48, 48, generator=generator(5))
    other = torch.rand(1, 3, 48, 48, generator=generator(6))

    def nearest(scale: float) -> list[Tensor]:
        def scaled(picture: Tensor) -> Encoded:
            plain = seen(picture, halves())
            louder = {k: v * scale for k, v in plain.features.items()}
            return dataclasses.replace(plain, features=louder)

        objective = MRF(1.0, LAYERS, 20.0).prepare(scaled(image), [scaled(other)])
        objective.loss(scaled(image), 0)
        return [layer.nearest for layer in objective.matches.layers.values()]

    for one, hundred in zip(nearest(1.0), nearest(128.0), strict=True):
        assert one.equal(hundred)


def test_the_style_itself_costs_nothing():
    image = torch.rand(1, 3, 48, 40, generator=generator(7))
    same = seen(image, halves(48, 40))
    objective = MRF(1.0, LAYERS, 20.0, blocks={"relu3_1": 3.0}).prepare(same, [same])
    assert objective.loss(same, 0).abs() < 1e-5


def test_pixel_blocks_pull_pixels_that_the_encoder_cannot_see():
    style = torch.full((1, 3, 48, 48), 0.5)
    masks = torch.zeros(0, 48, 48)
    # Each 2×2 block of the picture averages to the style's grey: the encoder is blind.
    checkers = style + 0.2 * (
        (torch.arange(48)[:, None] + torch.arange(48)) % 2 * 2 - 1
    )
    for blocks, pulls in [({}, False), ({"relu3_1": 3.0}, True)]:
        objective = MRF(1.0, ["relu3_1"], 0.0, blocks=blocks).prepare(
            seen(style, masks), [seen(style, masks)]
        )
        pixels = checkers.clone().requires_grad_(True)
        objective.loss(seen(pixels, masks), 0).backward()
        toward = (pixels.grad * (checkers - style)).sum()
        assert (toward > 1e-6) == pulls


def test_several_styles_share_one_search():
    images = [torch.rand(1, 3, 48, w, generator=generator(w)) for w in (40, 56)]
    masks = [torch.zeros(0, 48, w) for w in (40, 56)]
    styles = [seen(i, m) for i, m in zip(images, masks, strict=True)]
    for style in styles:
        objective = MRF(1.0, LAYERS, 20.0).prepare(style, styles)
        assert objective.loss(style, 0).abs() < 1e-5


def test_a_band_of_rows_is_searched_as_all_would_be_and_the_others_left():
    moving = [torch.rand(1, 3, 48, 48, generator=generator(n)) for n in range(4)]
    style = seen(torch.rand(1, 3, 48, 56, generator=generator(9)))
    content = seen(moving[0])
    half = Adaptive(tolerance=1e-6, min_steps=2, propagates=False)
    banded, whole = (
        MRF(1.0, LAYERS, 0.0, refresh=refresh).prepare(content, [style])
        for refresh in (half, Every())
    )
    layers = [list(each.matches.layers.values()) for each in (banded, whole)]
    before: list[Tensor] = []
    for step, image in enumerate(moving):
        for objective in (banded, whole):
            objective.loss(seen(image), step)
        for n, (ours, all_) in enumerate(zip(*layers, strict=True)):
            rows = len(ours.nearest)
            upper, lower = slice(0, rows // 2), slice(rows // 2, rows)
            band = (lower, upper)[step % 2] if step else slice(0, rows)
            assert ours.nearest[band].equal(all_.nearest[band])
            if step:
                rest = ours.nearest.clone()
                rest[band] = before[n][band]
                assert rest.equal(before[n]) and not ours.nearest.equal(before[n])
        before = [layer.nearest for layer in layers[0]]
    assert (banded.matches.searches, whole.matches.searches) == (2.5, 4)


def test_between_searches_matches_spread_if_the_policy_says_so():
    # The matches of a picture that has moved by a cell are found next door.
    style = twin_texture()
    moved = style.roll((4, 4), (2, 3))
    none = torch.zeros(0, 48, 48)
    losses = []
    for propagates in (False, True):
        term = MRF(1.0, LAYERS, 0.0, refresh=Every(9, propagates))
        objective = term.prepare(seen(style, none), [seen(style, none)])
        objective.loss(seen(0.9 * style + 0.1 * moved, none), 0)
        losses.append(float(objective.loss(seen(0.2 * style + 0.8 * moved, none), 1)))
        assert objective.matches.searches == 1
    assert losses[1] < losses[0]


def test_uncounted_overlap_leaves_the_pull_on_each_cell_equal():
    image = torch.rand(1, 3, 48, 48, generator=generator(1))
    other = torch.rand(1, 3, 48, 48, generator=generator(2))
    none = torch.zeros(0, 48, 48)

    def pull(by_count: bool) -> Tensor:
        term = MRF(1.0, ["relu3_1"], 0.0, by_count=by_count)
        plain = seen(image, none)
        objective = term.prepare(plain, [seen(other, none)])
        features = plain.features["relu3_1"].clone().requires_grad_(True)
        current = dataclasses.replace(plain, features={"relu3_1": features})
        objective.loss(current, 0).backward()
        return features.grad

    ratio = (pull(True) / pull(False)).nanmedian(dim=1).values[0]
    expected = torch.tensor([1.0, 2.0] + [3.0] * 20 + [2.0, 1.0])
    expected = expected[:, None] * expected  # patches that cover each of 24 x 24 cells
    torch.testing.assert_close(ratio / ratio[0, 0], expected, rtol=1e-3, atol=0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MRF(1.0, LAYERS, -1.0), "gamma must be a finite number >= 0, got -1"),
        (lambda: MRF(1.0, LAYERS, float("nan")), "gamma must be a finite number"),
        (lambda: MRF(float("inf"), LAYERS, 1.0), "weight must be a finite number"),
        (
            lambda: MRF(1.0, LAYERS, 1.0, blocks={"relu1_1": 1.0}),
            "not among the layers",
        ),
    ],
)
def test_settings_that_make_no_sense_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_gamma_zero_without_our_additions_is_the_energy_of_li_and_wand():
    image = torch.rand(1, 3, 40, 48, generator=generator(1))
    other = torch.rand(1, 3, 44, 36, generator=generator(2))
    ours = MRF(1.0, LAYERS, gamma=0.0, center=False)
    objective = ours.prepare(seen(image, halves(40, 48)), [seen(other, halves(44, 36))])
    value = objective.loss(seen(image, halves(40, 48)), 0)
    expected = 0.0
    for layer in LAYERS:
        content = TinyEncoder()(image, LAYERS)[layer]
        style = TinyEncoder()(other, LAYERS)[layer]
        queries, keys = (F.unfold(f.double(), 3)[0].T for f in (content, style))
        best = (queries @ F.normalize(keys, dim=1).T).argmax(dim=1)
        distance = (queries - keys[best]).square().mean()  # Eq. 2, as a mean
        expected += float(distance / style.double().square().mean())
    assert float(value) == pytest.approx(expected, rel=1e-4)


def test_centred_matching_is_blind_to_a_shift_of_all_activations():
    image = torch.rand(1, 3, 48, 48, generator=generator(8))
    other = torch.rand(1, 3, 48, 48, generator=generator(9))
    none = torch.zeros(0, 48, 48)

    def nearest(shift: float, center: bool) -> Tensor:
        plain = seen(image, none)
        moved = {k: v + shift for k, v in plain.features.items()}
        query = dataclasses.replace(plain, features=moved)
        term = MRF(1.0, ["relu3_1"], 0.0, center=center)
        objective = term.prepare(query, [seen(other, none)])
        objective.loss(query, 0)
        return objective.matches.layers["relu3_1"].nearest

    assert nearest(0.0, True).equal(nearest(0.5, True))
    assert not nearest(0.0, False).equal(nearest(0.5, False))
