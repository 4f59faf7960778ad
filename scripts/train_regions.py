"""Train the network that tells sky, water, foliage … apart.

python scripts/train_regions.py DIR                          # the weights that ship
python scripts/train_regions.py DIR --leave-out FILE --out OUT.safetensors

DIR holds labelled scenes, see training/scene_pictures.py. FILE names pictures that are
not learned from, one a line; how well they are labelled is printed at the end.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from training.descent import descended, write_weights
from training.scene_pictures import NONE, LabelledScene, SceneData, read_scenes
from training.scene_sample import scene_sample

from automask.io.files import file_sha256
from automask.masks.sources.class_probs import in_strides
from automask.masks.sources.region_net import (
    CLASSES,
    STRIDE,
    WEIGHTS,
    RegionNet,
    load_region_net,
)
from automask.pipeline.encoder_weights import lite

BATCH, RATE, ENCODER_RATE = 8, 1.2e-3, 2e-4
STEPS, SEED = 2000, 0
SHAPES = ((160, 224), (224, 160), (192, 192))
WILD = (0.5, 0.1)  # chance of strange light and colours, at the start and at the end
BALANCE = 0.3  # power of a class's share that its pixels are weighed down by
SHOWN = 256  # px of the longer side at which pictures are judged


def train(net: RegionNet, data: SceneData, steps: int, seed: int) -> RegionNet:
    """The network after training on altered scenes, averaged over the last steps."""
    rng = np.random.default_rng(seed)
    net = net.to(memory_format=torch.channels_last).train().requires_grad_(True)
    known = set(map(id, net.encoder.parameters()))
    groups = [
        {"params": list(net.encoder.parameters()), "lr": ENCODER_RATE},
        {"params": [p for p in net.parameters() if id(p) not in known], "lr": RATE},
    ]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.03)
    rates = [ENCODER_RATE, RATE]
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, rates, steps, pct_start=0.05, cycle_momentum=False
    )
    chances, weights = picture_chances(data.scenes), class_weights(data.scenes)

    def loss_at(step: int) -> Tensor:
        wild = WILD[0] + (WILD[1] - WILD[0]) * step / steps
        images, labels = batch(data, chances, wild, rng)
        logits = F.interpolate(net(images), labels.shape[1:], mode="bilinear")
        return F.cross_entropy(logits, labels, weights, ignore_index=NONE)

    trained = descended(net, optimizer, schedule, steps, loss_at, "regions")
    assert isinstance(trained, RegionNet)
    return trained


def batch(
    data: SceneData, chances: np.ndarray, wild: float, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """(N, 3, H, W) altered pictures and their (N, H, W) labels."""
    shape = SHAPES[rng.integers(len(SHAPES))]
    chosen = rng.choice(len(data.scenes), BATCH, p=chances)
    samples = [scene_sample(data.scenes[i], data, shape, wild, rng) for i in chosen]
    images, labels = (
        torch.from_numpy(np.stack(each)) for each in zip(*samples, strict=True)
    )
    return images.contiguous(memory_format=torch.channels_last), labels


def class_shares(scenes: Sequence[LabelledScene]) -> np.ndarray:
    """Share of all labelled pixels by class."""
    counts = np.zeros(len(CLASSES))
    for scene in scenes:
        found = np.bincount(scene.labels.ravel(), minlength=NONE + 1)[: len(CLASSES)]
        counts += found / max(found.sum(), 1)
    return counts / counts.sum()


def class_weights(scenes: Sequence[LabelledScene]) -> Tensor:
    """What a pixel counts by class: rare ones count more."""
    weights = (class_shares(scenes) + 0.005) ** -BALANCE
    return torch.from_numpy(weights / weights.mean()).float()


def picture_chances(scenes: Sequence[LabelledScene]) -> np.ndarray:
    """How often each picture is shown: those with rare classes more often."""
    rare = (class_shares(scenes) + 0.005) ** -BALANCE
    chances = np.array([max((rare[i] for i in s.shown), default=0) for s in scenes])
    return chances / chances.sum()


@torch.no_grad()
def judge(net: RegionNet, scenes: Sequence[LabelledScene]) -> np.ndarray:
    """(classes, classes) pixels by label and by what the network says."""
    confusion = np.zeros((len(CLASSES), len(CLASSES)))
    for scene in scenes:
        picture = scene.versions[0]
        scale = SHOWN / max(picture.shape[:2])
        height, width = (side * scale for side in picture.shape[:2])
        sides = in_strides(height, width, STRIDE)
        small = cv2.resize(picture, sides[::-1], interpolation=cv2.INTER_AREA)
        image = torch.from_numpy(small).permute(2, 0, 1)[None].float() / 255
        logits = F.interpolate(net(image), scene.labels.shape, mode="bilinear")
        said, known = logits[0].argmax(0).numpy(), scene.labels != NONE
        np.add.at(confusion, (scene.labels[known], said[known]), 1 / known.sum())
    return confusion


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="labelled scenes")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--start", type=Path, help="weights to go on from")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--leave-out", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    torch.manual_seed(SEED)
    data = read_scenes(arguments.folder)
    left = arguments.leave_out
    unseen = set(left.read_text().split()) if left else set()
    learned = [scene for scene in data.scenes if scene.name not in unseen]
    others = [scene for scene in data.scenes if scene.name in unseen]
    net = load_region_net(arguments.start) if arguments.start else RegionNet()
    if not arguments.start:
        net.encoder.load_state_dict(lite().state_dict())
    net = train(net, SceneData(learned, data.cutouts), arguments.steps, SEED)
    write_weights(net, arguments.out)
    print(file_sha256(arguments.out))
    for title, scenes in (("learned", learned), ("left out", others)):
        if scenes:
            report(title, judge(net, scenes))


def report(title: str, confusion: np.ndarray) -> None:
    """Print the share of right pixels, and IoU by class."""
    right = confusion.diagonal()
    iou = right / np.maximum(confusion.sum(0) + confusion.sum(1) - right, 1e-9)
    print(f"{title}: {right.sum() / confusion.sum():.3f} of the pixels are right")
    for name, value, row in zip(CLASSES, iou, confusion, strict=True):
        mostly = CLASSES[int(np.argsort(row)[-2])]
        print(
            f"  {name:9s} IoU {value:.3f}, share {row.sum() / confusion.sum():.3f}, "
            f"else {mostly}"
        )


if __name__ == "__main__":
    main()
