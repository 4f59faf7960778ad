"""Memory that a container leaves."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import pytest

from automask.io.memory import group_left, peak

linux = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux")


@pytest.mark.parametrize(("limit", "left"), [(3 * 2**30, 2048), ("max", math.inf)])
def test_what_a_containers_limit_leaves_counts_no_caches(tmp_path, limit, left):
    own = Path("/proc/self/cgroup").read_text().rpartition("0::")[2].strip()
    folder = tmp_path / own.lstrip("/")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "memory.max").write_text(f"{limit}\n")
    (folder / "memory.stat").write_text(f"anon {2**30}\nfile {2**33}\n")
    assert group_left(tmp_path) == left
    assert group_left(tmp_path / "none") == math.inf


def test_a_small_child_of_a_large_process_tells_its_own_peak():
    large = bytearray(600 * 2**20)
    large[::4096] = b"x" * len(large[::4096])  # so that all of it is held
    assert peak() > 600
    code = "from automask.io.memory import peak; print(peak())"
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert float(told.stdout) < 500
