"""Zhao, Rosin & Lai 2017: masks, their weight and number, several styles."""

from __future__ import annotations

from reproducing.sheets import (
    CONTENT,
    MASKS,
    NO_MASKS,
    OURS,
    STYLE,
    STYLE_MASKS,
    Line,
    Places,
    Sheet,
    pair,
)

GAMMAS = {g: (f"gamma={g}",) for g in (0, 10, 20, 30, 40, 80)} | {20: ()}
COUNTS = {
    "0 masks": ("masks=none",),
    "2: background, person": ("masks.parts=[]",),
    "3: and skin": ("masks.parts=[skin]",),
    "6: and eyes, nose, mouth": ("masks.parts=[skin,eyes,nose,mouth]",),
    "all that are found": (),
}
BINARY = ("masks.binary=true",)


def sheets(places: Places) -> dict[str, Sheet]:
    """By name."""
    portraits = _portraits(places)
    return {
        "masks": Sheet(
            "Soft masks, and the method beside CNNMRF (Zhao et al. 2017, Figs 6 to 17)",
            (*portraits, *_others(places)),
            (CONTENT, MASKS, STYLE, STYLE_MASKS, NO_MASKS, OURS),
        ),
        "gamma": Sheet(
            "The weight of the masks (Zhao et al. 2017, Fig. 23)",
            portraits,
            tuple(Line(f"gamma = {g}", words) for g, words in GAMMAS.items()),
        ),
        "count": Sheet(
            "The number of masks (Zhao et al. 2017, Fig. 22)",
            portraits,
            tuple(Line(title, words) for title, words in COUNTS.items()),
        ),
        "binary": Sheet(
            "Binary masks and soft masks (Zhao et al. 2017, Fig. 21)",
            portraits,
            (
                Line("binary masks", BINARY, "masks"),
                Line("style's", BINARY, "style masks"),
                Line("by binary masks", BINARY),
                Line("soft masks", (), "masks"),
                Line("by soft masks"),
                NO_MASKS,
            ),
        ),
        "styles": Sheet(
            "Several styles for one content (Zhao et al. 2017, Figs 19 and 20)",
            _several(places),
            (
                CONTENT,
                STYLE,
                Line("second style", shows="style-2"),
                MASKS,
                NO_MASKS,
                OURS,
            ),
        ),
        "objects": _objects(places),
    }


def _portraits(places: Places) -> tuple[Line, ...]:
    if places.data is None:
        return (
            pair("astronaut, portrait", "astronaut", "portrait"),
            pair("astronaut, Monet", "astronaut", "monet"),
        )
    photographs, doodle = places.data / "portraits", places.data / "doodle"
    return (
        pair("Seth, Van Gogh", doodle / "seth.jpg", doodle / "gogh.jpg"),
        pair("curls, Van Gogh", photographs / "18.jpg", doodle / "gogh.jpg"),
        pair(
            "fringe, Mona Lisa",
            photographs / "13.jpg",
            places.data / "paintings/mona_lisa.jpg",
        ),
    )


def _others(places: Places) -> tuple[Line, ...]:
    """Pairs with a sky, or without a face."""
    if places.data is None:
        return (pair("cameraman, portrait", "camera", "portrait", "masks=scene"),)
    return (
        pair(
            "mountains, wheat field",
            places.data / "scenes/mountains.jpg",
            places.data / "paintings/wheat_field.jpg",
            "masks=scene",
        ),
    )


def _several(places: Places) -> tuple[Line, ...]:
    if places.data is None:
        return (
            pair("cameraman", "camera", "portrait+vangogh", "masks=scene"),
            pair("astronaut", "astronaut", "portrait+vangogh"),
        )
    doodle, paintings = places.data / "doodle", places.data / "paintings"
    return (
        pair(
            "Seth",
            doodle / "seth.jpg",
            f"{doodle / 'gogh.jpg'}+{paintings / 'mona_lisa.jpg'}",
        ),
        pair(
            "curls",
            places.data / "portraits/18.jpg",
            f"{paintings / 'mona_lisa.jpg'}+{paintings / 'starry_night.jpg'}",
        ),
    )


def _objects(places: Places) -> Sheet:
    """Two classes of objects; a net tells them apart, or else person and sky."""
    rows = (pair("person and sky", "camera", "portrait", "masks=scene"),)
    names = "person", "sky"
    if places.segmenter is not None and places.data is not None:
        net = ("masks=objects", f"masks.sources.objects.model={places.segmenter}")
        train = places.data / "train"
        car = train / "photo_in29.jpg", train / "photo_tar29.jpg"
        rows, names = (pair("car", *car, *net),), ("car", "background")
    masks = [
        Line(f"{whose}{name}", shows=f"{kind}/{name}")
        for kind, whose in (("masks", ""), ("style masks", "style's "))
        for name in names
    ]
    return Sheet(
        "Object classes chosen automatically (Zhao et al. 2017, Fig. 18)",
        rows,
        (CONTENT, STYLE, *masks, NO_MASKS, OURS),
    )
