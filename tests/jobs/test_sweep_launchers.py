"""What each launcher is told beyond what was typed."""

import pytest

from automask.jobs import launchers


@pytest.fixture(autouse=True)
def two_cores(monkeypatch):
    monkeypatch.setattr(launchers, "cores", lambda: 2)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)


def test_submitit_starts_no_more_processes_than_there_are_cores():
    made = launchers.settings("submitit_local", ["gamma=0,20"])
    assert made == ["++hydra.sweeper.max_batch_size=2"]
    assert launchers.threads("submitit_local", made, 18) == 1
    assert launchers.threads("submitit_local", made, 1) == 2
    own = ["hydra.sweeper.max_batch_size=1"]
    assert launchers.settings("submitit_local", own) == []
    assert launchers.threads("submitit_local", own, 18) == 2


def test_threads_that_the_user_set_stay(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    assert launchers.threads("submitit_local", [], 18) is None
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert launchers.threads("basic", [], 18) is None


def test_ray_starts_its_own_unless_a_cluster_is_named(monkeypatch):
    init = "hydra.launcher.ray.init"
    own = launchers.settings("ray", [])
    assert f"++{init}.address=local" in own
    assert not any("object_store_memory" in line for line in own)
    joining = launchers.settings("ray", [f"{init}.address=auto"])
    assert f"++{init}.object_store_memory=null" in joining
    assert not any(".address" in line for line in joining)
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.1:6379")
    assert f"++{init}.object_store_memory=null" in launchers.settings("ray", [])


def test_what_is_not_installed_is_told_by_its_extra(monkeypatch):
    monkeypatch.setattr(launchers, "find_spec", lambda name: None)
    assert launchers.chosen(["gamma=0,20"]) == "basic"
    for name, extra in (("joblib", "sweep"), ("submitit_slurm", "sweep")):
        with pytest.raises(ValueError, match=rf"automask\[{extra}\]"):
            launchers.chosen([f"hydra/launcher={name}"])
    with pytest.raises(ValueError, match=r"automask\[cluster\]"):
        launchers.chosen(["hydra/launcher=ray"])
