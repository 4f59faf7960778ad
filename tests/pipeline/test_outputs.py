"""A run folder is complete under a name of its own, or it is not there."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
import torch

from automask.images.image_files import read_image
from automask.io.files import write_bytes
from automask.masks.soft import SoftMasks
from automask.pipeline.outputs import destination, draft_folder, publish, write_pictures
from automask.pipeline.record import FileRecord, RunRecord, environment, write_record

NOW = datetime(2026, 1, 2, 3, 4, 5)


def place(out, content="cat", style="monet"):
    return destination(out, content, style, NOW)


def test_without_out_the_folder_tells_when_and_what():
    where = place(None)
    assert str(where.folder) == "outputs/2026-01-02_03-04-05_cat_monet"
    assert (where.picture, where.place) == ("cat_monet.png", None)


@pytest.mark.parametrize("out", ["here", "here/", "here/v1.5"])
def test_out_without_a_pictures_suffix_holds_the_run_folder(out):
    where = place(out)
    assert where.folder == Path(out) / "2026-01-02_03-04-05_cat_monet"


def test_out_with_a_pictures_suffix_is_where_the_picture_goes():
    where = place("a/b.JPG")
    assert where.folder == Path("a/b.run")
    assert (where.picture, where.place) == ("b.JPG", Path("a/b.JPG"))


def test_a_folder_that_looks_like_a_picture_is_a_folder(tmp_path):
    (tmp_path / "b.png").mkdir()
    assert place(str(tmp_path / "b.png")).folder.parent == tmp_path / "b.png"


@pytest.mark.parametrize("name", ["x" * 300, "猫" * 200, "...", "a\nb", "\udcff", ""])
def test_odd_names_become_names_that_a_file_can_have(tmp_path, name):
    where = place(str(tmp_path), content=name)
    where.folder.mkdir()
    (where.folder / where.picture).touch()


def test_a_draft_is_gone_after_an_error_with_the_folders_made_for_it(tmp_path):
    (tmp_path / "old").mkdir()
    with (
        pytest.raises(KeyboardInterrupt),
        draft_folder(place(str(tmp_path / "old/new/newer/b.png")), 64) as draft,
    ):
        (draft / "half").touch()
        raise KeyboardInterrupt
    assert list(tmp_path.rglob("*")) == [tmp_path / "old"]


def test_a_published_draft_stands_whole_beside_the_picture(tmp_path):
    where = place(str(tmp_path / "b.png"))
    with draft_folder(where, 64) as draft:
        (draft / "b.png").write_bytes(b"picture")
        folder = publish(draft, where)
    assert folder == tmp_path / "b.run"
    assert (tmp_path / "b.png").read_bytes() == b"picture"
    assert {path.name for path in tmp_path.rglob("*")} == {"b.png", "b.run"}


def test_runs_at_the_same_time_never_share_a_folder(tmp_path):
    def run(number):
        where = place(str(tmp_path))
        with draft_folder(where, 64) as draft:
            (draft / "number").write_text(str(number))
            return publish(draft, where)

    with ThreadPoolExecutor(8) as pool:
        folders = list(pool.map(run, range(40)))
    assert len(set(folders)) == 40
    for number, folder in enumerate(folders):
        assert (folder / "number").read_text() == str(number)


def test_a_folder_made_by_others_is_never_written_into(tmp_path):
    where = place(str(tmp_path / "b.png"))
    where.folder.mkdir()
    (where.folder / "mine").touch()
    with draft_folder(where, 64) as draft:
        (draft / "b.png").touch()
        assert publish(draft, where).name == "b.run-2"
    assert os.listdir(where.folder) == ["mine"]


def test_masks_are_written_one_by_one_and_together(tmp_path):
    probs = torch.stack([torch.full((40, 64), value) for value in (0.2, 1.0)])
    masks = SoftMasks(("left/eye", "skin"), probs, ("a", "b"))
    image = torch.zeros(1, 3, 40, 64)
    write_pictures(tmp_path, "p.png", (image, image), (masks, masks), image)
    written = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.png")}
    single = {f"masks/{r}/{n}.png" for r in ("content", "style") for n in NAMES}
    sides = [f"masks/{r}" for r in ("content", "style")]
    together = {f"{side}{end}.png" for side in sides for end in ("", "_overlay")}
    assert written == single | together | {"p.png", "masks/sheet.png"}
    eye = read_image(tmp_path / "masks/content/left_eye.png", 64)
    assert torch.allclose(eye, torch.full_like(eye, 0.2), atol=1e-6)


NAMES = ("left_eye", "skin")


def test_a_file_is_named_in_the_error_that_it_caused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError) as caught:
        write_bytes(tmp_path / "file" / "below.json", b"")
    assert caught.value.filename == str(tmp_path / "file" / "below.json")


def test_the_record_holds_file_names_that_are_no_text(tmp_path):
    file = FileRecord("\udcff é.jpg", "0" * 64, (64, 40), (64, 40), 1.0)
    record = RunRecord(
        command="automask",
        config={},
        chosen={},
        seed=0,
        content=file,
        styles=[file],
        device="cpu",
        masks=[],
        unmatched=[],
        encoder=None,
        tiles=None,
        levels=[],
        seconds={},
        **environment(),
    )
    write_record(tmp_path / "run.json", record)
    read = json.loads((tmp_path / "run.json").read_text("utf-8"))
    assert read["content"]["path"] == "\udcff é.jpg"
    assert {"automask", "python", "torch", "numpy"} <= read["versions"].keys()
