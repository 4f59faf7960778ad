"""Pairs to evaluate on: pictures that all have, and those with labels made by hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from evaluate_masks import read_names

from evaluating.labels import HandMade

PORTRAITS = ("04", "10", "13", "18")
REGIONS = {
    "background": "background",
    "skin": "skin nose lips eyeballs ears teeth mouth_cavity",
    "hair": "hair eyebrows facial_hair",
    "clothing": "clothing",
}
"""Regions that both kinds of labels tell apart, and the portraits' labels of each."""
SELF_PORTRAIT = {
    "background": "#ff0000",
    "skin": "#00ff00",
    "hair": "#ffff00",
    "clothing": "#0000ff",
}
"""Colours of the map of Van Gogh's self-portrait."""


@dataclass(frozen=True)
class Pair:
    """A photograph and a painting.

    Args:
        name: In tables and of files.
        words: What a person types to name them.
        labels: Made by hand, of the photograph and of the painting; None to judge by
            the soft masks that automask finds.
    """

    name: str
    words: tuple[str, ...]
    labels: tuple[HandMade, HandMade] | None = None


FREE = (
    Pair("astronaut-portrait", ("content=astronaut", "style=portrait")),
    Pair("astronaut-monet", ("content=astronaut", "style=monet")),
)


def typed(text: str) -> Pair:
    """A pair from ``content=style``.

    Raises:
        ValueError: If there is no style in it.
    """
    content, _, style = text.partition("=")
    if not style:
        raise ValueError(f"a pair is CONTENT=STYLE, got '{text}'")
    name = f"{Path(content).stem}-{Path(style).stem}"
    return Pair(name, (f"content={content}", f"style={style}"))


def labelled(data: Path) -> list[Pair]:
    """Portraits in the manner of Van Gogh's self-portrait, where such a folder is.

    Args:
        data: Has portraits/NN.jpg with NN_labels.png and labels.txt, doodle/gogh.jpg
            and doodle/seth.jpg with maps such as gogh_sem.png.

    Raises:
        ValueError: If a line of labels.txt is unreadable.
        OSError: If a file is missing.
    """
    doodle, portraits = data / "doodle", data / "portraits"
    numbers = read_names(portraits / "labels.txt")
    regions = {
        region: [numbers[name] for name in names.split() if name in numbers]
        for region, names in REGIONS.items()
    }
    gogh = HandMade(doodle / "gogh_sem.png", SELF_PORTRAIT)
    style = f"style={doodle / 'gogh.jpg'}"
    pairs = [
        Pair(
            f"portrait-{number}-gogh",
            (f"content={portraits / f'{number}.jpg'}", style),
            (HandMade(portraits / f"{number}_labels.png", regions), gogh),
        )
        for number in PORTRAITS
    ]
    seth = HandMade(doodle / "seth_sem.png", SELF_PORTRAIT)
    words = (f"content={doodle / 'seth.jpg'}", style)
    return [*pairs, Pair("seth-gogh", words, (seth, gogh))]
