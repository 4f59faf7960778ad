"""Compare an encoder with VGG-19: matches, speed, and finished pictures.

python scripts/evaluate_encoder.py matching --vgg19 vgg19.pth
python scripts/evaluate_encoder.py speed --vgg19 vgg19.pth --px 256 512 1024
python scripts/evaluate_encoder.py run --vgg19 vgg19.pth --px 512 --rounds 1 \
    --pairs astronaut=portrait
python scripts/evaluate_encoder.py pictures --vgg19 vgg19.pth --px 512 --out folder \
    --pairs photo.jpg=painting.jpg astronaut=monet

A pair is content=style, each a file or a name that automask knows. --compressed takes
the file of a published compressed encoder as a further peer, --encoder another file of
scripts/train_lite.py. --set balance.content=0.7 balance.smoothness=0.5 makes all equal.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any

import torch
from contact_sheet import contact_sheet
from evaluating.compressed import Compressed
from evaluating.painted import (
    GIVEN,
    LAYERS,
    Pair,
    configured,
    match_ratios,
    paint,
    read_pair,
    report,
)
from evaluating.plain import Plain
from torch import Tensor

from automask.images.image_files import write_image
from automask.pipeline.encoder_weights import lite, vgg19
from stylize import VGG19, Encoder

BALANCES = {"compressed": "vgg19", "torchvision": "vgg19"}
PAIRS = ("astronaut=portrait", "chelsea=monet", "coffee=vangogh", "rocket=hokusai")


def matching(pairs: list[Pair], encoders: dict[str, Encoder]) -> dict[str, Any]:
    """Share of VGG-19's own match quality that each encoder's matches reach."""
    table: dict[str, Any] = {}
    tested = {k: v for k, v in encoders.items() if k != "vgg19"} | {"random": None}
    for name, encoder in tested.items():
        found = [match_ratios(pair, encoder, encoders["vgg19"]) for pair in pairs]
        table[name] = {
            kind: round(
                sum(f[kind][0] for f in found) / sum(f[kind][1] for f in found), 4
            )
            for kind in found[0]
        }
        print(f"{name:12}" + "  ".join(f"{k} {v:.3f}" for k, v in table[name].items()))
    return table


def speed(px: list[int], encoders: dict[str, Encoder], rounds: int) -> dict[str, Any]:
    """Ms of one forward and backward pass, interleaved, and the ratios to VGG-19.

    To ours, and to torchvision's as other tools run it.
    """
    encoders, table = _with_torchvision(encoders), {}
    for size in px:
        image = torch.rand(1, 3, size, size)
        taken: dict[str, list[float]] = {name: [] for name in encoders}
        for _ in range(rounds + 1):
            for name, encoder in encoders.items():
                taken[name].append(_pass_seconds(encoder, image))
        warm = {name: times[1:] for name, times in taken.items()}
        table |= _compared(str(size), warm)
    return table


def run(
    pairs: list[Pair], encoders: dict[str, Encoder], rounds: int, overrides: list[str]
) -> dict[str, Any]:
    """Ms of painting a pair, matching and all; otherwise like :func:`speed`."""
    encoders, table = _with_torchvision(encoders), {}
    configs = _configs(encoders, overrides)
    for pair in pairs:
        taken: dict[str, list[float]] = {name: [] for name in encoders}
        for _ in range(rounds):
            for name, encoder in encoders.items():
                taken[name].append(paint(pair, encoder, configs[name].stylizer)[1])
        table |= _compared(pair.name, taken)
    return table


def _with_torchvision(encoders: dict[str, Encoder]) -> dict[str, Encoder]:
    """They, and VGG-19 as torchvision has it, with the weights of ours."""
    ours = encoders["vgg19"]
    assert isinstance(ours, VGG19)
    return {**encoders, "torchvision": Plain(ours)}


def _compared(what: str, taken: dict[str, list[float]]) -> dict[str, Any]:
    """Rows of median times, and how many times longer the peers took in each round."""
    rows: dict[str, Any] = {}
    for name, own in taken.items():
        row = {"ms": round(1e3 * statistics.median(own), 1)}
        for peer in ("vgg19", "torchvision"):
            pairs = zip(taken[peer], own, strict=True)
            ratio = statistics.median(theirs / ours for theirs, ours in pairs)
            row[f"{peer} over it"] = round(ratio, 2)
        rows[f"{name} {what}"] = row
        print(f"{what:10}  {name:12} {row}", flush=True)
    return rows


def _configs(encoders: dict[str, Encoder], overrides: list[str]) -> dict[str, Any]:
    """Each encoder's configuration, with its own balance."""
    return {
        name: configured([*GIVEN, f"encoder={BALANCES.get(name, name)}", *overrides])
        for name in encoders
    }


def pictures(
    pairs: list[Pair], encoders: dict[str, Encoder], out: Path, overrides: list[str]
) -> dict[str, Any]:
    """Paint each pair with each encoder; figures, pictures and a sheet.

    Each has the balance of its configuration (the compressed one VGG-19's), unless the
    overrides say otherwise. What an encoder has painted into the folder before is not
    painted again: use one folder for each size and each set of overrides.
    """
    configs = _configs(encoders, overrides)
    out.mkdir(parents=True, exist_ok=True)
    record = out / "figures.json"
    table = json.loads(record.read_text()) if record.exists() else {}
    files, labels = [], []
    for pair in pairs:
        for name in ("content", "style", *encoders):
            files.append(out / f"{pair.name}-{name}.png")
            labels.append(f"{pair.name} {name}")
        write_image(files[-len(encoders) - 2], pair.content)
        write_image(files[-len(encoders) - 1], pair.style)
        for name, encoder in encoders.items():
            key, mark = f"{pair.name} {name}", encoder.sha256[:12]
            if table.get(key, {}).get("encoder") != mark:
                config = configs[name]
                image, took = paint(pair, encoder, config.stylizer)
                row = report(image, pair, encoders["vgg19"], config.gamma)
                table[key] = row | {"seconds": round(took, 1), "encoder": mark}
                write_image(out / f"{pair.name}-{name}.png", image)
                record.write_text(json.dumps(table, indent=2) + "\n")
            print(key, table[key], flush=True)
    sheet = contact_sheet(files, labels, columns=len(encoders) + 2, height=384)
    sheet.save(out / "sheet.png")
    _summarise(table, pairs, encoders)
    return table


def _summarise(
    table: dict[str, Any], pairs: list[Pair], encoders: dict[str, Encoder]
) -> None:
    for name in encoders:
        rows = [(table[f"{p.name} {name}"], table[f"{p.name} vgg19"]) for p in pairs]
        ratios = {
            key: statistics.median(ours[key] / theirs[key] for ours, theirs in rows)
            for key in ("energy", "chroma noise", "seconds")
        }
        line = "  ".join(f"{key} {ratio:.3f}" for key, ratio in ratios.items())
        print(f"{name:12} over vgg19's, medians: {line}")


def _pass_seconds(encoder: Encoder, image: Tensor) -> float:
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
    parser.add_argument("what", choices=["matching", "speed", "run", "pictures"])
    parser.add_argument("--vgg19", type=Path, required=True)
    parser.add_argument("--encoder", help="the shipped one if not given")
    parser.add_argument("--compressed", type=Path)
    parser.add_argument("--pairs", nargs="+", default=PAIRS, metavar="CONTENT=STYLE")
    parser.add_argument("--px", type=int, nargs="+", default=[256])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path("outputs/encoders"))
    parser.add_argument(
        "--set", nargs="*", default=[], help="keys of the configuration"
    )
    parser.add_argument("--json", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    encoders: dict[str, Encoder] = {"lite": lite(arguments.encoder)}
    if arguments.compressed:
        encoders["compressed"] = Compressed(arguments.compressed)
    encoders["vgg19"] = vgg19(str(arguments.vgg19))
    if arguments.what == "speed":
        table = speed(arguments.px, encoders, arguments.rounds)
    else:
        named = [pair.split("=") for pair in arguments.pairs]
        masks = arguments.what != "matching"
        pairs = [read_pair(c, s, arguments.px[0], masks=masks) for c, s in named]
        if arguments.what == "run":
            table = run(pairs, encoders, arguments.rounds, arguments.set)
        elif arguments.what == "pictures":
            table = pictures(pairs, encoders, arguments.out, arguments.set)
        else:
            table = matching(pairs, encoders)
    if arguments.json:
        arguments.json.write_text(json.dumps(table, indent=2) + "\n")


if __name__ == "__main__":
    main()
