"""Seconds and memory of what a device does."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch

from automask.io.memory import peak

ENOUGH = 4.0  # s, after which nothing is repeated


def wait(device: torch.device) -> None:
    """Until the device has done all that it was told to."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def lap(device: torch.device, call: Callable[[], object]) -> float:
    """Seconds of a call, to the end of what it started."""
    wait(device)
    begun = time.perf_counter()
    call()
    wait(device)
    return time.perf_counter() - begun


def laps(device: torch.device, call: Callable[[], object], rounds: int) -> list[float]:
    """Seconds of the first call, which loads, and of as many more as are soon done."""
    found = [lap(device, call)]
    while len(found) <= rounds and sum(found) < ENOUGH:
        found.append(lap(device, call))
    return found


def settled(times: list[float]) -> float:
    """The median of all but the first, where there are others."""
    return statistics.median(times[1:] or times)


def forget_peak(device: torch.device) -> None:
    """Begin anew with the most memory held."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)


def peak_mib(device: torch.device) -> float:
    """Most MiB held: on a card since the last :func:`forget_peak`, else by the process.

    A card's tensors alone are counted, not what its driver needs.
    """
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**20
    return peak()


def check_room(device: torch.device, needed: float) -> None:
    """Raise RuntimeError if a card does not have so many MiB left."""
    if device.type != "cuda":
        return
    free = torch.cuda.mem_get_info(device)[0] / 2**20
    if needed > free:
        raise RuntimeError(f"needs about {needed:.0f} MiB, and {free:.0f} are free")
