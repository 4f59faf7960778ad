"""Pictures, and the command line run in this process with quick stand-ins."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

os.environ["AUTOMASK_PARTS"] = "standin,sweep_parts,batch_jobs"  # may be a _target_
# One thread for each process of the tests and each program that they start: several
# processes of several threads starve each other.
os.environ |= {"OMP_NUM_THREADS": "1", "OPENCV_FOR_THREADS_NUM": "1"}
os.environ |= {"OPENBLAS_NUM_THREADS": "1", "GOMP_SPINCOUNT": "1000"}

CONFIGS = {
    "encoder/standin": "_target_: standin.Encoder\nweights: null\ndownload: false\n",
    "stylizer/standin": "_target_: standin.Stylizer\n"
    "gamma: ${gamma}\nseconds: 0.0\nfails: null\n",
}
STANDINS = ("encoder=standin", "stylizer=standin", "masks=none")


@dataclass(frozen=True)
class Outcome:
    """What a call of the program left: its exit code and both streams."""

    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Also after a test that has chosen a number of threads."""
    import cv2
    import torch

    torch.set_num_threads(1)
    cv2.setNumThreads(1)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A real photograph of a person, 512 px a side."""
    import skimage.data

    file = tmp_path / "photo.png"
    Image.fromarray(skimage.data.astronaut()).save(file)
    return file


@pytest.fixture
def painting(tmp_path: Path) -> Path:
    """Waves of colour, 96x64 px."""
    y, x = np.mgrid[:64, :96]
    waves = [127 + 120 * np.sin(x / a + y / b) for a, b in ((3, 9), (7, 4), (5, -6))]
    file = tmp_path / "painting.png"
    Image.fromarray(np.stack(waves, axis=-1).astype(np.uint8)).save(file)
    return file


@pytest.fixture
def standins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of configs that name the stand-ins, for --config-dir."""
    folder = tmp_path_factory.mktemp("configs")
    for name, text in CONFIGS.items():
        file = folder / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


@pytest.fixture
def program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Outcome]:
    """Call the program from ``tmp_path`` with these words."""
    from automask.run import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")

    def call(*words: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["automask", *words])
        try:
            code = main()
        except SystemExit as end:  # Hydra's, after --help
            assert isinstance(end.code, int)
            code = end.code
        return Outcome(code, *capfd.readouterr())

    return call


@pytest.fixture
def automask(program: Callable[..., Outcome], standins: Path) -> Callable[..., Outcome]:
    """Call the program with stand-ins, and no masks unless others are asked for."""
    return partial(program, "--config-dir", str(standins), *STANDINS)


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch):
    """In place of the real painter."""
    from clip_files import StandIn

    from automask.video import painting

    painter = StandIn()
    monkeypatch.setattr(painting, "film_painter", lambda *given: None)
    monkeypatch.setattr(painting, "paint_piece", painter.paint_piece)
    return painter


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a clip of two shots, 20 and 12 frames of 64x48 px."""
    from clip_files import texture, write_clip

    monkeypatch.chdir(tmp_path)
    frames = [np.roll(texture(1, 48, 64), 2 * n, axis=1) for n in range(20)]
    frames += [np.roll(texture(9, 48, 64), n, axis=0) for n in range(12)]
    write_clip(tmp_path / "clip.mp4", frames, sound=True)
    return tmp_path


@pytest.fixture
def film(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Outcome]:
    """Call python -m automask.video, in the style of monet."""
    from automask.video.__main__ import main

    def call(*words: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["automask.video", "style=monet", *words])
        return Outcome(main(), *capfd.readouterr())

    return call


@pytest.fixture
def scripts(monkeypatch):
    """The modules of scripts/ can be imported, and are forgotten afterwards."""
    folder = str(Path(__file__).parents[1] / "scripts")
    before = set(sys.modules)
    monkeypatch.syspath_prepend(folder)
    yield
    for name in set(sys.modules) - before:
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(folder):
            del sys.modules[name]
