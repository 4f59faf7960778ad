"""Nothing that a run reads is ever written, however it is called."""

import os
from pathlib import Path

import numpy as np
import pytest
from batch_jobs import run_batch
from conftest import STANDINS
from PIL import Image

RUN = ("content=photo.png", "style=painting.png", "size=48")


@pytest.fixture
def files(photo, painting, tmp_path, monkeypatch):
    """All that a run may read, by name; and what each holds."""
    monkeypatch.chdir(tmp_path)
    os.symlink("photo.png", "link.png")
    os.link("photo.png", "hard.jpg")
    grey = np.zeros((64, 64), np.uint8)
    grey[:, 32:] = 255
    Path("drawn").mkdir()
    for name in ("mask.png", "drawn/left.png", "start.png"):
        Image.fromarray(grey).save(name)
    Path("weights.safetensors").write_bytes(b"weights")
    Path("names.png").write_text("left\n")  # a table of names, whatever it is called
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    yield before
    assert {path: path.read_bytes() for path in before} == before
    assert not [path for path in Path().rglob("*") if path.name.endswith(".run")]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["out=photo.png"], "photo.png"),
        (["out=./photo.png"], "photo.png"),
        (["out=drawn/../photo.png"], "photo.png"),
        (["out=link.png"], "photo.png"),
        (["content=link.png", "out=photo.png"], "link.png"),
        (["out=hard.jpg"], "photo.png"),
        (["out=painting.png"], "painting.png"),
        (["out=mask.png", "masks=maps", "map={left: mask.png}"], "mask.png"),
        (["out=mask.png", "masks=maps", "style.map=mask.png"], "mask.png"),
        (["out=drawn/left.png", "masks=maps", "map=drawn"], "left.png"),
        (["out=start.png", "init=start.png"], "start.png"),
        (["out=start.png", "regions.person=start.png"], "start.png"),
        (["out=start.png", "regions={person: {start.png: 1, monet: 2}}"], "start.png"),
        (["out=names.png", "masks.drawn.names=names.png", "masks=maps"], "names.png"),
        (["checkpoint=photo.png"], "photo.png"),
        (
            ["checkpoint=weights.safetensors", "encoder.weights=weights.safetensors"],
            "weights.safetensors",
        ),
    ],
)
def test_a_run_does_not_write_what_it_reads(automask, files, words, named):
    run = automask(*RUN, *words)
    assert run.code == 2 and run.err.count("\n") == 1
    assert "which is read" in run.err and f"{named}'" in run.err
    assert "choose another name" in run.err


def test_the_state_and_the_picture_are_two_files(automask, files):
    run = automask(*RUN, "out=new.png", "checkpoint=./new.png")
    assert run.code == 2 and "out and checkpoint are one file" in run.err


def test_a_picture_of_an_earlier_run_may_be_replaced(automask, photo, painting):
    for _ in range(2):
        run = automask(*RUN, "out=b.png")
        assert run.code == 0, run.err
    assert Path("b.run-2").is_dir()


@pytest.mark.parametrize("name", ["photo.png", "link.png", "painting.png"])
def test_a_sweep_does_not_write_what_its_cells_read(automask, files, name):
    run = automask("-m", *RUN, "gamma=0,20", f"out={name}")
    assert run.code == 2 and "which is read" in run.err
    assert run.err.count("\n") == 1 and run.out == ""


def test_a_sweep_reads_no_sheet_of_its_own(automask, photo, painting):
    Path("grid").mkdir()
    photo.rename("grid/sheet.png")
    before = Path("grid/sheet.png").read_bytes()
    words = ("content=grid/sheet.png", "style=painting.png", "size=48")
    run = automask("-m", *words, "gamma=0,20", "out=grid")
    assert run.code == 2 and "which is read" in run.err
    assert Path("grid/sheet.png").read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize("key", ["content", "style", "map"])
def test_a_batch_does_not_keep_its_list_in_what_it_reads(
    standins, files, monkeypatch, capfd, key
):
    words = ("--config-dir", str(standins), *STANDINS, "size=48", "engine=inline")
    given = {"content": "photo.png", "style": "painting.png", "map": "mask.png"}
    more = (*(f"{k}={v}" for k, v in given.items()), "out=o")
    run = run_batch((*words, *more, f"manifest={given[key]}"), monkeypatch, capfd)
    assert run.code == 2 and "which is read" in run.err
    assert not Path("o").exists()


def test_the_sheet_of_styles_replaces_no_style(program, photo):
    Path("style").mkdir()
    Path("style/mine.yaml").write_text("name: mine\nimage: photo.png\nmap: null\n")
    before = photo.read_bytes()
    run = program("styles", "photo.png", "--config-dir", ".")
    assert run.code == 2 and "which is read" in run.err
    assert photo.read_bytes() == before
