"""Masks are sought in the original at one size, whatever the size of the result."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig
from PIL import Image
from torch import Tensor

from automask.cli import command_line
from automask.config import config_folder, register
from automask.images.image_files import read_image
from automask.images.transparency import is_grey
from automask.masks import PairMasks, SoftMasks
from automask.masks.refine import Blur
from automask.pipeline import read_pictures as reading
from automask.pipeline.find_masks import MaskedPictures, find_masks
from automask.pipeline.read_pictures import Inputs, original, read_pictures
from automask.pipeline.sources import sources_of

FACE = torch.tensor([[[0.25, 0.5], [0.5, 0.75]]])  # shares of width and height


class Seen:
    """A source that notes what it is shown and finds the red of it."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []
        self.images: list[Tensor] = []

    def __call__(self, image: Tensor) -> SoftMasks:
        height, width = image.shape[2:]
        self.shapes.append((height, width))
        self.images.append(image)
        red = (image[:, 0] - image[:, 2]).clamp(0, 1)
        faces = FACE * torch.tensor([width, height])
        return SoftMasks(("red",), red, ("planted",), landmarks=faces)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., DictConfig]:
    """The configuration of a run in a folder of two pictures."""
    monkeypatch.chdir(tmp_path)
    plant("photo.png", 1300, 900)
    plant("style.png", 300, 480)
    register()

    def composed(*words: str) -> DictConfig:
        given = ["content=photo.png", "style=style.png", *words]
        with initialize_config_dir(str(config_folder()), version_base="1.3"):
            return compose("run", command_line.rewrite(given))

    return composed


def plant(name: str, width: int, height: int) -> None:
    """A red square with soft sides on blue, and noise."""
    y, x = np.mgrid[:height, :width] / np.array([height, width])[:, None, None]
    inside = np.clip(20 * (0.3 - np.maximum(abs(x - 0.5), abs(y - 0.45))) + 0.5, 0, 1)
    planes = np.stack([inside, 0.3 + 0 * x, 1 - inside], axis=-1)
    planes += 0.05 * np.random.default_rng(0).standard_normal(planes.shape)
    Image.fromarray((planes.clip(0, 1) * 255).astype(np.uint8)).save(name)


def shown(config: DictConfig) -> tuple[Seen, Inputs, MaskedPictures]:
    seen, sources = Seen(), sources_of(config)
    inputs = read_pictures(config, sources)
    find = PairMasks(sources={"planted": seen}, refine=Blur(0))
    return seen, inputs, find_masks(config, find, sources, inputs)


SIZES = (64, 300, 1024, 1100)


def test_a_source_is_shown_the_same_pixels_whatever_the_size(run):
    first, *others = [shown(run(f"size={size}"))[0] for size in SIZES]
    assert first.shapes == [(709, 1024), (480, 300)]
    for other in others:
        assert all(map(torch.equal, first.images, other.images))


@pytest.mark.parametrize("size", SIZES)
def test_masks_and_landmarks_fit_the_picture_that_is_painted(run, size):
    content = shown(run(f"size={size}"))[2]
    height, width = content.content.image.shape[2:]
    assert (height, width) == (round(900 * size / 1300), size)
    assert content.content.masks.shape[1:] == (height, width)
    torch.testing.assert_close(
        content.masks[0].landmarks, FACE * torch.tensor([width, height])
    )


def test_masks_of_all_sizes_are_alike(run):
    found = []
    for size in (128, 512, 1024, 1100):
        mask = shown(run(f"size={size}"))[2].masks[0]["red"][None, None]
        found.append(reading.resampled(mask, 512, 354) > 0.5)
    for other in found[1:]:
        assert (found[0] & other).sum() / (found[0] | other).sum() > 0.97


def test_a_picture_is_painted_as_its_file_is_read(run):
    """By way of the working size too, which a file of at most 1024 px has itself."""
    plant("photo.png", 1000, 640)
    for size in (512, 1000, 1200):
        inputs = shown(run(f"size={size}"))[1]
        assert inputs.content.shape[3] == size
        torch.testing.assert_close(
            inputs.content, read_image("photo.png", size), atol=2e-6, rtol=0
        )


def test_up_to_the_working_size_a_file_is_decoded_once(run, monkeypatch):
    read, paths = reading.read_with_alpha, []

    def counted(config, path, size):
        paths.append(path)
        return read(config, path, size)

    monkeypatch.setattr(reading, "read_with_alpha", counted)
    for size, times in ((64, 1), (1024, 1), (1100, 2)):
        paths.clear()
        shown(run(f"size={size}"))
        assert paths.count("photo.png") == times


def test_transparency_is_scaled_with_its_picture(run):
    cut = Image.new("RGBA", (1300, 900), (200, 30, 60, 255))
    cut.paste((0, 0, 0, 0), (0, 0, 650, 900))
    cut.save("photo.png")
    for size in (130, 1100):
        cover = shown(run(f"size={size}"))[1].cover
        assert cover.shape == (round(900 * size / 1300), size)
        assert cover[:, : size // 2 - 5].max() == 0
        assert cover[:, size // 2 + 5 :].min() == 1


def test_an_upright_photograph_that_is_stored_lying_stays_upright(run):
    with Image.open("photo.png") as stored:
        exif = stored.getexif()
        exif[0x0112] = 6
        stored.convert("RGB").save("photo.jpg", exif=exif)
    _, inputs, found = shown(run("content=photo.jpg", "size=130"))
    assert inputs.originals[0].image.shape[2:] == (1024, 709)
    assert inputs.content.shape[2:] == found.content.masks.shape[1:] == (130, 90)


def test_a_narrow_picture_is_looked_at_as_large_as_a_painting_needs_it(run):
    plant("strip.png", 100, 10)
    config = run("content=strip.png", "size=400")
    assert original(config, "strip.png").image.shape[2:] == (32, 320)
    assert shown(config)[2].content.masks.shape[1:] == (40, 400)
    with pytest.raises(ValueError, match="strip.png.* too narrow.* size=200"):
        shown(run("content=strip.png", "size=200"))


def test_a_blank_sheet_is_looked_at_no_larger_than_a_photograph(run):
    config = run("content=null", "aspect=2:1", "init=noise", "size=1100")
    seen, inputs, found = shown(config)
    assert seen.shapes[0] == (512, 1024)
    assert inputs.content.shape[2:] == found.content.masks.shape[1:] == (550, 1100)


def test_grey_pictures_are_known_at_any_size(run):
    for name in ("photo.png", "style.png"):
        with Image.open(name) as picture:
            grey = picture.convert("L")
        grey.save(name)
    inputs = shown(run("size=64"))[1]
    assert inputs.grey and is_grey(inputs.content)
