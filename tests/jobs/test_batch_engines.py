"""Engines: what one item does to itself, it does to no other."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from batch_jobs import ENVIRON, Planted, items_named, wait_for

from automask.jobs import Inline, Pool
from automask.jobs.engines.process_pool import WORKER_MIB, shared_out

POOL = """
import sys
from batch_jobs import ENVIRON, Planted, items_named
from automask.jobs import Pool
if __name__ == "__main__":
    for outcome in Pool(workers=2)(Planted(sys.argv[1]), items_named("slow1", "slow2")):
        print(outcome)
"""


def reasons(engine, folder, *names):
    """Why each item failed, by name; each item must come to exactly one end."""
    outcomes = list(engine(Planted(str(folder)), items_named(*names)))
    assert sorted(outcome.item.name for outcome in outcomes) == sorted(names)
    return {outcome.item.name: outcome.reason for outcome in outcomes}


def tries(folder, name):
    return len(list(folder.glob(f"{name}.*")))


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return state not in "ZX"


def pid_of(file):
    wait_for(file)
    while not file.read_text():
        time.sleep(0.02)
    return int(file.read_text().split()[0])


@pytest.mark.parametrize("engine", [Inline(), Pool(workers=2)], ids=["inline", "pool"])
def test_a_bad_item_fails_alone_and_want_of_memory_is_tried_once_more(engine, tmp_path):
    found = reasons(engine, tmp_path, "a", "bad", "once", "short", "b")
    assert found["bad"] == "'bad' is not a picture"
    assert (
        found["short"] == "not enough memory; choose a smaller size, such as size=384"
    )
    assert found["a"] is found["b"] is found["once"] is None
    assert [tries(tmp_path, n) for n in ("a", "bad", "once", "short")] == [1, 1, 2, 2]


def test_an_item_that_kills_its_worker_fails_alone_after_a_retry(tmp_path):
    found = reasons(Pool(workers=2), tmp_path, "poison", "a", "b", "c")
    assert "killed" in found["poison"] and "SIGKILL" in found["poison"]
    assert found["a"] is found["b"] is found["c"] is None
    assert tries(tmp_path, "poison") == 2
    assert tries(tmp_path, "load") <= 4  # two workers, and two in their places


def test_a_killed_workers_item_is_done_by_another(tmp_path):
    outcomes = Pool(workers=2)(Planted(str(tmp_path)), items_named("a", "slow", "b"))
    next(outcomes)
    os.kill(pid_of(tmp_path / "slow.0"), signal.SIGKILL)
    (tmp_path / "go").touch()
    assert {outcome.reason for outcome in outcomes} == {None}
    assert tries(tmp_path, "slow") == 2


def test_a_full_disk_is_no_items_fault(tmp_path):
    (outcome,) = Inline()(Planted(str(tmp_path)), items_named("full"))
    assert outcome.hopeless and "disk is full" in outcome.reason


def test_each_worker_loads_once_and_computes_with_its_threads_alone(tmp_path):
    names = [f"item{number}" for number in range(6)]
    reasons(Pool(workers=2, threads=3), tmp_path, *names)
    assert tries(tmp_path, "load") == 2
    told = [(tmp_path / f"{name}.0").read_text().split()[1:] for name in names]
    assert told == [["3", "3"]] * 6


def test_ending_early_leaves_no_worker(tmp_path):
    outcomes = Pool(workers=2)(Planted(str(tmp_path)), items_named("a", "slow", "b"))
    next(outcomes)
    pid = pid_of(tmp_path / "slow.0")
    assert alive(pid)
    outcomes.close()
    assert not alive(pid)


def test_workers_die_with_the_process_that_started_them(tmp_path):
    script = tmp_path / "script.py"  # a spawned worker must be able to import it
    script.write_text(POOL)
    words = [sys.executable, str(script), str(tmp_path)]
    with subprocess.Popen(words, env=ENVIRON) as parent:
        pids = [pid_of(tmp_path / f"slow{number}.0") for number in (1, 2)]
        parent.kill()
    end = time.monotonic() + 10
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < end, "a worker outlived its parent"
        time.sleep(0.02)


def test_cores_and_memory_are_shared_out(monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: set(range(8)))
    free = "automask.jobs.engines.process_pool.available"
    monkeypatch.setattr(free, lambda: 100 * WORKER_MIB)
    assert shared_out(None, None, 100) == (8, 1)
    assert shared_out(None, None, 3) == (3, 2)
    assert shared_out(None, 4, 100) == (2, 4)
    assert shared_out(5, None, 100) == (5, 1)
    assert shared_out(2, None, 100) == (2, 4)
    monkeypatch.setattr(free, lambda: 2 * WORKER_MIB)
    assert shared_out(None, None, 100) == (2, 4)
    monkeypatch.setattr(free, lambda: 10)
    assert shared_out(None, None, 100) == (1, 8)


def test_gpus_limit_the_workers_unless_their_number_is_given(tmp_path, monkeypatch):
    monkeypatch.setattr("automask.jobs.engines.process_pool.gpus", lambda: 1)
    names = [f"item{number}" for number in range(4)]
    reasons(Pool(per_gpu=1), tmp_path, *names)
    assert tries(tmp_path, "load") == 1


def test_negative_retries_are_refused():
    with pytest.raises(ValueError, match="retries must be"):
        next(Inline(retries=-1)(Planted(""), []))
