"""One call of the Python interface: a run that begins with keys and writes nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from threading import RLock
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from omegaconf import DictConfig
from torch import random

import stylize
from automask.api.painting import Step, step_of
from automask.api.typed import Typed, typed
from automask.cache.cached import caching
from automask.cache.components import Components
from automask.cache.store import Cache
from automask.cli.command_line import rewrite, run_command
from automask.cli.compose import composed
from automask.config import register
from automask.io.errors import known_line
from automask.io.held import holding
from automask.io.terminal import show_traceback, warnings_kept
from automask.pipeline.checks import check
from automask.pipeline.paint import Clock, Painted, paint
from automask.pipeline.read_only import files_read
from automask.pipeline.sources import sources_of

_one_at_a_time = RLock()


@dataclass(frozen=True)
class Made:
    """What a call made.

    Args:
        painted: By the run.
        warnings: Sentences that the command line would have printed.
        read: Files that were read.
    """

    painted: Painted
    warnings: tuple[str, ...]
    read: Collection[str]

    @property
    def masks(self) -> dict[str, NDArray[np.float32]]:
        """The content's, copied: what was found stays for later calls."""
        found = self.painted.shown.masks[0].by_name()
        return {name: mask.cpu().numpy().copy() for name, mask in found.items()}


def made_of(
    asked: Mapping[str, Any],
    config_dir: str | os.PathLike[str] | None,
    on_step: Callable[[Step], None] | None = None,
) -> Made:
    """Do what the keys ask for, one call at a time.

    Args:
        asked: Keys of the command line with their values.
        config_dir: A folder of configurations of the user's own.
        on_step: Called after each step.

    Raises:
        ValueError: With the command line's sentence.
        Exception: What ``on_step`` raises.
    """
    told = typed(asked)
    folder = [] if config_dir is None else ["--config-dir", os.fspath(config_dir)]
    words = [*folder, *told.words]
    raised: list[Exception] = []
    with (
        _one_at_a_time,
        _sentences(told, raised),
        holding(told.pictures),
        warnings_kept() as warnings,
        random.fork_rng(_cuda_devices()),
    ):
        config = configured(words, quiet="quiet" not in asked)
        sources, command = sources_of(config), run_command(words)
        tell = None if on_step is None else _telling(on_step, raised)
        painted = paint(config, sources, command, components(), Clock(), tell)
        if painted.kept is not None:
            painted.kept.delete()
        said = tuple(map(told.told, (*warnings, *painted.hints)))
        return Made(painted, said, files_read(config, sources))


def _telling(
    on_step: Callable[[Step], None], raised: list[Exception]
) -> Callable[[stylize.Step], None]:
    """``on_step`` for the stylizer, which adds what it raises to the list."""

    def tell(step: stylize.Step) -> None:
        try:
            on_step(step_of(step))
        except Exception as error:
            raised.append(error)
            raise

    return tell


def configured(words: Sequence[str], quiet: bool = True) -> DictConfig:
    """The configuration of these words, checked."""
    register()
    config = composed([*rewrite(words), *["quiet=true"] * quiet])
    check(config)
    return config


@cache
def components() -> Components:
    """What stays loaded: the last few of each kind, and what they found last."""
    return Components(wraps=caching(Cache()))


def _cuda_devices() -> list[int]:
    """Whose random numbers the caller may be using."""
    return [*range(torch.cuda.device_count())] if torch.cuda.is_initialized() else []


@contextmanager
def _sentences(asked: Typed, raised: Collection[Exception]) -> Iterator[None]:
    """Turn errors into the command line's sentences, but for what a caller raised."""
    try:
        yield
    except Exception as error:
        line = known_line(error)
        if line is None or any(error is each for each in raised):
            raise
        show_traceback(error)
        raise ValueError(asked.told(line)) from None
