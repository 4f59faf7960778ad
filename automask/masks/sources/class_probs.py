"""What all segmenters share: what a net sees, and its class probabilities as masks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from automask.io.files import check_regular
from automask.masks.soft import SoftMasks

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet, RGB in [0, 1]
LONGEST = 2  # times the shorter side: bounds memory on very long pictures
SUM = 0.02  # how far the sum of probabilities may miss 1, by rounding in the net
GUESSED, SURE = 0.5, 0.9  # mean probability of a region with confidence 0, and with 1
ACTIVATIONS = ("auto", "softmax", "sigmoid", "none")

Merge = Mapping[str, Sequence[str]]
"""New names of masks, each for the classes whose probabilities are added up."""


def check_settings(cutoff: object, activation: str = "auto") -> None:
    """Refuse a cutoff that is no probability below 1, and an unknown activation."""
    number = isinstance(cutoff, int | float) and not isinstance(cutoff, bool)
    if not number or not 0 <= cutoff < 1:  # type: ignore[operator]
        raise ValueError(f"cutoff must be a number from 0 to below 1, got {cutoff!r}")
    if activation not in ACTIVATIONS:
        raise ValueError(
            f"activation must be one of {', '.join(ACTIVATIONS)}, got {activation!r}"
        )


def net_shape(height: int, width: int, size: int) -> tuple[int, int]:
    """Height and width a net sees: the shorter side ``size`` if memory allows."""
    short, long = sorted((height, width))
    scale = min(size / short, LONGEST * size / long)
    return max(32, round(height * scale)), max(32, round(width * scale))


def in_strides(height: float, width: float, stride: int) -> tuple[int, int]:
    """The nearest height and width that are multiples of a stride, px."""
    rows, columns = (max(1, round(side / stride)) * stride for side in (height, width))
    return rows, columns


def normalised(
    image: Tensor,
    shape: Sequence[int],
    mean: Sequence[float] = MEAN,
    std: Sequence[float] = STD,
) -> Tensor:
    """(1, 3, h, w) as a net sees the image: resized, less the mean, over the spread."""
    resized = F.interpolate(image, tuple(shape), mode="bilinear", antialias=True)
    middle, spread = (torch.tensor(each).view(1, 3, 1, 1) for each in (mean, std))
    return (resized - middle) / spread


def enlarged(values: Tensor, image: Tensor) -> Tensor:
    """(K, h, w) logits at the image's size; probabilities would blur borders."""
    return F.interpolate(values[None], image.shape[-2:], mode="bilinear")[0]


def probabilities(values: Tensor, activation: str = "auto") -> Tensor:
    """(K, H, W) in [0, 1] from the probabilities or logits that a net puts out.

    By "auto", what lies in [0, 1] is a probability; of other values, one channel gets
    the sigmoid and several the softmax.
    """
    if activation == "auto":
        certain = bool((values >= -SUM).all() and (values <= 1 + SUM).all())
        activation = "none" if certain else "softmax" if len(values) > 1 else "sigmoid"
    if activation == "softmax":
        return values.softmax(0)
    return (values.sigmoid() if activation == "sigmoid" else values).clamp(0, 1)


def class_masks(
    names: Sequence[str],
    probs: Tensor,
    image: Tensor,
    model: str,
    merge: Merge,
    cutoff: float,
) -> SoftMasks:
    """(K, h, w) probabilities as masks of the image's size, merged and cut off.

    Args:
        names: Of the channels; "_" is left out.
        probs: Of the classes.
        image: (1, 3, H, W) that they belong to.
        model: The file or name of what made them.
        merge: See ``merged``.
        cutoff: See ``cut_off``.

    Raises:
        ValueError: If the names are not one a channel, or ``merge`` does not fit them.
    """
    if len(names) != len(probs):
        raise ValueError(
            f"'{model}' puts out {len(probs)} channels, but there are {len(names)} "
            f"names ({', '.join(names[:5])}{', ...' if len(names) > 5 else ''})"
        )
    order, total = merged(names, probs, merge)
    trust = confidences(total)
    size = image.shape[-2:]
    if total.shape[-2:] != size:
        total = F.interpolate(total[None], size, mode="bilinear", antialias=True)[0]
    total = cut_off(total, cutoff).clamp(0, 1)
    named = [i for i, name in enumerate(order) if name != "_"]
    source = Path(model).name
    return SoftMasks(
        tuple(order[i] for i in named),
        total[named],
        (source,) * len(named),
        confidence=tuple(trust[i] for i in named),
    )


def confidences(
    probs: Tensor, guessed: float = GUESSED, sure: float = SURE
) -> list[float]:
    """How far to trust each of (K, H, W) classes: its mean probability where it wins.

    Nets are sure of what they know and guess at the rest. Of 62 regions that DeepLab
    saw in photographs and paintings, 8 of the 31 with a mean up to 0.65 were what it
    said, 6 of the 13 up to 0.85, and 17 of the 18 above. What wins nowhere has 0.

    Args:
        probs: (K, H, W), which may leave a rest.
        guessed: Mean of a region with confidence 0.
        sure: Mean of a region with confidence 1.
    """
    rest = (1 - probs.sum(0, keepdim=True)).clamp_min(0)
    best, winner = torch.cat([probs, rest]).max(0)
    means = [best[winner == index] for index in range(len(probs))]
    found = [float(each.mean()) if each.numel() else 0.0 for each in means]
    return [min(max((m - guessed) / (sure - guessed), 0.0), 1.0) for m in found]


def merged(
    names: Sequence[str], probs: Tensor, merge: Merge
) -> tuple[tuple[str, ...], Tensor]:
    """Add up the classes that are to be one mask; the others stay.

    Raises:
        ValueError: If the table names an unknown class, or one class twice.
    """
    listed = [old for each in merge.values() for old in each]
    for old in listed:
        if old not in names:
            raise ValueError(
                f"merge names the class '{old}', which the model has not; "
                f"it has {', '.join(names)}"
            )
        if listed.count(old) > 1:
            raise ValueError(f"merge names the class '{old}' twice")
    target = {old: new for new, each in merge.items() for old in each}
    order = tuple(dict.fromkeys(target.get(name, name) for name in names))
    into = torch.tensor([order.index(target.get(name, name)) for name in names])
    total = torch.zeros(len(order), *probs.shape[1:]).index_add(0, into, probs)
    return order, total.clamp(0, 1)


def cut_off(probs: Tensor, cutoff: float) -> Tensor:
    """Drop labels of (K, H, W) below a probability (Wang & Wang, Section 3.3, theta_s).

    The likeliest label of a pixel always stays, and what is dropped is given to those
    that stay.
    """
    if cutoff <= 0:
        return probs
    staying = probs * (probs >= probs.amax(0).clamp(max=cutoff))
    return staying / staying.sum(0).clamp_min(1e-6)


def class_names(names: str | Sequence[str]) -> tuple[str, ...]:
    """Distinct names of classes, from a list or a text file of one name a line."""
    if isinstance(names, str):
        check_regular(names)
        lines = Path(names).read_text("utf-8", "replace").splitlines()
        listed = [line.strip() for line in lines if line.strip()]
    else:
        listed = [str(name) for name in names]
    twice = [name for name in listed if name != "_" and listed.count(name) > 1]
    if twice or not listed:
        what = f"'{twice[0]}' comes twice" if twice else "there are none"
        raise ValueError(f"the names of the classes cannot be used: {what}")
    return tuple(listed)


def first_line(error: Exception) -> str:
    """What a library says of its error, in one line."""
    return (str(error) or type(error).__name__).splitlines()[0]
