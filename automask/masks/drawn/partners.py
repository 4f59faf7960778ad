"""Drawn masks need a partner on the other side, or a name that is known."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from difflib import get_close_matches

from automask.masks.combine import NO_OBJECTS, Painted
from automask.masks.soft import SoftMasks


def check_partners(
    painted: Sequence[Painted | None],
    found: Sequence[SoftMasks],
    asked: Collection[str] = (),
) -> None:
    """Refuse a drawn mask that is neither known nor there on the other side.

    It would take room from what was found, and then be left out for want of a partner.

    Args:
        painted: What was drawn for the content and the styles.
        found: All masks of each, drawn ones among them.
        asked: Masks that need no partner.

    Raises:
        ValueError: With the name that may be meant.
    """
    known = ("person", *NO_OBJECTS, *asked)
    for number, drawn in enumerate(painted):
        others = found[:1] if number else found[1:]
        there = {*known, *(name for masks in others for name in masks.names)}
        for name in drawn.masks.names if drawn else ():
            if name not in there:
                here, beyond = ("style.map", "map")[:: 1 if number else -1]
                close = get_close_matches(name, sorted(there), n=1)
                meant = f"did you mean '{close[0]}'? Else" if close else "to use it"
                raise ValueError(
                    f"{here} names the mask '{name}', which the other side has not; "
                    f"{meant} draw it there too: {beyond}={{{name}: FILE}}"
                )
