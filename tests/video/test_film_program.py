"""The program of the film: what it leaves, what it refuses, and in which words."""

import json
import os
import sys
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from clip_files import decoded, texture, write_clip
from PIL import Image

from automask.images.image_files import read_image
from automask.video.__main__ import main
from automask.video.encoding import Encoding
from automask.video.film_progress import Watch
from automask.video.frames_folder import frames_of_folder, scanned_folder
from automask.video.painting import Passes
from automask.video.reading import Wanted, scanned
from automask.video.shot_jobs import PaintShots

CLIP = ("content=clip.mp4", "size=64")


def left(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.iterdir())


def test_a_clip_becomes_a_film_with_its_shots_its_sound_and_a_record(
    here, film, stand_in
):
    done = film(*CLIP, "out=film.mp4")
    assert (done.code, done.err) == (0, "")
    assert "Clip: 32 frames of 64x48 px, 30 a second, 2 shots" in done.out
    assert "32/32 frames" in done.out
    assert done.out.splitlines()[-1] == f"Film: {here / 'film.mp4'}"
    images, times = decoded(here / "film.mp4")
    assert times == pytest.approx([n / 30 for n in range(32)], abs=1e-3)
    source = decoded(here / "clip.mp4")[0]
    assert np.abs(images[20].astype(int) - (255 - source[20].astype(int))).mean() < 4
    assert stand_in.painted == [*range(20), *range(12)]  # each shot by itself
    record = json.loads((here / "film.json").read_bytes())
    assert record["clip"]["shots"] == [0, 20] and record["config"]["size"] == 64
    assert record["seconds"] == pytest.approx(32 * record["seconds_per_frame"], abs=0.1)
    assert left(here) == ["clip.mp4", "film.json", "film.mp4"]


def test_a_film_that_is_there_is_not_painted_again_unless_something_changed(
    here, film, stand_in
):
    words = (*CLIP, "out=film.mp4")
    film(*words)
    stand_in.painted.clear()
    again = film(*words)
    assert (again.code, again.err) == (0, "")
    assert again.out == f"Film: {here / 'film.mp4'} is there already\n"
    assert stand_in.painted == []
    film(*words, "gamma=30")
    assert len(stand_in.painted) == 32
    film(*words, "gamma=30", "fresh=true")
    assert len(stand_in.painted) == 64
    (here / "film.mp4").write_bytes(b"spoilt")
    film(*words, "gamma=30")
    assert len(stand_in.painted) == 96
    write_clip(here / "clip.mp4", [texture(9, 48, 64)] * 3)
    film(*words, "gamma=30")
    assert len(stand_in.painted) == 99


def test_frames_of_a_folder_become_frames(here, film, stand_in):
    Path("in").mkdir()
    for number in range(12):
        Image.fromarray(texture(number // 6, 48, 64)).save(f"in/f{number}.png")
    words = ("content=in", "size=64", "out=painted.v2/")
    assert (film(*words).code, film(*words).err) == (0, "")
    names = left(here / "painted.v2")
    assert names == [f"{number:06}.png" for number in range(1, 13)]
    first = read_image("painted.v2/000003.png", 64) * 255
    source = read_image("in/f2.png", 64) * 255  # 2 before 10
    assert (first - (255 - source) * 0.98).abs().max() <= 1
    assert film(*words).out.endswith("is there already\n")
    assert film(*words, "fps=10").code == 0
    assert left(here) == ["clip.mp4", "in", "painted.v2", "painted.v2.json"]


def test_a_folder_of_frames_is_listed_once_and_again_when_it_changes(
    tmp_path, monkeypatch
):
    for number in range(12):
        Image.fromarray(texture(1, 48, 64)).save(tmp_path / f"{number}.png")
    listed, real = [], Path.iterdir
    monkeypatch.setattr(Path, "iterdir", lambda p: listed.append(p) or real(p))
    clip = scanned_folder(str(tmp_path), Wanted(), Fraction(25))
    for first in range(0, 12, 4):
        assert len([*frames_of_folder(clip, first, 4)]) == 4
    assert len(listed) == 1
    (tmp_path / "11.png").unlink()
    with pytest.raises(ValueError, match="changed"):
        [*frames_of_folder(clip, 8, 4)]


def test_a_folder_that_holds_files_of_others_is_never_emptied(here, film, stand_in):
    assert film(*CLIP, "out=painted/").code == 0
    Path("painted/notes.txt").write_text("mine")
    refused(film(*CLIP, "out=painted/", "gamma=30"), "painted", "other files")
    assert Path("painted/notes.txt").read_text() == "mine"
    assert len(left(here / "painted")) == 33


def test_a_record_never_takes_the_place_of_another_file(here, film, stand_in):
    Path("film.json").write_text('{"mine": 1}')
    refused(film(*CLIP, "out=film.mp4"), "film.json", "no record of a film")
    assert Path("film.json").read_text() == '{"mine": 1}'


def test_a_part_is_painted_and_the_last_frame_shown(here, film, stand_in):
    words = ("out=f.mkv", "start=0.2", "end=0:00:00.5", "preview=now.png")
    assert film(*CLIP, *words).code == 0
    images, times = decoded(here / "f.mkv")
    assert len(images) == 9 and times[0] == 0
    with Image.open("now.png") as shown:
        assert shown.size == (64, 48)


def test_progress_moves_while_other_processes_paint_a_shot(
    tmp_path, stand_in, monkeypatch
):
    clip = scanned(str(write_clip(tmp_path / "a.mkv", [texture(1)] * 20)), Wanted())
    shots = PaintShots(tmp_path, "", clip, Encoding(".mkv"), Passes())
    stand_in.fails_at = 5
    with pytest.raises(KeyboardInterrupt):
        shots.paint(None, 0)
    assert shots.done() == 5
    monkeypatch.setattr("automask.video.film_progress.ASK", 0.01)
    shown = []
    monkeypatch.setattr(Watch, "at", lambda self, done: shown.append(done))
    with Watch(20, 0.0).asking(shots.done):
        wait_for(lambda: 5 in shown)
        stand_in.fails_at = 17
        with pytest.raises(KeyboardInterrupt):
            shots.paint(None, 0)
        wait_for(lambda: 12 in shown)
        stand_in.fails_at = None
        shots.paint(None, 0)
    assert shown[-1] == 20 and 0 not in shown
    assert left(tmp_path) == ["000000.nut", "a.mkv"]


def test_the_time_left_counts_from_the_first_frame_that_this_start_paints(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("automask.video.film_progress.monotonic", lambda: now[0])
    watch = Watch(total=100, done=40)
    assert str(watch) == ""
    now[0] += 30  # networks are loaded
    watch.at(45)  # a stopped piece goes on
    assert str(watch) == ""
    for frame in range(46, 56):
        now[0] += 2
        watch.at(frame)
    assert str(watch) == "30 frames/min, 1:30 left"


def wait_for(happened) -> None:
    """Until it has, 10 s at most."""
    end = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("sides", [(1, 1), (49, 63)])
def test_odd_sizes_become_even_with_a_note_and_stay_where_nothing_is_lost(
    here, film, stand_in, sides
):
    frames = [np.full((*sides, 3), 9 * n, np.uint8) for n in range(4)]
    write_clip(Path("odd.mkv"), frames, codec="ffv1", format="bgr0")
    done = film("content=odd.mkv", "size=own", "out=even.mp4")
    even = tuple(max(2, side // 2 * 2) for side in sides)
    note = f"note: the film is {even[1]}x{even[0]} px"
    assert done.code == 0 and note in done.err, done.err
    assert decoded(Path("even.mp4"))[0][0].shape == (*even, 3)
    assert film("content=odd.mkv", "size=own", "out=same.mkv").err == ""
    assert decoded(Path("same.mkv"))[0][0].shape == (*sides, 3)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["content=none.mp4"], ["none.mp4", "no such file"]),
        (["content="], ["no content given"]),
        ([], ["no content given"]),
        (["content=https://a.org/b.mp4"], ["https://a.org/b.mp4", "download"]),
        (["content=text.mp4"], ["text.mp4", "no clip that FFmpeg can read"]),
        (["content=empty.mp4"], ["empty.mp4", "no clip"]),
        (["content=still.png"], ["still.png", "single picture"]),
        (["content=pipe.mp4"], ["pipe.mp4", "a pipe"]),
        (["content=bare"], ["bare", "holds no film"]),
        (["content=mixed"], ["mixed", "one size"]),
        ([*CLIP, "start=-1"], ["start", "-1"]),
        ([*CLIP, "start=a"], ["start", "'a'"]),
        ([*CLIP, "start=2", "end=1"], ["end=1", "after start=2"]),
        ([*CLIP, "end=0"], ["end=0", "after start"]),
        ([*CLIP, "start=99"], ["start=99", "beyond the last frame"]),
        ([*CLIP, "out=film.avi"], [".avi", ".mp4"]),
        ([*CLIP, "out=film.mp4", "codec=vp8"], ["codec", "vp8"]),
        ([*CLIP, "out=film.webm", "codec=h264"], [".webm", "h264"]),
        ([*CLIP, "out=film.webm", "bits=10"], ["vp9", "10 bits"]),
        ([*CLIP, "out=clip.mp4"], ["clip.mp4", "which is read"]),
        ([*CLIP, "out=link.mp4"], ["link.mp4", "which is read"]),
        ([*CLIP, "out=full/"], ["full", "other files"]),
        ([*CLIP, "out=/proc/none/a.mp4"], ["/proc/none"]),
        ([*CLIP, "out=text.mp4/a.mp4"], ["text.mp4"]),
        (["content=mixed", "out=mixed/"], ["mixed", "which is read"]),
        ([*CLIP, "preview=clip.mp4"], ["clip.mp4"]),
        ([*CLIP, "preview=no/a.png"], ["'no'", "no such"]),
        ([*CLIP, "preview=a.png", "engine=pool"], ["preview", "engine=inline"]),
        ([*CLIP, "every=0"], ["every"]),
        ([*CLIP, "passes=3"], ["passes"]),
        ([*CLIP, "bits=9"], ["bits"]),
        ([*CLIP, "size=0"], ["size"]),
        ([*CLIP, "stage=masks"], ["stage", "single picture"]),
        ([*CLIP, "stylizer=doodle"], ["hand-drawn maps", "stylizer=softmask"]),
        ([*CLIP, "stylizer=texture"], ["no picture at all"]),
        ([*CLIP, "gama=3"], ["gama"]),
        ([*CLIP, "engine=mars"], ["mars"]),
        ([*CLIP, "--fast"], ["--fast", "--help"]),
        ([*CLIP, "style=nobody"], ["nobody"]),
    ],
    ids=" ".join,
)
def test_what_cannot_be_painted_takes_one_line(here, film, stand_in, words, said):
    Path("text.mp4").write_text("not a film")
    Path("empty.mp4").touch()
    Path("link.mp4").symlink_to("clip.mp4")
    Image.fromarray(texture(1)).save("still.png")
    os.mkfifo("pipe.mp4")
    for folder in ("bare", "full", "mixed"):
        Path(folder).mkdir()
    Path("full/000001.png").touch()
    for side in (40, 50):
        Image.fromarray(texture(1, side, side)).save(f"mixed/{side}.png")
    before = {file: file.stat().st_mtime_ns for file in here.rglob("*")}
    refused(film(*words), *said)
    assert {file: file.stat().st_mtime_ns for file in here.rglob("*")} == before


def refused(outcome, *parts: str) -> None:
    """One line that says all of it, and exit code 2."""
    assert outcome.code == 2 and not outcome.out, outcome
    assert outcome.err.startswith("automask: ") and outcome.err.count("\n") == 1
    for part in parts:
        assert part in outcome.err


def test_help_and_no_words_at_all_explain_every_key(monkeypatch, capfd):
    for words, code in ((["--help"], 0), ([], 2)):
        monkeypatch.setattr(sys, "argv", ["automask.video", *words])
        assert main() == code
        said = capfd.readouterr().out
        assert "every" in said and "Exit code" in said
        assert max(map(len, said.splitlines())) <= 92


def test_without_pyav_one_line_says_how_to_get_it(here, film, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    done = film(*CLIP, "out=f.mp4")
    assert done.code == 2
    assert done.err == "automask: films need PyAV: pip install 'automask[video]'\n"
