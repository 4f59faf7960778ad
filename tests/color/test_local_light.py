"""Faces keep their own light and shade when their colours change."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from planted import generator
from torch import Tensor

from stylize import Picture, Recolor
from stylize.color.local_light import WIDTH, averaged, lit, shaded
from stylize.color.luminance import luma

SIDE = 96


def lit_face(shade: float = 0.12, light: float = 0.3) -> Picture:
    """A dark face, its left half in the shade, before a bright wall."""
    face = torch.zeros(SIDE, SIDE)
    face[24:72, 24:72] = 1
    image = torch.full((1, 3, SIDE, SIDE), 0.8)
    image[..., 24:72, 24:48], image[..., 24:72, 48:72] = shade, light
    masks = torch.stack([1 - face, face])
    return Picture(image, masks, ("background", "skin"))


def pale_style() -> Picture:
    """Pale skin with little contrast beside a pale wall."""
    texture = 0.02 * torch.randn(1, 3, SIDE, SIDE, generator=generator())
    masks = torch.zeros(2, SIDE, SIDE)
    masks[0, :, :48] = masks[1, :, 48:] = 1
    image = torch.full((1, 3, SIDE, SIDE), 0.7) + texture
    return Picture(image.clamp(0, 1), masks, ("background", "skin"))


def halves(image: Tensor) -> tuple[float, float]:
    """Mean light of the face's left and right half."""
    light = luma(image)[0, 0, 28:68]
    return float(light[:, 28:44].mean()), float(light[:, 52:68].mean())


def test_a_dark_face_made_pale_keeps_the_contrast_of_its_shade():
    content = lit_face()
    squeezed = Recolor().before(content, [pale_style()])[0].image
    kept = Recolor(shading={"skin": 1.0}).before(content, [pale_style()])[0].image
    flat, shaded_face = (halves(image) for image in (squeezed, kept))
    assert min(flat) > 0.6 and flat[1] - flat[0] < 0.14  # of 0.18
    assert sum(shaded_face) / 2 == pytest.approx(sum(flat) / 2, abs=0.05)
    assert shaded_face[1] - shaded_face[0] > 0.18


def test_highlights_roll_off_before_white_and_stay_in_their_order():
    content = lit_face()
    ramp = torch.linspace(0.05, 0.95, 48)
    content.image[..., 24:72, 24:72] = ramp
    pale = content.image.clone()
    pale[..., 24:72, 24:72] = 0.75 + 0.1 * ramp
    light = luma(shaded(pale, content, {"skin": 1.0}))[0, 0, 48, 24:72]
    assert light.max() < 0.98 and (light.diff() > 0).all()


def test_what_lies_outside_a_region_and_a_share_of_zero_change_nothing():
    content = lit_face()
    pale = 0.5 + 0.5 * content.image
    changed = shaded(pale, content, {"skin": 1.0}) != pale
    assert changed.any() and not (changed & (content.masks[1] == 0)).any()
    assert shaded(pale, content, {"skin": 0.0}).equal(pale)
    assert shaded(pale, content, {"sky": 1.0}).equal(pale)


def test_a_painted_face_gets_the_contents_light_and_keeps_its_strokes():
    content = lit_face(0.4, 0.6)
    strokes = 0.05 * torch.randn(1, 3, SIDE, SIDE, generator=generator(1))
    painted = (0.5 + strokes).clamp(0, 1)  # the shade is lost
    result = lit(painted, content, {"skin": 1.0})
    left, right = halves(result)
    assert right - left > 0.16  # of 0.2
    fine = (luma(result) - luma(painted))[0, 0, 30:66, 30:42]
    assert fine.std() < 0.01 < luma(painted).std()
    assert result[..., :20, :].equal(painted[..., :20, :])


def test_a_region_that_the_style_does_not_show_keeps_its_light_too():
    content, style = lit_face(), pale_style()
    content = replace(
        content,
        masks=content.masks[:0],
        names=(),
        unmatched={"skin": content.masks[1]},
    )
    style = replace(style, masks=style.masks[:0], names=())
    squeezed, kept = (
        halves(Recolor(shading=shading).before(content, [style])[0].image)
        for shading in ({}, {"skin": 1.0})
    )
    assert squeezed[1] - squeezed[0] < 0.1 and kept[1] - kept[0] > 0.18


def test_averages_within_a_mask_know_nothing_of_what_lies_outside():
    mask = torch.zeros(SIDE, SIDE)
    mask[:, :48] = 1
    planes = torch.where(mask > 0, 0.3, 0.9).expand(1, 1, -1, -1)
    inside = averaged(planes, mask)[0, 0, :, :48]
    torch.testing.assert_close(inside, torch.full_like(inside, 0.3))
    assert WIDTH * SIDE > 1  # or nothing was averaged


def test_a_share_of_shading_out_of_range_is_refused():
    with pytest.raises(ValueError, match=r"shading of skin .* \[0, 1\], got 2"):
        Recolor(shading={"skin": 2.0})
