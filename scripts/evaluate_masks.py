"""Compare the masks that automask finds with hand-made ones.

python scripts/evaluate_masks.py DIR                  # the shipped classifier
python scripts/evaluate_masks.py DIR --folds FOLDER   # one that never saw the picture
python scripts/evaluate_masks.py DIR --json FILE

DIR holds pictures NN.jpg with labels NN_labels.png, whose values labels.txt names, a
line like "3 hair" each. FOLDER is what train_parts.py --folds leaves. A picture whose
labels lack a class does not count for this class; if our mask shows it nonetheless, it
is named below the table. A second table has the IoU of groups of portraits.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from evaluating.portrait_truth import GROUPS, MASKS, groups_of, truth_of
from evaluating.region_labels import read_names
from PIL import Image
from skimage.segmentation import find_boundaries
from training.sitters import key_of

from automask.images.image_files import read_image
from automask.masks import Portrait, SoftMasks
from automask.masks.arrays import to_bytes
from automask.masks.portrait.face_landmarks import Face
from automask.masks.portrait.face_net import WEIGHTS

REACH = 2  # px that a boundary may be off


@dataclass(frozen=True)
class Score:
    """How one mask of one picture agrees with its labels; all in [0, 1].

    Args:
        iou: Intersection over union at probability 0.5.
        soft: The same of the probabilities: sum of minima over sum of maxima.
        boundary: F-score of the boundaries, right within ``REACH`` px.
    """

    iou: float
    soft: float
    boundary: float


Scores = Mapping[str, Mapping[str, Score]]
"""By class and picture."""


def score(mask: np.ndarray, truth: np.ndarray) -> Score:
    """Compare probabilities (H, W) with hand-made labels (H, W), somewhere true."""
    found = mask >= 0.5
    iou = (found & truth).sum() / (found | truth).sum()
    soft = np.minimum(mask, truth).sum() / np.maximum(mask, truth).sum()
    return Score(float(iou), float(soft), boundary_score(found, truth))


def boundary_score(found: np.ndarray, truth: np.ndarray) -> float:
    """Harmonic mean of the shares of each boundary within reach of the other's."""
    ours, theirs = boundary(found), boundary(truth)
    if not (ours.any() and theirs.any()):
        return float(not (ours.any() or theirs.any()))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * REACH + 1,) * 2)
    near, far = (cv2.dilate(e.astype(np.uint8), disc) > 0 for e in (ours, theirs))
    precision, recall = far[ours].mean(), near[theirs].mean()
    return float(2 * precision * recall / max(precision + recall, 1e-9))


def boundary(mask: np.ndarray) -> np.ndarray:
    """Px of a bool mask that touch a px outside it; the picture's border does not."""
    return find_boundaries(mask, connectivity=2, mode="inner")


def evaluate(
    folder: Path, source: Callable[[str], Callable[[torch.Tensor], SoftMasks]]
) -> tuple[dict[str, dict[str, Score]], dict[str, list[str]], dict[str, list[str]]]:
    """Scores by class and picture; pictures by invented class, and by group.

    Args:
        folder: Pictures and labels.
        source: From the picture's name to what finds its masks.

    Raises:
        ValueError: If there are no labels, or they do not fit their picture.
    """
    files = sorted(folder.glob("*_labels.png"))
    if not files:
        raise ValueError(f"no pictures with labels NN_labels.png in {folder}")
    names = read_names(folder / "labels.txt")
    scores: dict[str, dict[str, Score]] = {name: {} for name in MASKS}
    invented: dict[str, list[str]] = {name: [] for name in MASKS}
    groups: dict[str, list[str]] = {
        name: [] for pair in GROUPS.items() for name in pair
    }
    for file in files:
        name = file.name.removesuffix("_labels.png")
        labels, image = read_pair(file)
        masks = source(name)(image)
        height, width = labels.shape
        points = masks.landmarks
        face = None if points is None else Face(points[0].numpy())
        truth = truth_of(labels, names, face)
        for mask, shown in truth.masks.items():
            found = cv2.resize(masks[mask].numpy(), (width, height))
            found = found * truth.known if mask in ("skin", "hair") else found
            if shown.any():
                scores[mask][name] = score(found, shown)
            elif (found >= 0.5).any():
                invented[mask].append(name)
        for group in groups_of(to_bytes(image), labels, names, face):
            groups[group].append(name)
    return scores, invented, groups


def read_pair(file: Path) -> tuple[np.ndarray, torch.Tensor]:
    """(H, W) labels of a file, and their picture."""
    labels = np.asarray(Image.open(file))
    picture = file.with_name(file.name.replace("_labels.png", ".jpg"))
    image = read_image(picture, max(labels.shape))
    height, width = labels.shape
    if max(abs(height - image.shape[2]), abs(width - image.shape[3])) > 1:  # px
        raise ValueError(
            f"{file} is {width}x{height}, its picture of another shape: at this "
            f"size {image.shape[3]}x{image.shape[2]}"
        )
    return labels, image


def table(scores: Scores, invented: Mapping[str, Sequence[str]]) -> str:
    """A line for each class: means, and the picture with the worst overlap."""
    lines = [f"{'class':10}{'IoU':>7}{'soft':>7}{'edge':>7}{'worst':>7}  picture   n"]
    for name, found in scores.items():
        if found:
            means = [mean(found, key) for key in ("iou", "soft", "boundary")]
            worst = min(found, key=lambda p, found=found: found[p].iou)
            numbers = "".join(f"{m:7.3f}" for m in (*means, found[worst].iou))
            lines.append(f"{name:10}{numbers}  {worst:8}{len(found):3}")
    lines += [
        f"{name} where labels show none: {', '.join(pictures)}"
        for name, pictures in invented.items()
        if pictures
    ]
    return "\n".join(lines)


def group_table(scores: Scores, groups: Mapping[str, Sequence[str]]) -> str:
    """A line for each group: how many portraits, and the mean IoU of each class."""
    shown = [name for name, found in scores.items() if found]
    lines = [f"{'group':14}{'n':>4}" + "".join(f"{name:>10}" for name in shown)]
    for group, pictures in groups.items():
        if pictures:
            means = "".join(f"{group_mean(scores[n], pictures):10.3f}" for n in shown)
            lines.append(f"{group:14}{len(pictures):4}{means}")
    return "\n".join(lines)


def group_mean(found: Mapping[str, Score], pictures: Sequence[str]) -> float:
    """Mean IoU of those of the pictures whose labels show the class; NaN for none."""
    ious = [found[picture].iou for picture in pictures if picture in found]
    return float(np.mean(ious)) if ious else float("nan")


def mean(found: Mapping[str, Score], key: str) -> float:
    """Of one figure over the pictures."""
    return float(np.mean([getattr(score, key) for score in found.values()]))


def summary(
    scores: Scores,
    invented: Mapping[str, Sequence[str]],
    groups: Mapping[str, Sequence[str]],
) -> dict[str, object]:
    """What --json writes; classes that no picture shows are left out."""
    shown = {name: found for name, found in scores.items() if found}
    return {
        "mean_iou": {n: mean(f, "iou") for n, f in shown.items()},
        "worst_iou": {n: min(s.iou for s in f.values()) for n, f in shown.items()},
        "mean_soft_iou": {n: mean(f, "soft") for n, f in shown.items()},
        "mean_boundary_f": {n: mean(f, "boundary") for n, f in shown.items()},
        "iou": {n: {p: s.iou for p, s in f.items()} for n, f in shown.items()},
        "invented": {n: list(pictures) for n, pictures in invented.items() if pictures},
        "groups": {group: list(pictures) for group, pictures in groups.items()},
    }


def main() -> None:
    """Read the command line, evaluate, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--folds", type=Path, help="what train_parts.py --folds leaves")
    parser.add_argument("--json", type=Path, help="write the figures there")
    arguments = parser.parse_args()
    folds = arguments.folds

    def source(name: str) -> Portrait:
        if not folds:
            return Portrait(weights=str(WEIGHTS))
        known = json.loads((folds / "folds.json").read_text())
        key = key_of(arguments.folder, name)
        if key not in known:
            raise ValueError(f"{folds}/folds.json knows no picture {key}")
        return Portrait(weights=f"{folds}/fold_{known[key]}.safetensors")

    try:
        scores, invented, groups = evaluate(arguments.folder, source)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    print(table(scores, invented), group_table(scores, groups), sep="\n\n")
    if arguments.json:
        record = json.dumps(summary(scores, invented, groups), indent=1)
        arguments.json.write_text(record + "\n")


if __name__ == "__main__":
    main()
