"""The examples of the Python interface run: the notebook, and the page on it."""

from __future__ import annotations

import os
import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image

import automask

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.M | re.S)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of what runs notebooks
def test_the_notebook_runs_prints_only_what_it_says_and_shows_its_pictures(tmp_path):
    nbclient = pytest.importorskip("nbclient", reason="pip install 'automask[dev]'")
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel", reason="pip install 'automask[dev]'")
    notebook = nbformat.read(DOCS / "notebook.ipynb", as_version=4)
    context = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(notebook, timeout=240, resources=context).execute()
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    outputs = [output for cell in cells for output in cell.outputs]
    shown = [each for each in outputs if "image/png" in each.get("data", {})]
    told = "".join(each.text for each in outputs if each.output_type == "stream")
    assert len(shown) == 5
    first, second = told.splitlines()
    assert first.startswith("stopped; [(")
    assert second.startswith("unknown style 'monett'")
    assert os.listdir(tmp_path) == ["astronaut.png"]


@pytest.mark.slow
def test_the_examples_of_the_page_run_in_one_session(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    face = np.ascontiguousarray(skimage.data.astronaut()[:224, 110:334])
    for name in ("photo.jpg", "gogh.jpg"):
        Image.fromarray(face).save(name)
    quick = {"size": 64, "stylizer.iterations": [1]}
    monkeypatch.setattr(
        automask, "paint", partial(automask.paint, config=quick), raising=False
    )
    blocks = BLOCK.findall((DOCS / "api.md").read_text())
    assert len(blocks) == 4
    session: dict[str, object] = {}
    for block in blocks:
        exec(block.replace("size=512", "size=64"), session)
    assert Path("result.jpg").exists()
    assert isinstance(session["picture"], automask.Painting)
