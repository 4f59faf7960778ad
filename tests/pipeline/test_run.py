"""The program from the command line to the files, with a stand-in for the painting."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import STANDINS
from PIL import Image

from automask.pipeline.progress import share_done
from stylize import Step


def left_in(folder):
    """Everything below a folder, hidden files included."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def assert_one_line(outcome, *parts):
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err.startswith("automask: ")
    assert outcome.err.count("\n") == 1, outcome.err
    for part in parts:
        assert part in outcome.err, outcome.err


def test_a_run_leaves_picture_masks_and_record(automask, photo, painting):
    run = automask("style=painting.png", "content=photo.png", "size=64", "out=a/b.jpg")
    assert run.code == 0, run.err
    assert run.out.splitlines()[-1] == "Picture: a/b.jpg"
    assert left_in(Path("a")) == [
        "b.jpg",
        "b.run",
        "b.run/b.jpg",
        "b.run/masks",
        "b.run/masks/content",
        "b.run/masks/content.png",
        "b.run/masks/content_overlay.png",
        "b.run/masks/sheet.png",
        "b.run/masks/style",
        "b.run/masks/style.png",
        "b.run/masks/style_overlay.png",
        "b.run/run.json",
    ]
    with Image.open("a/b.jpg") as picture:
        assert (picture.format, picture.size) == ("JPEG", (64, 64))
    record = json.loads(Path("a/b.run/run.json").read_text())
    assert record["config"]["gamma"] == 20
    assert record["styles"][0]["pixels"] == [96, 64]
    assert record["styles"][0]["used_pixels"] == [64, 43]
    assert record["encoder"] == {"name": "standin", "sha256": "0" * 64}
    assert record["levels"][0]["losses"] == {"mrf": 1.0}
    assert set(record["seconds"]) == {"read", "masks", "stylize", "write", "total"}
    assert 50 < record["peak_memory_mib"] < 50_000


def test_the_recorded_command_makes_the_same_run_again(automask, photo, painting):
    painting.rename("my 'own' ${gamma}, or=so.png")
    first = automask(
        "style=my 'own' ${gamma}, or=so.png", "content=photo.png", "size=48", "-q"
    )
    assert first.code == 0, first.err
    record = json.loads(Path(first.out.strip()).with_name("run.json").read_text())
    words = shlex.split(record["command"])
    assert words[:5] == ["python", "-m", "automask.run", *words[3:5]]
    again = automask(*words[5:])
    assert again.code == 0, again.err
    other = json.loads(Path(again.out.strip()).with_name("run.json").read_text())
    assert other["config"] == record["config"]


def test_a_style_of_the_project_and_a_picture_of_scikit_image_need_no_files(automask):
    run = automask("style=monet", "content=coffee", "size=64")
    assert run.code == 0, run.err
    name = run.out.splitlines()[-1].removeprefix("Picture: ")
    assert name.endswith("_coffee_monet/coffee_monet.png")
    assert Path(name).is_file()


def test_two_runs_with_one_name_get_folders_of_their_own(automask, photo, painting):
    words = ("style=painting.png", "content=photo.png", "size=48", "out=b.png")
    assert automask(*words, "seed=1").code == automask(*words, "seed=2").code == 0
    seeds = [json.loads(Path(f, "run.json").read_text())["seed"] for f in runs()]
    assert seeds == [1, 2]


def runs():
    return sorted(path for path in Path().iterdir() if ".run" in path.name)


def test_stage_masks_stops_after_the_masks(automask, photo, painting):
    run = automask(
        "style=painting.png", "content=photo.png", "size=48", "stage=masks", "out=b.png"
    )
    assert run.code == 0, run.err
    assert run.out.splitlines()[-1] == "Masks in: b.run"
    assert not Path("b.png").exists()
    assert Path("b.run/masks/content.png").is_file()
    assert json.loads(Path("b.run/run.json").read_text())["levels"] == []


@pytest.mark.parametrize("flag", ["-q", "--quiet", "quiet=true"])
def test_quiet_prints_the_place_and_nothing_else(automask, photo, painting, flag):
    words = ("style=painting.png", "content=photo.png", "size=48", "out=b.png")
    run = automask(flag, *words)
    assert (run.code, run.err) == (0, "")
    assert run.out == "b.png\n"


def test_a_style_can_be_shown_larger_than_the_content(automask, photo, painting):
    run = automask(
        f"content={photo}", f"style={painting}", "size=64", "style_scale=1.5"
    )
    assert run.code == 0, run.err
    record = json.loads(next(Path("outputs").glob("*/run.json")).read_text())
    assert record["styles"][0]["scale"] == 1.5
    assert record["styles"][0]["used_pixels"] == [96, 64]


def test_init_starts_from_a_file_stretched_to_the_contents_size(
    automask, photo, painting
):
    run = automask(
        *("style=monet", "content=photo.png", "init=painting.png", "size=48"),
        "out=b.png",
    )
    assert run.code == 0, run.err
    with Image.open("b.png") as got, Image.open(painting) as expected:
        stretched = expected.resize((48, 48), Image.Resampling.LANCZOS)
        difference = np.asarray(got, float) - np.asarray(stretched, float)
    assert abs(difference).mean() < 5  # the waves differ from the photo by 80


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["style=monet"], ["no content given", "content=photo.jpg"]),
        (["content=photo.png"], ["no style given", "monet", "style=painting.jpg"]),
        (["style=money", "content=photo.png"], ["'money'", "monet"]),
        (["style=none.jpg", "content=photo.png"], ["no style picture 'none.jpg'"]),
        (["style=monet", "content=none.jpg"], ["no content picture 'none.jpg'"]),
        (["style=monet", "gama=3"], ["unknown key 'gama'", "did you mean 'gamma'"]),
        (
            ["style=monet", "stylizer.gama=3"],
            ["'gama' in stylizer", "'stylizer.gamma'"],
        ),
        (["style=monet", "seconds=3"], ["'seconds'", "'stylizer.seconds'"]),
        (["style=file", "content=photo.png"], ["no style given"]),
        (["style=monet", "masks=nose"], ["unknown masks 'nose'", "portrait"]),
        (["style=monet", "gamma=many"], ["gamma=many", "must be a number"]),
        (["style=monet", "gamma=-1"], ["gamma must be a number >= 0, got -1"]),
        (["style=monet", "gamma=nan"], ["gamma must be a number >= 0, got nan"]),
        (["style=monet", "gamma=inf"], ["gamma must be a number >= 0, got inf"]),
        (["style=monet", "gamma="], ["gamma=", "must be a number"]),
        (["style=monet", "gamma=1,2"], ["several values", "-m"]),
        (["style=monet", "k=-1"], ["k must be an integer >= 0, got -1"]),
        (["style=monet", "k=2.5"], ["k=2.5", "must be an integer"]),
        (["style=monet", "k=two"], ["k=two", "must be an integer"]),
        (
            ["style=monet", "size=5"],
            ["size must be own or an integer from 32", "got 5"],
        ),
        (["style=monet", "style_scale=0"], ["style_scale must be auto", "got 0"]),
        (["style=monet", "style_scale=big"], ["style_scale must be auto", "got 'big'"]),
        (["style=monet", "style_scale=true"], ["style_scale must be auto"]),
        (["style=monet", "seed=-1"], ["seed must be"]),
        (["style=monet", "stage=face"], ["stage must be all or masks, got 'face'"]),
        (["style=monet", "content=photo.png", "init=x"], ["init must be", "'x'"]),
        (["style=monet", "quiet=maybe"], ["true or false"]),
        (["style=monet", "photo.png"], ["content=photo.png"]),
        (["style=monet", "--fast"], ["unknown option '--fast'"]),
        (["style=monet", "content=photo.png", "out=a.gif"], ["'a.gif'", ".png"]),
    ],
)
def test_a_wrong_argument_gets_one_line_that_names_it(automask, photo, words, parts):
    before = left_in(Path())
    assert_one_line(automask(*words), *parts)
    assert left_in(Path()) == before


def test_a_part_that_does_not_exist_gets_one_line(automask, photo, painting):
    words = ("style=painting.png", "content=photo.png", "size=48")
    outcome = automask(*words, "masks._target_=automask.nothing")
    assert_one_line(outcome, "masks._target_ names 'automask.nothing'", "no part of")


def test_a_bad_picture_gets_one_line_and_leaves_nothing(automask, painting):
    Path("text.jpg").write_text("this is no picture")
    before = left_in(Path())
    outcome = automask("style=painting.png", "content=text.jpg", "out=a/b/c.png")
    assert_one_line(outcome, "'text.jpg' is not a picture")
    assert left_in(Path()) == before


@pytest.mark.slow
def test_missing_weights_get_one_line_that_says_what_to_do(
    automask, photo, painting, monkeypatch
):
    monkeypatch.setenv("TORCH_HOME", "nowhere")
    words = ("style=painting.png", "content=photo.png", "size=48", "encoder=vgg19")
    assert_one_line(automask(*words), "weights", "encoder.weights=")
    outcome = automask(*words, "encoder.weights=none.pth")
    assert_one_line(outcome, "none.pth")


def test_out_below_a_file_gets_one_line(automask, photo, painting):
    words = ("style=painting.png", "content=photo.png", "size=48")
    assert_one_line(automask(*words, "out=photo.png/x"), "photo.png", "file")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no folder to refuse root")
def test_out_where_nothing_can_be_written_gets_one_line(automask, photo, painting):
    words = ("style=painting.png", "content=photo.png", "size=48")
    assert_one_line(automask(*words, "out=/proc/automask/b.png"), "/proc")


def test_a_full_disk_gets_one_line_and_leaves_nothing(
    automask, photo, painting, monkeypatch
):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    before = left_in(Path())
    monkeypatch.setattr(os, "fsync", full)
    outcome = automask("style=painting.png", "content=photo.png", "size=48")
    assert outcome.code == 2
    assert "the disk is full" in outcome.err and outcome.err.count("\n") == 1
    assert left_in(Path()) == before


def test_a_disk_that_will_be_full_is_noticed_at_the_start(
    automask, photo, painting, monkeypatch
):
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage)
    outcome = automask("style=painting.png", "content=photo.png", "size=48")
    assert_one_line(outcome, "the disk is full at 'outputs'")


@pytest.mark.parametrize(
    ("fails", "part"),
    [("memory", "not enough memory"), ("unknown", "AUTOMASK_DEBUG=1")],
)
def test_a_failure_while_painting_gets_one_line_and_leaves_nothing(
    automask, photo, painting, fails, part
):
    before = left_in(Path())
    outcome = automask(
        *("style=painting.png", "content=photo.png", "size=48"),
        f"stylizer.fails={fails}",
    )
    assert outcome.code == 2
    assert part in outcome.err and outcome.err.count("\n") == 1
    assert left_in(Path()) == before


def test_debug_shows_the_traceback(automask, photo, monkeypatch):
    monkeypatch.setenv("AUTOMASK_DEBUG", "1")
    outcome = automask("style=monet", "content=none.png")
    assert outcome.code == 2
    assert "Traceback" in outcome.err


@pytest.mark.slow
def test_a_stopped_run_leaves_nothing_and_says_so(photo, painting, standins):
    folder, tests = photo.parent, Path(__file__).parents[1]
    before = left_in(folder)
    words = ["style=painting.png", "content=photo.png", "size=48"]
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "automask.run", "--config-dir", str(standins)),
            *(*STANDINS, *words, "stylizer.seconds=60"),
        ],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": f"{tests.parent}:{tests}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    while "painting" not in process.stdout.readline():
        assert process.poll() is None
    time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 143
    assert err == "automask: stopped; nothing half-done is left\n"
    assert left_in(folder) == before


@pytest.mark.parametrize("levels", [1, 3])
def test_progress_grows_to_the_whole(levels):
    shares = [
        share_done(Step(level, levels, iteration, 4, torch.zeros(1, 3, px, px), {}))
        for level, px in enumerate((64, 128, 256)[-levels:])
        for iteration in range(1, 5)
    ]
    assert shares == sorted(shares) and len(set(shares)) == len(shares)
    assert 0.02 < shares[0] and shares[-1] == 1


def test_help_shows_the_choices_and_what_to_type(automask):
    run = automask("--help")
    assert run.code == 0
    for part in ("style=monet content=photo.jpg", "monet", "portrait", "gamma"):
        assert part in run.out


def test_version_is_printed(automask):
    from automask import __version__

    assert automask("--version").out == f"automask {__version__}\n"
