"""Colour transfer by masks, on planted colours."""

from __future__ import annotations

import pytest
import torch
from planted import generator
from torch import Tensor

from stylize import Picture, Recolor, without_masks


def noise(color: tuple[float, float, float], spread: float, seed: int) -> Tensor:
    """(1, 3, 40, 60) of a colour with independent noise."""
    texture = torch.randn(1, 3, 40, 60, generator=generator(seed))
    return (torch.tensor(color).view(1, 3, 1, 1) + spread * texture).clamp(0, 1)


def halves(image: Tensor) -> Tensor:
    masks = torch.zeros(2, *image.shape[2:])
    masks[0, :, : image.shape[3] // 2] = 1
    return torch.stack([masks[0], 1 - masks[0]])


def recolored(
    content: Tensor,
    style: Tensor,
    masks: tuple[Tensor, Tensor] | None = None,
    **options: float,
) -> Tensor:
    """The content in the style's colours; with masks of both, region by region."""
    pictures = [without_masks(content), without_masks(style)]
    if masks:
        names = tuple("abc"[: len(masks[0])])
        pictures = [
            Picture(image, mask, names)
            for image, mask in zip((content, style), masks, strict=True)
        ]
    before, (after,) = Recolor(**options).before(pictures[0], pictures[1:])
    assert after.image.equal(style)
    return before.image


def test_mean_and_spread_become_the_styles():
    content, style = noise((0.3, 0.5, 0.6), 0.12, 1), noise((0.6, 0.4, 0.5), 0.06, 2)
    result = recolored(content, style)
    torch.testing.assert_close(
        result.mean((0, 2, 3)), style.mean((0, 2, 3)), atol=0.01, rtol=0
    )
    assert (result.std((0, 2, 3)) / style.std((0, 2, 3)) - 1).abs().max() < 0.25


def test_an_image_in_its_own_colours_stays_as_it_is():
    image = torch.rand(1, 3, 40, 60, generator=generator())
    result = recolored(image, image, (halves(image), halves(image)))
    torch.testing.assert_close(result, image, atol=1e-5, rtol=0)


def test_each_region_takes_the_colours_of_its_own_region():
    content = noise((0.5, 0.5, 0.5), 0.1, 1)
    red, blue = noise((0.8, 0.2, 0.2), 0.05, 2), noise((0.2, 0.2, 0.8), 0.05, 3)
    style = torch.cat([red[..., :30], blue[..., 30:]], dim=3)
    masks = halves(content)
    swapped = recolored(content, style, (masks.flip(0), masks))
    left, right = swapped[0, :, :, :30].mean((1, 2)), swapped[0, :, :, 30:].mean((1, 2))
    assert left[2] > 0.7 and right[0] > 0.7
    unmasked = recolored(content, style, (masks.flip(0), masks), gamma=0.0)
    left, right = (
        unmasked[0, :, :, :30].mean((1, 2)),
        unmasked[0, :, :, 30:].mean((1, 2)),
    )
    torch.testing.assert_close(left, right, atol=0.03, rtol=0)


def test_strength_zero_leaves_the_content():
    content, style = noise((0.3, 0.5, 0.6), 0.1, 1), noise((0.6, 0.4, 0.5), 0.1, 2)
    assert recolored(content, style, strength=0.0).equal(content)


def test_a_flat_region_is_not_stretched_to_strokes():
    flat = noise((0.5, 0.5, 0.5), 0.004, 1)
    style = noise((0.5, 0.5, 0.5), 0.15, 2)
    result = recolored(flat, style)
    assert result.std() < 0.02 and result.isfinite().all()


def test_an_empty_mask_changes_nothing():
    content, style = noise((0.3, 0.5, 0.6), 0.1, 1), noise((0.6, 0.4, 0.5), 0.1, 2)
    one = content.new_ones(1, 40, 60)
    two = torch.cat([one, torch.zeros(1, 40, 60)])
    expected = recolored(content, style, (one, one))
    assert recolored(content, style, (two, two)).allclose(expected, atol=1e-6)


def test_strength_out_of_range_is_refused():
    with pytest.raises(ValueError, match=r"strength must lie in \[0, 1\], got 1.5"):
        Recolor(1.5)
