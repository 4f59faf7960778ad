"""Real sweeps through the entry point, with quick stand-ins for the slow parts."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from batch_jobs import one_kind_of_lock
from conftest import STANDINS
from PIL import Image

from automask.jobs import launchers

PLANTED = """
_target_: automask.masks.PairMasks
k: ${k}
sources:
  planted:
    _target_: sweep_parts.NotedSource
    log: %s
    deadly: null
refine:
  _target_: automask.masks.Blur
content_domain: photo
style_domain: art
"""
ROOT = Path(__file__).parents[2]
PAIR = ("style=painting.png", "content=photo.png")


def left_in(folder):
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*"))


def runs_of(folder):
    return json.loads(Path(folder, "sweep.json").read_text())["runs"]


@pytest.fixture
def planted(standins, tmp_path):
    """masks=planted, whose source notes in this file each picture it looks at."""
    log = tmp_path / "looked.txt"
    file = standins / "masks" / "planted.yaml"
    file.parent.mkdir()
    file.write_text(PLANTED % log)
    return log


def test_a_sweep_leaves_a_run_for_each_cell_a_sheet_and_tables(
    automask, photo, painting
):
    run = automask("-m", "gamma=0,20", "k=1,3", *PAIR, "size=48", "out=grid")
    assert (run.code, run.err) == (0, "")
    assert run.out.splitlines()[-1] == "Sheet: grid/sheet.png"
    assert sorted(file.name for file in Path("grid").iterdir()) == [
        *(f"gamma={gamma},k={k}" for gamma in (0, 20) for k in (1, 3)),
        *("sheet.png", "sweep.csv", "sweep.json"),
    ]
    for folder in Path("grid").glob("gamma*"):
        config = json.loads((folder / "run.json").read_text())["config"]
        assert folder.name == f"gamma={config['gamma']:g},k={config['k']}"
        assert (folder / "photo_painting.png").is_file()
    lines = list(csv.DictReader(Path("grid/sweep.csv").read_text().splitlines()))
    assert [(line["gamma"], line["k"]) for line in lines] == [
        *(("0", "1"), ("0", "3"), ("20", "1"), ("20", "3")),
    ]
    assert {line["loss.mrf"] for line in lines} == {"1.0"}
    assert {line["crossing.relu3_1"] for line in lines} == {"0.01"}
    assert {line["searches"] for line in lines} == {"1"}
    assert all(float(line["seconds.stylize"]) >= 0 for line in lines)
    assert all(float(line["peak_memory_mib"]) > 0 for line in lines)
    assert all(Path("grid", line["picture"]).is_file() for line in lines)
    document = json.loads(Path("grid/sweep.json").read_text())
    assert document["keys"] == {"gamma": ["0", "20"], "k": ["1", "3"]}
    assert document["versions"]["torch"] and document["config"]["size"] == 48
    assert "gamma" not in document["config"]
    with Image.open("grid/sheet.png") as sheet:
        assert min(sheet.size) > 200


def test_each_cell_gets_a_line_with_its_place_among_all(automask, photo, painting):
    run = automask("-m", "gamma=0,20,40", *PAIR, "size=48")
    words = [line.split()[:2] for line in run.out.splitlines()[:-1]]
    assert words == [["1/3", "gamma=0"], ["2/3", "gamma=20"], ["3/3", "gamma=40"]]
    assert "left" in run.out.splitlines()[0]
    (folder,) = Path("outputs").iterdir()
    assert folder.name.endswith("_sweep-of-gamma")
    quiet = automask("-m", "-q", "gamma=0,20", *PAIR, "size=48", "out=quiet")
    assert quiet.out == "quiet/sheet.png\n"


def test_a_failed_cell_leaves_the_others_and_says_why(automask, photo, painting):
    run = automask("-m", "gamma=-1,3", "k=1,3", *PAIR, "size=48", "out=grid")
    assert run.code == 1
    errors = run.err.splitlines()
    assert errors[0] == "automask: gamma=-1 k=1: gamma must be a number >= 0, got -1"
    assert len(errors) == 2
    lines = runs_of("grid")
    assert [line["state"] for line in lines] == [*["unstarted"] * 2, *["done"] * 2]
    assert "must be a number >= 0" in lines[0]["error"]
    assert sorted(folder.name for folder in Path("grid").glob("gamma*")) == [
        "gamma=3,k=1",
        "gamma=3,k=3",
    ]
    sheet = np.asarray(Image.open("grid/sheet.png")).astype(int)
    red = (abs(sheet - (252, 228, 224)) < 3).all(axis=2)
    ys, xs = np.nonzero(red)
    box = sheet[ys.min() : ys.max(), xs.min() : xs.max()]
    assert (box.sum(axis=2) < 200).sum() > 100  # letters on it


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["gamma=3,-1"], "gamma must be a number >= 0, got -1"),
        (["stylizer.seconds=0,soon"], "stylizer.seconds must be a number, got soon"),
        (["encoder=standin,vgg19"], "VGG-19's weights are not at"),
        (["style=painting.png,none.png"], "no style picture 'none.png'"),
        (["init=content,none.png"], "no file 'none.png'"),
        (["masks=none,onnx"], "masks.sources.onnx.model must be a word, got null"),
    ],
)
def test_what_is_wrong_with_a_later_cell_is_said_before_the_first_is_painted(
    automask, photo, painting, monkeypatch, capfd, words, reason
):
    monkeypatch.setenv("TORCH_HOME", "nowhere")
    said = []

    def painted(*given):
        said.append(capfd.readouterr().err)
        raise ValueError("not painted")

    monkeypatch.setattr("automask.pipeline.paint.paint", painted)
    run = automask("-m", *PAIR, "size=48", "out=grid", *words)
    assert run.code == 1 and "not painted" in run.err
    assert len(said) == 1 and reason in said[0]
    assert [line["state"] for line in runs_of("grid")] == ["failed", "unstarted"]


def test_what_is_wrong_with_all_cells_is_said_once(automask, photo, painting):
    before = left_in(".")
    run = automask("-m", *PAIR, "gamma=0,20", "stylizer.seconds=soon", "out=grid")
    assert (run.code, run.out) == (2, "")
    assert run.err == "automask: stylizer.seconds must be a number, got soon\n"
    assert left_in(".") == before


def test_what_breaks_while_painting_fails_its_cell_alone(automask, photo, painting):
    run = automask(*("-m", "stylizer.fails=null,memory", *PAIR, "size=48", "out=grid"))
    assert run.code == 1
    assert "stylizer.fails=memory: not enough memory" in run.err
    assert [line["state"] for line in runs_of("grid")] == ["done", "failed"]


def test_where_nothing_can_start_one_line_says_so_and_nothing_is_left(
    automask, photo, painting
):
    before = left_in(".")
    for words in (
        ("gamma=0,20", "k=1,3", "content=none.png", "style=painting.png"),
        ("gamma=0,20", "content=photo.png", "style=money"),
        ("gamma=0,many", *PAIR),
        ("gamma=0,20", *PAIR, "out=a,b"),
        ("gamma=0,20", *PAIR, "hydra/launcher=slurm"),
    ):
        run = automask("-m", *words)
        assert (run.code, run.out) == (2, ""), words
        assert run.err.count("\n") == 1 and run.err.startswith("automask: ")
        assert left_in(".") == before


def test_a_missing_launcher_is_told_by_its_extra(
    automask, photo, painting, monkeypatch
):
    monkeypatch.setattr(launchers, "find_spec", lambda name: None)
    run = automask("-m", "hydra/launcher=joblib", "gamma=0,20", *PAIR)
    assert run.code == 2
    assert run.err.endswith("pip install 'automask[sweep]'\n")
    run = automask("-m", "hydra/launcher=ray", "gamma=0,20", *PAIR)
    assert run.err.endswith("pip install 'automask[cluster]'\n")


def test_a_picture_as_out_gets_the_sheet(automask, photo, painting):
    run = automask("-m", "gamma=0,20", *PAIR, "size=48", "out=all.jpg")
    assert run.out.splitlines()[-1] == "Sheet: all.jpg"
    assert Path("all.sweep/gamma=0/photo_painting.png").is_file()
    with Image.open("all.jpg") as sheet:
        assert sheet.format == "JPEG"
    run = automask("-m", "gamma=0,20", *PAIR, "out=all.gif")
    assert run.code == 2 and "must end in" in run.err


def test_a_sweep_of_masks_shows_them(automask, photo, painting):
    run = automask("-m", "gamma=0,20", *PAIR, "size=48", "stage=masks", "out=grid")
    assert (run.code, run.err) == (0, "")
    assert [line["picture"] for line in runs_of("grid")] == [None, None]


def test_files_whose_names_hydra_would_misread_are_swept_over(
    automask, photo, painting
):
    names = ["a=b ${gamma}.png", "O'Hara [é].png"]
    for name in names:
        Path(name).write_bytes(photo.read_bytes())
    run = automask(
        *("-m", f"content={','.join(names)}", "style=painting.png,monet"),
        *("size=48", "out=grid"),
    )
    assert run.code == 0, run.err
    records = [
        json.loads(Path("grid", line["folder"], "run.json").read_text())
        for line in runs_of("grid")
    ]
    assert [record["content"]["path"] for record in records] == [
        name for name in names for _ in range(2)
    ]
    assert [Path(record["styles"][0]["path"]).name for record in records] == [
        *["painting.png", "monet.jpg"] * 2
    ]
    assert Path("grid/content=O'Hara [é],style=monet").is_dir()


def test_a_sweep_started_again_keeps_what_is_there(automask, photo, painting):
    words = ("-m", *PAIR, "size=48", "out=grid")
    automask(*words, "gamma=0,20")
    file = Path("grid/gamma=0/run.json")
    before = file.stat().st_mtime_ns
    run = automask(*words, "gamma=0,20,40")
    assert run.code == 0, run.err
    assert [line["state"] for line in runs_of("grid")] == ["kept", "kept", "done"]
    assert file.stat().st_mtime_ns == before
    # Another size is another run; so is another photograph of the same name.
    automask(*words, "gamma=0,20", "size=64")
    assert [line["folder"] for line in runs_of("grid")] == ["gamma=0-2", "gamma=20-2"]
    photo.write_bytes(painting.read_bytes())
    automask(*words, "gamma=0,20")
    assert [line["state"] for line in runs_of("grid")] == ["done", "done"]


def test_masks_of_a_picture_are_found_once(automask, planted, photo, painting):
    run = automask("-m", "gamma=0,20", "k=1,2", *PAIR, "masks=planted", "size=48")
    assert run.code == 0, run.err
    assert len(planted.read_text().split()) == 2  # content and style
    document = json.loads(next(Path("outputs").glob("*/sweep.json")).read_text())
    assert document["memo"]["masks found made"] == 2


def test_a_remembered_picture_equals_the_single_runs_bit_by_bit(
    program, standins, planted, photo, painting
):
    words = [*("--config-dir", str(standins)), *PAIR, "masks=planted", "size=64"]
    words += ["stylizer.iterations=[3]", "style_scale=1"]
    run = program("-m", "gamma=0,10,20", *words, "out=grid")
    assert run.code == 0, run.err
    memo = json.loads(Path("grid/sweep.json").read_text())["memo"]
    assert memo["features reused"] and memo["masks chosen reused"] == 2
    for gamma in (0, 20):
        alone = program(f"gamma={gamma}", *words, f"out={gamma}.png")
        assert alone.code == 0, alone.err
        file = Path(f"grid/gamma={gamma}/photo_painting.png")
        assert file.read_bytes() == Path(f"{gamma}.png").read_bytes()
    assert Path("0.png").read_bytes() != Path("20.png").read_bytes()


def started(standins, folder, *words):
    """The program in a process of its own."""
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "automask.run", "-m", "--config-dir"),
            *(str(standins), *STANDINS, *PAIR, *words),
        ],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process):
    """What a process printed; killed if it never ends."""
    try:
        return process.communicate(timeout=250)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise


def test_a_stopped_sweep_keeps_what_was_done(standins, photo, painting):
    folder = photo.parent
    words = ("size=48", "stylizer.seconds=0,60", "gamma=0,20", "out=grid")
    process = started(standins, folder, *words)
    lines = [process.stdout.readline() for _ in range(2)]
    assert lines[1].startswith("2/4"), (lines, process.stderr.read())
    time.sleep(0.5)  # the third is at its minute
    process.send_signal(signal.SIGTERM)
    out, err = ended(process)
    assert process.returncode == 143
    assert err == "automask: stopped; nothing half-done is left\n"
    states = [line["state"] for line in runs_of(folder / "grid")]
    assert states == ["done", "done", "not run", "not run"]
    hidden = [name for name in left_in(folder) if "/." in name or name[0] == "."]
    assert not hidden


@one_kind_of_lock
def test_a_second_sweep_on_one_folder_says_that_there_is_another(
    automask, standins, photo, painting
):
    words = ("size=48", "gamma=0,20", "out=grid")
    grid = photo.parent / "grid"
    with started(standins, photo.parent, *words, "stylizer.seconds=60") as first:
        while not list(grid.glob(".automask-*/draft/0.tries")):
            assert first.poll() is None
            time.sleep(0.05)
        second = automask("-m", *PAIR, *words)
        first.kill()
        ended(first)
    assert second.code == 2
    assert second.err.startswith("automask: another sweep is at work on '")
    assert second.err.count("\n") == 1
    assert not list(grid.glob("gamma*"))
    again = automask("-m", *PAIR, *words)  # what the first left hidden is swept
    assert again.code == 0, again.err
    assert not list(grid.glob(".automask*"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("levels", [{"losses": {"mrf": "x"}}]), "levels.losses must not be"),
        (("seconds", {"total": -3}), "seconds must not be {'total': -3}"),
        (("styles", {}), "styles must be a list"),
        (("versions", "0.1"), "versions must not be '0.1'"),
        (("content", {"path": "photo.png", "sha256": "x"}), "content must not be"),
        (("peak_memory_mib", float("nan")), "it holds NaN"),
        ((None, None), "it must have keys"),
    ],
)
def test_a_run_whose_record_is_amiss_is_told_and_made_anew(
    automask, photo, painting, change, said
):
    words = ("-m", *PAIR, "size=48", "out=grid", "gamma=0,20")
    automask(*words)
    file = Path("grid/gamma=0/run.json")
    key, value = change
    record = json.loads(file.read_text()) | {key: value} if key else []
    file.write_text(json.dumps(record, indent=2))
    run = automask(*words)
    assert run.code == 0, run.err
    assert [line["state"] for line in runs_of("grid")] == ["done", "kept"]
    assert run.err.count("\n") == 1
    assert "'" + str(file.absolute()) + "', line " in run.err and said in run.err
    lines = file.read_text().splitlines()
    number = int(run.err.partition("', line ")[2].partition(":")[0])
    assert key is None or "NaN" in said or f'"{key}"' in "".join(lines[:number])


def test_a_torn_record_is_told_by_its_line(automask, photo, painting):
    words = ("-m", *PAIR, "size=48", "out=grid", "gamma=0,20")
    automask(*words)
    file = Path("grid/gamma=0/run.json")
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:10]))
    run = automask(*words)
    assert run.code == 0 and "run.json', line 1" in run.err
    assert run_states("grid") == ["done", "kept"]


def test_a_map_put_in_anothers_place_makes_the_run_anew(automask, photo, painting):
    for column in (24, 48):
        drawn = Image.new("RGB", (96, 96), (255, 0, 0))
        drawn.paste((0, 255, 0), (0, 0, column, 96))
        drawn.save("map.png")
        os.utime("map.png", (1e9, 1e9))  # as copies keep their time
        words = ("map=map.png", "style=photo.png", "style.map=map.png", "masks=maps")
        run = automask("-m", PAIR[1], *words, "size=48", "out=grid", "gamma=0,20")
        assert run.code == 0, run.err
        assert run_states("grid") == ["done", "done"]


def run_states(folder):
    return [line["state"] for line in runs_of(folder)]


NEEDS = {
    "joblib": ("hydra_plugins.hydra_joblib_launcher", ("hydra.launcher.n_jobs=2",)),
    "submitit_local": (
        "hydra_plugins.hydra_submitit_launcher",
        ("hydra.sweeper.max_batch_size=3",),
    ),
    "ray": (
        "hydra_plugins.hydra_ray_launcher",
        ("+hydra.launcher.ray.init.num_cpus=2",),
    ),
}


def installed(module):
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


@pytest.mark.slow
@pytest.mark.parametrize("launcher", NEEDS)
def test_a_launcher_shares_masks_between_processes_and_leaves_failures_behind(
    standins, planted, photo, painting, launcher
):
    plugin, settings = NEEDS[launcher]
    if not installed(plugin):
        pytest.skip(f"{plugin} is not installed")
    folder = photo.parent
    words = (f"hydra/launcher={launcher}", *settings, "masks=planted", "size=48")
    process = started(standins, folder, *words, "gamma=-1,0,20", "out=grid")
    out, err = ended(process)
    assert process.returncode == 1, err
    assert err == "automask: gamma=-1: gamma must be a number >= 0, got -1\n"
    assert out.splitlines()[-1] == "Sheet: grid/sheet.png"
    runs = runs_of(folder / "grid")
    assert [line["state"] for line in runs] == ["unstarted", "done", "done"]
    assert len(planted.read_text().split()) == 2
    assert sorted(file.name for file in (folder / "grid").iterdir()) == [
        *("gamma=0", "gamma=20", "sheet.png", "sweep.csv", "sweep.json"),
    ]


@pytest.mark.slow
@pytest.mark.skipif(not installed(NEEDS["joblib"][0]), reason="joblib's launcher")
def test_a_cell_whose_process_dies_is_lost_and_the_others_are_not(
    standins, planted, photo, painting
):
    deadly = "masks.sources.planted.deadly"
    words = ("hydra/launcher=joblib", *NEEDS["joblib"][1], "masks=planted", "size=48")
    process = started(
        standins, photo.parent, *words, f"{deadly}=true,false", "out=grid"
    )
    _, err = ended(process)
    assert process.returncode == 1
    assert err.startswith(f"automask: {deadly}=True: its process was lost")
    assert [line["state"] for line in runs_of(photo.parent / "grid")] == [
        *("lost", "done")
    ]
    assert not [name for name in left_in(photo.parent) if "/." in name]
