"""Compare an encoder with VGG-19: matches, speed, and finished pictures.

python scripts/evaluate_encoder.py matching --vgg19 vgg19.pth
python scripts/evaluate_encoder.py speed --vgg19 vgg19.pth --px 256 512 1024
python scripts/evaluate_encoder.py run --vgg19 vgg19.pth --px 512 --rounds 1 \
    --pairs astronaut=portrait
python scripts/evaluate_encoder.py pictures --vgg19 vgg19.pth --px 512 --out folder \
    --pairs photo.jpg=painting.jpg astronaut=monet

A pair is content=style, each a file or a name that automask knows. --encoder takes
another file of scripts/train_lite.py. --set balance.content=0.7 makes all equal.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from evaluating.by_encoder import LAYERS, configured, match_ratios, paint, report, shown
from evaluating.picture_grid import picture_grid
from evaluating.torchvision_vgg import TorchvisionVGG

from automask.encoders import lite, vgg19
from automask.images import write_image
from automask.inputs import Masked
from stylize import VGG19, Encoder

PAIRS = ("astronaut=portrait", "chelsea=monet", "coffee=vangogh", "rocket=hokusai")
TILE = 384  # px
Pairs = Mapping[str, Masked]
Encoders = dict[str, Encoder]


def matching(pairs: Pairs, encoders: Encoders) -> dict[str, Any]:
    """Share of VGG-19's own match quality that each encoder's matches reach."""
    table: dict[str, Any] = {}
    judge = encoders["vgg19"]
    for name, encoder in {"lite": encoders["lite"], "random": None}.items():
        found = [match_ratios(pair, encoder, judge) for pair in pairs.values()]
        table[name] = {}
        for kind in found[0]:
            chosen, own = (sum(f[kind][n] for f in found) for n in (0, 1))
            table[name][kind] = round(chosen / own, 4)
        print(f"{name:12}" + "  ".join(f"{k} {v:.3f}" for k, v in table[name].items()))
    return table


def speed(px: Sequence[int], encoders: Encoders, rounds: int) -> dict[str, Any]:
    """Ms of one forward and backward pass, interleaved, and the ratios to VGG-19.

    To ours, and to torchvision's as other tools run it.
    """
    encoders, table = with_torchvision(encoders), {}
    for size in px:
        image = torch.rand(1, 3, size, size)
        laps = [
            {name: pass_seconds(e, image) for name, e in encoders.items()}
            for _ in range(rounds + 1)
        ]
        table |= compared(str(size), laps[1:])
    return table


def run(
    pairs: Pairs, encoders: Encoders, rounds: int, words: list[str]
) -> dict[str, Any]:
    """Ms of painting a pair, matching and all; otherwise like :func:`speed`."""
    encoders, table = with_torchvision(encoders), {}
    for title, pair in pairs.items():
        laps = []
        for _ in range(rounds):
            made = {n: painted(pair, n, e, words) for n, e in encoders.items()}
            laps.append({name: took for name, (_, took) in made.items()})
        table |= compared(title, laps)
    return table


def pictures(
    pairs: Pairs, encoders: Encoders, out: Path, words: list[str]
) -> dict[str, Any]:
    """Paint each pair with each encoder; figures, pictures and a sheet.

    Each has the balance of its configuration, unless the words say otherwise.
    """
    out.mkdir(parents=True, exist_ok=True)
    table: dict[str, Any] = {}
    for title, pair in pairs.items():
        write_image(out / f"{title}-content.png", pair.content)
        write_image(out / f"{title}-style.png", pair.styles[0])
        for name, encoder in encoders.items():
            image, took = painted(pair, name, encoder, words)
            gamma = configured(words).gamma
            row = report(image, pair, encoders["vgg19"], gamma) | {"seconds": took}
            table[f"{title} {name}"] = row
            write_image(out / f"{title}-{name}.png", image)
            print(title, name, row, flush=True)
    (out / "figures.json").write_text(json.dumps(table, indent=2) + "\n")
    columns = ["content", "style", *encoders]
    cells = [[out / f"{title}-{name}.png" for name in columns] for title in pairs]
    picture_grid(cells, [*pairs], columns, side=TILE).save(out / "sheet.png")
    for name in encoders:
        rows = [(table[f"{p} {name}"], table[f"{p} vgg19"]) for p in pairs]
        ratios = {
            key: statistics.median(ours[key] / theirs[key] for ours, theirs in rows)
            for key in ("energy", "chroma noise", "seconds")
        }
        line = "  ".join(f"{key} {ratio:.3f}" for key, ratio in ratios.items())
        print(f"{name:12} over vgg19's, medians: {line}")
    return table


def with_torchvision(encoders: Encoders) -> Encoders:
    """They, and VGG-19 as torchvision has it, with the weights of ours."""
    ours = encoders["vgg19"]
    assert isinstance(ours, VGG19)
    return {**encoders, "torchvision": TorchvisionVGG(ours)}


def painted(
    pair: Masked, name: str, encoder: Encoder, words: Sequence[str]
) -> tuple[torch.Tensor, float]:
    """The picture by an encoder with its own balance, and the seconds it took."""
    group = "lite" if name == "lite" else "vgg19"
    config = configured([f"encoder={group}", *words])
    begun = time.perf_counter()
    image = paint(pair, encoder, config).image
    return image, time.perf_counter() - begun


def compared(what: str, laps: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Rows of median times, and how many times longer the peers took in each round."""
    rows: dict[str, Any] = {}
    for name in laps[0]:
        row = {"ms": round(1e3 * statistics.median(lap[name] for lap in laps), 1)}
        for peer in ("vgg19", "torchvision"):
            ratio = statistics.median(lap[peer] / lap[name] for lap in laps)
            row[f"{peer} over it"] = round(ratio, 2)
        rows[f"{name} {what}"] = row
        print(f"{what:10}  {name:12} {row}", flush=True)
    return rows


def pass_seconds(encoder: Encoder, image: torch.Tensor) -> float:
    """Of one forward and one backward pass."""
    pixels = image.clone().requires_grad_(True)
    begun = time.perf_counter()
    features = encoder(pixels, LAYERS)
    torch.stack([f.square().mean() for f in features.values()]).sum().backward()
    return time.perf_counter() - begun


def main() -> None:
    """Read the command line, measure, print, and write JSON where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("what", choices=["matching", "speed", "run", "pictures"])
    add("--vgg19", type=Path, required=True)
    add("--encoder", help="the shipped one if not given")
    add("--pairs", nargs="+", default=PAIRS, metavar="CONTENT=STYLE")
    add("--px", type=int, nargs="+", default=[256])
    add("--rounds", type=int, default=5)
    add("--out", type=Path, default=Path("outputs/encoders"))
    add("--set", nargs="*", default=[], help="keys of the configuration")
    add("--json", type=Path)
    add("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(0)
    encoders: Encoders = {"lite": lite(given.encoder), "vgg19": vgg19(str(given.vgg19))}
    if given.what == "speed":
        table = speed(given.px, encoders, given.rounds)
    else:
        words = ["masks=none"] if given.what == "matching" else []
        pairs = {}
        for text in given.pairs:
            content, style = text.split("=")
            title = f"{Path(content).stem}-{Path(style).stem}"
            pairs[title] = shown(content, style, given.px[0], *words)
        if given.what == "run":
            table = run(pairs, encoders, given.rounds, given.set)
        elif given.what == "pictures":
            table = pictures(pairs, encoders, given.out, given.set)
        else:
            table = matching(pairs, encoders)
    if given.json:
        given.json.write_text(json.dumps(table, indent=2) + "\n")


if __name__ == "__main__":
    main()
