"""Wang & Wang: photographs in the style of photographs, and what each part does."""

from __future__ import annotations

from automask.config import photograph
from reproducing.sheets import CONTENT, STYLE, Line, Places, Sheet, pair

VARIANTS = {
    "full": ("stylizer=photo",),
    "regularised, not filtered": ("stylizer=photo_regularized",),
    "no soft masks": ("stylizer=photo_no_masks",),
    "no similarity loss": ("stylizer=photo_no_similarity",),
    "no filter": ("stylizer=photo_unfiltered",),
    "global colour transfer": ("stylizer=color_transfer",),
}


def sheets(places: Places) -> dict[str, Sheet]:
    """By name."""
    return {
        "photo": Sheet(
            "What each part of photo style transfer does (Wang & Wang, Fig. 4)",
            _pairs(places),
            (CONTENT, STYLE, *(Line(*variant) for variant in VARIANTS.items())),
        )
    }


def _pairs(places: Places) -> tuple[Line, ...]:
    if places.data is None:
        return (
            pair("cameraman, astronaut", "camera", photograph("astronaut")),
            pair("astronaut, portrait", "astronaut", "portrait"),
        )
    train = places.data / "train"
    return tuple(
        pair(
            f"pair {number}",
            train / f"photo_in{number}.jpg",
            train / f"photo_tar{number}.jpg",
        )
        for number in ("11", "04", "02")
    )
