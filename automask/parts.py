"""Parts of a run that stay from picture to picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

Made = TypeVar("Made")
KEPT = 4  # of each kind: a sweep over two encoders builds both once


class Parts:
    """Encoder, mask sources …, built once for each configuration of theirs.

    Args:
        kept: Of each kind, the last ones used.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self.kept = kept
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
        part = (
            shelf.pop(key)
            if key in shelf
            else made(instantiate(config, _convert_="all"))
        )
        shelf[key] = part  # the last one used is the last one to go
        while len(shelf) > self.kept:
            del shelf[next(iter(shelf))]
        result: Made = part
        return result
