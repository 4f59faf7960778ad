"""The functions of the Python interface.

They take the same path as the command line: keys become its words, which Hydra composes
and the same checks look at.
"""

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
from automask.api.painting import Painting, Step, step_of
from automask.api.typed import Picture, Typed, typed
from automask.cache.cached import caching
from automask.cache.components import Components
from automask.cache.store import Cache
from automask.cli.command_line import rewrite, run_command
from automask.cli.compose import composed
from automask.config import photograph, register
from automask.images.image_files import in_8_bits
from automask.io.errors import known_line
from automask.io.held import holding
from automask.io.terminal import warnings_kept
from automask.pipeline import paint as pipeline
from automask.pipeline.checks import check
from automask.pipeline.paint import Painted
from automask.pipeline.read_only import files_read
from automask.pipeline.sources import sources_of

ELSEWHERE = {
    "out": "call save() on what paint gives back",
    "intermediates": "on_step is given the picture so far",
    "stage": "find_masks stops after the masks",
}
"""Keys that the command line alone has, and what to do instead."""
_one_call = RLock()

Masks = Mapping[str, Picture]
"""Masks by name, white or 1 inside: (H, W) arrays of floats in [0, 1], of booleans or
of uint8, or pictures, of the picture's proportions and of any size."""


def paint(
    content: Picture | None = None,
    style: Picture | Sequence[Picture] | None = None,
    *,
    masks: str | Masks | None = None,
    style_masks: Masks | Sequence[Masks | None] | None = None,
    config: Mapping[str, Any] | None = None,
    config_dir: str | os.PathLike[str] | None = None,
    on_step: Callable[[Step], None] | None = None,
    **keys: Any,
) -> Painting:
    """Paint a photograph in the style of a painting.

    Nothing is printed and no file is written. Calls from several threads are painted
    one after the other. What they load stays for later calls.

    Args:
        content: The photograph: a file, a PIL image, an (H, W, 3) array of uint8 or of
            floats in [0, 1], or a (3, H, W) or (1, 3, H, W) tensor of floats in [0, 1].
            None for a method that takes none.
        style: The painting, likewise, or the name of an embedded style; or several.
        masks: Masks of the photograph by name that take the place of those found; or
            what finds them, as ``masks=`` of the command line: "none".
        style_masks: Masks of the style by name; for several styles a list, with None
            for a style without.
        config: Any keys of the command line, such as ``{"hardware.device": "cpu"}``.
        config_dir: A folder of configurations of your own.
        on_step: Called after each step; raise ``Cancelled`` in it to stop.
        **keys: Further keys of the command line, such as ``size=512, gamma=20``.

    Returns:
        The picture, its masks and its record.

    Raises:
        ValueError: With the sentence that the command line would end with.
        Exception: What ``on_step`` raises, such as ``Cancelled``.
    """
    asked = _asked(config, keys, content, style, masks, style_masks)
    done = _done(asked, config_dir, on_step)
    assert done.made.image is not None
    record, hints = done.made.record, done.made.hints
    warnings = tuple(map(done.typed.told, (*done.warnings, *hints)))
    image = in_8_bits(done.made.image)
    return Painting(image, done.masks, record, warnings, done.read)


def find_masks(
    content: Picture,
    style: Picture | Sequence[Picture] | None = None,
    *,
    masks: str | Masks | None = None,
    style_masks: Masks | Sequence[Masks | None] | None = None,
    config: Mapping[str, Any] | None = None,
    config_dir: str | os.PathLike[str] | None = None,
    **keys: Any,
) -> dict[str, NDArray[np.float32]]:
    """Find the masks of a photograph.

    Args:
        content: The photograph, as ``paint`` takes it.
        style: One or more paintings: masks are those that both sides show, as ``paint``
            uses them. None for all of the photograph's.
        masks: As of ``paint``.
        style_masks: As of ``paint``.
        config: As of ``paint``.
        config_dir: As of ``paint``.
        **keys: As of ``paint``; ``size`` is the masks' longer side in px.

    Returns:
        (H, W) float32 masks in [0, 1] by name, objects before their parts.

    Raises:
        ValueError: With the sentence that the command line would end with.
    """
    if style is None:
        style = _as_style(content)
    asked = _asked(config, keys, content, style, masks, style_masks)
    return _done(asked | {"stage": "masks"}, config_dir).masks


@dataclass(frozen=True)
class _Done:
    """What a call made, and what it was told to make it of."""

    made: Painted
    typed: Typed
    warnings: Sequence[str]
    read: Collection[str]

    @property
    def masks(self) -> dict[str, NDArray[np.float32]]:
        """The content's, copied: what was found stays for later calls."""
        found = self.made.shown.masks[0].by_name()
        return {name: mask.cpu().numpy().copy() for name, mask in found.items()}


def _asked(
    config: Mapping[str, Any] | None,
    keys: Mapping[str, Any],
    content: Picture | None,
    style: Picture | Sequence[Picture] | None,
    masks: str | Masks | None,
    style_masks: Masks | Sequence[Masks | None] | None,
) -> dict[str, Any]:
    """All keys of a call, those that are given by name last."""
    own = "map" if isinstance(masks, Mapping) else "masks"
    given = {"content": content, "style": style, own: masks, "style.map": style_masks}
    asked = {**(config or {}), **keys}
    asked |= {key: value for key, value in given.items() if value is not None}
    for key, instead in ELSEWHERE.items():
        if key in asked:
            raise ValueError(f"{key} is for the command line; {instead}")
    return asked


def _as_style(content: Picture) -> Picture:
    """A photograph as its own style, so that none of its masks is left out."""
    if isinstance(content, str | os.PathLike):
        return os.path.abspath(photograph(os.path.expanduser(content)))
    return content


def _done(
    asked: Mapping[str, Any],
    config_dir: str | os.PathLike[str] | None,
    on_step: Callable[[Step], None] | None = None,
) -> _Done:
    """Do what the keys ask for, one call at a time."""
    told, raised = typed(asked), []
    folder = [] if config_dir is None else ["--config-dir", os.fspath(config_dir)]

    def tell(step: stylize.Step) -> None:
        try:
            assert on_step is not None
            on_step(step_of(step))
        except Exception as error:
            raised.append(error)
            raise

    with (
        _one_call,
        _sentences(told, raised),
        holding(told.pictures),
        warnings_kept() as warnings,
        random.fork_rng(_cuda_devices()),
    ):
        words = [*folder, *told.words]
        config = _composed(words, quiet="quiet" not in asked)
        sources = sources_of(config)
        made = pipeline.paint(
            config,
            sources,
            run_command(words),
            _components(),
            pipeline.Clock(),
            tell if on_step is not None else None,
        )
        if made.kept is not None:
            made.kept.delete()
        return _Done(made, told, warnings, files_read(config, sources))


def _composed(words: Sequence[str], quiet: bool) -> DictConfig:
    """The configuration of these words, checked."""
    register()
    config = composed([*rewrite(words), *["quiet=true"] * quiet])
    check(config)
    return config


@cache
def _components() -> Components:
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
        raise ValueError(asked.told(line)) from None
