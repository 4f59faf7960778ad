"""Whatever stands in a name, it is never taken for a reference to something else."""

import json
from pathlib import Path

import numpy as np
import pytest
from batch_jobs import run_batch
from conftest import STANDINS
from PIL import Image

SECRET = "hunter2"
NAME = "a${oc.env:SECRET}"
QUICK = ("size=48", "engine=inline")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET", SECRET)
    folder = tmp_path / "in ${oc.env:SECRET}"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def picture(name, grey=90):
    """A picture of one grey; half of it is lighter."""
    pixels = np.full((64, 64, 3), grey, np.uint8)
    pixels[:, 32:] += 60
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(name)
    return name


def assert_no_secret(outcome, place="."):
    """Neither on the terminal nor in a file or its name."""
    assert SECRET not in outcome.out + outcome.err
    for path in Path(place).rglob("*"):
        assert SECRET not in path.name
        if path.suffix in (".json", ".jsonl", ".csv"):
            assert SECRET not in path.read_text()


def test_no_key_of_a_run_reads_a_name_as_a_reference(automask, folder, monkeypatch):
    monkeypatch.chdir(folder)
    for name in (f"{NAME}.png", f"s{NAME}.png", f"i{NAME}.png", f"m{NAME}.png"):
        picture(name)
    picture(f"a{SECRET}.png", grey=10)
    run = automask(
        *(f"content={NAME}.png", f"style=s{NAME}.png", f"init=i{NAME}.png"),
        *("masks=maps", f"map={{left: m{NAME}.png}}"),
        *(f"style.map={{left: 'm{NAME}.png'}}", f"out=o{NAME}.png", "size=48"),
        f"checkpoint=c{NAME}.state",
    )
    assert run.code == 0, run.err
    assert Path(f"o{NAME}.png").is_file()
    record = json.loads(Path(f"o{NAME}.run/run.json").read_text())
    assert record["content"]["path"] == f"{NAME}.png"
    assert record["styles"][0]["path"] == f"s{NAME}.png"
    assert [each["name"] for each in record["masks"]] == ["background", "left"]
    assert_no_secret(run, f"o{NAME}.run")


@pytest.mark.slow
def test_a_missing_file_is_told_by_its_own_name(automask, folder, monkeypatch):
    monkeypatch.chdir(folder)
    picture("photo.png")
    for words in (
        (f"content={NAME}.png", "style=monet"),
        ("content=photo.png", f"style={NAME}.png"),
        ("content=photo.png", "style=monet", f"map={NAME}.png"),
        ("content=photo.png", "style=monet", f"map={{skin: {NAME}.png}}"),
        ("content=photo.png", "style=monet", f"init={NAME}.png"),
        ("content=photo.png", "style=monet", f"regions.person={NAME}.png"),
        ("content=photo.png", f"regions={{person: {NAME}.png}}"),
        ("content=photo.png", "style=monet", f"encoder.weights={NAME}.pth"),
    ):
        run = automask(*words, "size=48")
        assert run.code == 2 and f"{NAME}.p" in run.err, run.err
        assert_no_secret(run)


def test_a_batch_paints_each_file_under_its_own_name(
    standins, folder, monkeypatch, capfd
):
    monkeypatch.setenv("V", "1")
    for name, grey in ((NAME, 90), ("v1", 20), ("v${oc.env:V}", 150)):
        picture(f"photos/{name}.png", grey)
    words = ("--config-dir", str(standins), *STANDINS, *QUICK, "style=monet")
    run = run_batch((*words, "content=photos", f"out={NAME}"), monkeypatch, capfd)
    assert run.code == 0, run.err
    assert_no_secret(run)
    painted = {
        name: int(np.asarray(Image.open(f"{NAME}/{name}_monet.png"))[4, 4, 0])
        for name in ("v1", "v${oc.env:V}")
    }
    assert painted == {"v1": 20, "v${oc.env:V}": 150}
    told = json.loads(Path(f"{NAME}/v${{oc.env:V}}_monet.json").read_text())
    assert told["content"]["path"].endswith("/v${oc.env:V}.png")


def test_a_sweep_starts_from_a_folder_of_any_name(
    standins, program, folder, monkeypatch
):
    monkeypatch.chdir(folder)
    picture(f"{NAME}.png")
    words = ("--config-dir", str(standins), *STANDINS, "style=monet", "size=48")
    run = program("-m", *words, f"content={NAME}.png", "gamma=0,20", f"out={NAME}")
    assert run.code == 0, run.err
    assert Path(NAME, "sheet.png").is_file()
    assert_no_secret(run)
