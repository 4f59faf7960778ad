"""Batches on a Ray cluster of two nodes, which this machine plays both of."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest
from batch_jobs import ENVIRON, run_batch, states_of
from conftest import STANDINS
from PIL import Image
from planted_jobs import Planted, items_named

from automask.jobs import Ray

NODE = {"num_cpus": 1, "object_store_memory": 80 * 2**20}


@pytest.fixture(scope="module")
def cluster():
    """A head and a second node, each with one core."""
    cluster_utils = pytest.importorskip(
        "ray.cluster_utils", reason="pip install 'automask[cluster]'"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        patch.setenv("PYTHONPATH", ENVIRON["PYTHONPATH"])
        head = NODE | {"include_dashboard": False}
        cluster = cluster_utils.Cluster(initialize_head=True, head_node_args=head)
        cluster.add_node(**NODE)
        yield cluster
        cluster.shutdown()


def second(cluster):
    return next(node for node in cluster.list_all_nodes() if not node.head)


def workers():
    """Processes that Ray has named after what they do: ours."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (folder / "cmdline").read_bytes().startswith(b"ray::run_item"):
                yield int(folder.name)
        except OSError:  # it has ended meanwhile
            pass


def done(folder):
    return len(list(folder.glob("*.png")))


def disturb(cluster, folder):
    """Kill a worker once two pictures are there, and a machine after two more."""
    for pictures, strike in ((2, "worker"), (4, "node")):
        end = time.monotonic() + 60
        while done(folder) < pictures and time.monotonic() < end:
            time.sleep(0.02)
        if strike == "worker":
            os.kill(next(workers()), signal.SIGKILL)
        else:
            cluster.remove_node(second(cluster), allow_graceful=False)


@pytest.mark.slow
def test_a_worker_and_a_machine_die_in_the_middle_and_all_pictures_are_there(
    cluster, tmp_path, standins, monkeypatch, capfd
):
    monkeypatch.chdir(tmp_path)
    Path("photos").mkdir()
    for number in range(12):
        Image.new("RGB", (40, 40), (20 * number, 9, 9)).save(f"photos/{number}.png")
    Path("photos/bad.jpg").write_text("text")
    words = ("--config-dir", str(standins), *STANDINS, "stylizer.seconds=0.3")
    words += ("size=48", "content=photos", "style=monet", "out=out", "engine=ray")
    storm = threading.Thread(target=disturb, args=(cluster, tmp_path / "out"))
    storm.start()
    run = run_batch((*words, f"address={cluster.address}"), monkeypatch, capfd)
    storm.join()
    assert len(cluster.list_all_nodes()) == 1  # so it was
    assert run.code == 1
    assert run.out.splitlines()[-1].startswith("Batch: 12 done, 1 failed, 0 pending")
    states = states_of(Path("out/manifest.jsonl"))
    assert [name for name, state in states.items() if state != "done"] == ["bad_monet"]
    for number in range(12):
        with Image.open(f"out/{number}_monet.png") as picture:
            picture.load()
    assert not list(Path("out").glob(".*"))
    assert run.err.count("\n") == 2  # the bad picture, and the count: none of Ray's
    assert "raylet" not in run.out


@pytest.mark.slow
def test_an_item_that_kills_its_worker_fails_alone_after_its_retries(cluster, tmp_path):
    names = ["a", "bad", "poison", "once", "b", "short"]
    engine = Ray(address=cluster.address, retries=1)
    outcomes = list(engine(Planted(str(tmp_path)), items_named(*names)))
    found = {outcome.item.name: outcome.reason for outcome in outcomes}
    assert sorted(found) == sorted(names)
    assert found["a"] is found["b"] is found["once"] is None
    assert found["bad"] == "'bad' is not a picture"
    assert "lost" in found["poison"] and "memory" in found["short"]
    assert len(list(tmp_path.glob("poison.*"))) == 2
    assert len(list(tmp_path.glob("short.*"))) == 2
    assert (tmp_path / "a.0").read_text().split()[1:] == ["1", "1"]  # threads


def test_without_a_cluster_there_one_line_says_so(tmp_path, monkeypatch, capfd):
    pytest.importorskip("ray", reason="pip install 'automask[cluster]'")
    monkeypatch.chdir(tmp_path)
    words = ("content=astronaut", "style=monet", "out=out", "engine=ray")
    run = run_batch((*words, "address=127.0.0.1:1"), monkeypatch, capfd)
    assert run.code == 2
    assert "no Ray cluster at address=127.0.0.1:1" in run.err
    assert run.err.count("\n") == 1


def test_without_ray_one_line_says_how_to_get_it(tmp_path, monkeypatch, capfd):
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    monkeypatch.chdir(tmp_path)
    words = ("content=astronaut", "style=monet", "out=out", "engine=ray")
    run = run_batch(words, monkeypatch, capfd)
    assert run.code == 2
    assert (
        run.err == "automask: engine=ray needs Ray: pip install 'automask[cluster]'\n"
    )
