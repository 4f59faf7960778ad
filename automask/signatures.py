"""Whether a part takes the arguments that a configuration has for it."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from math import isnan
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from automask.keys import renamed

PLAIN = (NoneType, bool, int, float, str, list, dict)  # what a YAML file can say
SPOKEN = {
    bool: "true or false",
    int: "an integer",
    float: "a number",
    str: "a word",
    NoneType: "null",
}
LISTS, MAPPINGS = (list, tuple, Sequence), (dict, Mapping)


def check_arguments(
    target: Any, path: str, arguments: Mapping[str, Any], given: Collection[str] = ()
) -> None:
    """Refuse arguments that a part does not take, by their names and kinds.

    Args:
        target: A class or function.
        path: Key of the part, for the message.
        arguments: What a configuration says, parts within it built.
        given: Names that come from elsewhere.

    Raises:
        ValueError: With the key and what it may be.
    """
    known = inspect.signature(target).parameters
    for name in arguments:
        if name not in known:
            if told := renamed(f"{path}.{name}"):
                raise ValueError(told)
            close = get_close_matches(name, known, n=1)
            listed = [f"{path}.{each}" for each in known if each not in given]
            advice = (
                f"did you mean '{path}.{close[0]}'?"
                if close
                else f"known: {', '.join(listed) or 'none'}"
            )
            raise ValueError(f"unknown key '{name}' in {path}; {advice}")
    hints = _hints(target)
    for name, value in arguments.items():
        if name in hints and not fits(value, hints[name]):
            example = f", as in [{value}]" if _wants_list(hints[name], value) else ""
            raise ValueError(
                f"{path}.{name} must be {spoken(hints[name])}{example}, "
                f"got {'null' if value is None else value}"
            )


def check_complete(
    target: Any, path: str, arguments: Collection[str], given: Collection[str] = ()
) -> None:
    """Refuse a part that lacks an argument it cannot do without.

    Raises:
        ValueError: With the key.
    """
    for name, each in inspect.signature(target).parameters.items():
        needed = each.default is each.empty and each.kind is each.POSITIONAL_OR_KEYWORD
        if needed and name not in arguments and name not in given:
            raise ValueError(f"no value for {path}.{name}; add {path}.{name}=...")


def fits(value: Any, hint: Any) -> bool:
    """Whether a value is of an annotated type; what no YAML file can say always is."""
    origin, within = get_origin(hint) or hint, get_args(hint)
    if not isinstance(value, PLAIN) or hint in (Any, object):
        return True
    if origin in (Union, UnionType):
        return any(fits(value, each) for each in get_args(hint))
    if origin is float:
        return type(value) is int or (type(value) is float and not isnan(value))
    if origin in LISTS:
        return isinstance(value, list) and all(
            fits(each, kind) for each in value for kind in within[:1]
        )
    if origin in MAPPINGS:
        return isinstance(value, dict) and all(
            fits(each, kind) for each in value.values() for kind in within[1:]
        )
    return type(value) is origin


def spoken(hint: Any) -> str:
    """A type in words."""
    origin = get_origin(hint) or hint
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(spoken(each) for each in get_args(hint)))
    within = get_args(hint)
    if origin in LISTS:
        kinds: dict[Any, str] = {int: "integers", float: "numbers", str: "words"}
        kind = kinds.get(within[0]) if within else None
        return f"a list of {kind}" if kind else "a list"
    if origin in MAPPINGS:
        return "a mapping, as in {name: value}"
    return SPOKEN.get(origin, "a part with a _target_")


def _wants_list(hint: Any, value: Any) -> bool:
    within = get_args(hint)[:1]
    is_list = (get_origin(hint) or hint) in LISTS
    return is_list and all(fits(value, kind) for kind in within)


def _hints(target: Any) -> Mapping[str, Any]:
    """Annotations of a part; none where they name what is not imported."""
    try:
        return get_type_hints(target.__init__ if inspect.isclass(target) else target)
    except NameError:
        return {}
