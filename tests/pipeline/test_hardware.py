"""The device of a run, by name."""

from __future__ import annotations

import pytest
import torch

from automask.pipeline.device import chosen_device


def test_auto_takes_the_gpu_and_without_one_the_processor(monkeypatch):
    assert chosen_device("cpu") == torch.device("cpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert chosen_device("auto") == torch.device("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert chosen_device("auto") == torch.device("mps")
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert chosen_device("auto") == torch.device("cpu")


def test_a_second_gpu_is_taken_by_number(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert chosen_device("cuda:1") == torch.device("cuda", 1)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tpu", "must be auto, cpu, cuda, cuda:N or mps, got 'tpu'"),
        ("cuda:x", "got 'cuda:x'"),
        ("cuda:7", "there is no device 'cuda:7' here"),
        ("cpu:1", "there is no device 'cpu:1' here"),
    ],
)
def test_a_device_that_is_not_there_is_named(name, message):
    with pytest.raises(ValueError, match=message):
        chosen_device(name)
