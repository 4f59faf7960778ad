"""Pictures in memory, under names that can stand wherever a file can be named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Protocol


class Held(Protocol):
    """What is held under a name."""

    @property
    def sha256(self) -> str:
        """Hexadecimal, of its content."""


NOTHING: Mapping[str, Held] = MappingProxyType({})
_held: ContextVar[Mapping[str, Held]] = ContextVar("held", default=NOTHING)


@contextmanager
def holding(things: Mapping[str, Held]) -> Iterator[None]:
    """Within the block these names can be read as if they were files.

    Args:
        things: By names that no file has.
    """
    token = _held.set(things)
    try:
        yield
    finally:
        _held.reset(token)


def held(name: object) -> Held | None:
    """What is held under that name; None where it is a file's, or nothing's."""
    return _held.get().get(name) if isinstance(name, str) else None
