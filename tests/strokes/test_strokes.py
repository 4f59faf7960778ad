"""The painting's own strokes come back at the end, without a grid."""

from __future__ import annotations

import pytest
import torch
from planted import generator, seen
from torch import Tensor

from stylize import MRF, Strokes
from stylize.color.luminance import luma
from stylize.matching.nearest import index_styles
from stylize.strokes.bands import bands, blur
from stylize.strokes.overlap import blocks_of, overlap_add
from stylize.strokes.restoration import (
    Matched,
    with_detail,
    without_colour_noise,
    without_grid,
)

STRIDE = 4


def brushwork(seed: int = 0, side: int = 96) -> Tensor:
    """(1, 3, side, side) grey strokes of some px."""
    noise = torch.randn(1, 1, side, side, generator=generator(seed))
    return (0.5 + 0.6 * blur(noise, 1.2)).clamp(0, 1).expand(-1, 3, -1, -1).contiguous()


def matched_to_itself(style: Tensor) -> Matched:
    """Each patch to its own copy."""
    cells = style.shape[3] // STRIDE
    index = index_styles([torch.randn(4, cells, cells, generator=generator(9))])
    rows, columns = torch.arange(cells - 2)[:, None], torch.arange(cells - 2)
    return Matched(rows * cells + columns, index, [style], STRIDE)


def at_random(style: Tensor) -> Matched:
    found = matched_to_itself(style)
    order = torch.randperm(found.nearest.numel(), generator=generator(3))
    nearest = found.nearest.flatten()[order].view_as(found.nearest)
    return Matched(nearest, found.index, found.styles, STRIDE)


def sharpness(image: Tensor) -> float:
    return float(bands(luma(image), 1)[0].abs().mean())


def test_bands_and_what_they_leave_make_the_image_again():
    image = brushwork()
    found = bands(image, 3)
    low = blur(blur(blur(image, 0.4), 0.8), 1.6)
    torch.testing.assert_close(sum(found) + low, image, atol=1e-5, rtol=0)


def test_a_wave_lies_in_the_band_of_its_size():
    x = torch.arange(96.0)
    for period, band in ((3.0, 1), (6.0, 2), (20.0, 3)):
        wave = torch.sin(2 * torch.pi * x / period + 0.7).expand(1, 1, 96, 96)
        sizes = [float(b[..., 8:-8].abs().mean()) for b in bands(wave.contiguous(), 4)]
        assert max(range(4), key=sizes.__getitem__) == band


def test_a_blurred_picture_of_the_painting_gets_its_strokes_back():
    style = brushwork()
    soft = blur(style, 1.5)
    restored = Strokes()(soft, matched_to_itself(style))
    inner = (..., slice(8, -8), slice(8, -8))
    before, after = ((x - style)[inner].abs().mean() for x in (soft, restored))
    assert after < 0.35 * before
    assert sharpness(restored) == pytest.approx(sharpness(style), rel=0.1)


def test_a_picture_as_crisp_as_its_patches_stays():
    style = brushwork()
    restored = Strokes()(style, matched_to_itself(style))
    assert (restored - style).abs().mean() < 0.15 * style.std()


def test_patches_that_disagree_bring_contrast_but_not_their_mean():
    """Where all patches show something else their detail is left out."""
    style, soft = brushwork(), blur(brushwork(5), 1.5)
    found = at_random(style)
    detailed = with_detail(soft, found)
    fine = (style - blur(style, 1.5)).abs().mean()
    assert (detailed - soft).abs().mean() < 0.2 * fine
    restored = Strokes(strongest=6.0)(soft, found)
    assert sharpness(restored) > 2 * sharpness(soft)


def test_there_is_no_grid_of_cells():
    """Contrast at a cell's middle and at its border is alike, whatever is matched."""
    style, soft = brushwork(side=192), blur(brushwork(5, 192), 0.8)
    restored = Strokes()(soft, at_random(style))
    fine = bands(luma(restored), 1)[0].abs()[..., 16:-16, 16:-16]
    columns = fine.mean(dim=(0, 1, 2)).view(-1, STRIDE).mean(dim=0)
    assert columns.max() / columns.min() < 1.15


def test_colours_stay_and_only_luminance_is_made_stronger():
    soft = blur(brushwork(5), 1.0) * torch.tensor([0.9, 0.6, 0.4]).view(1, 3, 1, 1)
    found = at_random(brushwork())
    restored = Strokes()(soft, found)
    chroma = [(x[:, :1] - x[:, 2:]) for x in (with_detail(soft, found), restored)]
    inside = (restored > 0.01).all() and (restored < 0.99).all()
    assert not inside or (chroma[0] - chroma[1]).abs().max() < 1e-4


def test_overlapped_copies_of_a_picture_are_that_picture():
    style = brushwork()
    found = matched_to_itself(style)
    laid = overlap_add(
        *(found.nearest, blocks_of(style, STRIDE), found.index.width), size=3, stride=4
    )
    torch.testing.assert_close(laid.pixels, style, atol=1e-5, rtol=0)
    torch.testing.assert_close(laid.agreement, torch.ones_like(laid.agreement))


def test_agreement_is_the_variance_that_a_mean_of_independent_patches_keeps():
    style = torch.randn(1, 1, 384, 384, generator=generator(1))
    found = at_random(style)
    laid = overlap_add(
        *(found.nearest, blocks_of(style, STRIDE), found.index.width), size=3, stride=4
    )
    told = laid.agreement[0, 0, 16:-16, 16:-16].view(88, 4, 88, 4).mean(dim=(0, 2))
    kept = (
        laid.pixels.square()[0, 0, 16:-16, 16:-16].view(88, 4, 88, 4).mean(dim=(0, 2))
    )
    torch.testing.assert_close(kept, told, rtol=0.1, atol=0.02)


@pytest.mark.parametrize("side", [96, 97, 99])
def test_pictures_that_do_not_end_with_a_cell_are_restored_to_their_border(side):
    style = brushwork()
    image = torch.full((1, 3, side, side), 0.5)
    assert Strokes()(image, matched_to_itself(style)).shape == image.shape


@pytest.mark.parametrize(
    "options", [{"coherence": -1.0}, {"sweeps": -1}, {"strongest": 0.5}]
)
def test_numbers_out_of_range_are_refused(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        Strokes(**options)


@pytest.mark.parametrize("strokes", [None, Strokes()])
def test_strokes_are_restored_where_the_term_asks_for_them(strokes):
    layers = ["relu3_1"]
    image, style = blur(brushwork(), 1.5), brushwork()
    encoded = [seen(x, layers=layers) for x in (image, style)]
    objective = MRF(1.0, layers, 0.0, strokes=strokes).prepare(encoded[0], encoded[1:])
    objective.loss(encoded[0], 0)
    finished = objective.matches.finish(encoded[0])
    assert finished.equal(image) == (strokes is None)
    if strokes:
        assert sharpness(finished) > 1.2 * sharpness(image)


def test_a_pattern_that_repeats_at_each_cell_is_taken_out_and_strokes_stay():
    strokes = brushwork(side=128)
    cell = 0.1 * torch.randn(1, 1, STRIDE, STRIDE, generator=generator(4))
    grid = (cell - cell.mean()).repeat(1, 1, 32, 32)
    cleaned = without_grid(0.6 * strokes + 0.2 + grid, STRIDE)
    left = (cleaned - 0.6 * strokes - 0.2).abs().mean()
    assert left < 0.4 * grid.abs().mean()
    alone = without_grid(strokes, STRIDE)
    fine = (strokes - blur(strokes, 2.0)).abs().mean()
    assert (alone - strokes).abs().mean() < 0.35 * fine


@pytest.mark.parametrize("at", [60, 61, 62])
def test_an_edge_and_a_line_are_no_grid(at):
    image = torch.full((1, 3, 128, 128), 0.3)
    image[..., at:] = 0.7
    image[..., 20] = 0.0
    moved = (without_grid(image, STRIDE) - image).abs().max()
    assert moved < 1 / 255


def test_colours_get_no_finer_contrast_than_the_painting_has():
    style, picture = brushwork(), brushwork(5)
    noise = 0.2 * torch.randn(1, 3, 96, 96, generator=generator(6))
    speckled = (picture + noise).clamp(0, 1)

    def chroma(image: Tensor) -> float:
        return float(bands(image - luma(image), 2)[1].abs().mean())

    cleaned = without_colour_noise(speckled, at_random(style))
    assert chroma(cleaned) < 0.25 * chroma(speckled)  # of a painting in grey
    torch.testing.assert_close(luma(cleaned), luma(speckled), atol=0.15, rtol=0)
    soft = blur(speckled, 1.0)  # whose colours vary less than the painting's
    kept = without_colour_noise(soft, at_random(speckled))
    torch.testing.assert_close(kept, soft, atol=0.03, rtol=0)
