"""Champandard 2016: paintings from doodles, and portraits by maps drawn for both."""

from __future__ import annotations

from reproducing.sheets import CONTENT, NO_MASKS, OURS, STYLE, Line, Places, Sheet

MAP, STYLE_MAP = Line("its map", shows="map"), Line("its map", shows="style map")
DOODLE = Line("doodle", shows="map")


def sheets(places: Places) -> dict[str, Sheet]:
    """By name."""
    found = {
        "doodle": Sheet(
            "A doodle becomes a painting (Champandard 2016, Figs 1 and 5)",
            _doodles(places),
            (
                STYLE,
                STYLE_MAP,
                DOODLE,
                Line("gamma = 0", ("gamma=0",)),
                Line("painted"),
            ),
            ("stylizer=analogy",),
        )
    }
    if places.data is not None:
        doodle = places.data / "doodle"
        words = (f"content={doodle / 'seth.jpg'}", f"style={doodle / 'gogh.jpg'}")
        drawn = ("stylizer=doodle",)
        found["drawn"] = Sheet(
            "Drawn maps and found masks (Champandard 2016, Fig. 3)",
            (Line("Seth, Van Gogh", words),),
            (
                CONTENT,
                Line("drawn map", drawn, "masks"),
                STYLE,
                Line("drawn map", drawn, "style masks"),
                NO_MASKS,
                Line("by drawn maps", drawn),
                OURS,
            ),
        )
    return found


def _doodles(places: Places) -> tuple[Line, ...]:
    rows = [
        Line(
            "a night",
            (
                "style=vangogh",
                f"style.map={places.drawn / 'vangogh_map.png'}",
                f"map={places.drawn / 'night_map.png'}",
            ),
        )
    ]
    if places.data is not None:
        doodle = places.data / "doodle"
        rows += [
            Line(
                title,
                (
                    f"style={doodle / style}.jpg",
                    f"style.map={doodle / style}_sem.png",
                    f"map={doodle / target}_sem.png",
                ),
            )
            for title, style, target in (
                ("coast, after Monet", "monet", "coastline"),
                ("brook, after Renoir", "renoir", "landscape"),
            )
        ]
    return tuple(rows)
