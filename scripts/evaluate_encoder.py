r"""Compare an encoder with VGG-19: the matches that it finds, and its speed.

python scripts/evaluate_encoder.py matching --vgg19 vgg19.pth --pairs astronaut=monet
python scripts/evaluate_encoder.py speed --vgg19 vgg19.pth --px 256 512 1024
python scripts/evaluate.py --judge vgg19.pth --add \
    "vgg19=encoder=vgg19 encoder.weights=vgg19.pth"   # and the pictures it paints

Matching gives the share of VGG-19's own mean cosine of patches that the encoder's
matches reach, as VGG-19 sees them. Speed is of a forward and a backward pass, also with
VGG-19 as torchvision has it. A pair is content=style, each a file or a name that
automask knows. --encoder takes another file of scripts/train_lite.py.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from benching.timing import seconds
from evaluating.measures import matches, unit_patches
from evaluating.methods import composed, shown_pair
from torch import Tensor
from torchvision.models import vgg19 as torchvision_vgg19

from automask.cache.components import Parts
from automask.pipeline.encoder_weights import lite, vgg19
from stylize import Encoder

PAIRS = ("astronaut=portrait", "chelsea=monet", "coffee=vangogh", "rocket=hokusai")
LAYERS = ("relu3_1", "relu4_1")
Network = Callable[[Tensor], Sequence[Tensor]]


@torch.no_grad()
def match_ratios(
    pairs: Sequence[Sequence[Tensor]], encoder: Encoder | None, judge: Encoder
) -> dict[str, float]:
    """Share of the judge's own mean cosine that an encoder's matches reach.

    Args:
        pairs: (1, 3, H, W) content and style each.
        encoder: None matches at random.
        judge: VGG-19.

    Returns:
        By layer, with and without the mean activation.
    """
    found = {}
    for layer in LAYERS:
        for kind, center in (("centred", True), ("plain", False)):
            reached, best = 0.0, 0.0
            for pair in pairs:
                (query, key), (seen, known) = (
                    [unit_patches(e(v, [layer])[layer], center=center) for v in pair]
                    for e in (encoder or judge, judge)
                )
                chosen = matches(query, key)
                if encoder is None:
                    chosen = torch.randint(len(key), (len(query),))
                own = matches(seen, known)
                reached += float((seen * known[chosen]).sum(dim=1).mean())
                best += float((seen * known[own]).sum(dim=1).mean())
            found[f"{layer} {kind}"] = round(reached / best, 4)
    return found


def speed(px: int, networks: Mapping[str, Network], rounds: int) -> dict[str, Any]:
    """Ms of one forward and backward pass, interleaved, and the ratios to the peers."""
    image = torch.rand(1, 3, px, px)
    laps = [
        {name: seconds(lambda n=n: _pass(n, image)) for name, n in networks.items()}
        for _ in range(rounds + 1)
    ][1:]
    rows: dict[str, Any] = {}
    for name in networks:
        row = {"ms": round(1e3 * statistics.median(lap[name] for lap in laps), 1)}
        for peer in ("vgg19", "torchvision"):
            ratio = statistics.median(lap[peer] / lap[name] for lap in laps)
            row[f"{peer} over it"] = round(ratio, 2)
        rows[f"{name} {px}"] = row
    return rows


def networks_of(encoders: Mapping[str, Encoder]) -> dict[str, Network]:
    """The encoders, and torchvision's first 21 modules, which end in relu4_1."""
    plain = torchvision_vgg19().features[:21].requires_grad_(False)
    found: dict[str, Network] = {
        name: lambda image, e=encoder: list(e(image, LAYERS).values())
        for name, encoder in encoders.items()
    }
    return found | {"torchvision": lambda image: [plain(image)]}


def _pass(network: Network, image: Tensor) -> None:
    pixels = image.clone().requires_grad_(True)
    torch.stack([f.square().mean() for f in network(pixels)]).sum().backward()


def main() -> None:
    """Read the command line, measure, print, and write JSON where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("what", choices=["matching", "speed"])
    add("--vgg19", type=Path, required=True)
    add("--encoder", help="the shipped one if not given")
    add("--pairs", nargs="+", default=PAIRS, metavar="CONTENT=STYLE")
    add("--px", type=int, nargs="+", default=[256])
    add("--rounds", type=int, default=5)
    add("--json", type=Path)
    add("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(0)
    encoders = {"lite": lite(given.encoder), "vgg19": vgg19(str(given.vgg19))}
    table: dict[str, Any] = {}
    if given.what == "speed":
        networks = networks_of(encoders)
        for px in given.px:
            table |= speed(px, networks, given.rounds)
    else:
        pairs = []
        for content, style in (pair.split("=") for pair in given.pairs):
            words = [f"content={content}", f"style={style}", f"size={given.px[0]}"]
            pairs.append(
                shown_pair(composed([*words, "masks=none"]), Parts())[0].images
            )
        for name, encoder in {"lite": encoders["lite"], "random": None}.items():
            table[name] = match_ratios(pairs, encoder, encoders["vgg19"])
    for name, row in table.items():
        print(f"{name:18}" + "  ".join(f"{k} {v:g}" for k, v in row.items()))
    if given.json:
        given.json.write_text(json.dumps(table, indent=2) + "\n")


if __name__ == "__main__":
    main()
