"""stylizer=fast: a network for the style, or one line that says how to get it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from automask.config import embedded_style
from automask.io.files import file_sha256
from automask.pipeline.fast_nets import SHIPPED, fast_net, write_net
from stylize.fast.net import FastNet

STYLES = ("hokusai", "monet", "portrait", "seurat", "vangogh")


@pytest.fixture
def own(tmp_path: Path) -> tuple[Path, Path]:
    """A style of one's own, and a network that paints in it."""
    style, file = tmp_path / "mine.png", tmp_path / "mine.safetensors"
    Image.new("RGB", (64, 48), (200, 30, 30)).save(style)
    torch.manual_seed(0)
    write_net(file, FastNet(("sky", "thing")), file_sha256(style), {"style": "mine"})
    return style, file


@pytest.mark.parametrize("style", STYLES)
def test_each_embedded_style_comes_with_a_network_of_its_own(style):
    net = fast_net(style)
    assert "background" in net.regions
    file = SHIPPED / f"fast_{style}.safetensors"
    assert file.stat().st_size <= 0.7 * 2**20
    assert file_sha256(file) in (SHIPPED / "FAST.md").read_text()
    by_file = fast_net(embedded_style(f"{style}.jpg"))
    assert all(
        a.equal(b) for a, b in zip(net.parameters(), by_file.parameters(), strict=True)
    )


def test_a_network_comes_back_as_it_was_written_but_for_half_precision(own):
    style, file = own
    torch.manual_seed(0)
    given, found = FastNet(("sky", "thing")), fast_net(str(style), str(file))
    assert found.regions == ("sky", "thing")
    for a, b in zip(given.parameters(), found.parameters(), strict=True):
        assert b.equal(a.half().float()) and not b.requires_grad


def test_a_style_without_a_network_is_told_how_to_train_one(own):
    style, _ = own
    with pytest.raises(ValueError) as error:
        fast_net(str(style))
    line = str(error.value)
    assert f"none is of '{style}'; train one: python scripts/train_fast.py" in line
    assert "\n" not in line


def test_a_network_of_another_style_is_refused(own):
    style, file = own
    Image.new("RGB", (64, 48), (30, 30, 200)).save(style)  # by the same name
    with pytest.raises(ValueError, match="mine.safetensors' paints in another"):
        fast_net(str(style), str(file))


@pytest.mark.parametrize("style", ["monet+vangogh", None])
def test_a_fast_network_takes_one_style(style):
    with pytest.raises(ValueError, match="paints in one style, got"):
        fast_net(style)


def test_files_of_other_things_are_refused_in_one_line(tmp_path):
    broken, other = tmp_path / "broken.safetensors", tmp_path / "other.safetensors"
    broken.write_bytes(b"nothing of the kind")
    save_file({"a": torch.zeros(1)}, other, {"fast_network": '{"regions": ["sky"]}'})
    for file in (broken, other, SHIPPED / "lite.safetensors"):
        with pytest.raises(ValueError, match="holds no fast network") as error:
            fast_net("monet", str(file))
        assert "\n" not in str(error.value)
    with pytest.raises(ValueError, match="no file '.*absent"):
        fast_net("monet", str(tmp_path / "absent.safetensors"))


def run(program, tmp_path: Path, *words: str) -> tuple[Image.Image, dict]:
    out = tmp_path / f"{len(list(tmp_path.iterdir()))}.png"
    outcome = program("content=astronaut", "size=96", f"out={out}", *words)
    assert outcome.code == 0, outcome.err
    record = json.loads((out.with_suffix(".run") / "run.json").read_text())
    with Image.open(out) as picture:
        return picture.copy(), record


def test_fast_paints_by_regions_and_records_it(program, tmp_path):
    picture, record = run(program, tmp_path, "style=monet", "stylizer=fast")
    assert picture.size == (96, 96)
    assert [level["iterations"] for level in record["levels"]] == [1]
    assert record["tiles"]["overlap"] == 48 and len(record["masks"]) > 2
    bare, _ = run(program, tmp_path, "style=monet", "stylizer=fast", "masks=none")
    assert picture.tobytes() != bare.tobytes()


@pytest.mark.slow
def test_keys_that_mean_nothing_to_it_are_taken_all_the_same(program, tmp_path):
    words = ["style=seurat", "stylizer=fast", "gamma=3", "hold=0.5", "init=noise"]
    words += ["keep_color=[skin]", f"checkpoint={tmp_path / 'state'}"]
    picture, _ = run(program, tmp_path, *words)
    assert picture.size == (96, 96) and not (tmp_path / "state").exists()


@pytest.mark.slow
def test_fast_luminance_keeps_the_colours_of_the_photograph(program, tmp_path):
    words = ["style=vangogh", "stylizer=fast_luminance"]
    picture, _ = run(program, tmp_path, *words)
    photo, _ = run(program, tmp_path, *words, "strength=0")
    painted, given = (
        np.asarray(each.convert("YCbCr"), np.float32) for each in (picture, photo)
    )
    light, *chroma = abs(painted - given).mean(axis=(0, 1))
    assert light > 6 and max(chroma) < 6
