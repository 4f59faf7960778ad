"""Sweeps through the entry point, with quick stand-ins for the slow parts."""

import csv
import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from batch_jobs import ENVIRON
from conftest import STANDINS
from PIL import Image

from automask.io.locks import alone_in
from automask.jobs.results import read_run

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
PAIR = ("style=painting.png", "content=photo.png", "size=48")
LEFT = ["sheet.png", "sweep.csv", "sweep.json", "sweep.jsonl"]


def left_in(folder):
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*"))


def runs_of(folder):
    return json.loads(Path(folder, "sweep.json").read_text())["runs"]


def states_of(folder):
    return [line["state"] for line in runs_of(folder)]


@pytest.fixture
def sweep(automask, photo, painting):
    """Call the program with -m on a photograph and a painting."""
    return lambda *words: automask("-m", *PAIR, *words)


@pytest.fixture
def planted(standins, tmp_path):
    """masks=planted, whose source notes in this file each picture it looks at."""
    log = tmp_path / "looked.txt"
    file = standins / "masks" / "planted.yaml"
    file.parent.mkdir()
    file.write_text(PLANTED % log)
    return log


@pytest.mark.slow
def test_a_sweep_leaves_a_run_for_each_cell_a_sheet_and_tables(sweep):
    run = sweep("gamma=0,20", "k=1,3", "out=grid")
    assert (run.code, run.err) == (0, "")
    *lines, summary, sheet = run.out.splitlines()
    form = r"(\d)/4 done (gamma=\d+,k=\d) [\d.]+ s, [\d.]+ images/min, \d+ s left"
    cells = [f"gamma={gamma},k={k}" for gamma in (0, 20) for k in (1, 3)]
    told = [re.fullmatch(form, line) for line in lines]
    assert [each and each.groups() for each in told] == [
        (str(number), cell) for number, cell in enumerate(cells, 1)
    ]
    assert summary == "Sweep: 4 done, 0 failed, 0 pending; grid/sweep.jsonl"
    assert sheet == "Sheet: grid/sheet.png"
    assert sorted(file.name for file in Path("grid").iterdir()) == [*cells, *LEFT]
    for folder in Path("grid").glob("gamma*"):
        record = json.loads((folder / "run.json").read_text())
        config = record["config"]
        assert folder.name == f"gamma={config['gamma']:g},k={config['k']}"
        assert f"gamma={config['gamma']:g}" in record["command"].split()
        assert (folder / "photo_painting.png").is_file()


def test_the_tables_hold_parameters_and_figures_of_each_run(sweep):
    sweep("gamma=0,20", "out=grid")
    lines = list(csv.DictReader(Path("grid/sweep.csv").read_text().splitlines()))
    assert [line["gamma"] for line in lines] == ["0", "20"]
    assert {line["loss.mrf"] for line in lines} == {"1.0"}
    assert {line["crossing.relu3_1"] for line in lines} == {"0.01"}
    assert {line["searches"] for line in lines} == {"1"}
    assert all(float(line["seconds.stylize"]) >= 0 for line in lines)
    assert all(float(line["peak_memory_mib"]) > 0 for line in lines)
    assert all(Path("grid", line["picture"]).is_file() for line in lines)
    document = json.loads(Path("grid/sweep.json").read_text())
    assert document["keys"] == {"gamma": ["0", "20"]}
    assert document["engine"] == "inline"
    assert document["versions"]["torch"] and document["config"]["size"] == 48
    assert "gamma" not in document["config"]


def test_without_out_a_sweep_has_a_folder_of_its_own_and_quiet_tells_its_sheet(sweep):
    run = sweep("-q", "gamma=0,20")
    (folder,) = Path("outputs").iterdir()
    assert folder.name.endswith("_sweep-of-gamma")
    assert (run.out, run.err) == (f"{folder}/sheet.png\n", "")


@pytest.mark.slow
def test_a_refused_cell_leaves_the_others_and_an_empty_place_that_says_why(sweep):
    run = sweep("gamma=-1,3", "k=1,3", "out=grid")
    assert run.code == 1
    assert run.err.splitlines() == [
        f"automask: gamma=-1 k={k}: gamma must be a number >= 0, got -1" for k in (1, 3)
    ]
    assert "2 done, 0 failed, 0 pending, 2 refused" in run.out
    assert states_of("grid") == [*["unstarted"] * 2, *["done"] * 2]
    assert "must be a number >= 0" in runs_of("grid")[0]["error"]
    assert len(list(Path("grid").glob("gamma*"))) == 2
    sheet = np.asarray(Image.open("grid/sheet.png")).astype(int)
    ys, xs = np.nonzero((abs(sheet - (252, 228, 224)) < 3).all(axis=2))
    box = sheet[ys.min() : ys.max(), xs.min() : xs.max()]
    assert (box.sum(axis=2) < 200).sum() > 100  # letters on it


@pytest.mark.slow
@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("stylizer.seconds=0,soon", "stylizer.seconds must be a number, got soon"),
        ("encoder=standin,vgg19", "VGG-19's weights are not at"),
        ("init=content,none.png", "no file 'none.png'"),
    ],
)
def test_what_is_wrong_with_a_later_cell_is_said_before_the_first_is_painted(
    sweep, monkeypatch, capfd, word, reason
):
    monkeypatch.setenv("TORCH_HOME", "nowhere")
    said = []

    def painted(*given):
        said.append(capfd.readouterr().err)
        raise ValueError("not painted")

    monkeypatch.setattr("automask.pipeline.run_folder.paint_to_folder", painted)
    run = sweep("out=grid", word)
    assert run.code == 1 and "not painted" in run.err
    assert len(said) == 1 and reason in said[0]
    assert states_of("grid") == ["failed", "unstarted"]


@pytest.mark.slow
def test_what_breaks_while_painting_fails_its_cell_alone_and_is_tried_again(sweep):
    run = sweep("stylizer.fails=null,memory", "out=grid")
    assert run.code == 1
    line, summary = run.err.splitlines()
    assert line.startswith("2/2 failed photo.png stylizer.fails=memory: not enough mem")
    assert "1 of 2 failed" in summary and "the same command tries" in summary
    assert states_of("grid") == ["done", "failed"]
    assert "2/2 failed" in sweep("stylizer.fails=null,memory", "out=grid").err
    assert states_of("grid") == ["kept", "failed"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("gamma=0,20", "content=none.png"), "no content picture 'none.png'"),
        (("gamma=0,20", "style=money"), "unknown style 'money'"),
        (("gamma=0,many",), "gamma=many: must be a number"),
        (("gamma=0,20", "stylizer.seconds=soon"), "seconds must be a number, got soon"),
        (("gamma=0,20", "out=a,b"), "out names one folder"),
        (("gamma=0,20", "out=all.gif"), "must end in"),
        (("gamma=0,20", "engine=spark"), "unknown engine 'spark'"),
        (("gamma=0,20", "engine=pool,ray"), "one engine paints a sweep"),
        (("gamma=0,20", "workers=0"), "workers must be an integer >= 1"),
        (("gamma=0,20", "engine=ray", "address=127.0.0.1:1"), "no Ray cluster at"),
        (("gamma=0,20", "hydra/launcher=joblib"), "write engine=pool"),
        (("gamma=0,20", "hydra/launcher=submitit_slurm"), "write engine=slurm"),
        (("gamma=0,20", "hydra.launcher.n_jobs=2"), "write engine=pool workers=2"),
    ],
)
def test_where_nothing_can_start_one_line_says_so_and_nothing_is_left(
    sweep, words, said
):
    if "engine=ray" in words:
        pytest.importorskip("ray", reason="pip install 'automask[cluster]'")
    before = left_in(".")
    run = sweep(*words)
    assert run.code == 2 and said in run.err
    assert run.err.count("\n") == 1 and run.err.startswith("automask: ")
    assert left_in(".") == before


def test_a_picture_as_out_gets_the_sheet(sweep):
    run = sweep("gamma=0,20", "out=all.jpg")
    assert run.out.splitlines()[-1] == "Sheet: all.jpg"
    assert Path("all.sweep/gamma=0/photo_painting.png").is_file()
    with Image.open("all.jpg") as sheet:
        assert sheet.format == "JPEG"


@pytest.mark.slow
def test_a_sweep_of_masks_shows_them(sweep):
    run = sweep("gamma=0,20", "stage=masks", "out=grid")
    assert (run.code, run.err) == (0, "")
    assert [line["picture"] for line in runs_of("grid")] == [None, None]
    sweep("gamma=0,20", "stage=masks", "out=grid")
    assert states_of("grid") == ["kept", "kept"]


def test_files_whose_names_hydra_would_misread_are_swept_over(automask, photo):
    names = ["a=b ${gamma}.png", "O'Hara [é].png"]
    for name in names:
        Path(name).write_bytes(photo.read_bytes())
    contents = f"content={','.join(names)}"
    run = automask("-m", contents, "style=monet", "size=48", "out=grid")
    assert run.code == 0, run.err
    records = [
        json.loads(Path("grid", line["folder"], "run.json").read_text())
        for line in runs_of("grid")
    ]
    assert [record["content"]["path"] for record in records] == names
    assert Path("grid/content=O'Hara [é]").is_dir()


@pytest.mark.slow
def test_a_sweep_started_again_keeps_runs_of_the_same_settings_and_files(
    sweep, photo, painting
):
    sweep("gamma=0,20", "out=grid")
    file = Path("grid/gamma=0/run.json")
    before = file.stat().st_mtime_ns
    run = sweep("gamma=0,20,40", "out=grid")
    assert run.out.startswith("3/3 done gamma=40 ")
    assert states_of("grid") == ["kept", "kept", "done"]
    # Another size is another run; so is another photograph of the same name.
    run = sweep("gamma=0,20", "out=grid", "size=64")
    assert run.out.startswith("Anew: 2 whose photograph or settings have changed\n")
    assert [line["folder"] for line in runs_of("grid")] == ["gamma=0-2", "gamma=20-2"]
    Path("grid/sweep.jsonl").unlink()  # each run says what it is
    photo.write_bytes(painting.read_bytes())
    sweep("gamma=0,20", "out=grid")
    assert [line["folder"] for line in runs_of("grid")] == ["gamma=0-3", "gamma=20-3"]
    assert file.stat().st_mtime_ns == before


def test_cells_of_one_configuration_are_painted_once(sweep):
    run = sweep("gamma=20,20.0", "out=grid")
    assert "1 done" in run.out
    assert {line["folder"] for line in runs_of("grid")} == {"gamma=20"}


@pytest.mark.slow
def test_masks_of_a_picture_are_found_once(sweep, planted):
    run = sweep("gamma=0,20", "k=1,2", "masks=planted", "out=grid")
    assert run.code == 0, run.err
    assert len(planted.read_text().split()) == 2  # content and style
    assert json.loads(Path("grid/sweep.json").read_text())["cache"] == {
        "masks chosen made": 2,
        "masks chosen reused": 2,
        "masks found made": 2,
        "masks found reused": 2,
    }


def test_a_second_sweep_on_one_folder_says_that_there_is_another(sweep, tmp_path):
    with alone_in(tmp_path / "grid", "sweep"):
        run = sweep("gamma=0,20", "out=grid")
    assert run.code == 2
    assert run.err.startswith("automask: another sweep is at work on '")
    assert run.err.count("\n") == 1


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["record", "picture", "removed"])
def test_a_run_that_is_not_whole_is_made_anew_in_its_place(sweep, damage):
    sweep("gamma=0,20", "out=grid")
    file, picture = (
        Path("grid/gamma=0", n) for n in ("run.json", "photo_painting.png")
    )
    if damage == "record":
        file.write_text("".join(file.read_text().splitlines(keepends=True)[:10]))
    else:
        (picture if damage == "picture" else file).unlink()
    run = sweep("gamma=0,20", "out=grid")
    assert run.code == 0
    assert (str(file.absolute()) in run.err) == (damage == "record")
    assert states_of("grid") == ["done", "kept"]
    assert picture.is_file() and read_run(file)
    assert not list(Path("grid").glob(".automask*"))


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("levels", [{"losses": {"mrf": "x"}}], "levels.losses must not be"),
        ("seconds", {"total": -3}, "seconds must not be {'total': -3}"),
        ("styles", {}, "styles must be a list"),
        ("versions", "0.1", "versions must not be '0.1'"),
        ("content", {"path": "photo.png", "sha256": "x"}, "content must not be"),
        ("item", {"key": "1", "cache": {}, "warnings": [3]}, "item.warnings must not"),
    ],
)
def test_what_a_record_says_that_cannot_be_is_told_by_its_line(
    tmp_path, key, value, said
):
    record = {
        **{"folder": "/", "config": {}, "versions": {}, "content": None, "styles": []},
        **{"masks": [], "encoder": None, "levels": [], "seconds": {}},
        **{"peak_memory_mib": 1, "item": {"key": "1", "cache": {}, "warnings": []}},
    }
    file = tmp_path / "run.json"
    file.write_text(json.dumps(record, indent=2))
    assert read_run(file) == record
    file.write_text(json.dumps(record | {key: value}, indent=2))
    with pytest.raises(ValueError, match=re.escape(said)) as caught:
        read_run(file)
    number = int(str(caught.value).partition("', line ")[2].partition(":")[0])
    assert f'"{key}"' in "".join(file.read_text().splitlines()[:number])


@pytest.mark.slow
def test_a_swept_picture_equals_the_single_runs_bit_by_bit(
    program, standins, planted, photo, painting
):
    words = [*("--config-dir", str(standins)), *PAIR, "masks=planted", "size=64"]
    words += ["stylizer.iterations=[3]", "style_scale=1"]
    run = program("-m", "gamma=0,10,20", *words, "out=grid")
    assert run.code == 0, run.err
    cached = json.loads(Path("grid/sweep.json").read_text())["cache"]
    assert cached["features reused"] and cached["masks chosen reused"] == 2
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
        env=ENVIRON,
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


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_stopped_sweep_keeps_what_was_done_and_goes_on(
    sweep, standins, photo, number
):
    folder = photo.parent
    words = ("stylizer.seconds=0,60", "gamma=0,20", "out=grid")
    process = started(standins, folder, *words)
    lines = [process.stdout.readline() for _ in range(2)]
    assert lines[1].startswith("2/4"), (lines, process.stderr.read())
    time.sleep(0.5)  # the third is at its minute
    process.send_signal(number)
    _, err = ended(process)
    hidden = [name for name in left_in(folder) if "/." in name or name[0] == "."]
    if number == signal.SIGTERM:
        assert process.returncode == 143
        assert err == "automask: stopped; nothing half-done is left\n"
        assert states_of(folder / "grid") == ["done", "done", "not run", "not run"]
        assert not hidden
    else:
        assert hidden
    run = sweep("stylizer.seconds=0", "gamma=0,20", "out=grid")
    assert run.code == 0, run.err
    assert states_of(folder / "grid") == ["kept", "kept"]
    assert not list((folder / "grid").glob(".automask*"))


@pytest.mark.slow
def test_an_engine_shares_masks_between_processes_and_leaves_failures_behind(
    standins, planted, photo, painting
):
    words = ("engine=pool", "workers=2", "masks=planted", "gamma=-1,0,20", "out=grid")
    process = started(standins, photo.parent, *words)
    out, err = ended(process)
    assert process.returncode == 1, err
    assert err == "automask: gamma=-1: gamma must be a number >= 0, got -1\n"
    assert out.splitlines()[-1] == "Sheet: grid/sheet.png"
    assert states_of(photo.parent / "grid") == ["unstarted", "done", "done"]
    assert len(planted.read_text().split()) == 2
    left = sorted(file.name for file in (photo.parent / "grid").iterdir())
    assert left == ["gamma=0", "gamma=20", *LEFT]
    assert not list(photo.parent.glob(".automask*"))


@pytest.mark.slow
def test_a_cell_whose_process_dies_fails_alone(standins, planted, photo, painting):
    deadly = "masks.sources.planted.deadly=true,false"
    words = ("engine=pool", "workers=2", "masks=planted", deadly, "out=grid")
    process = started(standins, photo.parent, *words)
    _, err = ended(process)
    assert process.returncode == 1
    assert "deadly=True: its worker was killed" in err
    assert states_of(photo.parent / "grid") == ["failed", "done"]
    assert not [name for name in left_in(photo.parent) if "/." in name]
