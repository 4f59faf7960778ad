"""Pairs to evaluate on: pictures that all have, those typed, those labelled by hand."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain, count
from pathlib import Path

import numpy as np
from PIL import Image

from automask.config import photograph
from automask.pipeline.style_spec import parts_of, source_of
from evaluating.region_labels import HandMade, read_names

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
        """Its file; of styles joined by + the first one's.

        Raises:
            ValueError: If one of them is not there.
        """
        files = [Path(source_of(part).path) for part in parts_of(self.style)]
        for file in files:
            if not file.is_file():
                raise ValueError(
                    f"no painting '{file}' in {os.getcwd()}; "
                    "give a file that is there, or try monet"
                )
        return files[0]


def named(content: str, style: str) -> Pair:
    """A pair that is called after its pictures.

    Raises:
        ValueError: If one of them is not there.
    """
    pair = Pair("", os.path.expanduser(content), os.path.expanduser(style))
    return replace(pair, name=f"{pair.photograph.stem}-{pair.painting.stem}")


def _free(pairs: str) -> tuple[Pair, ...]:
    return tuple(Pair(pair, *pair.split("-")) for pair in pairs.split())


FREE = _free("astronaut-portrait astronaut-monet")
ANY = _free(
    "astronaut-portrait astronaut-vangogh camera-monet chelsea-hokusai chelsea-monet "
    "coffee-portrait coffee-seurat motorcycle_left-hokusai rocket-seurat rocket-vangogh"
)
"""Photographs of all kinds: scikit-image's, each embedded style twice."""
PRESETS = {"any": ANY, "portraits": FREE}


def typed(text: str) -> list[Pair]:
    """The pairs that a word stands for.

    Args:
        text: A preset's name, a pair, or a .txt file with a pair in each line.

    Raises:
        ValueError: If it is none of these, or a picture is not there.
        OSError: If a list cannot be read.
    """
    if text in PRESETS:
        return [*PRESETS[text]]
    path = Path(text).expanduser()
    if not (text.lower().endswith(".txt") and path.is_file()):
        return [pair_of(text)]
    lines = path.read_text("utf-8-sig", "surrogateescape").splitlines()
    if pairs := [pair_of(line.strip()) for line in lines if line.strip()]:
        return pairs
    raise ValueError(f"the list '{text}' is empty; write CONTENT=STYLE a line")


def pair_of(text: str) -> Pair:
    """A pair from ``CONTENT=STYLE``, whose names may have a = of their own.

    Raises:
        ValueError: If it is no pair, or one of several.
    """
    words = text.split("=")
    pairs, faults = [], []
    for at in range(1, len(words)):
        content, style = "=".join(words[:at]), "=".join(words[at:])
        if content and style:
            try:
                pairs.append(named(content, style))
            except ValueError as error:
                faults.append(error)
    if len(pairs) > 1:
        ways = ", or ".join(f"'{p.content}' after '{p.style}'" for p in pairs)
        raise ValueError(f"'{text}' may be {ways}; give one of the files another name")
    if pairs:
        return pairs[0]
    if len(faults) > 1:
        raise ValueError(f"no two pictures are called '{text}', wherever it is parted")
    if faults:
        raise faults[0]
    raise ValueError(
        f"a pair is CONTENT=STYLE, got '{text}'; there are also the presets "
        f"{', '.join(PRESETS)}, and lists (.txt) of pairs"
    )


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
    gogh, seth = (
        HandMade(doodle / f"{name}_sem.png", SELF_PORTRAIT) for name in ("gogh", "seth")
    )
    shown = {
        f"portrait-{n}-gogh": (
            portraits / f"{n}.jpg",
            HandMade(portraits / f"{n}_labels.png", regions),
        )
        for n in PORTRAITS
    }
    shown["seth-gogh"] = doodle / "seth.jpg", seth
    style = str(doodle / "gogh.jpg")
    return [Pair(n, str(p), style, (labels, gogh)) for n, (p, labels) in shown.items()]


def corresponding(folder: Path) -> list[Pair]:
    """Pairs of pictures of all kinds whose regions correspond by their labels.

    Args:
        folder: Has NN_content.jpg, NN_style.jpg and of each NN_…_labels.png, where one
            number is one region in both (Luan et al. 2017).

    Raises:
        ValueError: If there are none.
    """
    pairs = []
    for file in sorted(folder.glob("*_content.jpg")):
        number = file.stem.removesuffix("_content")
        files = [
            folder / f"{number}_{side}_labels.png" for side in ("content", "style")
        ]
        values = sorted({int(v) for f in files for v in np.unique(Image.open(f))})
        regions = {str(value): [value] for value in values}
        labels = HandMade(files[0], regions), HandMade(files[1], regions)
        style = folder / f"{number}_style.jpg"
        pairs.append(Pair(f"regions-{number}", str(file), str(style), labels))
    if not pairs:
        raise ValueError(f"no pairs NN_content.jpg and NN_style.jpg in {folder}")
    return pairs
