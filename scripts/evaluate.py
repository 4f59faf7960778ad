"""Compare methods on pairs of pictures, by figures.

python scripts/evaluate.py                                    # on free pictures
python scripts/evaluate.py --data DIR --json figures.json     # portraits with labels
python scripts/evaluate.py --methods soft binary --pairs photo.jpg=painting.jpg
python scripts/evaluate.py --add "strong=gamma=80 k=3" --set size=384

A method is a name and keys of the configuration. Columns, as means over the pairs:

crossing   % of patches whose match in the style lies in another region, for matches
           of the judge between the finished picture and the style, which every method
           has. The regions are hand-made labels where there are any, else the masks
           that automask finds; they are the same for all methods.
own        The same for the matches that the method itself ended with, if it has any.
right      Distance of each region's texture to the style's same region, 0 to 1,
wrong      and to its other regions, which should be larger.
content    Change of the content's self-similarity, 0 to 2.
agreement  Mean overlap of the masks found in the picture and in the content, 0 to 1.
sharp      Finest luminance detail, 8-bit codes.
noise      Fine colour noise, squared 8-bit codes.
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
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from evaluating.figures import FIGURES, Grounds, figures, grounds
from evaluating.likeness import mean
from evaluating.methods import METHODS, Painted, apart, paint_all
from evaluating.pairs import FREE, Pair, labelled, typed

from automask.encoders import lite, vgg19
from automask.errors import one_line
from automask.images import write_image
from automask.parts import Parts
from stylize import Encoder

DEFAULT = ("soft", "binary", "none", "guided_gram", "color_transfer")
SETTINGS = ("size=256",)
WIDTHS = {"crossing": 10, "agreement": 11}
Row = dict[str, Any]


def evaluate(
    methods: Mapping[str, Sequence[str]],
    truths: Mapping[str, Grounds],
    judge: Encoder,
    jobs: Mapping[str, Sequence[str]],
    paint: Callable[[list[list[str]]], list[Painted | str]],
    out: Path | None,
) -> list[Row]:
    """A row for each method and pair.

    Args:
        methods: Words by name.
        truths: By pair, what its pictures are compared with.
        judge: Whose activations are compared.
        jobs: By pair, the words that all methods share.
        paint: Paints all jobs of a method.
        out: Folder for the pictures; None keeps none.
    """
    rows: list[Row] = []
    for method, words in methods.items():
        done = paint([[*shared, *words] for shared in jobs.values()])
        for pair, made in zip(jobs, done, strict=True):
            row: Row = {"method": method, "pair": pair, "words": list(words)}
            if isinstance(made, str):
                row["failed"] = made
            else:
                row |= figures(made, truths[pair], judge)
            rows.append(row)
            if out is not None and not isinstance(made, str):
                out.mkdir(parents=True, exist_ok=True)
                write_image(out / f"{pair}-{method}.png", made.image)
            print(f"{method} {pair} {row.get('failed', 'done')}", file=sys.stderr)
    return rows


def summary(rows: Sequence[Row]) -> dict[str, dict[str, float | None]]:
    """Means over the pairs, by method; memory is the largest."""
    methods = dict.fromkeys(row["method"] for row in rows)
    means: dict[str, dict[str, float | None]] = {}
    for method in methods:
        own = [r for r in rows if r["method"] == method and "failed" not in r]
        means[method] = {name: mean([r[name] for r in own]) for name in FIGURES}
        means[method]["MiB"] = max((r["MiB"] for r in own), default=None)
    return means


def table(rows: Sequence[Row]) -> str:
    """Methods down, figures across; then what could not be made."""
    head = "".join(f"{name:>{WIDTHS.get(name, 9)}}" for name in FIGURES)
    lines = [f"{'':15}{head}"]
    for method, means in summary(rows).items():
        cells = [
            f"{_number(means[name], digits):>{WIDTHS.get(name, 9)}}"
            for name, digits in FIGURES.items()
        ]
        lines.append(f"{method:15}{''.join(cells)}")
    lines += [
        f"{row['method']} could not paint {row['pair']}: {row['failed']}"
        for row in rows
        if "failed" in row
    ]
    return "\n".join(lines)


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def main() -> None:
    """Read the command line, paint, print the table, write the JSON."""
    arguments = _parser().parse_args()
    torch.set_num_threads(arguments.threads)
    added = [text.partition("=") for text in arguments.add]
    methods = {name: METHODS[name] for name in arguments.methods}
    methods |= {name: tuple(words.split()) for name, _, words in added}
    try:
        judge = vgg19(str(arguments.judge)) if arguments.judge else lite()
        jobs, truths = _prepared(arguments)
    except Exception as error:  # whatever it is, a person wants one line
        print(f"evaluate: {one_line(error)}", file=sys.stderr)
        sys.exit(2)

    def paint(words: list[list[str]]) -> list[Painted | str]:
        return apart(paint_all, words, arguments.threads)

    rows = evaluate(methods, truths, judge, jobs, paint, arguments.out)
    print(f"{len(jobs)} pairs, judged by {judge.name}\n{table(rows)}")
    if arguments.json:
        record = {"judge": judge.name, "means": summary(rows), "rows": rows}
        arguments.json.write_text(json.dumps(record, indent=2) + "\n")


def _prepared(
    arguments: argparse.Namespace,
) -> tuple[dict[str, list[str]], dict[str, Grounds]]:
    """By pair: the words that all methods share, and what results are compared with."""
    pairs: list[Pair] = [typed(text) for text in arguments.pairs]
    if not pairs:
        pairs = [*(labelled(arguments.data) if arguments.data else ()), *FREE]
    jobs = {p.name: [*SETTINGS, *p.words, *arguments.set] for p in pairs}
    parts = Parts()
    return jobs, {p.name: grounds(p, jobs[p.name], parts) for p in pairs}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--methods", nargs="+", choices=[*METHODS], default=DEFAULT)
    parser.add_argument("--add", nargs="*", default=[], metavar="NAME=WORDS")
    parser.add_argument("--pairs", nargs="*", default=[], metavar="CONTENT=STYLE")
    data = os.environ.get("AUTOMASK_DATA")
    parser.add_argument("--data", type=Path, default=data, help="or AUTOMASK_DATA")
    parser.add_argument("--set", nargs="*", default=[], help="keys for all methods")
    parser.add_argument("--judge", type=Path, help="weights of VGG-19; else lite")
    parser.add_argument("--out", type=Path, help="folder for the pictures")
    parser.add_argument("--json", type=Path, help="write all figures there")
    parser.add_argument("--threads", type=int, default=1)
    return parser


if __name__ == "__main__":
    main()
