"""Whose colours a picture has: by masks, by luminance, by matching."""

from __future__ import annotations

import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from planted import generator
from torch import Tensor

from automask.config import config_folder, register
from stylize import Luminance, Match, PdfTransfer, Picture, Recolor, without_masks
from stylize.color.luminance import luma


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
    unmasked = recolored(content, style)
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
    with pytest.raises(ValueError, match=r"strength of recolor .* \[0, 1\], got 1.5"):
        Recolor(1.5)


def test_a_region_takes_the_colours_of_the_styles_that_supply_it():
    content = noise((0.5, 0.5, 0.5), 0.1, 1)
    red, blue = noise((0.8, 0.2, 0.2), 0.05, 2), noise((0.2, 0.2, 0.8), 0.05, 3)
    styles = [
        Picture(red, halves(red), ("a", "b"), (1.0, 0.0)),
        Picture(blue, halves(blue), ("a", "b"), (0.0, 1.0)),
    ]
    picture = Picture(content, halves(content), ("a", "b"))
    result = Recolor().before(picture, styles)[0].image
    left, right = result[0, :, :, :30].mean((1, 2)), result[0, :, :, 30:].mean((1, 2))
    assert left[0] > 0.7 > 0.3 > left[2] and right[2] > 0.7 > 0.3 > right[0]


def test_luminance_paints_in_grey_of_the_contents_mean_and_spread():
    content = without_masks(noise((0.3, 0.5, 0.6), 0.12, 1))
    style = without_masks(noise((0.6, 0.4, 0.5), 0.06, 2))
    grey, (matched,) = Luminance().before(content, [style])
    assert grey.image[:, 0].equal(grey.image[:, 2])
    torch.testing.assert_close(grey.image[:, :1], luma(content.image))
    for moment in (torch.mean, torch.std):
        torch.testing.assert_close(
            moment(matched.image), moment(grey.image), atol=2e-3, rtol=0
        )
    assert luma(style.image).std() < 0.7 * luma(matched.image).std()


def test_luminance_keeps_the_chroma_of_the_content_and_the_light_of_the_painting():
    content, painting = noise((0.5, 0.4, 0.45), 0.03, 1), noise((0.5,) * 3, 0.05, 2)
    result = Luminance().after(painting, content)
    torch.testing.assert_close(luma(result), luma(painting))
    torch.testing.assert_close(result - luma(result), content - luma(content))


def test_chroma_that_does_not_fit_fades_and_keeps_its_hue():
    content, painting = noise((0.9, 0.2, 0.1), 0.05, 1), noise((0.8,) * 3, 0.1, 2)
    result = Luminance().after(painting, content)
    torch.testing.assert_close(luma(result), luma(painting), atol=1e-5, rtol=0)
    ours, theirs = (image - luma(image) for image in (result, content))
    share = (ours * theirs).sum(1, keepdim=True) / theirs.square().sum(1, keepdim=True)
    torch.testing.assert_close(ours, share * theirs, atol=1e-5, rtol=0)
    assert share.min() < 0.5


@pytest.mark.parametrize("mode", ["cholesky", "pca", "symmetric"])
def test_a_matched_style_has_the_contents_mean_and_covariance(mode):
    spread = torch.tensor([[0.05, 0.0, 0.0], [0.03, 0.03, 0.0], [-0.02, 0.01, 0.02]])
    coloured = torch.randn(3, 3000, generator=generator(3))
    content = (0.45 + spread @ coloured).view(1, 3, 50, 60)
    style = noise((0.6, 0.5, 0.4), 0.08, 4)
    same, (matched,) = Match(mode).before(
        without_masks(content), [without_masks(style)]
    )
    assert same.image.equal(content) and not matched.image.allclose(style, atol=0.02)
    ours, wanted = (image[0].flatten(1).double() for image in (matched.image, content))
    torch.testing.assert_close(ours.mean(1), wanted.mean(1), atol=1e-5, rtol=0)
    torch.testing.assert_close(ours.cov(), wanted.cov(), atol=2e-5, rtol=0)


def test_modes_of_matching_differ_and_the_symmetric_one_moves_colours_least():
    content, style = noise((0.5, 0.4, 0.6), 0.05, 1), noise((0.6, 0.5, 0.4), 0.1, 2)
    turned = torch.tensor([[0.8, 0.6, 0.0], [0.1, 0.7, 0.2], [0.3, 0.0, 0.5]])
    content = torch.einsum("oc,bchw->bohw", turned, content)
    style = torch.einsum("oc,bchw->bohw", turned.flip(0), style)
    moved = {}
    for mode in ("cholesky", "pca", "symmetric"):
        _, (matched,) = Match(mode).before(
            without_masks(content), [without_masks(style)]
        )
        moved[mode] = float((matched.image - style).square().mean())
    assert len({round(value, 7) for value in moved.values()}) == 3
    assert moved["symmetric"] == min(moved.values())


def test_unknown_modes_of_matching_are_refused():
    with pytest.raises(ValueError, match="cholesky, pca, symmetric, got 'hue'"):
        Match("hue")


@pytest.mark.slow
@pytest.mark.parametrize("stylizer", ["softmask", "gram", "guided_gram", "guided_mean"])
def test_a_color_on_the_command_line_wins_over_that_of_the_method(stylizer):
    register()
    words = ["style=monet", "content=astronaut", f"stylizer={stylizer}"]
    with initialize_config_dir(str(config_folder()), version_base="1.3"):
        usual = compose("run", words)
        chosen = [compose("run", [*words, f"color={c}"]) for c in ("luminance", "none")]
        before = compose("run", [*words[:2], "color=match", words[2]])
    own = instantiate(usual.color, _convert_="all")
    assert own is None if stylizer == "gram" else isinstance(own, Recolor)
    assert instantiate(chosen[0].stylizer.color, _convert_="all") == Luminance()
    assert chosen[1].stylizer.color is None
    assert instantiate(before.stylizer.color, _convert_="all") == Match()


def test_a_greyed_picture_is_corrected_to_the_styles_colours():
    style = noise((0.6, 0.4, 0.5), 0.12, 1)
    grey, styles = 0.5 * style + 0.2, [without_masks(style)]
    content = without_masks(grey)
    corrected = Recolor(correction=1.0).corrected(grey, content, styles)
    contrast = corrected.std((0, 2, 3)) / style.std((0, 2, 3))
    assert (contrast > 0.8).all() and (contrast < 1.05).all()  # of 0.5
    half = Recolor(correction=0.5).corrected(grey, content, styles)
    torch.testing.assert_close(half, (grey + corrected) / 2, atol=1e-5, rtol=0)
    assert Recolor().corrected(grey, content, styles) is grey


@pytest.mark.parametrize("color", [Luminance(), Match(), PdfTransfer(2)])
def test_other_transfers_correct_nothing(color):
    picture = without_masks(noise((0.3, 0.5, 0.6), 0.12, 1))
    painted = picture.image.clone()
    assert color.corrected(painted, picture, [picture]) is painted
