"""No picture file, however damaged, leads to more than one clear line and exit code 2.

A few are tried in each run of the tests; 600 by hand, from any seed:

    AUTOMASK_FUZZ=600 AUTOMASK_FUZZ_SEED=0 pytest tests/fuzz/test_picture_files.py

A file that failed is tried alone by its number:

    AUTOMASK_FUZZ=17:18 pytest tests/fuzz/test_picture_files.py
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import STANDINS
from PIL import Image

from automask.run import main
from fuzz.cases import ENDED, SEED, called, numbers
from fuzz.picture_files import drawn

FEW = 24  # files
WORDS = {
    "content": ("style=painting.png", "content={}"),
    "style": ("content=painting.png", "style={}"),
    "init": ("style=painting.png", "content=painting.png", "init={}"),
    "mask": (
        *("style=painting.png", "content=painting.png", "masks=maps"),
        *("map={{hair: {}}}", "style.map={{hair: mask.png}}"),
    ),
    "colours": (
        *("style=painting.png", "content=painting.png", "masks=maps"),
        *("map={}", "style.map=mask.png"),
    ),
    "labels": (
        *("style=painting.png", "content=painting.png", "masks=maps"),
        *("map={}", "style.map=mask.png", "masks.drawn.names={{sky: 255}}"),
    ),
}


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A folder with a painting and a mask."""
    monkeypatch.chdir(tmp_path)
    y, x = np.mgrid[:40, :64]
    planes = [(x * 3) % 256, (y * 5) % 256, (x * y) % 256]
    Image.fromarray(np.stack(planes, axis=-1).astype(np.uint8)).save("painting.png")
    Image.fromarray(np.uint8(255) * (x < 30)).save("mask.png")


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("number", numbers(FEW))
def test_a_picture_file_ends_in_order(desk, standins, monkeypatch, capfd, number):
    case = drawn(SEED, number)
    Path(case.name).write_bytes(case.content)
    words = [word.format(case.name) for word in WORDS[case.use]]
    quick = ("--config-dir", str(standins), *STANDINS, *words, "size=64", "out=o")
    monkeypatch.setattr(sys, "argv", ["automask", *quick])
    code = called(main)
    told = capfd.readouterr()
    typed = f"[{number}] {case.how} as {case.use}: {len(case.content)} B\n{told.err}"
    assert code in (0, 2), (code, typed)
    assert not [word for word in ENDED if word in told.err], typed
    for line in told.err.splitlines():
        assert line.startswith("automask: ") and len(line) < 600, typed
        assert line.isprintable(), typed
    errors = [e for e in told.err.splitlines() if "automask: warning: " not in e]
    assert len(errors) == (1 if code else 0), typed
    assert Path(case.name).read_bytes() == case.content
    assert len(list(Path("o").glob("*/run.json"))) == (0 if code else 1), typed
    left = [path for path in Path().rglob("*") if path.name.startswith(".automask")]
    assert not left and (code == 0 or not Path("o").exists()), (left, typed)
