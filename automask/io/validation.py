"""Files of earlier runs may come from elsewhere: what they say is checked."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable, Iterable
from typing import Any

Shape = Any
"""A check; a dict of shapes by key, of which others may be there too; or a list of one
shape, for each of its elements."""
Check = Callable[[Any], bool]
SHOWN = 60  # characters of a value in a message


def parsed(text: str | bytes) -> Any:
    """What a JSON text says.

    Raises:
        ValueError: If it is none, or holds NaN or an infinite number.
    """
    try:
        return json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def check_shape(value: Any, shape: Shape, path: tuple[str, ...] = ()) -> None:
    """Raise ValueError, its second argument the path, where a value is amiss."""
    name = ".".join(path) or "it"
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            raise ValueError(f"{name} must have keys", path)
        for key, inner in shape.items():
            check_shape(value.get(key), inner, (*path, key))
    elif isinstance(shape, list):
        if not isinstance(value, list):
            raise ValueError(f"{name} must be a list", path)
        for each in value:
            check_shape(each, shape[0], path)
    elif not shape(value):
        said = repr(value)
        cut = said if len(said) <= SHOWN else f"{said[:SHOWN]}…"
        raise ValueError(f"{name} must not be {cut}", path)


def line_of(text: str, path: Iterable[str]) -> int:
    """Number of the line of a JSON text in which the last of these keys stands."""
    place = 0
    for key in path:
        place = max(place, text.find(f"{json.dumps(key)}:", place))
    return text.count("\n", 0, place) + 1


def is_text(value: Any) -> bool:
    """Whether it is a text that a file's name could be."""
    return isinstance(value, str) and "\0" not in value


def is_amount(value: Any) -> bool:
    """Whether it is a finite number from 0 on."""
    return is_number(value) and value >= 0


def is_number(value: Any) -> bool:
    """Whether it is a finite number."""
    return type(value) in (int, float) and math.isfinite(value)


def is_share(value: Any) -> bool:
    """Whether it is a number from 0 to 1."""
    return is_number(value) and 0 <= value <= 1


def is_inside(value: Any) -> bool:
    """Whether it is a relative path that stays below where it begins."""
    if not is_text(value) or not value:
        return False
    path = value.replace(os.sep, "/")
    parts = {*path.split("/")}  # the first is empty where it begins at the root
    return not os.path.splitdrive(path)[0] and parts.isdisjoint({"", ".", ".."})


def is_sha256(value: Any) -> bool:
    """Whether it is a hash in hexadecimal digits."""
    return isinstance(value, str) and bool(re.fullmatch("[0-9a-f]{64}", value))


def one_of(*values: Any) -> Check:
    """Whether it is one of these."""
    return lambda value: type(value) in map(type, values) and value in values


def optional(shape: Shape) -> Check:
    """Whether it is nothing, or of that shape."""
    return lambda value: value is None or _fits(value, shape)


def each(shape: Shape) -> Check:
    """Whether it has keys, and what stands under each of them is of that shape."""
    return lambda value: (
        isinstance(value, dict)
        and all(is_text(key) and _fits(inner, shape) for key, inner in value.items())
    )


def _fits(value: Any, shape: Shape) -> bool:
    try:
        check_shape(value, shape)
    except ValueError:
        return False
    return True


def _refuse(constant: str) -> Any:
    raise ValueError(f"it holds {constant}, which is no number")


def _finite(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise ValueError(f"it holds {text}, which is too large")
    return number
