"""Processes of a driver that is killed are gone soon after."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import Any

import pytest
from batch_jobs import ENVIRON
from conftest import STANDINS
from PIL import Image

psutil = pytest.importorskip("psutil")

DRIVER = '''
import subprocess, sys, time
from automask.io.child_processes import followed
INNER = """
import subprocess, time
print(subprocess.Popen(["sleep", "600"]).pid, flush=True)
time.sleep(600)
"""
with followed():
    subprocess.Popen([sys.executable, "-c", INNER], start_new_session=True)
    time.sleep(600)
'''


def gone(process: Any) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def wait_until(claim, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.slow
def test_what_a_process_started_ends_with_it_when_it_is_killed():
    words = [sys.executable, "-c", DRIVER]
    with subprocess.Popen(words, env=ENVIRON, stdout=subprocess.PIPE) as driver:
        assert driver.stdout
        grandchild = psutil.Process(int(driver.stdout.readline()))
        parent = grandchild.parent()
        time.sleep(1.5)  # it has been seen
        driver.send_signal(signal.SIGKILL)
        wait_until(lambda: gone(grandchild) and gone(parent))


@pytest.mark.slow
def test_rays_helpers_end_with_a_driver_that_is_killed(tmp_path, standins):
    pytest.importorskip("ray", reason="pip install 'automask[cluster]'")
    Image.new("RGB", (40, 40)).save(tmp_path / "a.png")
    words = [sys.executable, "-m", "automask.batch", "--config-dir", str(standins)]
    words += [*STANDINS, "content=a.png", "style=monet", "size=48", "out=out"]
    words += ["engine=ray", "stylizer.seconds=60"]
    driver = psutil.Popen(words, cwd=tmp_path, env=ENVIRON, stderr=subprocess.DEVNULL)
    drafts = lambda: list((tmp_path / "out").glob(".automask-*[!k]"))  # noqa: E731
    wait_until(drafts, 100)
    time.sleep(1)
    helpers = driver.children(recursive=True)
    assert any("gcs_server" in " ".join(each.cmdline()) for each in helpers)
    os.kill(driver.pid, signal.SIGKILL)
    wait_until(lambda: all(map(gone, helpers)))
    driver.wait()
