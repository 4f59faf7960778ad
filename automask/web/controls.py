"""The keys that a page can set: their values and defaults as keys.py has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Literal

from automask.config import config_folder
from automask.keys import Allowed, RunKeys
from automask.web.problems import wrong
from automask.web.schemas import Choice, Control
from automask.web.words import KEYS, Words

EXACT = 2**53 - 1  # largest integer that JavaScript keeps


def controls(side: int) -> list[Control]:
    """All of them, in the page's order.

    Args:
        side: Largest size, px.
    """
    known = {each.name: each.metadata for each in fields(RunKeys)}
    most = {"size": side}
    return [
        _control(key, words, known[key], most.get(key)) for key, words in KEYS.items()
    ]


def _control(
    key: str, words: Words, told: Mapping[str, Any], most: int | None
) -> Control:
    allowed: Allowed | None = told.get("allowed")
    kind: Literal["number", "integer", "choice"] = "choice"
    minimum = maximum = None
    if allowed is None:  # a folder of configurations
        there = {file.stem for file in (config_folder() / key).glob("*.yaml")}
    else:
        there = {word for word in allowed.words if word is not None}
        if allowed.kind is not None:
            kind = "integer" if allowed.kind is int else "number"
            minimum = allowed.least or (words.step if allowed.above else 0)
            maximum = min(most or words.most or EXACT, allowed.most)
    return Control(
        key=key,
        label=words.label,
        help=words.help,
        type=kind,
        default=told["default"],
        minimum=minimum,
        maximum=maximum,
        step=words.step,
        choices=[
            Choice(value=value, label=label)
            for value, label in words.choices.items()
            if value in there
        ],
    )


def checked(keys: Mapping[str, Any], known: Mapping[str, Control]) -> dict[str, Any]:
    """Keys of a job, if a page can set them so.

    Raises:
        HTTPException: With a sentence on the first that it cannot.
    """
    for key, value in keys.items():
        if key not in known:
            listed = ", ".join(known)
            raise wrong(f"There is no key {key[:40]!r} here; there are {listed}.")
        if not _fits(value, known[key]):
            raise wrong(f"The key {key} must be {_spoken(known[key])}.")
    return dict(keys)


def _fits(value: Any, control: Control) -> bool:
    if isinstance(value, str):
        return value in [choice.value for choice in control.choices]
    if isinstance(value, bool) or control.type not in ("number", "integer"):
        return isinstance(value, bool) and control.type == "boolean"
    if control.type == "integer" and not isinstance(value, int):
        return False
    least, most = control.minimum, control.maximum
    return (least or 0) <= value <= (most or EXACT)


def _spoken(control: Control) -> str:
    said = [choice.value for choice in control.choices]
    if control.type in ("number", "integer"):
        number = "an integer" if control.type == "integer" else "a number"
        said.append(f"{number} from {control.minimum:g} to {control.maximum:.16g}")
    return " or ".join(said)
