"""Stopped at whatever moment: one line, the signal's exit code, nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from batch_jobs import ENVIRON, one_kind_of_lock
from conftest import STANDINS
from PIL import Image

from automask.io.folders import hidden_folder, sweep_dead
from automask.io.signals import exit_code, stoppable, uninterrupted

LINE = "automask: stopped; nothing half-done is left\n"
LOADING = """
import signal, sys, os
from automask.cli.program import outcome
def work(words):
    import {module}
    return 0
sys.exit(outcome(work))
"""
SLOW_MODULE = """
import os, signal
try:
    os.kill(os.getpid(), signal.SIGINT)
    for number in range(10**6): pass
except:  # as many do that try what is there
    pass
"""
FINALISER = """
import os, signal, sys
from automask.io.folders import hidden_folder
from automask.cli.program import outcome
from pathlib import Path
class Passing:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        for number in range(10**6): pass
def work(words):
    with hidden_folder(Path("deep/place")) as draft:
        (draft / "half").touch()
        Passing()
        print("went on")
    return 0
sys.exit(outcome(work))
"""


def ended(process: subprocess.Popen) -> tuple[int, str, str]:
    """Exit code and both streams."""
    out, err = process.communicate(timeout=100)
    return process.returncode, out, err


def started(*words: str, **more) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, *words],
        env=ENVIRON,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **more,
    )


def left_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_signal_while_something_is_loaded_ends_the_process_in_order(tmp_path):
    (tmp_path / "half_loaded.py").write_text(SLOW_MODULE)
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
    process = started("-c", code + LOADING.format(module="half_loaded"))
    assert ended(process) == (130, "", LINE)


def test_a_signal_that_a_finaliser_would_swallow_ends_the_process_in_order(tmp_path):
    assert ended(started("-c", FINALISER, cwd=tmp_path)) == (143, "", LINE)
    assert left_in(tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize("program", ["run", "batch", "sweep"])
def test_ctrl_c_at_any_moment_takes_one_line(tmp_path, standins, program):
    Image.new("RGB", (40, 40)).save(tmp_path / "a.png")
    more = {"run": [], "batch": ["engine=inline"], "sweep": ["-m", "gamma=0,1"]}
    module = "batch" if program == "batch" else "run"
    words = ["-m", f"automask.{module}", "--config-dir", str(standins), *STANDINS]
    words += ["content=a.png", "style=monet", "size=48", "out=out", *more[program]]
    for delay in (0.05, 0.3, 1.5):
        process = started(*words, "stylizer.seconds=60", cwd=tmp_path)
        time.sleep(delay)
        process.send_signal(signal.SIGINT)
        code, _, err = ended(process)
        if code in (1, -signal.SIGINT) and "automask" not in err:
            continue  # Python itself was still on its way to us
        assert code == 130, (delay, err)
        assert err.startswith("automask: stopped; ") and err.count("\n") == 1, err
    assert not [name for name in left_in(tmp_path) if ".automask" in name]


@pytest.mark.slow
def test_a_signal_that_something_swallows_ends_the_process_after_a_while(tmp_path):
    code = FINALISER.replace(
        "Passing()",
        """
        try:
            os.kill(os.getpid(), signal.SIGHUP)
            time.sleep(1)
        except:
            pass
        time.sleep(60)""",
    )
    process = started("-c", "import time\n" + code, cwd=tmp_path)
    assert ended(process) == (129, "", LINE)
    assert left_in(tmp_path) == []


@pytest.mark.slow
def test_a_signal_that_is_sent_twice_is_heard_once(tmp_path, standins):
    Image.new("RGB", (40, 40)).save(tmp_path / "a.png")
    words = ["-m", "automask.run", "--config-dir", str(standins), *STANDINS, "-m"]
    words += ["content=a.png", "style=monet", "size=48", "stylizer.seconds=0,60"]
    process = started(*words, "out=grid", cwd=tmp_path)
    assert process.stdout and process.stdout.readline().startswith("1/2")
    time.sleep(0.5)
    for _ in range(2):
        process.send_signal(signal.SIGTERM)
        time.sleep(0.02)
    assert ended(process)[::2] == (143, LINE)
    assert (tmp_path / "grid" / "sheet.png").is_file()


@pytest.mark.slow
def test_asked_twice_a_program_ends_at_once_and_leaves_nothing(tmp_path):
    code = FINALISER.replace("Passing()", 'print("there", flush=True); wait()')
    code = "import time\n" + code.replace(
        "class Passing",
        "def wait():\n"
        "    try: time.sleep(60)\n"
        "    finally: time.sleep(60)\n"
        "class Passing",
    )
    process = started("-c", code, cwd=tmp_path)
    assert process.stdout and process.stdout.readline() == "there\n"
    for _ in range(2):
        process.send_signal(signal.SIGINT)
        time.sleep(1.2)
    assert ended(process)[0] == 130
    assert left_in(tmp_path) == []


def test_what_is_not_to_be_interrupted_is_not_and_the_signal_is_heard_after():
    done = []
    with pytest.raises(KeyboardInterrupt) as stop, stoppable(), uninterrupted():
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.05)
        done.append(True)
    assert done and exit_code(stop.value) == 143


def test_nohup_keeps_its_meaning(monkeypatch):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stoppable():
            os.kill(os.getpid(), signal.SIGHUP)
            time.sleep(0.05)
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.slow
@one_kind_of_lock
def test_what_a_killed_run_left_is_swept_by_the_next_one_in_that_place(
    automask, standins, photo, painting
):
    words = ("style=painting.png", "content=photo.png", "size=48", "out=here")
    killed = started(
        *("-m", "automask.run", "--config-dir", str(standins), *STANDINS),
        *(*words, "stylizer.seconds=60"),
        cwd=photo.parent,
    )
    assert killed.stdout
    while "painting" not in killed.stdout.readline():
        assert killed.poll() is None
    killed.kill()
    ended(killed)
    here = photo.parent / "here"
    assert list(here.glob(".automask-*"))
    with hidden_folder(here) as living:
        assert automask(*words).code == 0
        assert [living] == list(here.glob(".automask-*[!k]"))


@one_kind_of_lock
def test_a_sweep_folder_of_which_nothing_came_goes_with_its_dead(tmp_path):
    for name in ("2026_sweep-of-gamma", "2026_sweep-of-k"):
        dead = tmp_path / name / f".automask-{'0' * 16}"
        dead.mkdir(parents=True)
    (tmp_path / "2026_sweep-of-k" / "k=1").mkdir()
    assert sweep_dead(tmp_path) == 2
    assert left_in(tmp_path) == ["2026_sweep-of-k", "2026_sweep-of-k/k=1"]
