"""What is kept: whole, bounded, and read whatever lies there."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from automask.web.events import Changes
from automask.web.jobs import Jobs
from automask.web.limits import Limits
from automask.web.schemas import Job, MaskWish
from automask.web.store import Store, Stored, StoredJob, StoredMask, new_id
from automask.web.tidy import tidy


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path)
    made.load()
    return made


def add_picture(store: Store, old: bool = False) -> Stored:
    file = store.incoming()
    file.write_bytes(b"x" * 1000)
    kept = Stored(
        id=new_id(), name="a", width=9, height=9, kind="photo", file="picture.png"
    )
    store.add_picture(file, kept)
    if old:
        os.utime(store.place("pictures", kept.id), (0, 0))
    return kept


def add_job(store: Store, picture: Stored, number: int = 0, **more) -> Job:
    told = {"state": "done", "preview": False, "group": "", "label": ""} | more
    job = Job(
        id=new_id(),
        created=f"2027-01-01T00:00:{number:02}+00:00",
        content=picture.shown,
        style=picture.shown,
        keys={},
        **({"masks": {}, "style_masks": {}} | told),
    )
    store.keep_job(StoredJob(job=job))
    return job


def tidied(store: Store, limits: Limits) -> None:
    async def once() -> None:
        await tidy(store, Jobs(store, limits, Changes()), limits)

    asyncio.run(once())


def again(store: Store) -> Store:
    other = Store(store.folder)
    other.load()
    return other


def test_what_was_kept_is_there_after_a_restart(store):
    picture = add_picture(store)
    jobs = [add_job(store, picture, number) for number in (2, 0, 1)]
    found = again(store)
    assert found.pictures == {picture.id: picture}
    assert [*found.jobs] == [jobs[1].id, jobs[2].id, jobs[0].id]  # by their age
    assert found.jobs[jobs[0].id].job == jobs[0]


def test_broken_and_foreign_files_are_passed_over(store):
    picture = add_picture(store)
    job = add_job(store, picture)
    for kind in ("pictures", "jobs", "drawn"):
        (store.folder / kind / "foreign.txt").write_text("x")
        (store.folder / kind / "empty").mkdir()
        broken = store.folder / kind / ("B" * 22)
        broken.mkdir()
        (broken / "about.json").write_bytes(b'{"id": "\xff')
    stolen = store.folder / "pictures" / ("C" * 22)
    stolen.mkdir()  # whose id is another one's
    (stolen / "about.json").write_text(picture.model_dump_json())
    (store.folder / "drafts" / "x.json").write_text("[" * 100_000)
    found = again(store)
    assert [*found.pictures] == [picture.id] and [*found.jobs] == [job.id]
    assert found.read_draft("") == {}


def test_what_was_being_sent_is_gone_after_a_restart(store):
    store.incoming().write_bytes(b"half a picture")
    again(store)
    assert not [*(store.folder / "incoming").iterdir()]


def test_the_oldest_jobs_go_and_those_that_wait_stay(store):
    picture = add_picture(store)
    waits = add_job(store, picture, 0, state="waiting")
    jobs = [add_job(store, picture, number) for number in range(1, 6)]
    tidied(store, Limits(jobs=3))
    assert [*store.jobs] == [waits.id, jobs[3].id, jobs[4].id]
    assert not store.place("jobs", jobs[0].id).exists()


def test_a_picture_goes_once_no_job_and_no_draft_names_it(store):
    used, drafted, masked, unused = (add_picture(store, old=True) for _ in range(4))
    new = add_picture(store)
    file = store.incoming()
    file.write_bytes(b"x")
    mask = StoredMask(id=new_id(), picture=masked.id)
    store.add_drawn(file, mask)
    os.utime(store.place("drawn", mask.id), (0, 0))
    job = add_job(store, used, masks={"hair": MaskWish(drawn=mask.id)})
    store.write_draft("tab", {"photo": drafted.id}, 20)
    tidied(store, Limits())
    assert store.pictures.keys() == {used.id, drafted.id, masked.id, new.id}
    assert not store.place("pictures", unused.id).exists()
    store.forget("jobs", job.id)
    tidied(store, Limits())
    assert store.pictures.keys() == {drafted.id, new.id}
    assert not store.drawn


def test_a_full_folder_loses_its_oldest_jobs_first(store):
    pictures = [add_picture(store) for _ in range(4)]
    jobs = [add_job(store, picture, n) for n, picture in enumerate(pictures)]
    for job in jobs:
        (store.place("jobs", job.id) / "large").write_bytes(bytes(100_000))
    tidied(store, Limits(disk=250_000))
    assert [*store.jobs] == [jobs[2].id, jobs[3].id]


def test_each_tab_has_a_draft_and_a_new_tab_the_newest(store):
    for number in range(5):
        store.write_draft(f"tab {number}", {"number": number}, kept=3)
        os.utime(store._draft(f"tab {number}"), (number + 1, number + 1))
    assert store.read_draft("tab 3") == {"number": 3}
    assert store.read_draft("another") == {"number": 4}
    assert store.read_draft("tab 0") == {"number": 4}  # its own is gone
    assert len([*(store.folder / "drafts").iterdir()]) == 3
