"""The device that a run computes on."""

from __future__ import annotations

import torch

KINDS = ("auto", "cpu", "cuda", "mps")


def chosen_device(name: str) -> torch.device:
    """The device of that name; auto: a GPU if there is one.

    Args:
        name: auto, cpu, cuda, cuda:N, or mps.

    Raises:
        ValueError: If there is no such device here.
    """
    if name == "auto":
        return torch.device(_best())
    kind, _, number = name.partition(":")
    if kind not in KINDS or (number and not number.isdigit()):
        raise ValueError(
            f"hardware.device must be auto, cpu, cuda, cuda:N or mps, got '{name}'"
        )
    count = {"cpu": 1, "cuda": torch.cuda.device_count(), "mps": _mps()}[kind]
    if int(number or 0) >= count:
        raise ValueError(
            f"there is no device '{name}' here that this torch can use; "
            "hardware.device=auto takes what there is"
        )
    return torch.device(name)


def _best() -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if _mps() else "cpu"


def _mps() -> int:
    return int(torch.backends.mps.is_available())
