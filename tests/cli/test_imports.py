"""What a command loads: a word of help nothing heavy, a run only what it uses."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = {"torch", "numpy", "cv2", "scipy", "mediapipe", "PIL"}
UNUSED = {"scipy.ndimage", "scipy.interpolate", "skimage", "tifffile", "matplotlib"}
UNUSED |= {"torchvision", "segmentation_models_pytorch", "fsspec", "ray", "submitit"}
CODE = """
import importlib, sys
entry = importlib.import_module(f"automask.{sys.argv[1]}")
sys.argv[1:] = sys.argv[2:]
code = entry.main()
print("\\n" + " ".join(sys.modules))
sys.exit(code)
"""


def loaded(folder: Path, command: str, code: int) -> set[str]:
    """Modules that a command loads in a process of its own, in which it ends so."""
    done = subprocess.run(
        [sys.executable, "-c", CODE, *command.split(" ")],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == code, done.stderr
    return {*done.stdout.splitlines()[-1].split()}


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("run --help", 0),
        ("run --version", 0),
        ("run styles", 0),
        ("run style=monet content=astronaut --cfg job", 0),
        ("run style=monet content=astronaut hold=7", 2),
        ("batch --help", 0),
        ("batch style=monet content=nothing/ out=out", 2),
        ("video.__main__ --help", 0),
    ],
)
def test_words_and_slips_are_answered_without_anything_heavy(tmp_path, command, code):
    found = loaded(tmp_path, command, code)
    assert "automask.keys" in found
    assert found & HEAVY == set()


@pytest.mark.slow
def test_a_run_loads_only_what_it_uses(tmp_path, photo):
    command = "run style=portrait content=photo.png size=64 stylizer.iterations=[1]"
    found = loaded(tmp_path, command, 0)
    assert {"torch", "mediapipe"} <= found
    assert found & UNUSED == set()
