"""Time, memory and the machine's best rate, on machines that others share."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F

from automask.io.memory import peak


def seconds(call: Callable[[], object]) -> float:
    """Wall time of one call."""
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def interleaved(
    ours: Callable[[], object], peers: Sequence[Callable[[], object]], rounds: int
) -> tuple[float, list[tuple[float, float]]]:
    """Our median ms; and of each peer the median ms and the median ratio to ours."""
    for call in (ours, *peers):
        call()
    laps = [[seconds(call) for call in (ours, *peers)] for _ in range(rounds)]
    own, *others = zip(*laps, strict=True)
    return statistics.median(own) * 1e3, [
        (
            statistics.median(other) * 1e3,
            statistics.median(b / a for a, b in zip(own, other, strict=True)),
        )
        for other in others
    ]


def best_rate(channels: int) -> float:
    """Multiply-adds a second, times two, of the fastest matrix product found here."""
    rates = []
    for rows, columns in ((128, 5120), (256, 4096), (512, 4096), (1024, 1024)):
        style = torch.randn(1, 1, columns, channels).permute(0, 3, 1, 2)
        query = torch.randn(rows, channels, 1, 1)
        query = query.contiguous(memory_format=torch.channels_last)
        work = 2 * rows * columns * channels
        rates += [work / seconds(lambda: F.conv2d(style, query)) for _ in range(9)]  # noqa: B023
    return max(rates)


def growth(call: Callable[..., object], *arguments: object) -> float:
    """MiB by which one call raises the memory of a fresh process.

    Args:
        call: A function of a module.
        *arguments: Its arguments, a picture's side in px first; it is called once with
            64 in its place beforehand, so that libraries are loaded by then.
    """
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_growth, (call, *arguments))


def _growth(call: Callable[..., object], px: int, *arguments: object) -> float:
    call(64, *arguments)
    before = peak()
    call(px, *arguments)
    return peak() - before
