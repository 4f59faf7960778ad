"""The functions of the Python interface.

They take the same path as the command line: keys become its words, which Hydra composes
and the same checks look at.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automask.api.painting import Painting, Step
from automask.api.run import made_of
from automask.api.typed import Picture
from automask.config import photograph
from automask.images.image_files import in_8_bits

ELSEWHERE = {
    "out": "call save() on what paint gives back",
    "intermediates": "on_step is given the picture so far",
    "stage": "find_masks stops after the masks",
}
"""Keys that the command line alone has, and what to do instead."""

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
    made = made_of(asked, config_dir, on_step)
    assert made.painted.image is not None
    image, record = in_8_bits(made.painted.image), made.painted.record
    return Painting(image, made.masks, record, made.warnings, made.read)


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
    if style is None and "style" not in (config or {}):
        style = _as_style(content)
    asked = _asked(config, keys, content, style, masks, style_masks)
    return made_of(asked | {"stage": "masks"}, config_dir).masks


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
