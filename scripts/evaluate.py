"""Paint pairs of pictures with several methods, and measure what came out.

python scripts/evaluate.py                                    # portraits
python scripts/evaluate.py --pairs any --sheet sheet.jpg      # photographs of all kinds
python scripts/evaluate.py --methods soft none --pair photo.jpg=painting.jpg
python scripts/evaluate.py --pairs list.txt --out before --json before.json
python scripts/evaluate.py --measure result.png photo.jpg painting.jpg
python scripts/evaluate.py --data DIR --json figures.json     # portraits with labels
python scripts/evaluate.py --add "strong=gamma=80 k=3" --set size=384

A method is a name and keys of the configuration. Pairs are presets (any, portraits),
CONTENT=STYLE, or .txt files with one of these a line; both are files or names that
automask knows. Pictures that are there already are measured by --measure, with pairs or
alone. All pictures come from automask and scikit-image unless others are named.

What a picture is, against its photograph and its painting:

style      Distance of the judge's activations to the painting's as distributions, mean
           over the layers (sliced Wasserstein); lower is better. It does not ask where
           anything lies: a photograph under a filter may score well.
content    1 - cosine of the judge's activations to the photograph's, cell by cell, 0 to
           2; lower keeps more.
struct     Correlation with the photograph of luminance's gradient magnitudes, blurred
           by 2 px; 1 keeps all shapes.
colour     Distance of all pixels' colours to the painting's, in Lab units.
noise      Chroma above half the Nyquist frequency, over the painting's.
sharp      Mean absolute Laplacian of luminance, over the painting's; 1 is as crisp.
landmarks  Mean distance of the landmarks of faces that are found again to the
           photograph's, in % of the distance between the eyes.
faces      That the photograph shows,
lost       and how many of them are not found again.

The judge is VGG-19 with --judge FILE (relu1_1, relu2_1, relu3_1, relu4_1), else the
embedded encoder (edges, halves, relu3_1, relu4_1); content leaves out the first.
Figures of different judges do not compare, nor do those of different sizes, for large
pictures have finer strokes. Activations alone are compared at 384 px whatever the size.

What painting it was like:

crossing   % of patches whose match in the style lies in another region, for matches
           of the judge between the finished picture and the style, which every method
           has. The regions are hand-made labels where there are any, else the masks
           that automask finds; they are the same for all methods.
own        The same for the matches that the method itself ended with, if it has any.
right      Distance of each region's texture to the style's same region, 0 to 1,
wrong      and to its other regions, which should be larger.
agreement  Mean overlap of the masks found in the picture and in the content, 0 to 1.
edges      Where the content is calm: by how much luminance is steeper across mask
           borders than along them, 8-bit codes a px.
seconds    Of one processor core or more together, for painting alone.
MiB        Largest memory of a process that paints all pairs by this method alone.
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
from evaluating.figures import grounds
from evaluating.methods import METHODS, Painted, apart, paint_all
from evaluating.pairs import FREE, PRESETS, Pair, distinct, labelled, named
from evaluating.rows import evaluate, measure
from evaluating.sheet import write_sheet
from evaluating.tables import summary, tables
from evaluating.typed import typed

from automask.cache.components import Components
from automask.images.image_files import check_suffix, stored_size, write_bytes
from automask.io.errors import one_line
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
    _check_files(arguments)
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
    truths = {p.name: grounds(p, jobs[p.name], parts) for p in to_paint}

    def paint(words: list[list[str]]) -> list[Painted | str]:
        return apart(paint_all, words, arguments.threads)

    with _kept(arguments.out) as folder:
        if jobs:
            rows = evaluate(methods, truths, judge, jobs, paint, folder) + rows
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


def _check_files(arguments: argparse.Namespace) -> None:
    """Refuse what cannot be written while nothing is lost by it."""
    if arguments.sheet:
        check_suffix(arguments.sheet)
    for file in filter(None, (arguments.sheet, arguments.json)):
        file.parent.mkdir(parents=True, exist_ok=True)


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
    parser.add_argument("--methods", nargs="+", choices=[*METHODS], default=DEFAULT)
    parser.add_argument("--add", nargs="*", default=[], metavar="NAME=WORDS")
    parser.add_argument(
        *("--pairs", "--pair"),
        nargs="+",
        action="extend",
        default=[],
        metavar="PAIR",
        help=f"{', '.join(PRESETS)}, CONTENT=STYLE, or a .txt list; may be repeated",
    )
    parser.add_argument(
        "--measure",
        nargs=3,
        action="append",
        default=[],
        metavar=("RESULT", "CONTENT", "STYLE"),
        help="a picture that is there; may be repeated",
    )
    data = os.environ.get("AUTOMASK_DATA")
    parser.add_argument("--data", type=Path, default=data, help="or AUTOMASK_DATA")
    parser.add_argument("--set", nargs="*", default=[], help="keys for all methods")
    parser.add_argument("--judge", type=Path, help="weights of VGG-19; else lite")
    parser.add_argument("--out", type=Path, help="folder for the pictures")
    parser.add_argument("--sheet", type=Path, help="write all pictures there, tiled")
    parser.add_argument("--json", type=Path, help="write all figures there")
    parser.add_argument("--threads", type=int, default=1)
    return parser


if __name__ == "__main__":
    main()
