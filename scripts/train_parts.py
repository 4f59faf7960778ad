"""Train the classifiers of skin, hair, clothing, features of the face and beards.

python scripts/train_parts.py DIR DIR2 --stuffs PICTURES      # the weights that ship
python scripts/train_parts.py DIR --nets beard                # one of them anew
python scripts/train_parts.py DIR DIR2 --nets head --steps 0.5 --start FILE  # go on
python scripts/train_parts.py DIR DIR2 --folds 3 --out FOLDER # for cross-validation
python scripts/evaluate_masks.py DIR --folds FOLDER           # its figures

DIR holds portraits NN.jpg with hand-made NN_labels.png, whose values labels.txt names
as NPRportrait does, or FASSEG. All folders are shown equally often. A fold leaves
persons out. Crops of PICTURES stand for walls, clothes and things.
"""

from __future__ import annotations

import argparse
import json
from collections import deque
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from training.descent import descended, write_weights
from training.labels import CLASSES
from training.pictures import Labelled, read_labelled, read_stuffs, shrunk
from training.sample import LAYOUTS, sample
from training.sitters import folds_of, key_of

from automask.masks.portrait.face_net import WEIGHTS, load_nets, new_nets

STEPS = {"head": 1200, "features": 700, "beard": 1400}
DICE = {"head": 0.5, "features": 0.5, "beard": 0.25}
BATCH, RATE = 8, 3e-3
KEPT = 400  # samples that are shown again
FRESH = {"head": 4, "features": 4, "beard": 2}  # of a batch
SEED = 0
BEARD = CLASSES["beard"]


def train(
    net: nn.Module,
    kind: str,
    pictures: list[Labelled],
    stuffs: Sequence[np.ndarray],
    steps: int,
    rate: float = RATE,
    seed: int = SEED,
) -> nn.Module:
    """The network after training on altered pictures, averaged over the last steps.

    Args:
        net: Untrained, or trained before.
        kind: "head", "features" or "beard".
        pictures: Shrunk for this kind.
        stuffs: See ``sample``.
        steps: Of ``BATCH`` samples each.
        rate: The highest of learning.
        seed: Of all alterations.
    """
    rng = np.random.default_rng(seed)
    net = net.to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, steps)
    seen: deque = deque(maxlen=KEPT)

    def loss_at(step: int) -> Tensor:
        cues, shares, weights = batch(pictures, kind, stuffs, rng, seen)
        return loss_of(net(cues), shares, weights, DICE[kind])

    return descended(net, optimizer, schedule, steps, loss_at, kind)


def batch(
    pictures: list[Labelled],
    kind: str,
    stuffs: Sequence[np.ndarray],
    rng: np.random.Generator,
    seen: deque,
) -> tuple[Tensor, Tensor, Tensor]:
    """Cues, shares and weights of altered samples of random pictures.

    Args:
        pictures: Shrunk for this kind.
        kind: "head", "features" or "beard".
        stuffs: See ``sample``.
        rng: Of all alterations.
        seen: Samples of the batches before; the batch is filled up with some of them.
    """
    fresh = FRESH[kind] if seen else BATCH
    chosen = rng.choice(len(pictures), size=fresh, p=chances(pictures))
    samples = [sample(pictures[i], kind, rng, stuffs) for i in chosen]
    older = [seen[rng.integers(len(seen))] for _ in range(BATCH - fresh)]
    seen.extend(samples)
    samples += older
    cues, shares, weights = (
        torch.from_numpy(np.stack(s)) for s in zip(*samples, strict=True)
    )
    return cues.contiguous(memory_format=torch.channels_last), shares, weights


def chances(pictures: Sequence[Labelled]) -> np.ndarray:
    """How often each is shown: folders equally, persons by the root of their number.

    FASSEG has most persons once or twice, and seven in all poses.
    """
    folders = [picture.folder for picture in pictures]
    persons = [(picture.folder, picture.person) for picture in pictures]
    each = np.array([1 / np.sqrt(persons.count(person)) for person in persons])
    sums = {f: each[[other == f for other in folders]].sum() for f in set(folders)}
    return each / [sums[folder] for folder in folders] / len(sums)


def loss_of(
    logits: Tensor, shares: Tensor, weights: Tensor, dice_weight: float
) -> Tensor:
    """Cross-entropy and soft Dice of each class, over the cells inside the picture.

    Args:
        logits: (N, K, S, S).
        shares: (N, K, S, S) wanted probabilities.
        weights: (N, S, S).
        dice_weight: It finds more of a rare class, and more where there is none.
    """
    weights = weights[:, None]
    entropy = -(shares * logits.log_softmax(1) * weights).sum() / weights.sum()
    probs, wanted = logits.softmax(1) * weights, shares * weights
    common = 2 * (probs * wanted).sum((0, 2, 3)) + 1
    dice = common / (probs.sum((0, 2, 3)) + wanted.sum((0, 2, 3)) + 1)
    return entropy + dice_weight * (1 - dice[1:]).mean()


def train_all(
    pictures: list[Labelled],
    stuffs: Sequence[np.ndarray],
    kinds: Sequence[str],
    steps: float,
    out: Path,
    start: Path | None = None,
) -> None:
    """Train networks of these kinds and write all, float16; the rest as they were.

    From ``start`` training goes on at half the rate, with other alterations.
    """
    torch.manual_seed(SEED)
    nets, before = new_nets(), load_nets(start or WEIGHTS)
    again = {"rate": RATE / 2, "seed": SEED + 1} if start else {}
    for kind, layout in LAYOUTS.items():
        if start or kind not in kinds:
            nets[kind].load_state_dict(before[kind].state_dict())
        if kind not in kinds:
            continue
        known = [each for each in pictures if kind != "beard" or BEARD in each.names]
        small = [shrunk(picture, layout) for picture in known]
        count = round(steps * STEPS[kind])
        trained = train(nets[kind], kind, small, stuffs, count, **again)
        nets[kind].load_state_dict(trained.state_dict())
    write_weights(nets, out)


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", type=Path, nargs="+", help="labelled portraits")
    parser.add_argument("--stuffs", type=Path, help="pictures of all kinds")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--nets", nargs="+", choices=LAYOUTS, default=list(LAYOUTS))
    parser.add_argument("--steps", type=float, default=1.0, help="times as many steps")
    parser.add_argument(
        "--folds", type=int, default=0, help="leave out every n-th person"
    )
    parser.add_argument(
        "--start", type=Path, help="weights to go on from; with --folds their folder"
    )
    parser.add_argument("--only", type=int, help="this fold alone")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    pictures = [p for folder in arguments.folders for p in read_labelled(folder)]
    stuffs = read_stuffs(arguments.stuffs) if arguments.stuffs else []
    nets, steps = arguments.nets, arguments.steps
    if not arguments.folds:
        train_all(pictures, stuffs, nets, steps, arguments.out, arguments.start)
        return
    folds = folds_of(arguments.folders, arguments.folds)
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "folds.json").write_text(json.dumps(folds, indent=1))
    for fold in range(arguments.folds) if arguments.only is None else [arguments.only]:
        others = [p for p in pictures if folds[key_of(p.folder, p.name)] != fold]
        weights = arguments.out / f"fold_{fold}.safetensors"
        start = arguments.start and arguments.start / weights.name
        train_all(others, stuffs, nets, steps, weights, start)


if __name__ == "__main__":
    main()
