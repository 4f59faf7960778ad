"""No command line, however odd, leads to more than one clear line and an exit code.

A few are tried in each run of the tests; 500 by hand, from any seed:

    AUTOMASK_FUZZ=500 AUTOMASK_FUZZ_SEED=0 pytest tests/fuzz/test_command_lines.py

A line that failed is tried alone by its number:

    AUTOMASK_FUZZ=17:18 pytest tests/fuzz/test_command_lines.py
"""

from __future__ import annotations

import hashlib
import re
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import STANDINS
from PIL import Image

from automask.batch import main as batch
from automask.run import main as run
from fuzz.cases import ENDED, SEED, called, numbers
from fuzz.command_lines import Line, drawn

FEW = 16  # lines


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A folder with files of all kinds, and what each holds."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    wave = np.add.outer(np.arange(64), np.arange(72)).astype(np.uint8)
    mask = np.zeros((64, 72), np.uint8)
    mask[:, 36:] = 255
    for folder in ("home", "folder", "photos", "desk"):
        Path(folder).mkdir()
    for name in ("photo.png", "photos/a.png", "photos/b.png", "a, b.png"):
        Image.fromarray(np.stack([wave, wave[::-1], 255 - wave], 2)).save(name)
    Image.fromarray(np.stack([wave * 3, wave, wave * 5], 2)).save("painting.png")
    for name in (
        "mask.png",
        "folder/left.png",
        "a=b.png",
        "маска.png",
        "two words.png",
    ):
        Image.fromarray(mask).save(name)
    np.save("table.npy", mask[..., None] / np.float32(255))
    Path("list.txt").write_text("photo.png\nphotos/a.png\nnone.png\n")
    for name in ("text.jpg", "weights.pth", "photos/notes.txt"):
        Path(name).write_text("this is no picture")
    Path("empty.png").touch()
    return {path: digest(path) for path in Path().rglob("*") if path.is_file()}


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("number", numbers(FEW))
def test_a_command_line_ends_in_order(desk, standins, monkeypatch, capfd, number):
    line = drawn(SEED, number)
    code = exit_code(line, standins, monkeypatch)
    told = capfd.readouterr()
    typed = f"[{number}] automask.{line.program} {shlex.join(line.words)}\n{told.err}"
    assert code in ((0, 1, 2) if may_fail_in_part(line) else (0, 2)), (code, typed)
    assert not [word for word in ENDED if word in told.err], typed
    if code:
        assert told.err.strip(), typed
        for each in told.err.splitlines():
            assert re.match(r"automask: |\d+/\d+ failed ", each), typed
    outs = {w.partition("=")[2] for w in line.words if w.startswith("out=")}
    assert_in_order({p: d for p, d in desk.items() if str(p) not in outs}, typed)


def may_fail_in_part(line: Line) -> bool:
    """Batches and sweeps have an exit code for what was done in part."""
    sweeps = {"-m", "--multirun", "hydra.mode=MULTIRUN"} & {*line.words}
    return line.program == "batch" or bool(sweeps)


def exit_code(
    line: Line, standins: Path, monkeypatch: pytest.MonkeyPatch
) -> int | None:
    """Of a program called with stand-ins for what takes long."""
    quick = ("--config-dir", str(standins), *STANDINS)
    words = line.words if line.words[:1] == ("styles",) else (*quick, *line.words)
    monkeypatch.setattr(sys, "argv", ["automask", *words])
    try:
        return called(batch if line.program == "batch" else run)
    except SystemExit as end:
        assert end.code is None or isinstance(end.code, int)
        return end.code or 0


def assert_in_order(desk: dict[Path, str], typed: str) -> None:
    """What was there is as it was, and what is new is complete."""
    for path, before in desk.items():
        assert path.exists() and digest(path) == before, f"{path} changed: {typed}"
    for path in Path().rglob("*"):
        assert not path.name.startswith(".automask"), f"{path} left: {typed}"
        if path.is_dir() and (path / "masks").is_dir():
            assert (path / "run.json").is_file(), f"{path} is half: {typed}"
        if path.name.endswith(".sweep"):
            assert (path / "sweep.json").is_file(), f"{path} is half: {typed}"
