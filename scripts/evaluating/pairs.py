"""Pairs to evaluate on: pictures that all have, and those with labels made by hand."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain, count
from pathlib import Path

from evaluate_masks import read_names

from automask.config import photograph
from automask.pipeline.style_spec import parts_of, source_of
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
        content: What a person types for the photograph, after ``content=``.
        style: Likewise for the painting.
        labels: Made by hand, of the photograph and of the painting; None to judge by
            the soft masks that automask finds.
    """

    name: str
    content: str
    style: str
    labels: tuple[HandMade, HandMade] | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """What a person types after ``automask``."""
        return f"content={self.content}", f"style={self.style}"

    @property
    def photograph(self) -> Path:
        """Its file."""
        return Path(photograph(self.content))

    @property
    def painting(self) -> Path:
        """Its file; of styles joined by + the first one's."""
        return painting(self.style)


def named(content: str, style: str) -> Pair:
    """A pair that is called after its pictures.

    Raises:
        ValueError: If one of them is not there.
    """
    content, style = os.path.expanduser(content), os.path.expanduser(style)
    files = photograph(content), painting(style)
    return Pair("-".join(Path(file).stem for file in files), content, style)


def painting(style: str) -> Path:
    """The file of a style; of several joined by + the first one's.

    Raises:
        ValueError: If one of them is not there.
    """
    files = [Path(source_of(part).path) for part in parts_of(style)]
    for file in files:
        if not file.is_file():
            raise ValueError(
                f"no painting '{file}' in {os.getcwd()}; "
                "give a file that is there, or try monet"
            )
    return files[0]


FREE = (
    Pair("astronaut-portrait", "astronaut", "portrait"),
    Pair("astronaut-monet", "astronaut", "monet"),
)
ANY = tuple(
    Pair(f"{content}-{style}", content, style)
    for content, style in (
        ("astronaut", "portrait"),
        ("astronaut", "vangogh"),
        ("camera", "monet"),
        ("chelsea", "hokusai"),
        ("chelsea", "monet"),
        ("coffee", "portrait"),
        ("coffee", "seurat"),
        ("motorcycle_left", "hokusai"),
        ("rocket", "seurat"),
        ("rocket", "vangogh"),
    )
)
"""Photographs of all kinds: scikit-image's, each embedded style twice."""
PRESETS = {"any": ANY, "portraits": FREE}


def distinct(pairs: Iterable[Pair]) -> list[Pair]:
    """Each pair once, under a name that no other one has."""
    known: dict[tuple[str, str], Pair] = {}
    names: set[str] = set()
    for pair in pairs:
        if (pair.content, pair.style) not in known:
            wanted = chain([pair.name], (f"{pair.name}-{k}" for k in count(2)))
            name = next(each for each in wanted if each not in names)
            names.add(name)
            known[pair.content, pair.style] = replace(pair, name=name)
    return [*known.values()]


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
    gogh, style = HandMade(doodle / "gogh_sem.png", SELF_PORTRAIT), doodle / "gogh.jpg"
    pairs = [
        Pair(
            f"portrait-{number}-gogh",
            str(portraits / f"{number}.jpg"),
            str(style),
            (HandMade(portraits / f"{number}_labels.png", regions), gogh),
        )
        for number in PORTRAITS
    ]
    seth = HandMade(doodle / "seth_sem.png", SELF_PORTRAIT)
    return [
        *pairs,
        Pair("seth-gogh", str(doodle / "seth.jpg"), str(style), (seth, gogh)),
    ]
