"""A film that is stopped, by whatever, goes on and has the bytes of an unbroken one."""

import os
import resource
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from pkgutil import resolve_name

import pytest
from batch_jobs import ENVIRON
from test_film_program import left

SMALL = ("style=monet", "content=clip.mp4", "size=64", "quality=preview", "masks=none")


@pytest.mark.parametrize(
    ("at", "out"), [(1, "film.mp4"), (23, "film.mp4"), (31, "painted/")]
)
def test_stopped_anywhere_it_goes_on_and_gives_the_same_bytes(
    here, film, stand_in, monkeypatch, at, out
):
    monkeypatch.setattr("automask.video.pieces.FRAMES", 4)
    words = (*SMALL, f"out={out}")
    film(*SMALL, f"out=whole.{out}")
    stand_in.painted.clear()
    stand_in.fails_at = at
    stopped = film(*words)
    assert stopped.code == 130 and stopped.err.startswith("automask: stopped; the same")
    assert not Path(out).exists()
    stand_in.fails_at = None
    before = len(stand_in.painted)
    assert film(*words).code == 0
    assert contents(Path(out)) == contents(Path(f"whole.{out}"))
    assert len(stand_in.painted) - before <= 32 - at // 4 * 4  # no piece twice
    assert [name for name in left(here) if name.startswith(".")] == []


@pytest.mark.parametrize("out", ["film.mp4", "painted/"])
@pytest.mark.parametrize("moment", ["write_json", "os.replace", "shutil.rmtree"])
def test_killed_while_the_film_gets_its_name_nothing_is_lost(
    here, film, stand_in, monkeypatch, out, moment
):
    film(*SMALL, f"out=whole.{out}")
    words = (*SMALL, f"out={out}")
    film(*words, "gamma=30")  # an earlier film is there
    part = "film_record" if moment == "write_json" else "film_run"
    place = f"automask.video.{part}.{moment}"
    module, _, name = place.rpartition(".")
    real = getattr(resolve_name(module), name)

    def killed(*given, **more):
        work = Path(given[0]).name.startswith(".automask-film")
        ends = {
            "write_json": Path(given[0]).parent == here,  # the record
            "os.replace": given[-1] == Path(os.path.abspath(out)),
            "shutil.rmtree": work and given[0].exists(),
        }
        if ends[moment]:
            raise KeyboardInterrupt
        return real(*given, **more)

    with monkeypatch.context() as patch:
        patch.setattr(place, killed)
        assert film(*words).code == 130
    painted = len(stand_in.painted)
    assert painted == 96  # all of it
    assert film(*words).code == 0
    assert len(stand_in.painted) == painted
    assert contents(Path(out)) == contents(Path(f"whole.{out}"))
    assert [name for name in left(here) if name.startswith(".")] == []


def test_other_settings_do_not_go_on_with_what_was_stopped(here, film, stand_in):
    stand_in.fails_at = 30
    film(*SMALL, "out=film.mp4")
    stand_in.fails_at, before = None, len(stand_in.painted)
    done = film(*SMALL, "out=film.mp4", "gamma=30")
    assert done.code == 0
    assert "Anew: the clip or the settings have changed" in done.out
    assert len(stand_in.painted) - before == 32


def test_on_a_full_disk_the_film_stops_with_one_line_and_goes_on_later(
    here, film, stand_in
):
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    words = (*SMALL, "out=film.mkv")
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, usual[1]))
    try:
        full = film(*words)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
        signal.signal(signal.SIGXFSZ, before)
    assert full.code == 1
    assert "the same command goes on from here" in full.err
    assert full.err.count("\n") == 1 and not Path("film.mkv").exists()
    assert film(*words).code == 0


def test_a_painter_that_cannot_be_built_leaves_one_line_and_nothing_else(
    here, film, stand_in, monkeypatch
):
    def refuses(*given):
        raise ValueError("stylizer=photo paints no films; choose another")

    monkeypatch.setattr("automask.video.painting.film_painter", refuses)
    done = film(*SMALL, "out=film.mp4")
    assert done.code == 2
    assert done.err == "automask: stylizer=photo paints no films; choose another\n"
    assert left(here) == ["clip.mp4"]


def test_a_shot_that_fails_is_told_and_the_others_are_kept(
    here, film, stand_in, monkeypatch
):
    paint = stand_in.paint_piece

    def fails_second(painter, frames, *given):
        if len(frames) == 12:
            raise ValueError("no luck")
        return paint(painter, frames, *given)

    with monkeypatch.context() as patch:
        patch.setattr("automask.video.painting.paint_piece", fails_second)
        done = film(*SMALL, "out=film.mp4")
    assert done.code == 1
    assert "shot 2: no luck; the same command goes on from here" in done.err
    assert film(*SMALL, "out=film.mp4").code == 0
    assert len(stand_in.painted) == 32


def contents(place: Path) -> dict[str, bytes]:
    """Of a file, or of all files of a folder."""
    files = place.iterdir() if place.is_dir() else [place]
    return {file.name.removeprefix("whole."): file.read_bytes() for file in files}


def started(*words: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "automask.run", "video", *SMALL, *words],
        env=ENVIRON,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.parametrize("passes", [1, 2])
def test_a_real_film_killed_in_the_middle_has_the_bytes_of_an_unbroken_one(
    here, passes
):
    more = (f"passes={passes}", "end=0.8", f"every={2 * passes - 1}")
    with started("out=a.mp4", *more) as whole:
        assert whole.wait(200) == 0, whole.stderr.read()
    killed = started("out=b.mp4", *more)
    end = time.monotonic() + 100
    begun = "*.nut" if passes == 1 else "*.kept/frame*"
    while not list(here.glob(f".automask-film-*/{begun}")) and time.monotonic() < end:
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert not Path("b.mp4").exists()
    with started("out=b.mp4", *more) as again:
        assert again.wait(200) == 0, again.stderr.read()
    assert Path("a.mp4").read_bytes() == Path("b.mp4").read_bytes()
    assert [name for name in left(here) if name.startswith(".")] == []


@pytest.mark.slow
def test_shots_painted_by_several_processes_make_the_same_film(here):
    engines = {"a.mp4": (), "b.mp4": ("engine=pool", "workers=2", "threads=1")}
    if find_spec("ray"):
        engines["c.mp4"] = ("engine=ray", "threads=1")
    for out, more in engines.items():
        with started(f"out={out}", "every=4", "end=0.8", *more) as process:
            assert process.wait(250) == 0, process.stderr.read()
    assert len({Path(out).read_bytes() for out in engines}) == 1
    assert [name for name in left(here) if name.startswith(".")] == []
