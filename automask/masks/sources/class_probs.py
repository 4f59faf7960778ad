"""Class probabilities on their way to masks: made so, merged, cut off, named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from automask.io.regular_files import check_regular
from automask.masks.soft import SoftMasks

SUM = 0.02  # how far the sum of probabilities may miss 1, by rounding in the net
ACTIVATIONS = ("auto", "softmax", "sigmoid", "none")

Merge = Mapping[str, Sequence[str]]
"""New names of masks, each for the classes whose probabilities are added up."""


def probabilities(values: Tensor, activation: str = "auto") -> Tensor:
    """(K, H, W) in [0, 1] from what a net puts out.

    Args:
        values: (K, H, W) probabilities or logits.
        activation: "softmax" or "sigmoid" of logits, "none" for probabilities, or
            "auto": what lies in [0, 1] is a probability. Of other values, one channel
            gets the sigmoid and several the softmax.
    """
    if activation == "auto":
        certain = bool((values >= -SUM).all() and (values <= 1 + SUM).all())
        activation = "none" if certain else "softmax" if len(values) > 1 else "sigmoid"
    if activation == "softmax":
        return values.softmax(0)
    return (values.sigmoid() if activation == "sigmoid" else values).clamp(0, 1)


def check_activation(activation: str) -> None:
    """Refuse an unknown activation."""
    if activation not in ACTIVATIONS:
        raise ValueError(
            f"activation must be one of {', '.join(ACTIVATIONS)}, got {activation!r}"
        )


def cut_off(probs: Tensor, cutoff: float) -> Tensor:
    """Drop improbable labels, pixel by pixel (Wang & Wang, Section 3.3, theta_s).

    The likeliest label of a pixel is always kept, and what is dropped is given to those
    that stay.

    Args:
        probs: (K, H, W) that sum to 1.
        cutoff: Probability below which a label is dropped; 0 keeps all.
    """
    if cutoff <= 0:
        return probs
    kept = probs * (probs >= probs.amax(0).clamp(max=cutoff))
    return kept / kept.sum(0).clamp_min(1e-6)


def check_cutoff(cutoff: object) -> None:
    """Refuse a cutoff that is no probability below 1."""
    number = isinstance(cutoff, int | float) and not isinstance(cutoff, bool)
    if not number or not 0 <= cutoff < 1:  # type: ignore[operator]
        raise ValueError(f"cutoff must be a number from 0 to below 1, got {cutoff!r}")


def merged(
    names: Sequence[str], probs: Tensor, merge: Merge
) -> tuple[tuple[str, ...], Tensor]:
    """Add up the classes that are to be one mask; the others stay.

    Raises:
        ValueError: If the table names an unknown class, or one class twice.
    """
    check_merge(names, merge)
    target = {old: new for new, each in merge.items() for old in each}
    order = tuple(dict.fromkeys(target.get(name, name) for name in names))
    into = torch.tensor([order.index(target.get(name, name)) for name in names])
    total = torch.zeros(len(order), *probs.shape[1:]).index_add(0, into, probs)
    return order, total.clamp(0, 1)


def check_merge(names: Sequence[str], merge: Merge) -> None:
    """Refuse a table that names unknown classes, or one class twice."""
    listed = [old for each in merge.values() for old in each]
    for old in listed:
        if old not in names:
            raise ValueError(
                f"merge names the class '{old}', which the model has not; "
                f"it has {', '.join(names)}"
            )
        if listed.count(old) > 1:
            raise ValueError(f"merge names the class '{old}' twice")


def class_masks(
    names: Sequence[str],
    probs: Tensor,
    image: Tensor,
    source: str,
    merge: Merge,
    cutoff: float,
) -> SoftMasks:
    """Probabilities of classes as masks of the image's size, merged and cut off.

    Args:
        names: K classes; "_" is left out.
        probs: (K, h, w).
        image: (1, 3, H, W) that they belong to.
        source: What made them.
        merge: See ``merged``.
        cutoff: See ``cut_off``.
    """
    order, total = merged(names, probs, merge)
    size = image.shape[-2:]
    if total.shape[-2:] != size:
        total = F.interpolate(total[None], size, mode="bilinear", antialias=True)[0]
    fine = cut_off(total, cutoff).clamp(0, 1)
    shown = [i for i, name in enumerate(order) if name != "_"]
    chosen = tuple(order[i] for i in shown)
    return SoftMasks(chosen, fine[shown], (source,) * len(chosen))


def model_masks(
    names: Sequence[str],
    values: Tensor,
    image: Tensor,
    model: str,
    merge: Merge,
    cutoff: float,
    activation: str,
) -> SoftMasks:
    """What a model from a file puts out, as masks of the image's size.

    Logits are enlarged before they become probabilities: borders stay sharp.

    Args:
        names: K classes; "_" is left out.
        values: (K, h, w) probabilities or logits.
        image: (1, 3, H, W) that they belong to.
        model: The file.
        merge: See ``merged``.
        cutoff: See ``cut_off``.
        activation: See ``probabilities``.

    Raises:
        ValueError: If the names are not one a channel.
    """
    check_count(names, len(values), model)
    fine = F.interpolate(values[None], image.shape[-2:], mode="bilinear")[0]
    probs = probabilities(fine, activation)
    return class_masks(names, probs, image, Path(model).name, merge, cutoff)


def class_names(names: str | Sequence[str]) -> tuple[str, ...]:
    """Names of classes, from a list or from a text file with one name a line.

    Raises:
        ValueError: If there are none, or one comes twice.
        OSError: If the file cannot be read.
    """
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


def check_count(names: Sequence[str], channels: int, model: str) -> None:
    """Refuse names that are not one a channel."""
    if len(names) != channels:
        raise ValueError(
            f"'{model}' puts out {channels} channels, but there are {len(names)} names "
            f"({', '.join(names[:5])}{', ...' if len(names) > 5 else ''})"
        )
