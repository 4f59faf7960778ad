"""Bad input, bad places and bad luck: each is reported, and the rest goes on."""

import io
import json
import logging
import os
import shutil
from pathlib import Path

import fsspec
import numpy as np
import pytest
from batch_jobs import lines_of, run_batch, states_of
from conftest import STANDINS
from fsspec.implementations.memory import MemoryFileSystem
from PIL import Image

from automask.io.locks import alone_in
from automask.io.terminal import warnings_kept
from automask.jobs.manifest import open_manifest
from automask.jobs.outcome import Share
from automask.jobs.paint_item import compute_with


@pytest.fixture
def batch(tmp_path, standins, monkeypatch, capfd):
    """Call the program with stand-ins on the folder photos, which holds one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    Image.new("RGB", (40, 40)).save("photos/good.png")

    def call(*more, content="photos", out="out"):
        words = ("--config-dir", str(standins), *STANDINS, "size=48", "engine=inline")
        typed = (f"content={content}", "style=monet", f"out={out}")
        return run_batch((*words, *typed, *more), monkeypatch, capfd)

    return call


@pytest.fixture
def bucket():
    """An object store in memory, at memory://bucket."""
    fs = fsspec.filesystem("memory")
    picture = io.BytesIO()
    Image.new("RGB", (40, 40)).save(picture, "PNG")
    for name in ("a.png", "deep/a.png", "note.txt"):
        fs.pipe_file(f"/bucket/in/{name}", picture.getvalue())
    yield fs
    fs.rm("/bucket", recursive=True)


def reasons(folder="out"):
    lines = lines_of(Path(folder, "manifest.jsonl"))[1:]
    return {x["name"].partition("_")[0]: x["reason"] for x in lines if "reason" in x}


def assert_one_line(run, said):
    assert run.code == 2, run.out
    assert said in run.err
    assert run.err.startswith("automask: ") and run.err.count("\n") == 1


@pytest.mark.slow
def test_each_bad_picture_gets_its_reason_and_the_good_ones_are_painted(batch):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save("photos/whole.jpg")
    torn = Path("photos/whole.jpg").read_bytes()[:1500]
    Path("photos/torn.jpg").write_bytes(torn)
    Path("photos/text.jpg").write_text("I am no picture")
    Path("photos/empty.jpg").touch()
    Path("photos/gone.jpg").symlink_to("nowhere.jpg")
    Image.new("RGB", (1, 1)).save("photos/one.png")
    Image.new("L", (10_000, 10_000), 99).save("photos/huge.jpg")  # 100 megapixels
    run = batch()
    assert run.code == 1
    done = [
        name for name, s in states_of(Path("out/manifest.jsonl")).items() if s == "done"
    ]
    assert done == ["good_monet", "huge_monet", "whole_monet"]
    said = reasons()
    assert set(said) == {"torn", "text", "empty", "gone", "one"}
    assert "damaged or incomplete" in said["torn"]
    assert "not a picture in a known format" in said["text"]
    assert "empty (0 bytes)" in said["empty"]
    assert "gone.jpg" in said["gone"]
    assert "too small: 1x1 px" in said["one"]
    assert run.err.count("\n") == 6


def test_a_picture_that_may_not_be_read_fails_alone(batch, monkeypatch):
    Image.new("RGB", (40, 40)).save("photos/mine.png")

    def refusing(path, *more):
        if str(path).endswith("mine.png"):
            raise PermissionError(13, "Permission denied", str(path))
        return open(path, *more)

    monkeypatch.setattr("automask.images.opening.open", refusing, raising=False)
    assert batch().code == 1
    assert set(reasons()) == {"mine"}
    assert "no permission" in reasons()["mine"]


def test_an_empty_folder_is_said_to_be_empty(batch):
    Path("none").mkdir()
    assert_one_line(batch(content="none"), "no pictures in 'none'")
    assert not Path("out").exists()


def test_a_place_that_may_not_be_written_stops_the_batch_before_it_begins(
    batch, monkeypatch
):
    assert_one_line(batch(out="photos/good.png/out"), "a part of that path is a file")
    opened = os.open

    def refused(path, *more):
        if str(path).endswith("manifest.jsonl"):
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *more)

    monkeypatch.setattr(os, "open", refused)
    assert_one_line(batch(), "no permission for 'out/manifest.jsonl'")


def changed_lines(change):
    """Change the lines on items of the manifest, as a stranger might."""
    file = Path("out/manifest.jsonl")
    header, *lines = lines_of(file)
    changed = [header, *(line | change for line in lines)]
    file.write_text("".join(json.dumps(line) + "\n" for line in changed))


def test_a_strangers_manifest_leads_nowhere_but_into_the_folder(batch, tmp_path):
    assert batch().code == 0
    mine = tmp_path / "mine_monet.png"
    mine.write_text("mine")
    changed_lines({"name": "../mine_monet", "state": "pending"})
    run = batch()
    assert run.code == 0
    assert mine.read_text() == "mine" and not Path("mine_monet.json").exists()
    assert run.out.startswith("1/1 done good_monet ")  # anew, under its name
    told = [line for line in run.err.splitlines() if "line 2: name must not be" in line]
    assert len(told) == 1 and run.err.count("\n") == 2


def test_a_strangers_manifest_has_no_other_photograph_painted(batch, tmp_path):
    assert batch().code == 0
    Image.new("RGB", (40, 40), (200, 0, 0)).save("secret.png")
    changed_lines({"content": str(tmp_path / "secret.png"), "state": "pending"})
    Path("out/good_monet.json").unlink()
    assert batch().code == 0
    with Image.open("out/good_monet.png") as picture:
        assert picture.getpixel((20, 20)) == (0, 0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("record", ["[]", "{}", '{"item": 3}', '{"item": {"key": []}}'])
def test_a_record_that_is_amiss_is_no_proof_of_a_finished_picture(batch, record):
    assert batch().code == 0
    changed_lines({"state": "pending"})
    Path("out/good_monet.json").write_text(record)
    run = batch()
    assert run.code == 0 and run.out.startswith("1/1 done good_monet ")


def test_a_photograph_that_a_list_names_and_that_is_gone_fails_alone(batch):
    Path("list.txt").write_text('"photos\\good.png"\r\ngone.png\r\n', "utf-16")
    run = batch(content="list.txt")
    assert run.code == 1
    assert run.out.splitlines()[-1].startswith("Batch: 1 done, 1 failed, 0 pending")
    assert "gone.png'" in reasons()["gone"] and "no content" in reasons()["gone"]


@pytest.mark.slow
def test_a_second_batch_on_one_folder_says_that_there_is_another(batch, tmp_path):
    with open_manifest(Path("list.jsonl")):
        run = batch("manifest=list.jsonl", out="memory://bucket/out")
    assert_one_line(run, "another batch is at work on 'list.jsonl'")
    with alone_in(tmp_path / "out", "batch"):
        run = batch("manifest=list.jsonl")
    assert_one_line(run, f"another batch is at work on '{tmp_path}/out'")
    assert batch().code == 0


def test_without_memory_for_a_picture_that_one_fails_alone(batch, monkeypatch):
    Image.new("RGB", (40, 40)).save("photos/large.png")
    from automask.pipeline import read_pictures

    read, tries = read_pictures.read_with_alpha, []

    def short(config, path, size):
        if "large" in str(path):
            tries.append(path)
            raise MemoryError
        return read(config, path, size)

    monkeypatch.setattr(read_pictures, "read_with_alpha", short)
    assert batch().code == 1
    assert len(tries) == 2
    assert "not enough memory" in reasons()["large"]


@pytest.mark.slow
def test_a_full_disk_stops_the_batch_and_blames_no_picture(batch, monkeypatch):
    for number in range(4):
        Image.new("RGB", (40, 40)).save(f"photos/{number}.png")
    free = shutil.disk_usage

    def full(path):
        done = len(list(Path("out").glob("*.png")))
        return free(path)._replace(free=0 if done >= 2 else 2**30)

    monkeypatch.setattr(shutil, "disk_usage", full)
    run = batch()
    assert run.code == 1
    assert run.out.splitlines()[-1].startswith("Batch: 2 done, 0 failed, 3 pending")
    assert "the disk is full" in run.err and run.err.count("\n") == 1
    monkeypatch.setattr(shutil, "disk_usage", free)
    run = batch()
    assert run.code == 0 and run.out.splitlines()[0].startswith("3/5 done")


@pytest.mark.slow
def test_urls_are_read_and_written_through_fsspec(batch, bucket):
    more = {"content": "memory://bucket/in", "out": "memory://bucket/out"}
    run = batch("recursive=true", "manifest=list.jsonl", **more)
    assert run.code == 0, run.err
    names = [path.removeprefix("/bucket/out/") for path in bucket.find("/bucket/out")]
    assert names == [
        "a_monet.json",
        "a_monet.png",
        "deep/a_monet.json",
        "deep/a_monet.png",
    ]
    with Image.open(io.BytesIO(bucket.cat_file("/bucket/out/a_monet.png"))) as picture:
        assert picture.size == (48, 48)
    assert b'"path": "memory://' in bucket.cat_file("/bucket/out/a_monet.json")
    again = batch("recursive=true", "manifest=list.jsonl", **more)
    assert again.out.startswith("Batch: 2 done")
    Path("list.jsonl").unlink()  # a new list takes no other's files for its own
    assert batch("recursive=true", "manifest=list.jsonl", **more).code == 0
    assert len(bucket.find("/bucket/out")) == 8


def test_a_file_url_is_a_path(batch, tmp_path):
    run = batch(content=f"file://{tmp_path}/photos", out=f"file://{tmp_path}/out/")
    assert run.code == 0, run.err
    assert Path("out/good_monet.png").exists()
    assert batch().out.startswith("Batch: 1 done")


def test_without_a_manifest_named_that_of_a_url_lies_here(batch, bucket):
    assert batch(out="memory://bucket/out").code == 0
    (file,) = Path().glob("batch-*.jsonl")
    assert states_of(file) == {"good_monet": "done"}


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["error", "short"])
def test_a_download_that_breaks_off_fails_alone_and_leaves_nothing(
    batch, bucket, monkeypatch, tmp_path, fault
):
    whole = MemoryFileSystem.get_file

    def torn(self, source, target, **more):
        whole(self, source, target, **more)
        if "deep" in source:
            with open(target, "r+b") as file:
                file.truncate(20)
            if fault == "error":
                raise ConnectionError("connection reset by peer")

    monkeypatch.setattr(MemoryFileSystem, "get_file", torn)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    more = {"content": "memory://bucket/in", "out": "memory://bucket/out"}
    run = batch("recursive=true", "manifest=list.jsonl", **more)
    assert run.code == 1
    assert run.out.splitlines()[-1].startswith("Batch: 1 done, 1 failed")
    said = {"error": "connection reset by peer", "short": "only 20 of"}[fault]
    assert said in run.err
    assert not list(tmp_path.glob(".automask*"))
    monkeypatch.setattr(MemoryFileSystem, "get_file", whole)
    assert (
        batch("recursive=true", "manifest=list.jsonl", "retry=true", **more).code == 0
    )


def test_warnings_of_a_picture_go_to_its_record_and_to_no_terminal(caplog):
    logger, heard = logging.getLogger("automask"), []
    shown = logging.StreamHandler()
    shown.emit = lambda record: heard.append(record.getMessage())
    logger.addHandler(shown)
    try:
        with warnings_kept() as kept:
            logging.getLogger("automask.masks").warning("faint")
        logger.warning("later")
        assert (kept, heard) == (["faint"], ["later"])
        assert shown in logger.handlers
    finally:
        logger.removeHandler(shown)


def test_several_gpus_are_dealt_out_in_turn(monkeypatch):
    import torch

    chosen = []
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "set_device", chosen.append)
    for number in range(4):
        compute_with(Share(None, number))
    assert chosen == [0, 1, 0, 1]
