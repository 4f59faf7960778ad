"""Without what Windows lacks: neither fcntl nor resource can be imported."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from batch_jobs import ENVIRON
from conftest import STANDINS

HIDDEN = """
import sys
import psutil  # needs them on this system alone
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name in ("fcntl", "resource"):
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)
sys.meta_path.insert(0, Hidden())
for name in ("fcntl", "resource"):
    sys.modules.pop(name, None)
"""
QUICK = ("style=painting.png", "content=photo.png", "size=64")


@pytest.fixture
def hidden(tmp_path: Path, photo: Path, painting: Path) -> dict[str, str]:
    """An environment in which no Python, workers included, has these modules."""
    folder = tmp_path / "hides"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(HIDDEN)
    path = f"{folder}:{ENVIRON['PYTHONPATH']}"
    return ENVIRON | {
        "PYTHONPATH": path,
        "PYTHONWARNINGS": "error::UserWarning:filelock",
    }


def called(hidden: dict[str, str], folder: Path, *words: str) -> str:
    """What a program prints."""
    process = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        env=hidden,
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert process.returncode == 0, process.stderr
    assert process.stderr == ""
    return process.stdout


@pytest.mark.slow
def test_a_run_a_batch_and_a_sweep_paint_without_them(hidden, tmp_path, standins):
    words = [sys.executable, "-c", "import fcntl, resource"]
    assert b"No module" in subprocess.run(words, env=hidden, capture_output=True).stderr
    quick = ("--config-dir", str(standins), *STANDINS, *QUICK)
    called(hidden, tmp_path, "automask.run", *quick, "out=one.png")
    assert (tmp_path / "one.png").is_file()
    record = json.loads((tmp_path / "one.run" / "run.json").read_text())
    assert record["peak_memory_mib"] > 50
    batch = (*quick, "out=many", "engine=inline")
    assert "1 done" in called(hidden, tmp_path, "automask.batch", *batch)
    out = called(hidden, tmp_path, "automask.run", "-m", *quick, "k=0,1", "out=grid")
    assert out.splitlines()[-1] == "Sheet: grid/sheet.png"
    assert not [path for path in tmp_path.rglob(".automask*")]


@pytest.mark.slow
def test_locks_die_with_their_process_without_them(hidden, tmp_path, standins):
    words = [sys.executable, "-m", "automask.batch", "--config-dir", str(standins)]
    words += [*STANDINS, *QUICK, "out=many", "engine=inline"]
    slow = [*words, "stylizer.seconds=60"]
    first = subprocess.Popen(slow, cwd=tmp_path, env=hidden, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 100
    while not list((tmp_path / "many").glob(".automask-*[!k]")):
        assert first.poll() is None and time.monotonic() < end
        time.sleep(0.05)
    told = subprocess.run(words, cwd=tmp_path, env=hidden, capture_output=True)
    assert told.returncode == 2 and b"another batch is at work" in told.stderr
    first.send_signal(signal.SIGKILL)
    first.wait()
    again = subprocess.run(words, cwd=tmp_path, env=hidden, capture_output=True)
    assert again.returncode == 0, again.stderr
    assert not [path for path in tmp_path.rglob(".automask*")]
