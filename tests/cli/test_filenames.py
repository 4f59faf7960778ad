"""Every key that takes a file takes any name, the home folder, and needless quotes."""

import json
import shlex
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from batch_jobs import run_batch
from conftest import STANDINS
from PIL import Image

from automask.cli import compose
from automask.cli.command_line import rewrite
from automask.config import register
from automask.io.filenames import group, listed, nearest
from automask.pipeline.sources import sources_of

NAMES = ["маска.png", "mask#1.png", "a=b.png", "two words.png", "a, b.png", "{a}.png"]
RUN = ("content=photo.png", "style=painting.png", "size=48")
KEYS = ("init", "map", "style.map", "masks.drawn.content", "encoder.weights")


def mask(name):
    """A file of that name: white on its right."""
    grey = np.zeros((64, 64), np.uint8)
    grey[:, 32:] = 255
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(grey).save(name)
    return name


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home folder, beside the folder that one is in."""
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def composed(*words):
    register()
    return compose.composed(rewrite(words))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_masks_of_any_name_are_found_under_a_map(home, photo, painting, name):
    mask(name)
    quoted = f"'{name}'" if name[0] == "{" else name
    maps = {
        name: name,
        f"{{skin: {quoted}}}": {"skin": name},
        f'{{skin: "{name}", hair: {quoted}}}': {"skin": name, "hair": name},
    }
    for first, second in pairwise(maps):
        sources = sources_of(composed(*RUN, f"map={first}", f"style.map={second}"))
        assert sources.maps == [maps[first], maps[second]]


@pytest.mark.parametrize("name", NAMES)
def test_styles_of_any_name_paint_regions(home, photo, painting, name):
    mask(name)
    quoted = f"'{name}'" if name[0] == "{" else name
    for words in (
        (f"regions.person={{{quoted}: 3, monet: 1}}", f"regions.background={name}"),
        (f"regions={{person: {{{quoted}: 3, monet: 1}}, background: {quoted}}}",),
    ):
        sources = sources_of(composed("content=photo.png", *words))
        assert [style.path for style in sources.styles][0] == name
        assert sources.regions == {"person": (0.75, 0.25), "background": (1.0, 0.0)}


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("typed", ["~/m.png", "'~/m.png'", '"~/m.png"'])
def test_a_tilde_means_the_home_folder_under_every_key(home, key, typed):
    assert rewrite([f"{key}={typed}"]) == [f"{key}='{home}/m.png'"]


def test_a_tilde_means_the_home_folder_within_brackets(home, photo, painting):
    mask(home / "m.png")
    words = ("map={skin: ~/m.png}", "style.map=[{skin: '~/m.png'}]")
    maps = sources_of(composed(*RUN, *words)).maps
    assert maps == [{"skin": f"{home}/m.png"}] * 2


def test_models_and_tables_of_the_mask_sources_are_files_too(home):
    for key in ("model", "weights", "names"):
        line = f"masks.sources.net.{key}=~/a#b.onnx"
        assert rewrite([line]) == [f"masks.sources.net.{key}='{home}/a#b.onnx'"]
    for line in ("masks.sources.net.names=[a,b]", "masks.drawn.names={sky: 2}"):
        assert rewrite([line]) == [line]


def test_masks_of_any_name_are_used_and_the_command_repeats_it(
    automask, home, photo, painting
):
    for name in NAMES[:4]:
        mask(name)
    drawn = "{left: маска.png, right: mask#1.png, top: a=b.png, low: two words.png}"
    words = (*RUN, "masks=maps", f"map={drawn}", f"style.map={drawn}", "out=~/o.png")
    mask("painting.png")
    run = automask(*words)
    assert run.code == 0, run.err
    record = json.loads((home / "o.run/run.json").read_text())
    names = [each["name"] for each in record["masks"]]
    assert names == ["background", "left", "right", "top", "low"]
    pasted = shlex.split(record["command"])[3:]
    again = automask(*pasted[2:])
    assert again.code == 0, again.err
    other = json.loads((home / "o.run-2/run.json").read_text())
    assert other["masks"] == record["masks"] and other["config"] == record["config"]


def test_a_sweep_over_maps_parts_them_outside_of_brackets(home):
    line = "map={skin: a.png, hair: b.png},{skin: c.png},null"
    assert rewrite([line, "-m"])[:1] == [
        "map='{skin: a.png, hair: b.png}','{skin: c.png}',null"
    ]


def test_a_batch_puts_everything_into_the_home_folder(
    standins, home, photo, monkeypatch, capfd
):
    words = ("--config-dir", str(standins), *STANDINS, "size=48", "engine=inline")
    more = ("content=photo.png", "style=monet", "out=~/o", "manifest=~/list.jsonl")
    run = run_batch((*words, *more), monkeypatch, capfd)
    assert run.code == 0, run.err
    assert (home / "o/photo_monet.png").is_file() and (home / "list.jsonl").is_file()
    run = run_batch((*words, *more[:3]), monkeypatch, capfd)
    assert run.code == 0 and (home / "o/manifest.jsonl").is_file()
    assert not Path("~").exists()


def test_what_is_written_in_brackets_is_read_as_it_is_meant():
    assert group("{skin: a, b.png, hair: 'c, d: e.png'}") == {
        "skin": "a, b.png",
        "hair": "c, d: e.png",
    }
    assert listed("[a.png, null, 'b, c.png']") == ["a.png", None, "b, c.png"]
    for text in ("{skin a.png}", "{skin: a.png", "{: a.png}"):
        with pytest.raises(ValueError, match="cannot read"):
            group(text)


def test_the_nearest_name_is_that_of_a_file_which_is_there(tmp_path):
    for name in ("Photo.JPG", "painting.png", ".photo.jpg"):
        (tmp_path / name).touch()
    assert nearest(f"{tmp_path}/photo.jpg") == f"{tmp_path}/Photo.JPG"
    assert nearest(f"{tmp_path}/nothing.gif") is None
    assert nearest(f"{tmp_path}/none/photo.jpg") is None
