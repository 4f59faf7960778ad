"""Paint from Python: what goes in, what comes out, and what is left behind."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest
import skimage.data
import torch
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from PIL import Image

import automask as library

STANDINS = {"encoder": "standin", "stylizer": "standin", "masks": "none"}
LIGHT = ("torch", "hydra", "numpy", "PIL")
FORMS = {
    "file": lambda file, pixels: file,
    "name": lambda file, pixels: str(file),
    "opened": lambda file, pixels: Image.open(file),
    "codes": lambda file, pixels: pixels,
    "floats": lambda file, pixels: pixels.astype(np.float64) / 255,
    "tensor": lambda file, pixels: torch.from_numpy(pixels).permute(2, 0, 1) / 255,
    "batch": lambda file, pixels: torch.from_numpy(pixels).permute(2, 0, 1)[None] / 255,
}


@pytest.fixture
def paint(standins, tmp_path, monkeypatch):
    """The function with stand-ins, in an empty folder."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    usual = {"config_dir": standins, "config": STANDINS}
    return lambda *given, **keys: library.paint(*given, **{**usual, **keys})


@pytest.fixture
def pixels() -> np.ndarray:
    """(48, 64, 3) colours of no pattern."""
    return np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)


@pytest.fixture
def picture(pixels, tmp_path) -> Path:
    """Their file."""
    file = tmp_path / "picture.png"
    Image.fromarray(pixels).save(file)
    return file


def test_importing_the_package_loads_nothing_heavy():
    told = f"import sys, automask; print([m for m in {LIGHT} if m in sys.modules])"
    run = subprocess.run(
        [sys.executable, "-c", told], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_every_form_of_a_picture_is_saved_as_the_command_line_writes_it(
    paint, automask, picture, pixels, painting, tmp_path, form, suffix
):
    words = (f"content={picture}", f"style={painting}", "size=48")
    assert automask(*words, f"out=typed.{suffix}").code == 0
    given = FORMS[form](picture, pixels)
    paint(given, painting, size=48).save(tmp_path / f"called.{suffix}")
    typed, called = (tmp_path / f"{name}.{suffix}" for name in ("typed", "called"))
    assert called.read_bytes() == typed.read_bytes()


def test_a_photograph_that_lies_on_its_side_is_turned_upright(paint, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    file = tmp_path / "side.png"
    Image.new("RGB", (64, 48), "red").save(file, exif=exif)
    upright = [
        paint(given, "monet", size=64).image.size for given in (file, Image.open(file))
    ]
    assert upright == [(48, 64), (48, 64)]


def test_transparency_stays(paint, pixels):
    alpha = np.full((48, 64, 1), 255, np.uint8)
    alpha[:, :32] = 0
    made = paint(np.dstack([pixels, alpha]), "monet", size=64).image
    assert made.mode == "RGBA"
    assert np.array_equal(np.asarray(made)[..., 3:], alpha)


def test_a_picture_can_stand_wherever_its_file_can(paint, pixels, picture):
    started = paint(pixels, "monet", init=255 - pixels, size=64)
    assert np.array_equal(np.asarray(started.image), 255 - pixels)
    both = paint(picture, ["monet", pixels], size=64)
    assert [each.pixels for each in both.record.styles][1] == (64, 48)


def test_the_record_names_a_picture_in_memory_by_its_size_and_pixels(paint, pixels):
    made = paint(pixels, "monet", size=64, gamma=7)
    sha256 = hashlib.sha256(pixels.tobytes()).hexdigest()
    assert made.record.content.sha256 == sha256
    assert made.record.content.pixels == (64, 48)
    assert made.record.content.path == f"memory:64x48:{sha256}"
    assert made.record.config["content"] == made.record.content.path
    assert made.record.config["gamma"] == 7


def test_the_record_of_files_has_the_command_that_paints_them_again(
    paint, program, picture, standins, tmp_path
):
    made = paint(picture, "monet", size=48, **{"hardware.device": "cpu"})
    made.save(tmp_path / "called.png")
    *_, options = made.record.command.partition("automask.run ")
    assert program(*options.split(), "out=typed.png").code == 0
    typed, called = (tmp_path / f"{name}.png" for name in ("typed", "called"))
    assert called.read_bytes() == typed.read_bytes()


def test_nothing_is_printed_and_no_file_is_written(paint, pixels, capfd):
    paint(pixels, "monet", size=64)
    assert capfd.readouterr() == ("", "")
    assert [*Path.cwd().iterdir()] == []


def test_lines_are_printed_if_asked_for(paint, pixels, capfd):
    paint(pixels, "monet", size=64, quiet=False)
    assert capfd.readouterr().out.startswith("Masks: none")


def test_a_call_leaves_hydra_and_random_numbers_as_they_were(paint, pixels):
    with initialize_config_dir(str(Path.cwd()), version_base="1.3"):
        own = GlobalHydra.instance().hydra
        torch.manual_seed(3)
        paint(pixels, "monet", size=64, seed=5)
        drawn = torch.rand(1)
        assert GlobalHydra.instance().hydra is own
    assert not GlobalHydra.instance().is_initialized()
    assert drawn == torch.rand(1, generator=torch.Generator().manual_seed(3))


def test_keys_of_one_call_are_forgotten_in_the_next(paint, pixels):
    sizes = [paint(pixels, "monet", **keys).image.size for keys in ({"size": 48}, {})]
    assert sizes == [(48, 36), (512, 384)]


WRONG = {
    "K": ({"K": 8}, "unknown key 'K'; did you mean 'k'?"),
    "range": ({"gamma": -1}, "gamma must be a number >= 0, got -1"),
    "type": ({"gamma": "much"}, "gamma=much: must be a number"),
    "key": ({"hardware.devise": "cpu"}, "did you mean 'hardware.device'?"),
    "style": ({"style": "monett"}, "did you mean 'monet'?"),
    "file": ({"content": "none.jpg"}, "no content picture 'none.jpg'"),
    "none": ({"content": None}, "no content given"),
    "small": ({"content": np.zeros((4, 4, 3))}, "'content' is too small: 4x4 px"),
    "codes": (
        {"content": np.full((9, 9, 3), 9.0)},
        "content must lie in [0, 1], got 9",
    ),
    "nan": ({"content": np.full((9, 9, 3), np.nan)}, "content must lie in [0, 1]"),
    "axes": ({"style": np.zeros((3, 9, 9))}, "style must be (H, W, 3)"),
    "empty": ({"style": np.zeros((0, 9, 3))}, "style has no pixels: it is 9x0 px"),
    "whole": ({"style": np.zeros((9, 9, 3), int)}, "style must be uint8 or floats"),
    "object": ({"style": object()}, "which is a object"),
    "out": ({"out": "x.png"}, "out is for the command line; call save()"),
    "weight": ({"map": {"skin": object()}}, "masks.skin cannot be"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_used_is_a_value_error_of_one_line(paint, pixels, capfd, name):
    wrong, told = WRONG[name]
    with pytest.raises(ValueError) as raised:
        paint(**{"content": pixels, "style": "monet", "size": 64} | wrong)
    assert told in str(raised.value)
    assert "\n" not in str(raised.value) and "memory:" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert capfd.readouterr() == ("", "")


def test_a_fault_in_the_program_stays_what_it_is(paint, pixels):
    with pytest.raises(ZeroDivisionError):
        paint(pixels, "monet", **{"stylizer.fails": "unknown"})


def test_each_step_shows_the_picture_so_far(paint, pixels):
    seen = []
    paint(
        pixels,
        "monet",
        size=64,
        on_step=lambda step: seen.append((step.iteration, step.done, step.image)),
    )
    ((iteration, done, image),) = seen
    assert (iteration, done) == (1, 1.0)
    assert np.array_equal(np.asarray(image), pixels)


@pytest.mark.parametrize("error", [library.Cancelled(), ValueError("mine\nand yours")])
def test_what_a_step_raises_stops_painting_and_arrives_as_it_is(paint, pixels, error):
    def stop(step):
        raise error

    with pytest.raises(type(error)) as raised:
        paint(pixels, "monet", size=64, on_step=stop)
    assert raised.value is error
    assert paint(pixels, "monet", size=64).image.size == (64, 48)  # all is let go


def test_threads_paint_one_after_the_other(paint, pixels):
    painting, most, made = [], [], []

    def on_step(step):
        painting.append(step)
        threading.Event().wait(0.05)
        most.append(len(painting))
        painting.pop()

    def one(size):
        made.append(paint(pixels, "monet", size=size, on_step=on_step).image.width)

    threads = [threading.Thread(target=one, args=[size]) for size in (48, 56, 64)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(made) == [48, 56, 64]
    assert most == [1, 1, 1]


def test_what_is_loaded_stays_for_the_next_call(paint, pixels, monkeypatch):
    from automask.cache import components

    built = []
    build = components.build
    monkeypatch.setattr(
        components, "build", lambda *given: built.append(given[1]) or build(*given)
    )
    fresh = partial(paint, pixels, "monet", size=64, **{"encoder.weights": None})
    library.api.run.components.cache_clear()
    fresh()
    assert sorted(built) == ["encoder", "masks"]
    fresh(gamma=3)
    assert sorted(built) == ["encoder", "masks"]


def test_an_encoder_is_built_for_each_device():
    from omegaconf import OmegaConf

    from automask.cache.components import Components

    config = OmegaConf.create({"_target_": "standin.Encoder"})
    parts = Components()
    one, other = (parts.built("encoder", config, prepared=d) for d in ("cpu", "mps"))
    assert one is not other
    assert parts.built("encoder", config, prepared="cpu") is one


def test_a_picture_is_never_saved_over_one_that_was_read(paint, picture):
    made, before = paint(picture, "monet", size=48), picture.read_bytes()
    with pytest.raises(ValueError, match="which is read; choose another name"):
        made.save(picture)
    assert picture.read_bytes() == before


def test_a_name_that_cannot_be_written_is_told(paint, pixels):
    made = paint(pixels, "monet", size=64)
    for name, told in (("x.svg", "must end in .png"), ("no/x.png", "no such file")):
        with pytest.raises(ValueError, match=told):
            made.save(name)
    assert [*Path.cwd().iterdir()] == []


def test_a_notebook_shows_the_picture(paint, pixels, tmp_path):
    made = paint(pixels, "monet", size=64)
    made.save(tmp_path / "saved.png")
    assert made._repr_png_() == (tmp_path / "saved.png").read_bytes()
    assert "record" not in repr(made)


def halves(height: int, width: int) -> np.ndarray:
    """(height, width) that is 1 on the left."""
    return np.tile(np.arange(width) < width // 2, (height, 1)).astype(float)


def test_masks_of_ones_own_are_those_that_are_used(pixels):
    sides = {"left": halves(24, 32), "right": 1 - halves(24, 32)}
    made = library.paint(
        pixels,
        [pixels[::-1], 255 - pixels],
        masks=sides,
        style_masks=[{"left": halves(48, 64) > 0, "right": halves(48, 64) < 1}, sides],
        config={"masks": "maps", "stylizer.iterations": [1]},
        size=64,
    )
    assert {"left", "right"} <= {*made.masks}
    left = made.masks["left"]
    assert (left.shape, left.dtype) == ((48, 64), np.float32)
    assert left[:, :28].min() > 0.95 and left[:, 36:].max() < 0.05
    sha256 = hashlib.sha256(sides["left"].astype(np.float32).tobytes()).hexdigest()
    assert sha256 in str(made.record.config["map"])


def test_a_mask_of_other_proportions_is_called_by_its_name(pixels):
    with pytest.raises(ValueError, match="the map 'masks.left' is 9x30 px"):
        library.find_masks(
            pixels, masks={"left": halves(30, 9)}, config={"masks": "maps"}, size=64
        )


@pytest.mark.slow
def test_found_masks_can_be_changed_without_harm_to_later_calls():
    face = np.ascontiguousarray(skimage.data.astronaut()[:224, 110:334])
    first = library.find_masks(face, size="own")  # of the size at which they are kept
    kept = first["skin"].copy()
    first["skin"][:] = 0.5
    assert kept.mean() > 0.05
    assert np.array_equal(library.find_masks(face, size="own")["skin"], kept)


@pytest.mark.slow
def test_a_real_picture_has_the_bytes_and_masks_of_the_command_line(
    program, photo, tmp_path, capfd
):
    keys = {"size": 96, "stylizer.iterations": [4]}
    words = [f"content={photo}", "style=portrait", "size=96", "stylizer.iterations=[4]"]
    assert program(*words, "out=typed.png").code == 0
    for given in (photo, Image.open(photo), np.asarray(Image.open(photo))):  # and again
        made = library.paint(given, "portrait", config=keys)
        made.save("called.png")
        assert Path("called.png").read_bytes() == Path("typed.png").read_bytes()
    assert capfd.readouterr() == ("", "")
    skin = np.asarray(Image.open("typed.run/masks/content/skin.png"), float) / 255
    assert np.abs(made.masks["skin"] - skin).max() < 0.003
    found = library.find_masks(photo, size=96)
    assert {"person", "skin", "hair", "background"} <= {*found}
    assert np.abs(found["skin"] - skin).mean() < 0.01


@pytest.mark.slow
def test_calls_in_a_row_leak_nothing(painting, pixels):
    held, process = [], psutil.Process()
    for number in range(16):
        varied = pixels.copy()
        varied[0, 0] = number  # what is known is found no faster
        library.paint(
            varied,
            painting,
            masks="none",
            config={"stylizer.iterations": [2]},
            size=160,
        )
        held.append(process.memory_info().rss / 2**20)
    assert held[-1] - held[6] < 12, held
