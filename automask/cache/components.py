"""Parts of a run that stay from picture to picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from omegaconf import DictConfig, OmegaConf

from automask.targets import build

Made = TypeVar("Made")
Wrap = Callable[[Any, DictConfig], Any]
"""From a part and its configuration to what stands in its place."""

KEPT = 4  # of each kind: a sweep over two encoders builds both once


class Parts:
    """Encoder, mask sources …, built once for each configuration of theirs.

    Args:
        kept: Of each kind, the last ones used.
        wraps: By kind, what a part gets about it, such as a memory of its results.
    """

    def __init__(
        self, kept: int = KEPT, wraps: Mapping[str, Wrap] | None = None
    ) -> None:
        self.kept, self.wraps = kept, wraps or {}
        self._made: dict[str, dict[str, Any]] = {}

    def built(
        self,
        kind: str,
        config: DictConfig,
        made: Callable[[Any], Made] = lambda part: part,
    ) -> Made:
        """What that configuration describes; built at the first call.

        Args:
            kind: Such as ``encoder``.
            config: With a ``_target_``.
            made: What is done to it once it is built.
        """
        shelf = self._made.setdefault(kind, {})
        key = OmegaConf.to_yaml(config, resolve=True)
        if key in shelf:
            part = shelf.pop(key)
        else:
            part = made(build(config, kind))
            part = self.wraps[kind](part, config) if kind in self.wraps else part
        shelf[key] = part  # the last one used is the last one to go
        while len(shelf) > self.kept:
            del shelf[next(iter(shelf))]
        result: Made = part
        return result
