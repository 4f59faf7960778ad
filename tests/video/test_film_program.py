"""The program: one line for what cannot be, and the same bytes after any stop."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from batch_jobs import ENVIRON
from clip_files import decoded, flat, stand_in, texture, write_clip  # noqa: F401
from PIL import Image

from automask.images.image_files import read_image
from automask.video.__main__ import main

SMALL = ("style=monet", "size=64", "quality=preview", "masks=none")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    frames = [np.roll(texture(1, 48, 64), 2 * n, axis=1) for n in range(20)]
    frames += [np.roll(texture(9, 48, 64), n, axis=0) for n in range(12)]
    write_clip(tmp_path / "clip.mp4", frames, sound=True)
    return tmp_path


def film(monkeypatch, capfd, *words):
    """Exit code, standard output, and standard error of the program."""
    monkeypatch.setattr(sys, "argv", ["automask.video", *words])
    code = main()
    out, err = capfd.readouterr()
    return code, out, err


def left(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.iterdir())


def test_a_clip_becomes_a_film_with_its_shots_its_sound_and_a_record(
    here,
    stand_in,
    monkeypatch,
    capfd,  # noqa: F811
):
    code, out, err = film(
        monkeypatch, capfd, *SMALL, "content=clip.mp4", "out=film.mp4"
    )
    assert (code, err) == (0, "")
    assert "Clip: 32 frames of 64x48 px, 30 a second, 2 shots" in out
    assert out.splitlines()[-1] == f"Film: {here / 'film.mp4'}"
    images, times = decoded(here / "film.mp4")
    assert len(images) == 32
    assert times == pytest.approx([n / 30 for n in range(32)], abs=1e-3)
    assert stand_in.painted == [*range(20), *range(12)]  # each shot by itself
    record = json.loads((here / "film.json").read_bytes())
    assert record["clip"]["shots"] == [0, 20] and record["config"]["size"] == 64
    assert left(here) == ["clip.mp4", "film.json", "film.mp4"]


@pytest.mark.parametrize("at", [1, 23, 31])
def test_stopped_anywhere_it_goes_on_and_gives_the_same_bytes(
    here,
    stand_in,
    monkeypatch,
    capfd,
    at,  # noqa: F811
):
    monkeypatch.setattr("automask.video.pieces.FRAMES", 4)
    words = (*SMALL, "content=clip.mp4", "out=film.mp4")
    film(monkeypatch, capfd, *words)
    whole = (here / "film.mp4").read_bytes()
    (here / "film.mp4").unlink()
    stand_in.painted.clear()
    stand_in.fails_at = at
    code, _, err = film(monkeypatch, capfd, *words)
    assert code == 130 and err.startswith("automask: stopped; ")
    assert not (here / "film.mp4").exists()
    stand_in.fails_at = None
    before = len(stand_in.painted)
    assert film(monkeypatch, capfd, *words)[0] == 0
    assert (here / "film.mp4").read_bytes() == whole
    assert len(stand_in.painted) - before <= 32 - at // 4 * 4  # no piece twice
    assert left(here) == ["clip.mp4", "film.json", "film.mp4"]


def test_a_film_that_is_there_is_not_painted_again_unless_something_changed(
    here,
    stand_in,
    monkeypatch,
    capfd,  # noqa: F811
):
    words = (*SMALL, "content=clip.mp4", "out=film.mp4")
    film(monkeypatch, capfd, *words)
    stand_in.painted.clear()
    code, out, _ = film(monkeypatch, capfd, *words)
    assert code == 0 and out == f"Film: {here / 'film.mp4'} is there already\n"
    assert stand_in.painted == []
    film(monkeypatch, capfd, *words, "gamma=30")
    assert len(stand_in.painted) == 32
    film(monkeypatch, capfd, *words, "gamma=30", "fresh=true")
    assert len(stand_in.painted) == 64


def test_other_settings_do_not_go_on_with_what_was_stopped(
    here,
    stand_in,
    monkeypatch,
    capfd,  # noqa: F811
):
    stand_in.fails_at = 30
    words = (*SMALL, "content=clip.mp4", "out=film.mp4")
    film(monkeypatch, capfd, *words)
    stand_in.fails_at, before = None, len(stand_in.painted)
    code, out, _ = film(monkeypatch, capfd, *words, "gamma=30")
    assert code == 0 and "Anew: the clip or the settings have changed" in out
    assert len(stand_in.painted) - before == 32


def test_frames_of_a_folder_become_frames(here, stand_in, monkeypatch, capfd):  # noqa: F811
    Path("in").mkdir()
    for number in range(12):
        Image.fromarray(texture(number // 6, 48, 64)).save(f"in/f{number}.png")
    words = (*SMALL, "content=in", "out=painted/")
    code, _, err = film(monkeypatch, capfd, *words)
    assert (code, err) == (0, "")
    names = left(here / "painted")
    assert names == [f"{number:06}.png" for number in range(1, 13)]
    first, source = (
        read_image(f, 64) * 255 for f in ("painted/000003.png", "in/f2.png")
    )
    assert (first - (255 - source) * 0.98).abs().max() <= 1  # 2 before 10
    assert film(monkeypatch, capfd, *words)[1].endswith("is there already\n")


def test_a_part_is_painted_and_the_last_frame_shown(
    here,
    stand_in,
    monkeypatch,
    capfd,  # noqa: F811
):
    words = ("content=clip.mp4", "out=f.mkv", "start=0.2", "end=0:00:00.5")
    assert film(monkeypatch, capfd, *SMALL, *words, "preview=now.png")[0] == 0
    assert len(decoded(here / "f.mkv")[0]) == 9
    with Image.open("now.png") as shown:
        assert shown.size == (64, 48)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("content=none.mp4",), "no such file"),
        (("content=text.mp4",), "is no clip that FFmpeg can read"),
        (("content=still.png",), "is a single picture"),
        (("content=empty",), "holds no film"),
        (("content=clip.mp4", "out=film.avi"), "a film's name ends in"),
        (("content=clip.mp4", "out=clip.mp4"), "is read; choose another name"),
        (("content=clip.mp4", "out=full"), "holds other files"),
        (("content=clip.mp4", "start=-1"), "start must be a time such as"),
        (("content=clip.mp4", "start=1:xx"), "start must be a time such as"),
        (("content=clip.mp4", "start=2", "end=1"), "end=1 must come after start=2"),
        (("content=clip.mp4", "start=99"), "start=99 is beyond the last frame"),
        (("content=clip.mp4", "every=0"), "every must be"),
        (("content=clip.mp4", "passes=3"), "passes must be"),
        (("content=clip.mp4", "stage=masks"), "stage is for a single picture"),
        (("content=clip.mp4", "gama=3"), "gama"),
        (("content=clip.mp4", "--frames"), "unknown option '--frames'"),
        (("content=clip.mp4", "bits=10", "out=a.webm"), "vp9 has no 10 bits"),
        (("content=fifo",), "is a pipe"),
        (("content=https://example.org/a.mp4",), "no such file"),
        (("content=clip.mp4", "out=/proc/none/a.mp4"), "/proc/none"),
        ((), "no content given"),
    ],
)
def test_what_cannot_be_painted_takes_one_line(
    here,
    stand_in,
    monkeypatch,
    capfd,
    words,
    said,  # noqa: F811
):
    Path("text.mp4").write_text("text")
    Image.fromarray(texture(1)).save("still.png")
    Path("empty").mkdir()
    Path("full").mkdir()
    Path("full/mine.txt").touch()
    os.mkfifo("fifo")
    before = {file: file.stat().st_mtime_ns for file in here.rglob("*")}
    code, out, err = film(monkeypatch, capfd, *SMALL, *words)
    assert code == 2 and out == ""
    assert said.lower() in err.lower()
    assert err.startswith("automask: ") and err.count("\n") == 1
    assert {file: file.stat().st_mtime_ns for file in here.rglob("*")} == before


def test_without_pyav_one_line_says_how_to_get_it(here, monkeypatch, capfd):
    monkeypatch.setitem(sys.modules, "av", None)
    code, _, err = film(monkeypatch, capfd, *SMALL, "content=clip.mp4", "out=f.mp4")
    assert code == 2
    assert err == "automask: films need PyAV: pip install 'automask[video]'\n"


def started(*words: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "automask.run", "video", *SMALL, *words],
        env=ENVIRON,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_a_real_film_killed_in_the_middle_has_the_bytes_of_an_unbroken_one(here):
    with started("content=clip.mp4", "out=a.mp4") as whole:
        assert whole.wait(200) == 0, whole.stderr.read()
    killed = started("content=clip.mp4", "out=b.mp4")
    end = time.monotonic() + 100
    while not list(here.glob(".automask-film-*/*.nut")) and time.monotonic() < end:
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert not Path("b.mp4").exists()
    with started("content=clip.mp4", "out=b.mp4") as again:
        assert again.wait(200) == 0, again.stderr.read()
    assert Path("a.mp4").read_bytes() == Path("b.mp4").read_bytes()
    assert [name for name in left(here) if name.startswith(".")] == []


@pytest.mark.slow
def test_shots_painted_in_several_processes_make_the_same_film(here):
    for out, *more in (("a.mp4",), ("b.mp4", "engine=pool", "workers=2", "threads=1")):
        with started("content=clip.mp4", f"out={out}", *more) as process:
            assert process.wait(200) == 0, process.stderr.read()
    assert Path("a.mp4").read_bytes() == Path("b.mp4").read_bytes()
