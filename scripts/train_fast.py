"""Train a network that paints in one style at once, for stylizer=fast.

python scripts/train_fast.py style=monet
python scripts/train_fast.py style=mine.jpg --photos DIR --out mine.safetensors
python scripts/train_fast.py style=mine.jpg --start fast_monet.safetensors

DIR holds photographs of any kind, as many as there are; without it a few of
scikit-image's are learned from. What there is so far can be used at any time:

automask style=mine.jpg content=DIR/photo.jpg stylizer=fast stylizer.net.weights=OUT
"""

from __future__ import annotations

import argparse
import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from torch import Tensor, nn
from training.descent import descended
from training.fast_objective import REST, FastObjective, fast_objective
from training.fast_sample import fast_sample
from training.masked_photos import MaskedPhoto, finder, masked_photos, side_by_side

from automask.config import photograph
from automask.images.image_files import read_image
from automask.io.files import file_sha256
from automask.jobs.find_photos import photographs
from automask.masks.pair import PairMasks
from automask.pipeline.encoder_weights import lite
from automask.pipeline.fast_nets import read_net, write_net
from automask.pipeline.style_spec import source_of
from stylize import Picture
from stylize.fast.net import FastNet

SIDE = 512  # px of the style's longer side: strokes are as large in a picture of 512 px
LEAST_SHARE = 0.02  # of the style, that a region needs for a channel of its own
RATE = 1e-3
TABLES = 5.0  # times that rate, for the tables of regions, which begin at 0
TABLE = ".paint"  # in a table's name
WARMING = 0.03  # share of the steps over which the rate rises
TRIED = 20  # steps that tell how long one takes
PHOTOS = ("astronaut", "camera", "chelsea", "coffee", "motorcycle_left", "rocket")
CACHE = Path.home() / ".cache" / "automask" / "photographs"


def style_regions(file: str, find: PairMasks) -> Picture:
    """The style with the masks of its regions, and all of it as the last one."""
    image = read_image(file, SIDE)
    masks = side_by_side(find, image, art=True)
    kept = [n for n, plane in masks.by_name().items() if plane.mean() >= LEAST_SHARE]
    planes = [*(masks[name] for name in kept), torch.ones(image.shape[2:])]
    return Picture(image, torch.stack(planes), (*kept, REST))


def begun(regions: tuple[str, ...], start: Path | None) -> FastNet:
    """A new network, or one that goes on from another, which may be another style's.

    Tables of other regions are left out.
    """
    net = FastNet(regions)
    if start is not None:
        known, _, state = read_net(start)
        own = tuple(known) == regions
        kept = {k: v.float() for k, v in state.items() if own or TABLE not in k}
        net.load_state_dict(kept, strict=False)
    return net


@dataclass(frozen=True)
class Training:
    """How a network is trained.

    Args:
        objective: What is made small.
        photos: That crops are taken of.
        rate: Of Adam, at the most.
        seed: Of every random choice.
    """

    objective: FastObjective
    photos: Sequence[MaskedPhoto]
    rate: float
    seed: int

    def __call__(
        self, net: FastNet, steps: int, keep: Callable[[nn.Module], None]
    ) -> nn.Module:
        """The network after so many steps on one crop each.

        Args:
            net: Is changed.
            steps: How many.
            keep: Called with what there is, every hundred steps.
        """
        rng = np.random.default_rng(self.seed)
        named = dict(net.named_parameters())
        groups = [
            {"params": [p for name, p in named.items() if TABLE not in name]},
            {"params": [p for name, p in named.items() if TABLE in name]},
        ]
        optimizer = torch.optim.Adam(groups, self.rate, betas=(0.9, 0.99))
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer,
            [self.rate, TABLES * self.rate],
            steps,
            pct_start=WARMING,
            cycle_momentum=False,
        )

        def loss_at(step: int) -> Tensor:
            photo = self.photos[rng.integers(len(self.photos))]
            return self.objective(net, fast_sample(photo, net.regions, rng))

        return descended(net, optimizer, schedule, steps, loss_at, "fast", keep)

    def steps_in(self, minutes: float, net: FastNet) -> int:
        """How many steps fit into so many minutes, and a line that tells them."""
        before = perf_counter()
        self(copy.deepcopy(net), TRIED, lambda averaged: None)
        steps = max(TRIED, round(60 * minutes * TRIED / (perf_counter() - before)))
        print(f"{minutes:g} minutes: as --steps {steps}, which can be repeated")
        return steps


def photo_files(folder: Path | None) -> list[Path]:
    """The pictures of a folder, or scikit-image's."""
    if folder is None:
        return [Path(photograph(name)) for name in PHOTOS]
    found = photographs(str(folder), recursive=True).photos
    return [Path(photo.location) for photo in found]


def arguments_of() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("style", help="style=NAME or style=FILE, as for automask")
    parser.add_argument("--photos", type=Path, help="folder of photographs")
    parser.add_argument("--start", type=Path, help="weights to go on from")
    parser.add_argument("--out", type=Path, help="default: fast_NAME.safetensors")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--steps", type=int, help="in the place of minutes")
    parser.add_argument("--content", type=float, default=0.5, help="weight of shapes")
    parser.add_argument("--rate", type=float, default=RATE, help="less to go on")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cache", type=Path, default=CACHE, help="of masks found")
    return parser.parse_args()


def main() -> None:
    """Read the command line and train."""
    given = arguments_of()
    torch.set_num_threads(1)
    source = source_of(given.style.removeprefix("style="))
    find = finder()
    style = style_regions(source.path, find)
    regions = style.names[:-1]
    print(f"{source.name}: {', '.join(regions)}", flush=True)
    objective = fast_objective(style, given.content)
    photos = masked_photos(photo_files(given.photos), given.cache, find)
    out = given.out or Path(f"fast_{source.name}.safetensors")
    torch.manual_seed(given.seed)  # late, for other networks begin at random too
    net = begun(regions, given.start)
    training = Training(objective, photos, given.rate, given.seed)
    steps = given.steps or training.steps_in(given.minutes, net)
    sha256 = file_sha256(source.path)
    told = {
        "style": source.name,
        "encoder_sha256": lite().sha256,
        "start_sha256": file_sha256(given.start) if given.start else None,
        "photographs": len(photos),
        "steps": steps,
        **{key: getattr(given, key) for key in ("rate", "content", "seed")},
    }

    def keep(averaged: nn.Module) -> None:
        assert isinstance(averaged, FastNet)
        write_net(out, averaged, sha256, told)

    keep(training(net, steps, keep))
    print(f"{out}: {out.stat().st_size / 2**20:.2f} MiB, SHA-256 {file_sha256(out)}")


if __name__ == "__main__":
    main()
