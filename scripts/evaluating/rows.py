"""Figures by method and pair, of pictures painted now and of those painted before."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from automask.images.image_files import write_image
from evaluating.figures import Reference, painting_figures, picture_figures
from evaluating.methods import Painted
from evaluating.pairs import Pair
from stylize import Encoder

Row = dict[str, Any]


def evaluate(
    methods: Mapping[str, Sequence[str]],
    references: Mapping[str, Reference],
    judge: Encoder,
    jobs: Mapping[str, Sequence[str]],
    paint: Callable[[list[list[str]]], list[Painted | str]],
    folder: Path,
) -> list[Row]:
    """A row for each method and pair.

    Args:
        methods: Words by name.
        references: By pair, what its pictures are compared with.
        judge: Whose activations are compared.
        jobs: By pair, the words that all methods share.
        paint: Paints all jobs of a method.
        folder: For the pictures.
    """
    rows: list[Row] = []
    for method, words in methods.items():
        done = paint([[*shared, *words] for shared in jobs.values()])
        for pair, made in zip(jobs, done, strict=True):
            row: Row = {"method": method, "pair": pair, "words": list(words)}
            if isinstance(made, str):
                row["failed"] = made
            else:
                picture = folder / f"{pair}-{method}.png"
                write_image(picture, made.image)
                row["picture"] = str(picture)
                row |= picture_figures(picture, references[pair].pair, judge)
                row |= painting_figures(made, references[pair], judge)
            rows.append(row)
            print(f"{method} {pair} {row.get('failed', 'done')}", file=sys.stderr)
    return rows


def measure(
    pictures: Sequence[tuple[Path, Pair]], pairs: Sequence[Pair], judge: Encoder
) -> list[Row]:
    """A row for each picture that was there; the k-th of a pair is ``measured-k``.

    Args:
        pictures: With the pair that each was made of.
        pairs: All of them, whose names count.
        judge: Whose activations are compared.
    """
    rows: list[Row] = []
    names = {(pair.content, pair.style): pair.name for pair in pairs}
    for picture, pair in pictures:
        name = names[pair.content, pair.style]
        count = 1 + sum(row["pair"] == name for row in rows)
        method = "measured" if count == 1 else f"measured-{count}"
        row: Row = {"method": method, "pair": name, "picture": str(picture)}
        rows.append(row | picture_figures(picture, pair, judge))
    return rows
