"""Gatys et al. 2017: control over space, colour and scale."""

from __future__ import annotations

from automask.config import embedded_style
from reproducing.sheets import (
    CONTENT,
    NO_MASKS,
    OURS,
    STYLE,
    Line,
    Places,
    Sheet,
    pair,
)

TEXTURE = "balance.gram.texture"
FINE_ALONE = (f"{TEXTURE}.relu3_1=0", f"{TEXTURE}.relu4_1=0")


def sheets(places: Places) -> dict[str, Sheet]:
    """By name."""
    return {
        "methods": Sheet(
            "Methods beside each other (Zhao et al. 2017, Fig. 5)",
            _portraits(places),
            (
                CONTENT,
                STYLE,
                Line("Gram", ("stylizer=gram",)),
                Line("guided Gram", ("stylizer=guided_gram",)),
                Line("guided means", ("stylizer=guided_mean",)),
                NO_MASKS,
                OURS,
            ),
        ),
        "space": Sheet(
            "A style of its own for each region (Gatys et al. 2017, spatial control)",
            _regions(places),
            (
                CONTENT,
                STYLE,
                Line("of the background", shows="style-2"),
                Line("Gram, both", ("stylizer=gram",)),
                Line("guided Gram", ("stylizer=guided_gram",)),
                Line("patches"),
            ),
        ),
        "color": Sheet(
            "Whose colours (Gatys et al. 2017, colour control)",
            _portraits(places),
            (
                CONTENT,
                STYLE,
                Line("as it comes", ("color=none",)),
                Line("by regions"),
                Line("luminance alone", ("color=luminance",)),
                Line("style matched first", ("color=match",)),
            ),
        ),
        "strokes": _strokes("hokusai", "monet"),
        "scale": Sheet(
            "A style shown smaller and larger (Gatys et al. 2017, scale control)",
            _portraits(places),
            (
                CONTENT,
                STYLE,
                *(
                    Line(f"style at {scale} of the size", (f"style_scale={scale}",))
                    for scale in (0.6, 1.0, 1.6)
                ),
            ),
        ),
    }


def _strokes(coarse: str, fine: str) -> Sheet:
    """One style's forms with another one's strokes; the new style is painted first."""
    words = (f"content={embedded_style(f'{coarse}.jpg')}", f"style={fine}", *FINE_ALONE)
    gram = "stylizer=gram"
    return Sheet(
        "Coarse forms of one style, fine strokes of another (Gatys et al. 2017)",
        (
            Line("astronaut", ("content=astronaut",)),
            Line("coffee", ("content=coffee",)),
        ),
        (
            Line("coarse", (f"style={coarse}",), "style"),
            Line("fine", (f"style={fine}",), "style"),
            Line("both", (*words, gram)),
            Line("by coarse alone", (f"style={coarse}", gram)),
            Line("by fine alone", (f"style={fine}", gram)),
            Line("by both", (f"style=<{' '.join((*words, gram))}>", gram)),
        ),
    )


def _portraits(places: Places) -> tuple[Line, ...]:
    if places.data is None:
        return (
            pair("astronaut, portrait", "astronaut", "portrait"),
            pair("astronaut, Monet", "astronaut", "monet"),
        )
    doodle = places.data / "doodle"
    return (
        pair("Seth, Van Gogh", doodle / "seth.jpg", doodle / "gogh.jpg"),
        pair(
            "curls, Mona Lisa",
            places.data / "portraits/18.jpg",
            places.data / "paintings/mona_lisa.jpg",
        ),
    )


def _regions(places: Places) -> tuple[Line, ...]:
    """Two styles each, the second for the background."""
    if places.data is None:
        return tuple(
            Line(
                f"astronaut: portrait, {name}",
                (
                    "content=astronaut",
                    "regions.person=portrait",
                    f"regions.background={name}",
                ),
            )
            for name in ("vangogh", "hokusai")
        )
    doodle, paintings = places.data / "doodle", places.data / "paintings"
    return (
        Line(
            "Seth: Van Gogh, Starry Night",
            (
                f"content={doodle / 'seth.jpg'}",
                f"regions.person={doodle / 'gogh.jpg'}",
                f"regions.background={paintings / 'starry_night.jpg'}",
            ),
        ),
    )
