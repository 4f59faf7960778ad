"""Compare forms of the pixel blocks, and of the content term, on eight pairs.

python scripts/block_sheets.py weight form interplay content --px 320 --out sheets/

One contact sheet a question.

Contents are scikit-image's photographs and one of our own drawings, styles the embedded
ones, the encoder the embedded one: whoever has the project can make the sheets again. A
table gives, as means over the pairs, the energy of colour above half the Nyquist
frequency and the contrast of fine, middle and coarse strokes over the style's own.
"""

from __future__ import annotations

import argparse
import statistics
from dataclasses import replace
from pathlib import Path

import torch
from contact_sheet import contact_sheet
from evaluating.measures import chroma_noise
from evaluating.painted import Pair, configured, paint, read_pair, strokes
from torch import Tensor

import stylize.losses.mrf
from automask.config import embedded_style
from automask.images.image_files import write_image
from automask.pipeline.encoder_weights import lite
from stylize import Encoder
from stylize.matching.folding import Folded, fold

PAIRS = (
    ("astronaut", "portrait"),
    ("astronaut", "monet"),
    ("chelsea", "vangogh"),
    ("chelsea", "seurat"),
    ("coffee", "monet"),
    ("coffee", "hokusai"),
    ("rocket", "vangogh"),
    (embedded_style("hokusai.jpg"), "vangogh"),  # a drawing with flat areas
)
STYLE, CONTENT = "stylizer.terms.style", "stylizer.terms.content"
ALIKE = f"{CONTENT}.structure=0"
FIRM = ["balance.content=1", "balance.smoothness=1"]
VARIANTS: dict[str, dict[str, list[str]]] = {
    "weight": {
        f"weight {w}": [f"{STYLE}.blocks.relu3_1={w}"] for w in (0, 1, 3, 8, 20)
    },
    "form": {
        "4x4, mean": [],
        "8x8, mean": [f"{STYLE}.blocks.relu3_1=0", f"{STYLE}.blocks.relu4_1=3"],
        "both": [f"{STYLE}.blocks.relu4_1=3"],
        "4x4, middle patch": ["middle"],
        "4x4, coherent": ["refresh=every", "refresh.n=30"],
    },
    "interplay": {
        "content 0.7": [ALIKE, f"{CONTENT}.weight=0.7"],
        "content 0.15": [ALIKE, f"{CONTENT}.weight=0.15"],
        "content 1.5": [ALIKE, f"{CONTENT}.weight=1.5"],
        "own colours": [ALIKE, f"{CONTENT}.weight=0.7", "color=none"],
        "own colours, weight 0": [
            *(ALIKE, f"{CONTENT}.weight=0.7", "color=none"),
            f"{STYLE}.blocks.relu3_1=0",
        ],
    },
    "content": {
        "alike 0.7": [*FIRM, ALIKE, f"{CONTENT}.weight=0.7"],
        "structure 0.3": [*FIRM, f"{CONTENT}.structure=0.3"],
        "structure 0.6": FIRM,
        "structure 0.9": [*FIRM, f"{CONTENT}.structure=0.9"],
    },
    "balance": {
        f"content {c:g}": [f"balance.content={c}", f"balance.smoothness={s}"]
        for c, s in ((1.0, 1.0), (0.75, 0.75), (0.55, 0.75), (0.4, 0.75))
    },
}
BLOCK_CHANNELS = 48  # 4 × 4 pixels of three channels


def folded_by_middle(
    nearest: Tensor, style: Tensor, width: Tensor, *, size: int = 3
) -> Folded:
    """As :func:`fold`, but pixels are those of the patch whose middle lies on a cell.

    No two patches are averaged, so nothing is blurred where they disagree.
    """
    folded, half = fold(nearest, style, width, size=size), size // 2
    if style.shape[1] <= BLOCK_CHANNELS or size == 1:
        return folded
    middle = nearest + half * (width[nearest] + 1)
    middle = torch.nn.functional.pad(
        middle[None, None].double(), (half,) * 4, mode="replicate"
    )
    target = folded.target.clone()
    pixels = style[middle[0, 0].long()][..., -BLOCK_CHANNELS:]
    target[0, -BLOCK_CHANNELS:] = pixels.permute(2, 0, 1)
    return replace(folded, target=target)


def made(pair: Pair, words: list[str], encoder: Encoder) -> Tensor:
    """One picture."""
    known = [word for word in words if word != "middle"]
    config = configured(["content=astronaut", "style=monet", *known])
    stylize.losses.mrf.fold = folded_by_middle if "middle" in words else fold  # type: ignore[attr-defined]
    try:
        return paint(pair, encoder, config.stylizer)[0]
    finally:
        stylize.losses.mrf.fold = fold  # type: ignore[attr-defined]


def main() -> None:
    """Read the command line, paint, print the table, write the sheets."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("questions", nargs="+", choices=[*VARIANTS])
    parser.add_argument("--px", type=int, default=320)
    parser.add_argument("--height", type=int, default=200, help="of a tile, px")
    parser.add_argument("--out", type=Path, default=Path("sheets"))
    arguments = parser.parse_args()
    encoder = lite()
    pairs = [read_pair(*names, arguments.px, masks=True) for names in PAIRS]
    for question in arguments.questions:
        files: list[Path] = []
        figures: dict[str, list[list[float]]] = {}
        for pair in pairs:
            for name, words in VARIANTS[question].items():
                image = made(pair, words, encoder)
                file = arguments.out / question / f"{pair.name}-{name}.png"
                file.parent.mkdir(parents=True, exist_ok=True)
                write_image(file, image)
                files.append(file)
                seen = [chroma_noise(image), *strokes(image, pair, encoder)]
                figures.setdefault(name, []).append(seen)
        for name, rows in figures.items():
            means = [statistics.mean(column) for column in zip(*rows, strict=True)]
            print(f"{name:24}" + "".join(f"{mean:8.3f}" for mean in means), flush=True)
        names = [*VARIANTS[question]]
        labels = [names[i % len(names)] for i in range(len(files))]
        sheet = contact_sheet(
            files, labels, columns=len(names), height=arguments.height
        )
        sheet.save(arguments.out / f"blocks-{question}.jpg", quality=85)


if __name__ == "__main__":
    main()
