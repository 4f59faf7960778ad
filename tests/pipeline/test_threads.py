"""Painting takes the cores that other programs leave free."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import namedtuple
from types import SimpleNamespace

import pytest
import torch

from automask.pipeline import threads
from automask.pipeline.threads import Usage, free_cores, sharing_cores, usage
from stylize import Step

STEP = Step(0, 1, 1, 1, torch.zeros(1, 3, 4, 4), {})


@pytest.mark.parametrize(
    ("others", "cores", "free"),
    [(0.0, 2, 2), (0.4, 2, 2), (2.0, 2, 1), (9.0, 2, 1), (6.0, 16, 13), (-0.1, 8, 8)],
)
def test_as_many_cores_are_free_as_others_leave(
    others: float, cores: int, free: int
) -> None:
    assert free_cores(Usage(10.0, 100.0), Usage(12.0, 100.0 + others), cores) == free


def test_work_of_this_process_idle_time_and_guests_are_not_work_of_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = {"user": 50.0, "nice": 7.0, "system": 5.0, "idle": 900.0, "guest": 3.0}
    monkeypatch.setattr(
        threads.psutil, "cpu_times", lambda: namedtuple("Times", machine)(**machine)
    )
    process = SimpleNamespace(
        cpu_times=lambda: SimpleNamespace(user=30.0, system=2.0, children_user=9.0)
    )
    monkeypatch.setattr(threads.psutil, "Process", lambda: process)
    assert usage().others == 50 + 7 + 5 - 30 - 2


def test_the_machine_is_asked_in_seconds_of_its_cores() -> None:
    before = usage()
    time.sleep(0.05)
    now = usage()
    cores = os.cpu_count() or 1
    most = cores * (now.time - before.time) + 0.05 * cores  # counted in hundredths
    assert -0.1 <= now.others - before.others <= most


def test_threads_follow_the_free_cores_one_at_a_time_and_come_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks = iter([Usage(t, o) for t, o in [(0, 0), (1, 3), (2, 3), (3, 3), (4, 3)]])
    monkeypatch.setattr(threads, "usage", lambda: next(looks))
    monkeypatch.setattr(threads.psutil, "cpu_count", lambda: 4)
    before, found, told = torch.get_num_threads(), [], []
    torch.set_num_threads(3)
    try:
        with sharing_cores(told.append) as on_step:
            for _ in range(4):
                on_step(STEP)
                found.append(torch.get_num_threads())
            torch.set_num_threads(1)
        assert found == [1, 2, 3, 3] and told == [STEP] * 4
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, "3000"),
        ({"GOMP_SPINCOUNT": "7"}, "7"),
        ({"OMP_WAIT_POLICY": "PASSIVE"}, "None"),
    ],
)
def test_what_the_user_says_of_waiting_threads_stands(
    given: dict[str, str], wanted: str
) -> None:
    ours = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")
    rest = {key: value for key, value in os.environ.items() if key not in ours}
    code = "import automask, os; print(os.environ.get('GOMP_SPINCOUNT'))"
    told = subprocess.run(
        [sys.executable, "-c", code], env=rest | given, capture_output=True, text=True
    )
    assert told.stdout.strip() == wanted
