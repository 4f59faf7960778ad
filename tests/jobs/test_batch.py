"""Batches from the command line to the files, with a stand-in for the painting."""

import json
import logging
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from batch_jobs import (
    ENVIRON,
    SEEN,
    lines_of,
    one_kind_of_lock,
    run_batch,
    states_of,
)
from conftest import STANDINS
from PIL import Image

from automask.io.folders import hidden_folder, sweep_dead
from automask.io.terminal import warnings_kept


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """Four photographs, two of one name, in folders."""
    monkeypatch.chdir(tmp_path)
    for number, name in enumerate(("a.png", "b.jpg", "deep/a.png", "deep/c.png")):
        file = tmp_path / "photos" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40, 40 + number), (60 * number, 90, 30)).save(file)
    return tmp_path / "photos"


@pytest.fixture
def words(standins):
    """What makes a batch quick."""
    return ("--config-dir", str(standins), *STANDINS, "size=48", "engine=inline")


@pytest.fixture
def batch(photos, words, monkeypatch, capfd):
    """Call the program with stand-ins on the photographs, deep ones included."""

    def call(*more, content="photos", style="monet", out="out"):
        typed = (f"content={content}", f"style={style}", f"out={out}", "recursive=true")
        return run_batch((*words, *typed, *more), monkeypatch, capfd)

    return call


def left_in(folder):
    return sorted(
        str(path.relative_to(folder))
        for path in Path(folder).rglob("*")
        if not path.is_dir()
    )


def ages(folder):
    return {path: path.stat().st_mtime_ns for path in Path(folder).rglob("*_*.*")}


@pytest.mark.slow
def test_a_batch_leaves_each_picture_in_each_style_with_its_record(batch):
    run = batch(style="monet,vangogh")
    assert run.code == 0, run.err
    pairs = [
        f"{p}_{s}" for p in ("a", "b", "deep/a", "deep/c") for s in ("monet", "vangogh")
    ]
    files = [f"{pair}{end}" for pair in pairs for end in (".json", ".png")]
    assert left_in("out") == sorted([*files, "manifest.jsonl"])
    assert states_of(Path("out/manifest.jsonl")) == dict.fromkeys(pairs, "done")
    with Image.open("out/deep/c_vangogh.png") as picture:
        assert picture.size == (45, 48)
    record = json.loads(Path("out/deep/c_vangogh.json").read_text())
    assert record["config"]["style"]["name"] == "vangogh"
    assert record["content"]["path"] == str(Path("photos/deep/c.png").absolute())
    assert "style=vangogh" in record["command"]
    *lines, summary = run.out.splitlines()
    form = r"\d/8 done (deep/)?[abc]_\w+ \d+\.\d s, \d+\.\d images/min, \d+ s left"
    assert len(lines) == 8 and all(re.fullmatch(form, line) for line in lines), lines
    assert summary == "Batch: 8 done, 0 failed, 0 pending; out/manifest.jsonl"


@pytest.mark.slow
def test_started_again_a_batch_does_only_what_is_new(batch, photos):
    assert batch().code == 0
    before = ages("out")
    Image.new("RGB", (40, 40)).save(photos / "new.png")
    run = batch()
    assert run.code == 0, run.err
    assert before.items() <= ages("out").items()
    assert len(states_of(Path("out/manifest.jsonl"))) == 5
    again = ages("out")
    assert batch().out.startswith("Batch: 5 done")
    assert ages("out") == again


@pytest.mark.slow
def test_results_beside_the_photographs_are_not_taken_for_photographs(batch):
    assert batch(out="photos").code == 0
    run = batch(out="photos")
    assert run.out.startswith("Batch: 4 done")


@pytest.mark.slow
def test_a_finished_picture_whose_line_was_lost_is_not_painted_again(batch):
    assert batch().code == 0
    manifest, before = Path("out/manifest.jsonl"), ages("out")
    lines = manifest.read_text().splitlines(keepends=True)
    manifest.write_text("".join(lines[:-1]) + lines[-1][:20])  # as a kill leaves it
    run = batch()
    assert run.code == 0 and run.out.startswith("Batch: 4 done")
    assert ages("out") == before
    assert list(states_of(manifest).values()) == ["done"] * 4


@pytest.mark.slow
def test_another_batchs_record_is_not_taken_for_this_ones(batch):
    assert batch().code == 0
    before = ages("out")
    manifest = Path("out/manifest.jsonl")
    header, *lines = lines_of(manifest)
    pending = [line | {"state": "pending"} for line in lines]
    header["batch"] = "another"
    manifest.write_text("".join(json.dumps(x) + "\n" for x in (header, *pending)))
    assert batch().code == 0
    assert not before.items() & ages("out").items()


@pytest.mark.slow
def test_what_was_deleted_is_painted_again(batch):
    assert batch().code == 0
    Path("out/a_monet.json").unlink()
    run = batch()
    assert run.out.startswith("4/4 done a_monet")
    assert Path("out/a_monet.json").exists()


@pytest.mark.slow
def test_a_bad_picture_fails_alone_and_retry_tries_it_again(batch, photos):
    (photos / "bad.jpg").write_text("text")
    run = batch()
    assert run.code == 1
    assert run.out.splitlines()[-1].startswith("Batch: 4 done, 1 failed, 0 pending")
    failure, summary = run.err.splitlines()
    assert "failed" in failure and "not a picture in a known format" in failure
    assert summary == (
        "automask: 1 of 5 failed; the reasons are in out/manifest.jsonl, "
        "and retry=true tries them again"
    )
    (line,) = [x for x in lines_of(Path("out/manifest.jsonl")) if "reason" in x]
    assert line["state"] == "failed" and "known format" in line["reason"]
    before = ages("out")
    run = batch()
    assert run.code == 1 and "failed " not in run.err  # not tried again unless asked to
    assert "failed " in batch("retry=true").err
    assert ages("out") == before


@pytest.mark.slow
def test_a_failed_photograph_that_was_mended_is_tried_again(batch, photos):
    (photos / "bad.jpg").write_text("text")
    assert batch().code == 1
    before = ages("out")
    Image.new("RGB", (40, 40)).save(photos / "bad.jpg")
    run = batch()
    assert run.code == 0, run.err
    assert ", 1 anew; " in run.out.splitlines()[-1]
    assert before.items() < ages("out").items()


def replaced_by(photo, other, keeps_time=False):
    """Put another picture under a photograph's name."""
    before = photo.stat()
    photo.write_bytes(other.read_bytes())
    if keeps_time:
        os.utime(photo, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.slow
def test_a_photograph_behind_a_link_is_the_one_that_the_link_leads_to(batch, photos):
    target = photos.parent / "target.png"
    (photos / "a.png").rename(target)
    (photos / "a.png").symlink_to(target)
    assert batch().code == 0
    Image.new("RGB", (40, 40), (61, 90, 30)).save(photos.parent / "other.png")
    replaced_by(target, photos.parent / "other.png", keeps_time=True)
    assert batch().out.startswith("Anew: 1 ")


@pytest.mark.slow
def test_a_photograph_replaced_under_its_name_is_painted_anew(batch, photos):
    assert batch().code == 0
    before = ages("out")
    other = photos.parent / "other.png"
    Image.new("RGB", (40, 40), (0, 0, 255)).save(other)
    replaced_by(photos / "a.png", other)
    run = batch()
    assert run.code == 0, run.err
    assert run.out.startswith("Anew: 1 whose photograph or settings have changed\n")
    assert run.out.splitlines()[-1].startswith(
        "Batch: 4 done, 0 failed, 0 pending, 1 anew; "
    )
    changed = {path.name for path, age in ages("out").items() if before[path] != age}
    assert changed == {"a_monet.png", "a_monet.json"}
    with Image.open("out/a_monet.png") as picture:
        assert picture.getpixel((20, 20)) == (0, 0, 255)
    assert batch().out.startswith("Batch: 4 done, 0 failed, 0 pending; ")


@pytest.mark.slow
def test_a_photograph_that_was_only_copied_or_touched_is_not_painted_anew(
    batch, photos
):
    assert batch().code == 0
    before = ages("out")
    os.utime(photos / "a.png", (1e9, 1e9))
    copy = photos / "copy"
    copy.write_bytes((photos / "b.jpg").read_bytes())
    copy.replace(photos / "b.jpg")
    assert batch().out.startswith("Batch: 4 done, 0 failed, 0 pending; ")
    assert ages("out") == before


@pytest.mark.slow
def test_a_kill_before_a_replaced_photograph_was_painted_leaves_it_to_be_painted(
    batch, photos
):
    assert batch().code == 0
    other = photos.parent / "other.png"
    Image.new("RGB", (40, 40), (0, 0, 255)).save(other)
    replaced_by(photos / "a.png", other)
    manifest = Path("out/manifest.jsonl")
    pending = [x for x in lines_of(manifest) if x.get("name") == "a_monet"][0]
    with manifest.open("a") as lines:  # as the next start notes it, before it is killed
        lines.write(json.dumps(pending | {"state": "pending"}) + "\n")
    assert batch().code == 0
    with Image.open("out/a_monet.png") as picture:
        assert picture.getpixel((20, 20)) == (0, 0, 255)


@pytest.mark.slow
def test_a_map_beside_a_photograph_counts_where_maps_are_looked_for(batch, photos):
    def painted(*words):
        return batch(*words, content="photos/a.png").out.startswith("Anew: 1 ")

    for color in ("red", "blue"):
        Image.new("RGB", (40, 40), color).save(photos / "a_sem.png")
        assert painted("find_maps=true") == (color == "blue")
        assert not painted("find_maps=true")


def test_a_style_replaced_under_its_name_is_painted_anew(batch, tmp_path):
    for color, anew in (((9, 9, 9), ""), ((200, 9, 9), ", 1 anew")):
        Image.new("RGB", (40, 40), color).save(tmp_path / "mine.png")
        run = batch(style="mine.png", content="photos/a.png")
        assert run.code == 0, run.err
        assert f"0 pending{anew}; " in run.out.splitlines()[-1]
    assert len(list(Path("out").rglob("*.png"))) == 1


@pytest.mark.slow
def test_with_other_settings_each_picture_is_painted_anew_under_its_name(batch):
    one = {"content": "photos/a.png"}
    assert batch(**one).code == 0
    before = left_in("out")
    for gamma in (35, 20):  # and anew when the settings are the first ones again
        run = batch(f"gamma={gamma}", **one)
        assert run.code == 0, run.err
        assert run.out.startswith("Anew: 1 ")
        assert "Batch: 1 done, 0 failed, 0 pending, 1 anew; " in run.out
        record = json.loads(Path("out/a_monet.json").read_text())
        assert record["config"]["gamma"] == gamma
        assert batch(f"gamma={gamma}", **one).out.startswith("Batch: 1 done")
    assert left_in("out") == before
    assert batch("suffix=jpg", **one).out.startswith("Anew: 1 ")
    assert Path("out/a_monet.jpg").exists()


@pytest.mark.slow
def test_the_manifest_of_an_earlier_version_keeps_its_names(batch):
    assert batch().code == 0
    manifest = Path("out/manifest.jsonl")
    header, *lines = lines_of(manifest)
    for line in lines:
        line["style"], line["key"] = line.pop("variant"), line["key"][::-1]
        line["name"] = line["name"].replace("a_monet", "anna")
    header |= {"config": "0" * 64, "versions": {}}
    for record in Path("out").rglob("*.json"):
        record.unlink()
    manifest.write_text("".join(json.dumps(x) + "\n" for x in (header, *lines)))
    run = batch()
    assert run.code == 0 and run.err == ""
    assert run.out.startswith("Anew: 4 ")
    assert Path("out/anna.png").exists() and Path("out/deep/anna.png").exists()


@pytest.mark.slow
def test_a_file_that_was_there_before_keeps_its_name(batch, photos):
    Path("out").mkdir()
    Path("out/a_monet.png").write_text("mine")
    assert batch().code == 0
    assert Path("out/a_monet.png").read_text() == "mine"
    assert Path("out/a-png_monet.png").exists()


@pytest.mark.slow
def test_masks_stay_on_request_and_masks_alone_can_be_made(batch):
    assert batch("keep_masks=true", "suffix=jpg").code == 0
    assert Path("out/a_monet.masks/sheet.png").exists()
    with Image.open("out/a_monet.jpg") as picture:
        assert picture.format == "JPEG"
    assert batch("stage=masks", out="masks").code == 0
    assert Path("masks/deep/c_monet.masks/content.png").exists()
    assert batch("stage=masks", out="masks").out.startswith("Batch: 4 done")


@pytest.mark.slow
def test_models_are_loaded_once_and_a_style_is_looked_at_once(batch):
    more = ("masks=portrait", "+masks.sources.counted._target_=batch_jobs.Counted")
    more += ("~masks.sources.portrait", "encoder._target_=batch_jobs.Counted")
    SEEN.clear()
    run = batch(*more, style="monet,vangogh")
    assert run.code == 0, run.err
    assert SEEN.count("built") == 2  # the encoder, the mask source
    assert SEEN.count("looked") == 4 + 2  # photographs, styles


@pytest.mark.slow
def test_what_is_no_picture_is_counted_and_the_batchs_own_files_are_not(batch, photos):
    for name in ("notes.txt", "clip.mp4", ".hidden.jpg", "sensor.nef"):
        (photos / name).write_bytes(b"II*\0" + bytes(40))
    os.mkfifo(photos / "pipe.jpg")
    for _ in range(2):
        run = batch("keep_masks=true", out="photos")
        assert run.code == 0, run.err
        assert run.out.splitlines()[-1] == (
            "Batch: 4 done, 0 failed, 0 pending, 5 skipped; photos/manifest.jsonl"
        )


@pytest.mark.slow
def test_pictures_are_known_by_their_content_where_the_suffix_is_unknown(batch, photos):
    jpeg = (photos / "b.jpg").read_bytes()
    for name in ("c.jfif", "d.jpe", "e.jif", "f", "g.jpg_large"):
        (photos / name).write_bytes(jpeg)
    Image.new("RGB", (40, 40)).save(photos / "h.tga")
    (photos / "i.dat").write_text("no picture")
    run = batch()
    assert run.code == 0, run.err
    assert run.out.splitlines()[-1].startswith(
        "Batch: 10 done, 0 failed, 0 pending, 1 skipped; "
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["x" * 246 + ".png", "猫" * 80 + ".png"])
def test_the_longest_name_that_a_photograph_can_have_is_painted(batch, photos, name):
    Image.new("RGB", (40, 40)).save(photos / "short.png")
    (photos / "short.png").rename(photos / name)
    (photos / "a.png").replace(photos / (name[:-6] + "yy.png"))  # cut, it is the same
    run = batch()
    assert run.code == 0, run.err
    assert len(list(Path("out").rglob("*.json"))) == 4 + 1
    assert batch().out.startswith("Batch: 5 done")


@pytest.mark.slow
def test_names_with_newlines_and_escape_sequences_reach_no_terminal(batch, photos):
    for name in ("new\nline.png", "\x1b]0;title\x07red\x1b[31m.png", "bad\n\x1b.png"):
        Image.new("RGB", (40, 40)).save(photos / "b.png")
        (photos / "b.png").rename(photos / name)
    (photos / "bad\n\x1b.png").write_text("no picture")
    run = batch()
    assert run.code == 1
    assert not {"\x1b", "\x07"} & {*run.out, *run.err}
    assert len(run.out.splitlines()) == 6 + 1 and len(run.err.splitlines()) == 2
    assert "done new\\nline_monet " in run.out


@pytest.mark.slow
def test_quiet_shows_failures_alone(batch, photos):
    assert batch("-q") == batch("-q")
    (photos / "bad.jpg").write_text("text")
    run = batch("-q")
    assert run.out == ""
    assert run.err.startswith("5/5 failed ")


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("style=", "no style given; add style=monet,vangogh"),
        ("style=money", "unknown style 'money'"),
        ("content=", "no content given"),
        ("out=", "add out=results/"),
        ("out=a.png", "names a picture; a batch needs a folder"),
        ("suffix=gif", "suffix must be png or jpg"),
        ("workers=0", "workers must be an integer >= 1"),
        ("retry=maybe", "retry=maybe: must be true or false"),
        ("engine=spark", "unknown engine 'spark'; choose from inline, pool, ray"),
        ("gama=3", "unknown key 'gama'; did you mean 'gamma'?"),
        ("gamma=-3", "gamma must be a number >= 0"),
        ("--what", "unknown option '--what'"),
        ("encoder=vgg19", "encoder.weights"),
    ],
)
def test_what_cannot_begin_says_so_in_one_line(batch, word, said):
    run = batch(word)
    assert run.code == 2, run.out
    assert said in run.err
    assert run.err.startswith("automask: ") and run.err.count("\n") == 1
    assert not list(Path().rglob("*_monet.*"))


@one_kind_of_lock
def test_drafts_of_the_dead_are_swept_and_those_of_the_living_stay(tmp_path):
    dead, early = (tmp_path / f".automask-{n * 16}" for n in "ab")
    for folder in (dead, early):
        folder.mkdir()
        (folder / "half.png").write_text("half")
    dead.with_suffix(".lock").touch()  # early: it died before, or after, it had one
    (tmp_path / f".automask-{'c' * 16}.lock").touch()
    other = tmp_path / ".automask-notes"
    other.mkdir()
    with hidden_folder(tmp_path) as living:
        (living / "half.png").write_text("half")
        assert sweep_dead(tmp_path) == 3
        assert living.exists() and other.exists()
        assert len(list(tmp_path.iterdir())) == 3  # these and a lock
    assert list(tmp_path.iterdir()) == [other]


def started(words, *more):
    typed = ("content=photos", "style=monet,vangogh", "out=out", "recursive=true")
    return subprocess.Popen(
        [sys.executable, "-m", "automask.batch", *words, *typed, *more],
        env=ENVIRON,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_killed_again_and_again_a_batch_loses_nothing_and_does_nothing_twice(
    photos, words
):
    slow = "stylizer.seconds=0.2"
    for _ in range(2):
        with started(words, slow) as process:
            assert process.stdout
            for _ in range(2):
                assert " done " in process.stdout.readline()
            time.sleep(0.1)  # into the next picture
            assert len(list(Path("out").glob(".automask-*[!k]"))) <= 1  # its own
            process.kill()
    assert list(Path("out").glob(".automask-*[!k]"))  # so it was
    with started(words, slow) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert len(left_in("out")) == 17
    assert not [path for path in Path("out").rglob(".*")]
    for file in Path("out").rglob("*.png"):
        with Image.open(file) as picture:
            picture.load()
    done = [
        x["key"]
        for x in lines_of(Path("out/manifest.jsonl"))[1:]
        if x["state"] == "done"
    ]
    assert len(done) == len(set(done)) == 8


@pytest.mark.slow
def test_ctrl_c_takes_one_line_and_the_same_command_goes_on(photos, words):
    with started(words, "stylizer.seconds=0.2") as process:
        assert process.stdout and " done " in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err == "automask: stopped; the same command goes on from here\n"
    assert not [path for path in Path("out").rglob(".*")]
    assert 0 < list(states_of(Path("out/manifest.jsonl")).values()).count("done") < 8


@pytest.mark.slow
def test_a_pool_paints_real_pictures_with_few_threads(
    tmp_path, photo, monkeypatch, capfd
):
    monkeypatch.chdir(tmp_path)
    with Image.open(photo) as picture:
        (tmp_path / "photos").mkdir()
        for number in range(2):
            picture.rotate(5 * number).save(tmp_path / f"photos/{number}.png")
    words = ("content=photos", "style=portrait", "out=out", "size=64", "workers=2")
    run = run_batch((*words, "stylizer.iterations=[3]"), monkeypatch, capfd)
    assert run.code == 0, run.err
    records = [json.loads(file.read_text()) for file in Path("out").glob("*.json")]
    assert len(records) == 2
    cores = len(os.sched_getaffinity(0))
    assert {record["threads"] for record in records} == {max(1, cores // 2)}
    assert all("person" in [m["name"] for m in record["masks"]] for record in records)


def test_warnings_go_to_the_picture_they_are_about_and_to_no_terminal():
    logger, shown, heard = logging.getLogger("automask"), logging.Handler(), []
    shown.emit = lambda record: heard.append(record.getMessage())
    logger.addHandler(shown)
    try:
        with warnings_kept() as kept:
            logging.getLogger("automask.masks").warning("about the picture")
        assert (kept, heard) == (["about the picture"], [])
        logger.warning("later")
        assert heard == ["later"] and len(kept) == 1
    finally:
        logger.removeHandler(shown)
