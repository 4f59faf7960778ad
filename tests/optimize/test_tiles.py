"""Tiles: the picture that they make together is the one painted in one piece."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from planted import TinyEncoder, generator
from torch import Tensor

from stylize import (
    MRF,
    Content,
    Every,
    HighResolution,
    Pyramid,
    Stylizer,
    Tiles,
    TotalVariation,
    without_masks,
)
from stylize.optimize.tiles import Tile, moments_of
from stylize.pyramid import resize

LAYERS = ["relu3_1", "relu4_1"]


def painter(**options) -> Stylizer:
    terms = {
        "style": MRF(1.0, LAYERS, 20.0, blocks={"relu3_1": 3.0}, refresh=Every(4)),
        "content": Content(0.3, ["relu4_1"]),
        "smoothness": TotalVariation(0.01),
    }
    settings = {"pyramid": Pyramid(1), "iterations": [20]} | options
    return Stylizer(TinyEncoder(), terms, **settings)


def smooth(seed: int, height: int = 96, width: int = 112) -> Tensor:
    coarse = torch.rand(1, 3, height // 8, width // 8, generator=generator(seed))
    return resize(coarse, height, width)


def energy(image: Tensor, content: Tensor, style: Tensor) -> float:
    """Of an image, with exact matches: the loss at the first step of a painting."""
    one = painter(iterations=[1])
    report = one(without_masks(content), [without_masks(style)], image).levels[-1]
    return sum(report.first_losses.values())


TILED = Tiles(whole=32, side=64, overlap=16)


def test_tiles_cover_a_picture_and_begin_at_whole_cells():
    for height, width in ((97, 200), (64, 64), (65, 63), (500, 130)):
        seen = torch.zeros(height, width)
        for tile in Tiles(whole=40, side=64, overlap=16).grid(height, width):
            assert tile.rows.start % 16 == 0 == tile.columns.start % 16
            assert tile.of(seen).shape[0] < 64 + 16 and tile.of(seen).numel()
            tile.put(seen, tile.of(seen) + 1)
        assert seen.min() == 1  # the whole picture


def test_each_pixel_is_quite_free_in_some_tile_and_nothing_moves_at_an_inner_edge():
    freedom = torch.zeros(150, 90)
    for tile in TILED.grid(150, 90):
        window = tile.window(150, 90, TILED.overlap)
        tile.put(freedom, torch.maximum(tile.of(freedom), window))
        if tile.rows.start:
            assert window[0].max() < 0.01
        else:
            assert window[0].max() == 1  # the picture's own border is free
    assert freedom.min() > 0.9


@pytest.mark.slow
def test_tiles_paint_the_picture_that_one_piece_would_be():
    content, style = smooth(1), smooth(2)
    pair = without_masks(content), [without_masks(style)]
    whole = painter()(*pair).image
    tiled = painter(tiles=TILED)(*pair)
    assert tiled.levels[-1].tiles == 6
    before, one, many = (
        energy(image, content, style) for image in (content, whole, tiled.image)
    )
    assert many < one + 0.05 * (before - one)


@pytest.mark.slow
def test_no_seam_is_seen_where_tiles_meet():
    content, style = smooth(3, 160, 160), smooth(4)
    tiles = Tiles(whole=32, side=80, overlap=16)
    pair = without_masks(content), [without_masks(style)]
    image = painter(tiles=tiles)(*pair).image
    plain = painter()(*pair).image

    def steps(picture: Tensor) -> Tensor:
        return (picture[..., 1:] - picture[..., :-1]).abs().mean(dim=(0, 1, 2))

    ratio = steps(image) / steps(plain)  # the encoder has a grid of its own
    edges = {s for t in tiles.grid(160, 160) for s in (t.columns.start, t.columns.stop)}
    borders = [edge - 1 for edge in edges if 0 < edge < 160]
    assert len(borders) == 3
    elsewhere = torch.ones(len(ratio), dtype=torch.bool)
    elsewhere[borders] = False
    assert abs(ratio[borders].mean() / ratio[elsewhere].mean() - 1) < 0.2
    assert ratio[borders].max() < ratio[elsewhere].max()


def test_a_level_that_needs_no_tiles_is_painted_as_without_them():
    pair = without_masks(smooth(1)), [without_masks(smooth(2))]
    large = painter(tiles=Tiles(whole=112, side=48, overlap=16))(*pair)
    assert large.image.equal(painter()(*pair).image) and large.levels[-1].tiles == 1


def test_moments_taken_by_tiles_are_those_of_the_picture():
    image, grid = smooth(5, 128, 128), Tiles(64, 64, 16).grid(128, 128)
    parts = [Tile(slice(y, y + 64), slice(x, x + 64)) for y in (0, 64) for x in (0, 64)]
    moments = moments_of(image, parts, lambda x: {"colour": x})["colour"]
    assert moments.mean.allclose(image[0].mean(dim=(1, 2), keepdim=True), atol=1e-5)
    spread = image[0].var(dim=(1, 2), correction=0).mean()
    assert moments.variance == pytest.approx(float(spread), rel=1e-4)
    assert moments.square == pytest.approx(
        float(spread + image[0].mean(dim=(1, 2)).square().mean()), rel=1e-4
    )
    assert len(grid) == 9  # with overlaps there are more of them


class Watching(TotalVariation):
    """Keeps what it is shown at each level."""

    def prepare(self, content, styles):
        seen.append((content.image, [tuple(each.image.shape[2:]) for each in styles]))
        return super().prepare(content, styles)


seen: list[tuple[Tensor, list[tuple[int, ...]]]] = []


def watched(high: HighResolution) -> Tensor:
    """What a painting of two levels left at the first."""
    seen.clear()
    style = replace(without_masks(smooth(2, 48, 64)), scale=2.0)
    stylizer = replace(
        painter(
            pyramid=Pyramid(2, smallest=24),
            iterations=[5],
            high_resolution=high,
        ),
        terms={"watching": Watching(1.0)},
    )
    images = []
    content = without_masks(smooth(1, 96, 128))
    stylizer(content, [style], on_step=lambda step: images.append(step.image.clone()))
    return images[4].clamp(0, 1)


def test_the_content_of_a_high_resolution_level_is_what_the_coarse_one_painted():
    coarse = watched(HighResolution(above=64, iterations=2))
    assert seen[1][0].equal(resize(coarse, 96, 128))
    watched(HighResolution(above=500))
    assert seen[1][0].equal(smooth(1, 96, 128))


def test_a_high_resolution_level_enlarges_no_style():
    watched(HighResolution(above=64))
    assert [sizes for _, sizes in seen] == [[(48, 64)], [(48, 64)]]
    watched(HighResolution(above=500))
    assert [sizes for _, sizes in seen] == [[(48, 64)], [(96, 128)]]


def test_a_high_resolution_level_searches_when_it_says_so_not_when_the_term_does():
    high = HighResolution(above=64, iterations=7, refresh=Every(3))
    stylizer = painter(
        pyramid=Pyramid(2, smallest=24), iterations=[5], high_resolution=high
    )
    pair = without_masks(smooth(1, 96, 128)), [without_masks(smooth(2, 96, 128))]
    coarse, fine = stylizer(*pair).levels
    assert coarse.searches == 2  # of the term, at steps 0 and 4
    assert fine.searches == 3  # at steps 0, 3 and 6


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"overlap": 8}, "overlap of tiles must be >= 16 px, got 8"),
        ({"side": 100}, "multiple of 16 px"),
        ({"side": 64, "overlap": 32}, "three times the overlap of 32 px, got 64"),
    ],
)
def test_tiles_without_room_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Tiles(**settings)


def test_fine_levels_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="iterations of high_resolution must be >= 1"):
        HighResolution(iterations=0)
    with pytest.raises(
        ValueError, match="above of high_resolution, px, must be >= 1, got 0"
    ):
        HighResolution(above=0)
