"""Regions that keep the photograph's own colours."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from planted import TinyEncoder, generator
from torch import Tensor

from stylize import (
    MRF,
    Color,
    Luminance,
    Match,
    PdfTransfer,
    Picture,
    Pyramid,
    Recolor,
    Stylizer,
)
from stylize.color.keep import Keep

NAMES = ("background", "skin")
BROWN, GREEN = (0.4, 0.25, 0.2), (0.2, 0.6, 0.3)
PINK, BLUE = (0.9, 0.75, 0.7), (0.3, 0.4, 0.9)


def sitter(skin: tuple[float, ...], wall: tuple[float, ...], seed: int) -> Picture:
    """Skin on the right of a wall, 48 px, both with a little texture."""
    texture = 0.04 * torch.randn(1, 3, 48, 48, generator=generator(seed))
    left = torch.zeros(48, 48)
    left[:, :24] = 1
    tones = [torch.tensor(tone).view(1, 3, 1, 1) for tone in (wall, skin)]
    image = torch.where(left > 0, *tones) + texture
    return Picture(image.clamp(0, 1), torch.stack([left, 1 - left]), NAMES)


def tone(image: Tensor) -> Tensor:
    """(3,) mean colour of the skin."""
    return image[0, :, :, 28:].mean((1, 2))


def near(image: Tensor, wanted: tuple[float, ...]) -> bool:
    return bool((tone(image) - torch.tensor(wanted)).abs().max() < 0.06)


@pytest.mark.parametrize(
    "color", [Recolor(), Match(), PdfTransfer(3), Recolor(strength=0.0)]
)
def test_kept_skin_stays_as_it_is_and_the_styles_skin_takes_its_tone(color: Color):
    content, style = sitter(BROWN, GREEN, 1), sitter(PINK, BLUE, 2)
    before, (toned,) = Keep(color, ["skin"]).before(content, [style])
    skin = content.masks[1] > 0
    assert before.image[..., skin].equal(content.image[..., skin])
    assert near(toned.image, BROWN)
    plain, (others,) = color.before(content, [style])
    assert toned.image[..., ~skin].allclose(others.image[..., ~skin], atol=1e-6)
    assert before.image[..., ~skin].allclose(plain.image[..., ~skin], atol=1e-6)


def test_strokes_of_the_styles_skin_survive_its_new_tone():
    content, style = sitter(BROWN, GREEN, 1), sitter(PINK, BLUE, 2)
    _, (toned,) = Keep(Recolor(), ["skin"]).before(content, [style])
    ours, theirs = (p.image[0, :, :, 28:].mean(0).flatten() for p in (toned, style))
    assert torch.corrcoef(torch.stack([ours, theirs]))[0, 1] > 0.9


def test_painted_skin_follows_the_contents_colours_and_the_rest_does_not():
    content, style = sitter(BROWN, GREEN, 1), sitter(PINK, BLUE, 2)
    painted = sitter(PINK, BLUE, 3).image
    result = Keep(Recolor(), ["skin"]).corrected(painted, content, [style])
    assert near(result, BROWN)
    skin = content.masks[1] > 0
    assert result[..., ~skin].equal(painted[..., ~skin])


def test_skin_that_no_style_shows_is_kept_as_well():
    content, style = sitter(BROWN, GREEN, 1), sitter(PINK, BLUE, 2)
    bare = replace(style, masks=style.masks[:1], names=NAMES[:1])
    alone = replace(
        content,
        masks=content.masks[:1],
        names=NAMES[:1],
        unmatched={"skin": content.masks[1]},
    )
    keep = Keep(Recolor(), ["skin"])
    before, (same,) = keep.before(alone, [bare])
    assert near(before.image, BROWN) and same.image.equal(bare.image)
    assert near(keep.corrected(style.image, before, [same]), BROWN)


def test_a_soft_border_blends_between_own_and_transferred_colours():
    content, style = sitter(BROWN, GREEN, 1), sitter(PINK, BLUE, 2)
    ramp = torch.linspace(0, 1, 48).expand(48, 48)
    soft = replace(content, masks=torch.stack([1 - ramp, ramp]))
    flat = replace(soft, image=torch.full_like(content.image, 0.5))
    before, _ = Keep(Recolor(), ["skin"]).before(flat, [style])
    across = before.image[0, 2].mean(0)
    assert across[0] - across[-1] > 0.2 and across.diff().abs().max() < 0.03


def test_regions_that_the_content_does_not_have_change_nothing():
    content, style = sitter(BROWN, GREEN, 1), sitter(PINK, BLUE, 2)
    before, (same,) = Keep(Recolor(), ["sky"]).before(content, [style])
    assert before.image.equal(Recolor().before(content, [style])[0].image)
    assert same.image.equal(style.image)


@pytest.mark.parametrize("color", [Recolor(correction=1.0), Luminance(), None])
def test_a_painted_picture_keeps_the_tone_of_kept_skin(color: Color | None):
    content, styles = sitter(BROWN, GREEN, 1), [sitter(PINK, BLUE, 2)]
    paint = Stylizer(
        TinyEncoder(),
        {"style": MRF(1.0, ["relu3_1"], 10.0, blocks={"relu3_1": 3.0})},
        Pyramid(levels=1),
        iterations=[6],
        color=color,
    )
    kept = replace(paint, keep_color=["skin"])
    assert near(kept(content, styles).image, BROWN)
    if not isinstance(color, Luminance):  # which keeps the photograph's brown itself
        assert not near(paint(content, styles).image, BROWN)
