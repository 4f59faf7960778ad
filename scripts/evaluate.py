"""Paint pairs of pictures with several methods, and measure what came out.

python scripts/evaluate.py                                    # portraits
python scripts/evaluate.py --pairs any --sheet sheet.jpg      # photographs of all kinds
python scripts/evaluate.py --methods soft none --pair photo.jpg=painting.jpg
python scripts/evaluate.py --pairs list.txt --out before --json before.json
python scripts/evaluate.py --measure result.png photo.jpg painting.jpg
python scripts/evaluate.py --data DIR --json figures.json     # portraits with labels
python scripts/evaluate.py --regions DIR --methods soft none  # labelled regions
python scripts/evaluate.py --add "strong=gamma=80 k=3" --set size=384

A method is a name and keys of the configuration. Pairs are presets (any, portraits),
CONTENT=STYLE, or .txt files with one of these a line; both are files or names that
automask knows. Pictures that are there already are measured by --measure, with pairs or
alone. All pictures come from automask and scikit-image unless others are named.

docs/evaluation.md says what each column means. Of a picture: style, content, struct,
colour, noise, sharp, landmarks, faces, lost; of painting it: crossing, own, right,
wrong, agreement, edges, seconds, MiB. The judge is VGG-19 with --judge FILE, else the
embedded encoder. Figures of different judges do not compare, nor do those of different
sizes, for large pictures have finer strokes.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from evaluating.figure_tables import summary, tables, write_sheet
from evaluating.figures import reference
from evaluating.methods import METHODS, Painted, apart, paint_all
from evaluating.pairs import (
    FREE,
    PRESETS,
    Pair,
    corresponding,
    distinct,
    labelled,
    named,
    typed,
)
from evaluating.rows import evaluate, measure

from automask.cache.components import Components
from automask.images.image_files import check_suffix, stored_size
from automask.io.errors import one_line
from automask.io.files import write_bytes
from automask.io.terminal import show_traceback
from automask.pipeline.encoder_weights import lite, vgg19

DEFAULT = ("soft", "binary", "none", "guided_gram", "color_transfer")
SETTINGS = ("size=256",)


def main() -> None:
    """Read the command line, paint, measure, print the tables, write the files."""
    arguments = _parser().parse_args()
    torch.set_num_threads(arguments.threads)
    if isinstance(sys.stdout, TextIOWrapper):  # names of files may be no text
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        _run(arguments)
    except Exception as error:  # whatever it is, a person wants one line
        show_traceback(error)
        print(f"evaluate: {one_line(error)}", file=sys.stderr)
        sys.exit(2)


def _run(arguments: argparse.Namespace) -> None:
    if arguments.sheet:
        check_suffix(arguments.sheet)  # before anything is painted
    for file in filter(None, (arguments.sheet, arguments.json)):
        file.parent.mkdir(parents=True, exist_ok=True)
    methods = _methods(arguments)
    judge = vgg19(str(arguments.judge)) if arguments.judge else lite()
    ready = [(Path(p), named(c, s)) for p, c, s in arguments.measure]
    for picture, _ in ready:
        stored_size(picture)  # refuses what is no picture before anything is painted
    to_paint = distinct(_pairs(arguments))
    pairs = distinct([*to_paint, *(pair for _, pair in ready)])
    rows = measure(ready, pairs, judge)
    jobs = {p.name: [*SETTINGS, *p.words, *arguments.set] for p in to_paint}
    parts = Components()
    references = {p.name: reference(p, jobs[p.name], parts) for p in to_paint}

    def paint(words: list[list[str]]) -> list[Painted | str]:
        return apart(paint_all, words, arguments.threads)

    with _kept(arguments.out) as folder:
        if jobs:
            rows = evaluate(methods, references, judge, jobs, paint, folder) + rows
        print(f"{len(pairs)} pairs, judged by {judge.name}\n{tables(rows)}")
        if arguments.sheet:
            write_sheet(arguments.sheet, pairs, rows)
    if arguments.out is None:
        for row in rows:
            if "words" in row:  # painted here, and gone by now
                row.pop("picture", None)
    if arguments.json:
        record = {"judge": judge.name, "means": summary(rows), "rows": rows}
        text = json.dumps(record, indent=2) + "\n"
        write_bytes(arguments.json, text.encode())


def _pairs(arguments: argparse.Namespace) -> list[Pair]:
    """Those to be painted; none if pictures are to be measured and nothing else."""
    if arguments.pairs:
        return [pair for text in arguments.pairs for pair in typed(text)]
    if arguments.regions:
        return corresponding(arguments.regions)
    if arguments.measure:
        return []
    return [*(labelled(arguments.data) if arguments.data else ()), *FREE]


def _methods(arguments: argparse.Namespace) -> dict[str, Sequence[str]]:
    methods: dict[str, Sequence[str]] = {m: METHODS[m] for m in arguments.methods}
    for text in arguments.add:
        name, _, words = text.partition("=")
        if not name or not words or "/" in name:
            raise ValueError(f"a method is NAME=WORDS without a / in it, got '{text}'")
        methods[name] = words.split()
    return methods


@contextmanager
def _kept(folder: Path | None) -> Iterator[Path]:
    """The folder for the pictures; one that is gone afterwards if none was wanted."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    with TemporaryDirectory() as gone:
        yield Path(gone)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add, data = parser.add_argument, os.environ.get("AUTOMASK_DATA")
    several = {"nargs": "*", "default": []}
    pairs = f"{', '.join(PRESETS)}, CONTENT=STYLE, or a .txt list; may be repeated"
    add("--methods", nargs="+", choices=[*METHODS], default=DEFAULT)
    add("--add", **several, metavar="NAME=WORDS")
    pair = {"nargs": "+", "action": "extend", "default": [], "metavar": "PAIR"}
    add("--pairs", "--pair", **pair, help=pairs)
    result = {"nargs": 3, "metavar": ("RESULT", "CONTENT", "STYLE"), "default": []}
    add("--measure", action="append", **result, help="a picture that is there")
    add("--data", type=Path, default=data, help="or AUTOMASK_DATA")
    add("--regions", type=Path, help="NN_content.jpg, NN_style.jpg and their labels")
    add("--set", **several, help="keys for all methods")
    add("--judge", type=Path, help="weights of VGG-19; else lite")
    add("--out", type=Path, help="folder for the pictures")
    add("--sheet", type=Path, help="write all pictures there, tiled")
    add("--json", type=Path, help="write all figures there")
    add("--threads", type=int, default=1)
    return parser


if __name__ == "__main__":
    main()
