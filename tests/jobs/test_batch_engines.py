"""Engines: what one item does to itself, it does to no other."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from batch_jobs import ENVIRON
from planted_jobs import Planted, items_named, wait_for

from automask.jobs import Inline, Pool, Slurm
from automask.jobs.engines import process_pool, slurm
from automask.jobs.engines.process_pool import WORKER_MIB, shared_out

POOL = """
import sys
from planted_jobs import Planted, items_named
from automask.jobs import Pool
if __name__ == "__main__":
    for outcome in Pool(workers=2)(Planted(sys.argv[1]), items_named("slow1", "slow2")):
        print(outcome)
"""
NAMES = ("a", "bad", "once", "short", "b")
DEADLY = ("poison", "mortal", "c", "d")


@dataclass(frozen=True)
class Done:
    """What an engine did: reasons by name, and the files that its jobs left."""

    reasons: dict[str, str | None]
    folder: Path

    def tries(self, name: str) -> int:
        """How often a job of that name was begun."""
        return len(list(self.folder.glob(f"{name}.*")))


def done(engine, folder, *names):
    """Do items; each must come to exactly one end."""
    outcomes = list(engine(Planted(str(folder)), items_named(*names)))
    assert sorted(outcome.item.name for outcome in outcomes) == sorted(names)
    return Done({outcome.item.name: outcome.reason for outcome in outcomes}, folder)


@pytest.fixture(scope="module")
def pool(tmp_path_factory):
    """Two workers with items of all kinds."""
    engine = Pool(workers=2, threads=3)
    return done(engine, tmp_path_factory.mktemp("pool"), *NAMES, *DEADLY)


@pytest.fixture(scope="module")
def inline(tmp_path_factory):
    """This process with all items that it outlives."""
    return done(Inline(), tmp_path_factory.mktemp("inline"), *NAMES)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["inline", "pool"])
def test_a_bad_item_fails_alone_and_want_of_memory_is_tried_once_more(engine, request):
    found = request.getfixturevalue(engine)
    assert found.reasons["bad"] == "'bad' is not a picture"
    assert "not enough memory; choose a smaller size" in found.reasons["short"]
    assert [found.reasons[name] for name in ("a", "b", "once")] == [None] * 3
    tries = [found.tries(name) for name in ("a", "bad", "once", "short")]
    assert tries == [1, 1, 2, 2]


def test_an_item_that_kills_its_worker_fails_alone_after_a_retry(pool):
    assert "killed" in pool.reasons["poison"] and "SIGKILL" in pool.reasons["poison"]
    assert pool.tries("poison") == 2
    assert pool.reasons["c"] is pool.reasons["d"] is None


def test_an_item_whose_worker_was_killed_is_done_by_another(pool):
    assert pool.reasons["mortal"] is None and pool.tries("mortal") == 2


def test_each_worker_loads_once_and_computes_with_its_threads_alone(pool):
    assert pool.tries("load") <= 2 + 3  # two workers, and one after each kill
    told = [(pool.folder / f"{name}.0").read_text().split()[1:] for name in "abcd"]
    assert told == [["3", "3"]] * 4


def test_a_full_disk_is_no_items_fault(tmp_path):
    (outcome,) = Inline()(Planted(str(tmp_path)), items_named("full"))
    assert outcome.hopeless and "disk is full" in outcome.reason


def test_ending_early_leaves_no_worker(tmp_path):
    outcomes = Pool(workers=2)(Planted(str(tmp_path)), items_named("a", "slow", "b"))
    next(outcomes)
    pid = pid_of(tmp_path / "slow.0")
    assert alive(pid)
    outcomes.close()
    assert not alive(pid)


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


@pytest.mark.slow
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
    monkeypatch.setattr(process_pool, "available", lambda: 100 * WORKER_MIB)
    assert shared_out(None, None, 100) == (8, 1)
    assert shared_out(None, None, 3) == (3, 2)
    assert shared_out(None, 4, 100) == (2, 4)
    assert shared_out(5, None, 100) == (5, 1)
    assert shared_out(2, None, 100) == (2, 4)
    monkeypatch.setattr(process_pool, "available", lambda: 2 * WORKER_MIB)
    assert shared_out(None, None, 100) == (2, 4)
    monkeypatch.setattr(process_pool, "available", lambda: 10)
    assert shared_out(None, None, 100) == (1, 8)


@pytest.mark.parametrize(("workers", "count"), [(None, 2), (3, 3)])
def test_gpus_limit_the_workers_unless_their_number_is_given(
    monkeypatch, workers, count
):
    made = []

    class Counted:
        task = None

        def __init__(self, load, share):
            made.append(share.number)

        def begin(self, item, tries):
            raise InterruptedError

        def end(self):
            pass

    monkeypatch.setattr(process_pool, "gpus", lambda: 1)
    monkeypatch.setattr(process_pool, "Worker", Counted)
    with pytest.raises(InterruptedError):
        list(Pool(workers=workers, per_gpu=2)(Planted(""), items_named(*"abcdef")))
    assert made == list(range(count))


def test_negative_retries_are_refused():
    with pytest.raises(ValueError, match="retries must be"):
        next(Inline(retries=-1)(Planted(""), []))


@pytest.mark.slow
def test_slurms_jobs_fail_alone_and_lost_ones_are_tried_again(tmp_path, monkeypatch):
    pytest.importorskip("submitit", reason="pip install 'automask[cluster]'")
    monkeypatch.setattr(slurm, "INTERVAL", 0.05)
    monkeypatch.setenv("PYTHONPATH", ENVIRON["PYTHONPATH"])
    monkeypatch.chdir(tmp_path)
    (tmp_path / "files").mkdir()
    engine = Slurm(cluster="local", at_once=3)
    found = done(engine, tmp_path / "files", "a", "bad", "mortal")
    assert found.reasons["a"] is found.reasons["mortal"] is None
    assert found.tries("mortal") == 2
    assert found.reasons["bad"] == "'bad' is not a picture"
    assert [*tmp_path.iterdir()] == [tmp_path / "files"]


def test_what_slurm_cannot_take_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="partition must be one word"):
        Slurm(partition="a\n#SBATCH --wrap=touch caught")
    pytest.importorskip("submitit", reason="pip install 'automask[cluster]'")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ValueError, match="engine=slurm finds no cluster"):
        next(Slurm()(Planted(""), items_named("a")))
    monkeypatch.setitem(sys.modules, "submitit", None)
    with pytest.raises(ValueError, match=r"pip install 'automask\[cluster\]'"):
        next(Slurm()(Planted(""), items_named("a")))
    assert not [*tmp_path.iterdir()]
