"""The optimisation as a whole, with a tiny encoder: properties, not pictures."""

from __future__ import annotations

import dataclasses
import json

import pytest
import torch
from planted import TinyEncoder, generator
from torch import Tensor

from stylize import (
    LBFGS,
    MRF,
    Adam,
    Content,
    Picture,
    Pyramid,
    Stylizer,
    TotalVariation,
    without_masks,
)
from stylize.encoders.encoder import Encoded, Moments
from stylize.losses.functional import emphasised
from stylize.matching.hold import structure
from stylize.pyramid import downsample, resize

LAYERS = ["relu3_1", "relu4_1"]


def stylizer(gamma: float = 20.0, **options) -> Stylizer:
    terms = {
        "style": MRF(1.0, LAYERS, gamma, blocks={"relu3_1": 3.0}),
        "content": Content(0.3, ["relu4_1"]),
        "smoothness": TotalVariation(0.01),
    }
    settings = {"pyramid": Pyramid(2, smallest=24), "iterations": [8, 8]} | options
    return Stylizer(TinyEncoder(), terms, **settings)


def smooth(seed: int, height: int = 96, width: int = 72) -> Tensor:
    coarse = torch.rand(1, 3, height // 8, width // 8, generator=generator(seed))
    return resize(coarse, height, width)


def halved(image: Tensor, *, swapped: bool = False) -> Picture:
    """A picture whose left and right halves have a mask each."""
    masks = torch.zeros(2, *image.shape[2:])
    masks[0, :, : image.shape[3] // 2] = 1
    masks[1] = 1 - masks[0]
    return Picture(image, masks.flip(0) if swapped else masks, ("left", "right"))


def test_an_image_in_its_own_style_stays_as_it_is():
    image = smooth(1)
    terms = {"style": MRF(1.0, LAYERS, 20.0), "content": Content(0.3, ["relu4_1"])}
    own = without_masks(image)
    result = Stylizer(TinyEncoder(), terms, Pyramid(1), [10])(own, [own])
    assert (result.image - image).abs().max() < 0.01


def test_energy_falls_at_each_level():
    content, style = smooth(1), smooth(2, 72, 88)
    result = stylizer()(without_masks(content), [without_masks(style)])
    assert len(result.levels) == 2
    for level in result.levels:
        assert sum(level.losses.values()) < 0.9 * sum(level.first_losses.values())


def test_the_picture_has_the_contents_size_and_is_in_range():
    content, style = smooth(1, 71, 45), smooth(2, 40, 64)
    image = stylizer()(without_masks(content), [without_masks(style)]).image
    assert image.shape == (1, 3, 71, 45)
    assert image.min() >= 0 and image.max() <= 1 and image.isfinite().all()


@pytest.mark.slow
def test_a_seed_makes_the_same_picture_and_another_seed_another():
    content, style = without_masks(smooth(1)), without_masks(smooth(2))

    def painted(seed: int) -> Tensor:
        return stylizer()(content, [style], generator(seed)).image

    assert painted(3).equal(painted(3))
    assert not painted(3).equal(painted(4))


def test_starting_from_an_image_differs_from_starting_at_the_content():
    content, style = without_masks(smooth(1)), without_masks(smooth(2))
    own = stylizer()(content, [style]).image
    other = stylizer()(content, [style], style.image).image
    same = stylizer()(content, [style], content.image).image
    assert own.equal(same) and not own.equal(other)


def test_masks_keep_each_regions_colours():
    # The content is grey; the style is red on the left and blue on the right.
    content = smooth(1, 64, 64).mean(dim=1, keepdim=True).expand(1, 3, 64, 64)
    style = torch.zeros(1, 3, 64, 64)
    style[:, 0, :, :32] = 0.9
    style[:, 2, :, 32:] = 0.9
    style = (style + 0.05 * smooth(3, 64, 64)).clamp(0, 1)
    painter = stylizer(iterations=[30, 30])
    image = painter(halved(content, swapped=True), [halved(style)]).image
    left, right = image[0, :, :, 4:24].mean((1, 2)), image[0, :, :, 40:60].mean((1, 2))
    assert left[2] > left[0] + 0.3 and right[0] > right[2] + 0.3


def test_reports_are_plain_values_and_steps_count_up():
    content, style = without_masks(smooth(1)), without_masks(smooth(2))
    steps = []
    result = stylizer()(content, [style], on_step=steps.append)
    json.dumps([dataclasses.asdict(level) for level in result.levels])
    assert [(s.level, s.iteration) for s in steps] == [
        (level, n) for level in (0, 1) for n in range(1, 9)
    ]
    assert steps[-1].losses == result.levels[-1].losses
    assert result.levels[0].height == 48 and steps[0].levels == 2


def test_emphasis_weighs_the_cells_of_named_masks():
    masks = torch.zeros(3, 2, 4)
    masks[0] = 1  # person
    masks[1, :, 2:] = 1  # skin, within the person
    masks[2, 0, 3] = 0.5  # half an eye, within the skin
    named = dict(zip(("person", "skin", "eyes"), masks, strict=True))
    plain = torch.tensor([[1.0, 0.5, 0.5, 0.5]] * 2)
    weight = emphasised(named, {"skin": 2.0, "eyes": 6.0, "sky": 9.0}, plain)
    assert weight.tolist() == [[1, 0.5, 2, 4], [1, 0.5, 2, 2]]
    other = emphasised(named, {"eyes": 6.0, "skin": 2.0}, plain)
    assert other[0, 3] == 2  # the last of them says
    assert emphasised({}, {"skin": 2.0}, plain).equal(plain)


def half_flat(seed):
    """(1, 5, 12, 16) features that vary in the right half alone."""
    maps = torch.full((1, 5, 12, 16), 3.0)
    generator = torch.Generator().manual_seed(seed)
    maps[..., 8:] += torch.randn(1, 5, 12, 8, generator=generator)
    return maps


def mapped(maps: Tensor) -> Encoded:
    """An image of which nothing but one layer is known."""
    return Encoded(without_masks(torch.zeros(1, 3, *maps.shape[2:])), {"x": maps})


def test_where_features_are_flat_there_is_no_structure():
    maps = half_flat(0)
    weight = structure(mapped(maps), "x", 0.6)
    assert weight[:, :6].max() < 1e-6 and weight[:, 10:].min() > 0.9
    assert weight.min() >= 0 and weight.max() <= 1
    torch.testing.assert_close(structure(mapped(7 * maps), "x", 0.6), weight)
    assert structure(mapped(maps), "x", 2.4).lt(weight).any()
    assert structure(mapped(maps), "x", 0.0).equal(torch.ones(12, 16))
    flat = structure(mapped(torch.full_like(maps, 3.0)), "x", 0.6)
    assert flat.equal(torch.zeros(12, 16))


def test_a_tile_knows_structure_as_the_whole_picture_does():
    whole = mapped(half_flat(1))
    maps = whole.features["x"]
    moments = Moments(maps.mean(dim=(2, 3))[0, :, None, None], whole.variance("x"))
    tile = dataclasses.replace(mapped(maps[..., :12]), moments={"x": moments})
    part = structure(tile, "x", 0.6)
    torch.testing.assert_close(part[:, :9], structure(whole, "x", 0.6)[:, :9])


def test_the_smooth_part_of_the_content_is_let_go():
    smoothed = smooth(1, 64, 64)
    smoothed[..., :32] = smoothed[..., :32].mean()
    content, style = without_masks(smoothed), without_masks(smooth(2, 64, 64))

    def kept(share: float) -> tuple[float, float]:
        terms = {
            "style": MRF(1.0, LAYERS, 0.0),
            "content": Content(3.0, ["relu4_1"], structure=share),
        }
        painter = Stylizer(TinyEncoder(), terms, Pyramid(1), [20])
        change = (painter(content, [style]).image - content.image).abs()
        return float(change[..., :28].mean()), float(change[..., 36:].mean())

    alike, freed = kept(0.0), kept(0.6)
    assert freed[0] > 1.3 * alike[0] and freed[1] < 1.2 * alike[1]


def test_an_emphasised_region_stays_closer_to_the_content():
    content, style = halved(smooth(1, 64, 64)), halved(smooth(2, 64, 64))

    def moved(emphasis: dict[str, float]) -> tuple[float, float]:
        terms = {
            "style": MRF(1.0, LAYERS, 0.0),
            "content": Content(1.0, ["relu4_1"], emphasis),
        }
        painter = Stylizer(TinyEncoder(), terms, Pyramid(1), [20])
        change = (painter(content, [style]).image - content.image).abs()
        return float(change[..., :28].mean()), float(change[..., 36:].mean())

    plain, held = moved({}), moved({"left": 30.0})
    assert held[0] < 0.5 * plain[0] and held[0] < 0.6 * held[1]


def test_shapes_are_held_in_a_mask_that_no_style_shows():
    picture, style = without_masks(smooth(1, 64, 64)), without_masks(smooth(2, 64, 64))
    left = torch.zeros(64, 64)
    left[:, :32] = 1

    def moved(**unmatched: Tensor) -> tuple[float, float]:
        terms = {
            "style": MRF(1.0, LAYERS, 20.0),
            "content": Content(1.0, ["relu4_1"], {"left": 30.0}),
        }
        content = dataclasses.replace(picture, unmatched=unmatched)
        painter = Stylizer(TinyEncoder(), terms, Pyramid(2, 0.5, 32), [10])
        change = (painter(content, [style]).image - content.image).abs()
        return float(change[..., :28].mean()), float(change[..., 36:].mean())

    plain, held = moved(), moved(left=left)
    assert held[0] < 0.5 * plain[0] and held[0] < 0.6 * held[1]
    with pytest.raises(ValueError, match=r"mask left has shape \(9, 9\)"):
        moved(left=torch.zeros(9, 9))


def test_levels_too_small_for_the_content_or_a_style_are_left_out():
    pyramid = Pyramid(3, 0.5, 64)
    assert pyramid.scales(352, 352) == [0.25, 0.5, 1.0]
    assert pyramid.scales(150, 352) == [0.5, 1.0]
    assert pyramid.scales(40, 352) == [1.0]
    assert pyramid.scales(352, 70) == [0.5, 1.0]
    assert pyramid.scales(352, 40) == [1.0]


def test_masks_average_over_the_pixels_of_a_cell():
    masks = torch.zeros(1, 2, 4, 4)
    masks[0, 0, 0, 0] = 1
    assert downsample(masks, 2, 2)[0].tolist() == [[0.25, 0], [0, 0]]
    assert downsample(masks[:, :0], 2, 2).shape == (0, 2, 2)


def test_masks_that_do_not_fit_are_refused_with_their_sizes():
    content = smooth(1)
    with pytest.raises(ValueError, match=r"masks have shape \(2, 9, 9\), their image"):
        Picture(content, torch.zeros(2, 9, 9), ("a", "b"))
    with pytest.raises(ValueError, match="got 0 names for 2 masks"):
        Picture(content, torch.zeros(2, 96, 72))
    with pytest.raises(ValueError, match="got 1 shares for 2 masks"):
        Picture(content, torch.zeros(2, 96, 72), ("a", "b"), (0.5,))
    with pytest.raises(ValueError, match=r"masks \['left', 'right'\], a style \[\]"):
        stylizer()(halved(content), [without_masks(content)])
    with pytest.raises(ValueError, match="no style to paint in"):
        stylizer()(without_masks(content), [])


def test_an_image_too_small_for_a_patch_says_so():
    tiny = without_masks(torch.rand(1, 3, 8, 64))
    with pytest.raises(ValueError, match="smaller than a 3x3 patch"):
        stylizer()(tiny, [tiny])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"iterations": []}, "iterations must be >= 1"),
        ({"iterations": [5, 0]}, "iterations must be >= 1"),
        ({"pyramid": None}, "levels must be >= 1"),
    ],
)
def test_settings_that_make_no_sense_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        if "pyramid" in options:
            Pyramid(0)
        dataclasses.replace(stylizer(), **options)


def test_adam_descends_too_and_both_refuse_senseless_settings():
    content, style = without_masks(smooth(1)), without_masks(smooth(2))
    result = stylizer(optimizer=Adam(0.02))(content, [style])
    assert not result.image.equal(stylizer()(content, [style]).image)
    for level in result.levels:
        assert sum(level.losses.values()) < 0.95 * sum(level.first_losses.values())
    with pytest.raises(ValueError, match="lr must be a finite number above 0, got 0"):
        Adam(0)
    with pytest.raises(ValueError, match="history must be >= 1, got 0"):
        LBFGS(0)
    with pytest.raises(ValueError, match="preconditioner must be a finite number >= 0"):
        LBFGS(preconditioner=-1)


def test_what_finishes_the_picture_gets_the_content_as_it_was():
    content, style = without_masks(smooth(1)), without_masks(smooth(2))
    finished = stylizer(finish=lambda image, own: (image + own) / 2)(content, [style])
    plain = stylizer()(content, [style])
    assert finished.image.allclose((plain.image + content.image) / 2)
