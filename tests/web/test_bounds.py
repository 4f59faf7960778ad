"""A worker may take only so much, and may die only so often."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from planted_pictures import png, waves
from starlette.testclient import TestClient

from automask.web import supervisor as module
from automask.web.app import API, Settings, application
from automask.web.limits import Limits
from automask.web.supervisor import Supervisor
from automask.web.tasks import Begun, Done, Failed, Paint, Search, WarmUp

HOST = "localhost"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("limits", "said"),
    [(Limits(job_seconds=0.5), "longer than"), (Limits(memory=1e-6), "memory")],
)
def test_a_job_that_takes_too_much_fails_and_says_so(tmp_path: Path, limits, said):
    settings = Settings(tmp_path, frozenset({HOST}), limits=limits)
    with TestClient(application(settings), f"http://{HOST}") as client:
        ids = [
            client.post(
                f"{API}/pictures",
                content=png(waves(phase=phase)),
                headers={"Content-Type": "image/png"},
            ).json()["id"]
            for phase in (0.0, 1.0)
        ]
        keys = {"size": 512, "quality": "best"}
        wish = {"content": ids[0], "style": ids[1], "keys": keys}
        job = client.post(f"{API}/jobs", json=wish).json()
        end = time.monotonic() + 60
        while (job := client.get(f"{API}/jobs/{job['id']}").json())["error"] is None:
            assert time.monotonic() < end and job["state"] != "done"
            time.sleep(0.05)
    assert job["state"] == "failed" and said in job["error"]


@dataclass
class Planted:
    """A worker that is heard and buried as the test says."""

    hear: object
    bury: object
    told: list = field(default_factory=list)
    killed: bool = False

    def tell(self, task):
        self.told.append(task)

    def kill(self):
        self.killed = True


@dataclass
class Listening:
    """Who notes what becomes of pictures."""

    notes: list = field(default_factory=list)

    def begun(self, id):
        self.notes.append(("begun", id))

    def put_back(self, id):
        self.notes.append(("put back", id))

    def ended(self, outcome, seconds):
        self.notes.append((type(outcome).__name__, outcome.id))


def supervised(monkeypatch, work) -> tuple[list, list[Planted]]:
    """Notes and workers once ``work(supervisor, workers)`` is done."""
    workers: list[Planted] = []

    def planted(hear, bury):
        workers.append(Planted(hear, bury))
        return workers[-1]

    monkeypatch.setattr(module, "WorkerProcess", planted)
    listening = Listening()

    async def once():
        supervisor = Supervisor(Limits(), listening)
        supervisor.open()
        await work(supervisor, workers)

    asyncio.run(once())
    return listening.notes, workers


def painting(id: str, preview: bool = False) -> Paint:
    return Paint(id, "a", "b", "c", preview=preview)


def test_the_last_task_is_blamed_for_a_death_and_the_others_go_to_the_next_worker(
    monkeypatch,
):
    tasks = [painting("final"), painting("preview", True)]

    async def work(supervisor, workers):
        for task in tasks:
            supervisor.send(task)
            workers[0].hear(Begun(task.id))
        workers[0].bury("SIGKILL")
        await asyncio.sleep(0.01)

    notes, workers = supervised(monkeypatch, work)
    assert notes[2:] == [("put back", "final"), ("Failed", "preview")]
    assert workers[0].told == tasks and workers[1].told == tasks[:1]


def test_a_worker_that_never_gets_to_work_fails_what_waits_for_it(monkeypatch):
    monkeypatch.setattr(module, "SLOWEST", 0.0)

    async def work(supervisor, workers):
        supervisor.send(painting("final"))
        asked = asyncio.create_task(supervisor.result(Search("s", "a", False, "b")))
        await asyncio.sleep(0)
        for number in range(3):
            workers[number].hear(Begun(WarmUp.id))
            workers[number].bury("exit code 1")
            await asyncio.sleep(0.01)
        with pytest.raises(Exception, match="worker was killed"):
            await asked

    notes, _ = supervised(monkeypatch, work)
    assert notes == [("Failed", "final")]


def test_who_asks_for_the_same_waits_for_the_same(monkeypatch):
    async def work(supervisor, workers):
        task = Search("s", "a", False, "b")
        both = [asyncio.create_task(supervisor.result(task)) for _ in range(2)]
        await asyncio.sleep(0)
        assert workers[0].told == [task]
        workers[0].hear(Begun("s"))
        assert supervisor.health == "busy"
        workers[0].hear(Done("s", {"found": 1}))
        assert await asyncio.gather(*both) == [{"found": 1}] * 2
        again = asyncio.create_task(supervisor.result(task))
        await asyncio.sleep(0)
        workers[0].hear(Failed("s", "it is damaged"))
        with pytest.raises(Exception, match="It is damaged."):
            await again

    supervised(monkeypatch, work)
