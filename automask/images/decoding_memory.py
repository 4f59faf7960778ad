"""How much memory reading a picture may take, so that no file takes it all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from automask.io.memory import available, resident

WORKER = 1024  # MiB that each worker of a pool has at least, as it is reckoned with
SHARE = 0.6  # of what the machine has left
OVERSAMPLING = 3  # px a side kept for each final one when a big picture is averaged
FLOATS = 16  # bytes of a pixel while it is resized
_limit: ContextVar[float | None] = ContextVar("limit", default=None)
_workers: ContextVar[int] = ContextVar("workers", default=1)


@contextmanager
def memory_limit(mebibytes: float | None) -> Iterator[None]:
    """Bound what pictures that are read within the block may take.

    Args:
        mebibytes: Most resident memory of the process; None for a share of what the
            machine has left.
    """
    token = _limit.set(mebibytes)
    try:
        yield
    finally:
        _limit.reset(token)


def share_memory(workers: int) -> None:
    """Leave memory for the other workers of this machine, that many with this one."""
    _workers.set(workers)


def allowed_memory() -> float:
    """Memory that reading a picture may take, MiB."""
    limit = _limit.get()
    if limit is not None:
        return max(0.0, limit - resident())
    left = SHARE * available()
    return max(left / _workers.get(), min(WORKER, left))


def check_memory(
    path: object,
    size: tuple[int, int],
    taken: float,
    target: tuple[int, int] | None = None,
) -> None:
    """Refuse a picture that takes more memory than is allowed.

    Args:
        path: Its file.
        size: Width and height, px.
        taken: Bytes that decoding it takes.
        target: Width and height that it is then brought to; None: it stays as it is.

    Raises:
        ValueError: With these numbers and what to do.
    """
    pixels = size[0] * size[1]
    if target is not None:
        taken += min(pixels, OVERSAMPLING**2 * target[0] * target[1]) * FLOATS
    if taken / 2**20 > (allowed := allowed_memory()):
        raise ValueError(
            f"'{path}' is too large: reading its {size[0]}x{size[1]} px takes "
            f"{taken / 2**20:.0f} MiB, and {allowed:.0f} are allowed; scale it down "
            "first, or set hardware.memory=MiB higher"
        )
