"""The first run of a new user needs nothing but the package."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCKED = """
import socket, sys

def refuse(*arguments, **options):
    raise RuntimeError("somebody phoned home")

socket.socket.connect = socket.socket.connect_ex = socket.socket.sendto = refuse
socket.create_connection = socket.getaddrinfo = socket.gethostbyname = refuse

from automask.run import main
sys.exit(main())
"""


@pytest.mark.slow
def test_the_main_job_runs_with_the_network_blocked_and_an_empty_home(tmp_path):
    words = ["style=monet", "content=astronaut", "size=128"]
    words += ["stylizer.iterations=[3]", "out=result.png"]
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    home |= {"TORCH_HOME": str(tmp_path / "torch"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED, *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=os.environ | home,
    )
    assert done.returncode == 0, done.stderr
    record = json.loads((tmp_path / "result.run" / "run.json").read_text())
    assert record["encoder"]["name"] == "lite"
    assert (tmp_path / "result.png").stat().st_size > 10_000


def test_the_block_blocks():
    code = BLOCKED.split("from automask")[0] + "socket.create_connection(('x', 1))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "phoned home" in done.stderr
