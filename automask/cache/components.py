"""Components of a run that stay from picture to picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from omegaconf import DictConfig, OmegaConf

from automask.targets import build

Wrap = Callable[[Any, DictConfig], Any]
"""From a component and its configuration to what stands in its place."""

KEPT = 4  # of each kind: a sweep over two encoders builds both once


class Components:
    """Encoder, mask sources …, built once for each configuration of theirs.

    Args:
        wraps: By kind, what a component gets about it, such as a cache of its results.
    """

    def __init__(self, wraps: Mapping[str, Wrap] | None = None) -> None:
        self.wraps = wraps or {}
        self._built: dict[str, dict[str, Any]] = {}

    def built(
        self,
        kind: str,
        config: DictConfig,
        prepare: Callable[[Any], Any] = lambda component: component,
        prepared: str = "",
    ) -> Any:
        """What that configuration describes; built at the first call.

        Args:
            kind: Such as ``encoder``.
            config: With a ``_target_``.
            prepare: What is done to it once it is built, before it is wrapped.
            prepared: What that makes of it, where it differs from call to call.
        """
        built = self._built.setdefault(kind, {})
        key = f"{OmegaConf.to_yaml(config, resolve=True)}{prepared}"
        if key in built:
            component = built.pop(key)
        else:
            component = prepare(build(config, kind))
            if kind in self.wraps:
                component = self.wraps[kind](component, config)
        built[key] = component  # the last one used is the last one to go
        if len(built) > KEPT:
            del built[next(iter(built))]
        return component
