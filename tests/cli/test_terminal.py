"""Whoever reads what is printed, or nobody: the picture is there, and the code is 0."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from batch_jobs import ENVIRON
from conftest import STANDINS
from PIL import Image

from automask.io.terminal import say, shown

QUICK = ("style=monet", "size=48", "engine=inline", "out=out")


def command(standins: Path, *words: str, program: str = "run") -> list[str]:
    start = [sys.executable, "-m", f"automask.{program}", "--config-dir", str(standins)]
    given = [word for word in QUICK if program == "batch" or "engine" not in word]
    return [*start, *STANDINS, *given, *words]


@pytest.fixture
def photo_named(tmp_path, monkeypatch):
    """Make a photograph of that name in the current folder."""
    monkeypatch.chdir(tmp_path)

    def named(name: str) -> str:
        Image.new("RGB", (40, 40)).save("any.png")
        Path("any.png").rename(name)
        return name

    return named


@pytest.mark.slow
@pytest.mark.parametrize(("program", "closed"), [("run", "stdout"), ("batch", "both")])
def test_where_nobody_reads_the_work_is_done_all_the_same(
    standins, photo_named, program, closed
):
    words = command(standins, f"content={photo_named('a.png')}", program=program)
    reading, writing = os.pipe()
    os.close(reading)
    streams = {"stdout": writing, "stderr": writing if closed == "both" else -1}
    process = subprocess.run(words, env=ENVIRON, timeout=100, **streams)
    os.close(writing)
    assert process.returncode == 0 and not process.stderr
    assert len(list(Path("out").rglob("a_monet.png"))) == 1


@pytest.mark.slow
def test_letters_that_a_stream_does_not_know_become_escapes(standins, photo_named):
    process = subprocess.run(
        command(standins, f"content={photo_named('é 猫.png')}", "out=ergebnis_ü"),
        env=ENVIRON | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        timeout=100,
    )
    assert process.returncode == 0, process.stderr
    assert b"\\xe9 \\u732b_monet" in process.stdout
    assert len(list(Path("ergebnis_ü").rglob("é 猫_monet.png"))) == 1


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_for_what_is_printed_spoils_no_picture(standins, photo_named):
    with open("/dev/full", "w") as full:
        process = subprocess.run(
            command(standins, f"content={photo_named('a.png')}"),
            env=ENVIRON,
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=100,
        )
    assert (process.returncode, process.stderr) == (0, b"")


def test_a_name_that_steers_terminals_is_shown_with_escapes(automask, photo_named):
    name = photo_named("a\n\x1b[31m\u202eb\udcff.png")
    run = automask("style=monet", f"content={name}", "size=48", "out=\x1b]0;x\x07.png")
    assert run.code == 0, run.err
    assert run.out.endswith("Picture: \\x1b]0;x\\x07.png\n")
    Path("text\n\x1b[31m.jpg").write_text("no picture")
    run = automask("style=monet", "content=text\n\x1b[31m.jpg", "size=48")
    assert run.code == 2 and run.err.count("\n") == 1
    assert not {"\x1b", "\x07"} & {*run.out, *run.err}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["x" * 251 + ".png", "x" * 246 + ".png"])
def test_the_longest_name_for_a_picture_is_written_twice(automask, photo_named, name):
    photo_named("a.png")
    for _ in range(2):  # the second run's folder gets a number
        run = automask("style=monet", "content=a.png", "size=48", f"out={name}")
        assert run.code == 0, run.err
    assert Path(name).is_file()
    assert len(list(Path().glob("x*.run*"))) == 2
    run = automask("-m", "gamma=0,1", "style=monet", "content=a.png", f"out={name}")
    assert run.code == 0, run.err


def test_a_name_that_is_too_long_is_refused_before_the_work(automask, photo_named):
    words = ("style=monet", f"content={photo_named('a.png')}", "size=48")
    for sweep in ((), ("-m", "gamma=0,1")):
        run = automask(*words, *sweep, f"out={'x' * 252}.png")
        assert run.code == 2 and run.out == ""
        assert "is too long; choose a shorter one" in run.err
        assert run.err.count("\n") == 1
    assert [file.name for file in Path().iterdir()] == ["a.png"]


def test_what_can_be_seen_is_shown_as_it_is(capsys):
    text = "é 猫 \N{DOG FACE} 'quoted' \\ 100%"
    assert shown(text) == text
    say("a\tb\x00\x9b")
    assert capsys.readouterr().out == "a\\tb\\x00\\x9b\n"
