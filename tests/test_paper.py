"""White paper stays white where a painting has white, and nothing else changes."""

from __future__ import annotations

import pytest
import torch
from planted import TinyEncoder, generator
from torch import Tensor

from stylize import MRF, Content, Picture, Pyramid, Recolor, Stylizer
from stylize.fine import Fine
from stylize.paper import with_paper
from stylize.picture import with_masks_of
from stylize.tiles import Tiles

SIDE = 120  # px
FIGURE = slice(20, 60), slice(30, 90)


def whole(image: Tensor) -> Picture:
    """A picture whose one mask is all of it."""
    return Picture(image, torch.ones(1, *image.shape[2:]), ("background",))


def colourful(seed: int) -> Tensor:
    """(1, 3, SIDE, SIDE) without any white."""
    noise = torch.rand(1, 3, SIDE, SIDE, generator=generator(seed))
    return noise * torch.tensor([0.7, 0.5, 0.6]).view(1, 3, 1, 1)


def page() -> Tensor:
    """Dark strokes 3 px wide and a coloured figure on white paper."""
    image = torch.ones(1, 3, SIDE, SIDE)
    image[..., 70::15, 10:110] = image[..., 71::15, 10:110] = 0.1
    image[..., 72::15, 10:110] = 0.1
    image[0, :, *FIGURE] = colourful(1)[0, :, *FIGURE]
    return image


def painting(share: float) -> Tensor:
    """Colours, and that share of white to the right."""
    image = colourful(2)
    image[..., SIDE - round(share * SIDE) :] = 0.98
    return image


def is_white(image: Tensor) -> Tensor:
    return image[0].amin(dim=0) > 0.94


def kept(style: Tensor, **options: float) -> float:
    """Share of the page's white that is white in the style's colours."""
    before, _ = Recolor(**options).before(whole(page()), [whole(style)])
    return float(is_white(before.image)[is_white(page())].float().mean())


@pytest.mark.parametrize("share", [0.15, 0.4])
def test_paper_stays_white_where_the_painting_has_white(share):
    assert kept(painting(share)) > 0.99
    assert kept(painting(share), gamma=0.0) < 0.05  # one map for all colours
    assert kept(painting(0.0)) == 0


def test_strokes_and_figures_on_paper_take_the_colours_of_the_paint():
    style = painting(0.4)
    before, _ = Recolor().before(whole(page()), [whole(style)])
    figure = before.image[0, :, *FIGURE].mean((1, 2))
    paint = style[0, ..., :60].mean((1, 2))
    torch.testing.assert_close(figure, paint, atol=0.1, rtol=0)
    assert not is_white(before.image)[70:73, 10:110].any()


@pytest.mark.parametrize(
    ("content", "style"),
    [(page(), colourful(2)), (colourful(1), painting(0.4))],
    ids=["no white in the painting", "no white in the photograph"],
)
def test_without_white_in_both_nothing_is_told_apart(content, style):
    pictures = whole(content), [whole(style)]
    assert with_paper(*pictures) == pictures


def test_highlights_and_ragged_clouds_are_no_paper():
    photograph = colourful(1)
    photograph[..., ::10, ::10] = photograph[..., 5:7, 5:60] = 1.0
    clouds = torch.rand(SIDE, SIDE, generator=generator(3)) > 0.6
    photograph[0, :, 60:] = torch.where(clouds[60:], 1.0, photograph[0, :, 60:])
    assert is_white(photograph).float().mean() > 0.15
    pictures = whole(photograph), [whole(painting(0.4))]
    assert with_paper(*pictures) == pictures


def test_paper_is_matched_with_white_and_the_rest_with_the_rest():
    content, (style,) = with_paper(whole(page()), [whole(painting(0.4))])
    assert content.names == style.names == ("background", "paper")
    torch.testing.assert_close(content.masks.sum(dim=0), torch.ones(SIDE, SIDE))
    assert content.masks[1].gt(0.5).equal(is_white(page()))
    assert style.masks[1].gt(0.5).equal(is_white(painting(0.4)))


def test_paper_comes_gradually_as_a_photograph_has_more_of_it():
    shares = []
    for side in (30, 50, 60, 90):
        photograph = colourful(1)
        photograph[..., :side, :side] = 1.0
        content, _ = with_paper(whole(photograph), [whole(painting(0.4))])
        shares.append(float(content.masks[1:].max()) if len(content.masks) > 1 else 0)
    assert shares[0] == 0 < shares[1] < shares[2] < 1.01 and shares[3] == 1


def test_styles_that_share_the_regions_out_are_left_to_it():
    style = painting(0.4)
    shared = Picture(style, torch.ones(1, SIDE, SIDE), ("background",), (1.0,))
    pictures = whole(page()), [shared]
    assert with_paper(*pictures) == pictures


def test_a_picture_is_told_apart_at_another_size_as_well():
    content, _ = with_paper(whole(page()), [whole(painting(0.4))])
    large = whole(torch.ones(1, 3, 2 * SIDE, 2 * SIDE))
    told = with_masks_of(large, content)
    assert told.names == content.names and told.masks.shape[1:] == (240, 240)
    assert with_masks_of(large, large) is large


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"strength": 0.5},
        {"fine": Fine(above=80, iterations=3)},
        {"fine": Fine(above=80, iterations=3), "strength": 0.5},
        {"tiles": Tiles(whole=80, side=96, overlap=16)},
    ],
    ids=["whole", "half", "fine", "fine half", "tiles"],
)
def test_paper_is_still_bright_when_all_levels_are_painted(options):
    painter = Stylizer(
        TinyEncoder(),
        {
            "style": MRF(1.0, ["relu3_1", "relu4_1"], 20.0, blocks={"relu3_1": 3.0}),
            "content": Content(0.3, ["relu4_1"]),
        },
        Pyramid(2, smallest=24),
        [6, 6],
        color=Recolor(correction=1.0),
        **options,
    )
    image = painter(whole(page()), [whole(painting(0.4))]).image
    whiteness = image[0].amin(dim=0)[is_white(page())]
    assert whiteness.mean() > 0.84  # about 0.6 where paper is not told apart
