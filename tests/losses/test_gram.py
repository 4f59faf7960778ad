"""Gram matrices: their definition, textures that reach them, styles that mix."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from planted import TinyEncoder, generator, noise, seen, waves
from torch import Tensor

from stylize import Encoded, Gram, Pyramid, Stylizer, without_masks
from stylize.losses.gram import gram, gram_distance, guided_grams
from stylize.losses.texture_features import whitening

TEXTURE = {"relu3_1": 1.0, "relu4_1": 1.0}


def painted(term: Gram, content: Tensor, style: Tensor, steps: int = 60):
    stylizer = Stylizer(TinyEncoder(), {"style": term}, Pyramid(1), [steps])
    return stylizer(without_masks(content), [without_masks(style)])


def test_a_gram_matrix_is_the_mean_product_of_channels():
    features = torch.randn(1, 5, 6, 7, generator=generator()).double()
    expected = torch.zeros(5, 5, dtype=torch.double)
    for y in range(6):
        for x in range(7):
            expected += torch.outer(features[0, :, y, x], features[0, :, y, x]) / 42
    torch.testing.assert_close(gram(features), expected)
    torch.testing.assert_close(gram(features.float()).double(), expected)


def test_the_loss_is_the_squared_difference_relative_to_the_styles():
    style, current = seen(waves(False)), seen(noise())
    loss = Gram(3.0, {"relu3_1": 0.5}).prepare(current, [style]).loss(current, 0)
    ours, theirs = (gram(e.features["relu3_1"].double()) for e in (current, style))
    expected = 1.5 * (ours - theirs).square().mean() / theirs.square().mean()
    torch.testing.assert_close(loss.double(), expected, rtol=1e-4, atol=0)


def test_the_loss_does_not_depend_on_the_scale_of_the_activations():
    style, current = seen(waves(False)), seen(noise())
    objective = Gram(1.0, TEXTURE).prepare(current, [style])
    louder = [
        replace(e, features={k: 100 * f for k, f in e.features.items()})
        for e in (style, current)
    ]
    again = Gram(1.0, TEXTURE).prepare(louder[1], louder[:1])
    torch.testing.assert_close(again.loss(louder[1], 0), objective.loss(current, 0))


def test_noise_becomes_the_texture():
    for turned in (False, True):
        result = painted(Gram(1.0, TEXTURE), noise(), waves(turned))
        (level,) = result.levels
        assert level.losses["style"] < 0.02 * level.first_losses["style"]
        seen = torch.nn.functional.avg_pool2d(result.image, 4)  # as the encoder does
        along_x, along_y = (seen.diff(dim=d).square().mean() for d in (3, 2))
        assert (along_x < 0.6 * along_y) if turned else (along_y < 0.6 * along_x)


def test_a_faint_picture_gains_contrast_although_the_energy_is_concave_there():
    faint = 0.5 + 0.02 * (noise() - 0.5)
    (level,) = painted(Gram(1.0, TEXTURE), faint, waves(False)).levels
    assert level.losses["style"] < 0.1 * level.first_losses["style"]


def test_styles_mix_by_their_weights():
    one, two = seen(waves(False)), seen(waves(True))
    halfway = (gram(one.features["relu3_1"]) + gram(two.features["relu3_1"])) / 2
    ours = gram(one.features["relu3_1"])
    texture = {"relu3_1": 1.0}
    mixed = Gram(1.0, texture).prepare(one, [one, two]).loss(one, 0)
    torch.testing.assert_close(mixed, gram_distance(ours, halfway), rtol=1e-4, atol=0)
    first = Gram(1.0, texture, mix=[1, 0]).prepare(one, [one, two])
    assert first.loss(one, 0) < 1e-9 < first.loss(two, 0)


def supplying(style: Encoded, *shares: float) -> Encoded:
    """The style, of whose regions it supplies those parts."""
    return replace(style, picture=replace(style.picture, shares=shares))


def test_a_style_counts_for_the_area_that_it_supplies():
    masks = torch.zeros(2, 48, 48)
    masks[0, :36], masks[1, 36:] = 1, 1
    content = seen(noise(), masks)
    one, two = seen(waves(False), masks), seen(waves(True), masks)
    texture = {"relu3_1": 1.0}
    shared = [supplying(one, 1.0, 0.0), supplying(two, 0.0, 1.0)]
    by_shares = Gram(1.0, texture).prepare(content, shared)
    by_weights = Gram(1.0, texture, mix=[3, 1]).prepare(content, [one, two])
    losses = (each.loss(content, 0) for each in (by_shares, by_weights))
    torch.testing.assert_close(*losses)
    neither = supplying(one, 0.0, 0.0)
    with pytest.raises(ValueError, match="all shares are 0"):
        Gram(1.0, texture).prepare(content, [neither])


def test_whitened_blocks_of_the_style_vary_by_one_in_all_directions():
    rough = noise(side=256)
    own = gram(whitening([rough], [1.0])(rough))
    torch.testing.assert_close(own, torch.eye(49), atol=0.01, rtol=0)


def test_fine_noise_counts_as_much_as_it_exceeds_that_of_the_style():
    smooth = torch.nn.functional.interpolate(noise(side=32), (128, 128), mode="bicubic")
    see = whitening([smooth], [1.0])
    noisy = smooth + 0.05 * torch.randn(smooth.shape, generator=generator(2))
    assert gram(see(smooth)).diag().max() < 1.001
    assert gram(see(noisy)).diag().max() > 5


def test_pixels_keep_out_noise_that_the_encoder_does_not_see():
    board = (torch.arange(48)[:, None] + torch.arange(48)) % 2 - 0.5
    style = waves(False)
    content = (style + 0.3 * board).clamp(0, 1)  # the encoder pools it away
    blind = painted(Gram(1.0, TEXTURE), content, style).image - style
    seeing = painted(Gram(1.0, TEXTURE | {"pixels": 0.1}), content, style).image - style
    assert (blind * board).mean().abs() > 4 * (seeing * board).mean().abs()


def test_guided_gram_matrices_weigh_the_cells():
    features = torch.randn(1, 5, 6, 7, generator=generator()).double()
    cells = torch.rand(3, 6, 7, generator=generator(1)).double()
    cells[2] = 0
    flat = features[0].flatten(1)
    expected = torch.stack([(flat * w.flatten()) @ flat.T for w in cells])
    torch.testing.assert_close(guided_grams(features, cells), expected)
    features.requires_grad_(True)
    assert torch.autograd.gradcheck(lambda f: guided_grams(f, cells), [features])


def test_what_cannot_be_used_is_refused():
    with pytest.raises(ValueError, match="at least one layer"):
        Gram(1.0, {})
    with pytest.raises(ValueError, match="texture of relu3_1 must be a finite number"):
        Gram(1.0, {"relu3_1": -1.0})
    with pytest.raises(ValueError, match=r"mix needs a weight above 0, got \[0, 0\]"):
        Gram(1.0, TEXTURE, mix=[0, 0])
    style = seen(noise())
    with pytest.raises(ValueError, match="mix has 2 weights for 3 styles"):
        Gram(1.0, TEXTURE, mix=[1, 2]).prepare(style, [style] * 3)
