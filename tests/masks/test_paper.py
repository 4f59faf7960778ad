"""White paper stays white where a painting has white, and nothing else changes."""

from __future__ import annotations

import pytest
import torch
from planted import TinyEncoder, generator
from torch import Tensor

from automask.masks.paper import with_paper
from automask.masks.soft import SoftMasks
from stylize import MRF, Content, Picture, Pyramid, Recolor, Stylizer
from stylize.optimize.high_resolution import HighResolution
from stylize.optimize.tiles import Tiles

SIDE = 120  # px
FIGURE = slice(20, 60), slice(30, 90)


def whole(image: Tensor) -> SoftMasks:
    """One mask that is all of a picture."""
    return SoftMasks(("background",), torch.ones(1, *image.shape[2:]), ("planted",))


def told_apart(content: Tensor, style: Tensor) -> list[SoftMasks]:
    return with_paper([content, style], [whole(content), whole(style)])


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


def pictures_of(content: Tensor, style: Tensor) -> list[Picture]:
    masks = told_apart(content, style)
    pairs = zip((content, style), masks, strict=True)
    return [Picture(image, each.probs, each.names) for image, each in pairs]


@pytest.mark.parametrize("share", [0.15, 0.4])
def test_paper_stays_white_where_the_painting_has_white(share):
    kept = {}
    for white in (share, 0.0):
        content, style = pictures_of(page(), painting(white))
        image = Recolor().before(content, [style])[0].image
        kept[white] = float(is_white(image)[is_white(page())].float().mean())
    assert kept == {share: pytest.approx(1, abs=0.01), 0.0: 0}


def test_strokes_and_figures_on_paper_take_the_colours_of_the_paint():
    content, style = pictures_of(page(), painting(0.4))
    image = Recolor().before(content, [style])[0].image
    figure = image[0, :, *FIGURE].mean((1, 2))
    paint = style.image[0, ..., :60].mean((1, 2))
    torch.testing.assert_close(figure, paint, atol=0.1, rtol=0)
    assert not is_white(image)[70:73, 10:110].any()


@pytest.mark.parametrize(
    ("content", "style"),
    [(page(), colourful(2)), (colourful(1), painting(0.4))],
    ids=["no white in the painting", "no white in the photograph"],
)
def test_without_white_in_both_nothing_is_told_apart(content, style):
    assert all(masks.names == ("background",) for masks in told_apart(content, style))


def test_highlights_and_ragged_clouds_are_no_paper():
    photograph = colourful(1)
    photograph[..., ::10, ::10] = photograph[..., 5:7, 5:60] = 1.0
    clouds = torch.rand(SIDE, SIDE, generator=generator(3)) > 0.6
    photograph[0, :, 60:] = torch.where(clouds[60:], 1.0, photograph[0, :, 60:])
    assert is_white(photograph).float().mean() > 0.15
    assert told_apart(photograph, painting(0.4))[0].names == ("background",)


def test_paper_is_matched_with_white_and_the_rest_with_the_rest():
    content, style = told_apart(page(), painting(0.4))
    assert content.names == style.names == ("background", "paper")
    torch.testing.assert_close(content.probs.sum(dim=0), torch.ones(SIDE, SIDE))
    assert content.probs[1].gt(0.5).equal(is_white(page()))
    assert style.probs[1].gt(0.5).equal(is_white(painting(0.4)))


def test_where_no_mask_was_found_the_rest_becomes_the_background():
    none = SoftMasks((), torch.zeros(0, SIDE, SIDE), ())
    content, style = with_paper([page(), painting(0.4)], [none, none])
    assert content.names == style.names == ("background", "paper")


def test_paper_comes_gradually_as_a_photograph_has_more_of_it():
    shares = []
    for side in (30, 50, 60, 90):
        photograph = colourful(1)
        photograph[..., :side, :side] = 1.0
        content, _ = told_apart(photograph, painting(0.4))
        shares.append(float(content.probs[1:].max()) if len(content.names) > 1 else 0)
    assert shares[0] == 0 < shares[1] < shares[2] < 1.01 and shares[3] == 1


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"strength": 0.5},
        {"high_resolution": HighResolution(above=80, iterations=3)},
        {"high_resolution": HighResolution(above=80, iterations=3), "strength": 0.5},
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
    content, style = pictures_of(page(), painting(0.4))
    image = painter(content, [style]).image
    whiteness = image[0].amin(dim=0)[is_white(page())]
    assert whiteness.mean() > 0.84  # about 0.6 where paper is not told apart
