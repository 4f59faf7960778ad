"""Photographic style transfer: similarity, the filter, the configured methods."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from omegaconf import DictConfig
from planted import generator
from torch import Tensor

from automask.config import register
from automask.pipeline.encoder_weights import lite
from stylize import (
    Encoded,
    Filtered,
    Picture,
    Recolor,
    RecursiveFilter,
    Similarity,
    SoftGram,
    without_masks,
)
from stylize.losses.similarity import absolute_distance

CONFIGS = Path(__file__).parents[2] / "configs"
METHODS = sorted(path.stem for path in (CONFIGS / "stylizer").glob("photo*.yaml"))


def noise(height: int = 24, width: int = 36, seed: int = 0) -> Tensor:
    return torch.rand(1, 3, height, width, generator=generator(seed))


def encoded(image: Tensor, features: Tensor, masks: Tensor | None = None) -> Encoded:
    if masks is None:
        masks = image.new_zeros(0, *image.shape[2:])
    names = tuple(f"mask{k}" for k in range(len(masks)))
    return Encoded(Picture(image, masks, names), {"relu1_1": features}, {"relu1_1": 1})


def composed(*words: str) -> DictConfig:
    register()
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        return compose("run", ["style=monet", *words])


def test_similarity_is_nothing_to_itself_and_grows_with_the_difference():
    content = noise()
    objective = Similarity(2.0, ["relu1_1"]).prepare(encoded(content, content), [])
    assert objective.loss(encoded(content, content), 0) == 0
    losses = [
        float(objective.loss(encoded(content, content + shift), 0))
        for shift in (0.1, 0.2)
    ]
    assert losses[0] == pytest.approx(2 * 0.1 / float(content.mean()), rel=1e-4)
    assert losses[1] == pytest.approx(2 * losses[0], rel=1e-4)


def test_one_large_difference_costs_no_more_than_many_small_ones():
    content = noise()
    spread, heaped = content + 0.01, content.clone()
    heaped[0, 0, 0, 0] += 0.01 * content.numel()
    distances = [absolute_distance(each, content) for each in (spread, heaped)]
    torch.testing.assert_close(*distances, rtol=1e-3, atol=0)


def test_a_content_that_comes_back_unchanged_is_filtered_to_itself():
    content = noise()
    assert RecursiveFilter()(content, content).equal(content)


def test_where_the_result_is_flat_the_contents_detail_stays_whole():
    content = 0.4 + 0.2 * noise(48, 72)
    dark, light = (
        RecursiveFilter()(torch.full_like(content, value), content)
        for value in (0.4, 0.6)
    )
    torch.testing.assert_close(light - dark, torch.full_like(content, 0.2))
    added = (light - content).diff(dim=3)
    assert added.abs().mean() < 0.05 * content.diff(dim=3).abs().mean()
    assert light.mean() == pytest.approx(0.6, abs=0.01)


def test_strokes_are_gone_and_a_new_colour_stays():
    content = torch.full((1, 3, 48, 72), 0.6)
    content[..., 36:] = 0.3
    colour = torch.where(content > 0.5, 0.2, 0.8)
    strokes = colour + 0.1 * (noise(48, 72) - 0.5)
    filtered = RecursiveFilter(range=0.05)(strokes, content)
    torch.testing.assert_close(filtered, colour, atol=0.02, rtol=0)


def test_more_iterations_spread_a_spot_more_evenly_in_all_directions():
    content = torch.full((1, 3, 65, 65), 0.4)
    spot = content.clone()
    spot[..., 32, 32] = 1.0
    ratios = []
    for iterations in (1, 3):
        spread = RecursiveFilter(0.05, 1.0, iterations)(spot, content) - content
        ratios.append(float(spread[0, 0, 32, 39] / spread[0, 0, 37, 37]))  # 7 px away
    assert 1 < ratios[1] < 0.8 * ratios[0]


def test_colours_by_soft_masks_end_at_the_contents_edge():
    content = torch.full((1, 3, 48, 72), 0.6)
    content[..., 36:] = 0.3
    style = torch.where(content > 0.5, 0.2, 0.8)
    left = (0.5 + (36 - torch.arange(72)) / 8).clamp(0, 1).expand(1, 48, 72)  # soft
    sharp = (content[:, 0] > 0.5).float()
    masks = [torch.cat([each, 1 - each]) for each in (left, sharp)]
    pictures = [
        Picture(image, mask, ("left", "right"))
        for image, mask in zip((content, style), masks, strict=True)
    ]
    halo = Recolor().before(pictures[0], pictures[1:])[0].image
    filtered = Filtered(Recolor(), RecursiveFilter(space=0.5, range=0.05))
    clean = filtered.before(pictures[0], pictures[1:])[0].image
    for half in (slice(0, 36), slice(36, 72)):
        assert clean[..., half].std() < 0.5 * halo[..., half].std()


@pytest.mark.parametrize("key", ["space", "range", "iterations"])
def test_a_filter_of_no_width_is_refused(key):
    with pytest.raises(ValueError, match=key):
        RecursiveFilter(**{key: 0})


def test_without_masks_the_whole_picture_is_one_region():
    pictures = noise(seed=1), noise(seed=2), noise(seed=3)
    bare = [encoded(image, image) for image in pictures]
    ones = torch.ones(1, 24, 36)
    whole = [encoded(image, image, ones) for image in pictures]
    term = SoftGram(1.0, {"relu1_1": 1.0})
    losses = [
        term.prepare(content, [style]).loss(current, 0)
        for content, style, current in (bare, whole)
    ]
    torch.testing.assert_close(*losses)
    assert losses[0] > 0


def test_each_region_takes_the_statistics_of_its_own():
    masks = torch.zeros(2, 24, 36)
    masks[0, :, :18], masks[1, :, 18:] = 1, 1
    content, style = noise(seed=1), noise(seed=2)
    style[..., :18] *= 0.2
    painted = [encoded(image, image, masks) for image in (content, style)]
    swapped = encoded(style.flip(3), style.flip(3), masks)
    objective = SoftGram(1.0, {"relu1_1": 1.0}).prepare(painted[0], painted[1:])
    assert objective.loss(swapped, 0) > 0.1 > 1e-10 > objective.loss(painted[1], 0)


@pytest.mark.parametrize("name", [*METHODS, "color_transfer"])
def test_every_photographic_method_builds(name):
    config = composed(f"stylizer={name}", "encoder=vgg19")
    stylizer = instantiate(config.stylizer, encoder=lite(), _convert_="all")
    assert (stylizer.finish is None) == (
        name in ("photo_regularized", "photo_unfiltered", "color_transfer")
    )
    assert ("regularity" in stylizer.terms) == (name == "photo_regularized")


def test_masks_and_colours_of_a_method_yield_to_the_command_line():
    assert "regions" in composed("stylizer=photo").masks.sources
    assert "sky" not in composed("stylizer=photo", "masks=portrait").masks.sources
    assert composed("stylizer=photo", "color=none").stylizer.color is None
    assert composed("stylizer=photo_no_masks").masks.k == 0
    assert composed("stylizer=photo_hard", "masks=ade20k").masks.binary
    assert not composed("stylizer=photo_hard", "masks.binary=false").masks.binary


def test_a_step_edge_stays_where_it_is_and_takes_the_styles_colours():
    content = torch.full((1, 3, 64, 64), 0.8) + 0.02 * noise(64, 64)
    content[..., 29:] -= 0.5
    style = torch.tensor([0.9, 0.5, 0.2]).view(1, 3, 1, 1) + 0.1 * noise(64, 96, 1)
    style[:, :, 32:] -= torch.tensor([0.8, 0.4, 0.1]).view(3, 1, 1)
    config = composed("stylizer=photo", "stylizer.iterations=[8]", "masks=none")
    stylizer = instantiate(config.stylizer, encoder=lite(), _convert_="all")
    pictures = without_masks(content), without_masks(style.clamp(0, 1))
    result = stylizer(pictures[0], [pictures[1]]).image
    slopes = (result[..., 1:] - result[..., :-1]).abs().mean(dim=1)[0]
    assert (slopes.argmax(dim=1) == 28).all()
    near = slopes[:, :20].mean(), slopes[:, 40:].mean()
    assert max(near) < 0.03
    bright = result[..., :29].mean((2, 3))[0]
    assert bright[0] - bright[2] > 0.3  # orange


def test_color_transfer_changes_colours_and_paints_nothing():
    content, style = noise(48, 48, 1), 0.3 * noise(48, 48, 2)
    config = composed("stylizer=color_transfer")
    stylizer = instantiate(config.stylizer, encoder=lite(), _convert_="all")
    result = stylizer(without_masks(content), [without_masks(style)]).image
    expected = stylizer.color.before(without_masks(content), [without_masks(style)])
    assert result.equal(expected[0].image)
    assert result.mean() == pytest.approx(float(style.mean()), abs=0.01)
