"""The measures of finished pictures, on planted pictures with a known answer."""

from __future__ import annotations

import importlib

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from planted import generator
from torch import Tensor

pytestmark = pytest.mark.usefixtures("scripts")


@pytest.fixture
def finished(monkeypatch):
    monkeypatch.setattr("evaluating.finished.SIDE", 96)  # px, for speed
    return importlib.import_module("evaluating.finished")


@pytest.fixture
def sliced():
    return importlib.import_module("evaluating.measures")


def scene(seed: int = 0, side: int = 96) -> Tensor:
    """Soft coloured shapes under fine texture, (1, 3, side, side)."""
    rng = np.random.default_rng(seed)
    shapes = cv2.GaussianBlur(rng.random((side, side, 3), np.float32), (0, 0), 6)
    shapes = (shapes - shapes.min()) / (shapes.max() - shapes.min())
    pixels = 0.1 + 0.6 * shapes + 0.2 * rng.random((side, side, 3), np.float32)
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].contiguous()


def blurred(image: Tensor, sigma: float) -> Tensor:
    soft = cv2.GaussianBlur(image[0].permute(1, 2, 0).numpy(), (0, 0), sigma)
    return torch.from_numpy(soft).permute(2, 0, 1)[None]


def shuffled(values: Tensor, seed: int = 0) -> Tensor:
    """The same columns of (1, C, h, w) at other places."""
    cells = values.flatten(2)
    order = torch.randperm(cells.shape[2], generator=generator(seed))
    return cells[..., order].view(values.shape)


def grey(contrast: float = 1.0) -> Tensor:
    """Texture without colour about a middle grey."""
    texture = torch.rand(1, 1, 96, 96, generator=generator()) - 0.5
    return 0.5 + 0.4 * contrast * texture.expand(-1, 3, -1, -1)


def chroma(amplitude: float) -> Tensor:
    """Fine red against green on grey; luma hardly changes."""
    waves = torch.randn(96, 96, generator=generator()) * amplitude
    return 0.5 + torch.stack([waves, -0.3 * waves, torch.zeros(96, 96)])[None]


def saved(image: Tensor, file):
    codes = (image[0].permute(1, 2, 0).clamp(0, 1) * 255).round().byte().numpy()
    Image.fromarray(codes).save(file)
    return file


# --- distributions -------------------------------------------------------------------


def test_points_moved_along_their_only_axis_are_as_far_apart_as_they_were_moved(sliced):
    points = torch.randn(1, 500, generator=generator())
    unit = float(points.square().mean().sqrt())
    distance = sliced.activation_distance(points + 3, points)
    assert distance == pytest.approx(3 / unit, rel=1e-4)


@pytest.mark.slow
def test_the_number_of_points_does_not_matter(sliced):
    many, few = torch.linspace(0, 1, 3001)[None], torch.linspace(0, 1, 301)[None]
    assert sliced.activation_distance(many, few) < 1e-5
    assert sliced.activation_distance(many, few.square()) > 0.1


@pytest.mark.slow
def test_colours_moved_by_a_vector_are_half_its_length_apart_on_average(sliced):
    colors = np.random.default_rng(0).random((3, 2000), np.float32)
    for shift in ((8, 0, 0), (0, 8, 0), (0, 0, -8)):  # the mean of |cos| is a half
        moved = colors + np.array(shift, np.float32)[:, None]
        assert sliced.color_distance(moved, colors) == pytest.approx(4, rel=0.15)


def test_style_asks_what_activations_there_are_and_not_where(finished):
    style = {
        "near": torch.rand(1, 8, 30, 20, generator=generator(1)),
        "far": torch.rand(1, 12, 15, 10, generator=generator(2)),
    }
    moved = {layer: shuffled(features) for layer, features in style.items()}
    assert finished.style_distance(moved, style) == pytest.approx(0, abs=1e-6)
    doubled = style | {"far": 2 * style["far"]}
    both = {layer: 2 * features for layer, features in style.items()}
    once = finished.style_distance(doubled, style)
    assert finished.style_distance(both, style) == pytest.approx(2 * once, rel=0.2)
    assert once > 0.05


def test_shuffled_pixels_keep_the_palette_and_lose_the_shapes(finished):
    image = scene()
    mixed = shuffled(image)
    assert finished.palette_distance(mixed, image) == pytest.approx(0, abs=1e-5)
    assert abs(finished.structure(mixed, image)) < 0.15


def test_the_palette_of_a_redder_picture_is_farther_the_redder_it_is(finished):
    image = scene()
    red = torch.tensor([1.0, 0, 0]).view(1, 3, 1, 1)
    found = [
        finished.palette_distance(image.lerp(red, s), image) for s in (0, 0.1, 0.3)
    ]
    assert found[0] == 0 and 2 < found[1] < found[2] / 2


def test_lab_is_that_of_the_cie(finished):
    colors = torch.tensor([[1.0, 1, 1], [1, 0, 0]]).T.reshape(1, 3, 1, 2)
    white, red = finished.lab(colors)[:, 0].T
    assert white == pytest.approx((100, 0, 0), abs=0.1)
    assert red == pytest.approx((53.2, 80.1, 67.2), abs=0.2)


# --- content and shapes --------------------------------------------------------------


def test_content_is_the_angle_of_what_is_left_without_the_mean(finished):
    content = {"far": torch.randn(1, 16, 8, 8, generator=generator())}
    features = content["far"]
    mean = features.mean(dim=(2, 3), keepdim=True)

    def distance(changed: Tensor) -> float:
        return finished.content_distance({"far": changed}, content)

    assert distance(features) == pytest.approx(0, abs=1e-6)
    assert distance(5 * features + 100) == pytest.approx(0, abs=1e-4)
    assert distance(2 * mean - features) == pytest.approx(2, abs=1e-6)
    assert distance(shuffled(features)) == pytest.approx(1, abs=0.15)


def test_each_cell_of_the_content_counts_for_itself_however_strong(finished):
    features = torch.randn(1, 16, 4, 4, generator=generator())
    strength = torch.logspace(-1, 1, 16).view(1, 1, 4, 4)
    content, changed = (
        {"far": torch.cat([each, -each], dim=3)}  # whose mean is 0
        for each in (features, strength * features)
    )
    assert finished.content_distance(changed, content) == pytest.approx(0, abs=1e-6)


def test_layers_count_alike_in_content(finished):
    content = {
        "near": torch.randn(1, 4, 20, 20, generator=generator()),
        "far": torch.randn(1, 4, 5, 5, generator=generator(1)),
    }
    mean = content["far"].mean(dim=(2, 3), keepdim=True)
    half = content | {"far": 2 * mean - content["far"]}
    assert finished.content_distance(half, content) == pytest.approx(1, abs=1e-6)


def test_a_negative_keeps_all_shapes_and_another_picture_none(finished):
    image = scene()
    assert finished.structure(image, image) == pytest.approx(1)
    assert finished.structure(1 - image, image) > 0.8
    assert abs(finished.structure(scene(1), image)) < 0.2


def test_fine_strokes_are_no_shapes(finished):
    image = blurred(scene(), 1)
    strokes = 0.15 * (torch.rand(1, 3, 96, 96, generator=generator()) - 0.5)
    assert finished.structure(image + strokes, image) > 0.9


def test_where_there_are_no_shapes_none_can_be_kept(finished):
    flat = torch.full((1, 3, 64, 64), 0.4)
    assert finished.structure(flat, scene(side=64)) is None
    assert finished.structure(scene(side=64), flat) is None


# --- noise and sharpness -------------------------------------------------------------


def test_noise_is_the_ratio_of_fine_chroma(finished):
    assert finished.noise(chroma(0.02), chroma(0.04)) == pytest.approx(0.5, rel=0.05)
    assert finished.noise(chroma(0.04), chroma(0.04)) == 1


def test_noise_hears_neither_luminance_nor_broad_colour(finished):
    style = chroma(0.04)
    assert finished.noise(grey(), style) < 0.05
    assert finished.noise(blurred(scene(), 4), style) < 0.05


def test_a_grey_painting_has_no_chroma_to_compare_with(finished):
    assert finished.noise(chroma(0.02), grey()) is None


def test_sharpness_is_the_ratio_of_fine_luminance(finished):
    assert finished.sharpness(grey(0.5), grey()) == pytest.approx(0.5, rel=0.03)
    assert finished.sharpness(chroma(0.04), chroma(0.04)) == 1


def test_the_more_a_picture_is_blurred_the_less_sharp_and_noisy_it_is(finished):
    image = scene()
    series = [image, *(blurred(image, sigma) for sigma in (0.6, 1.2, 3.0))]
    for measure in (finished.sharpness, finished.noise):
        found = [measure(each, image) for each in series]
        assert found[0] == 1 and found == sorted(found, reverse=True)
        assert found[-1] < 0.1


def test_nothing_is_as_sharp_as_a_flat_painting(finished):
    assert finished.sharpness(grey(), torch.full((1, 3, 96, 96), 0.4)) is None


# --- files ---------------------------------------------------------------------------


@pytest.fixture
def judge():
    from automask.pipeline.encoder_weights import lite

    return lite()


@pytest.mark.slow
def test_a_painting_is_in_its_own_style_and_a_photograph_has_its_own_content(
    finished, judge, tmp_path
):
    photo = saved(scene(0), tmp_path / "photo.png")
    painting = saved(scene(1), tmp_path / "painting.png")
    own = finished.finished(painting, photo, painting, judge)
    kept = finished.finished(photo, photo, painting, judge)
    assert own["style"] == own["colour"] == 0 and own["noise"] == own["sharp"] == 1
    assert own["content"] > 0.8 and own["struct"] < 0.3
    assert kept["content"] == pytest.approx(0, abs=1e-5)
    assert kept["struct"] == pytest.approx(1)
    assert kept["style"] > 0 and kept["colour"] > 0


@pytest.mark.slow
def test_photographs_and_paintings_of_any_size_are_brought_to_the_result_s(
    finished, judge, tmp_path
):
    image = blurred(scene(0), 0.8)
    large = torch.nn.functional.interpolate(image, size=(192, 192), mode="bicubic")
    result = saved(image, tmp_path / "result.png")
    twice = saved(large, tmp_path / "twice.png")
    found = finished.finished(result, twice, twice, judge)
    assert found["struct"] > 0.99 and found["content"] < 0.02
    assert found["style"] < 0.02 and found["colour"] < 0.3
    assert found["sharp"] == pytest.approx(1, abs=0.1)


def test_each_judge_has_layers_of_its_own(finished, judge):
    from planted import vgg19

    image = scene(side=64)
    for encoder in (judge, vgg19()):
        layers = finished.LAYERS[encoder.name]
        strides = [encoder.stride(layer) for layer in layers]
        assert strides == sorted(strides) and len(layers) == 4
        assert encoder(image, layers).keys() == set(layers)
