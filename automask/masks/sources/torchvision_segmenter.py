"""Object classes by torchvision's segmentation nets, before any arg max."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from automask.masks.soft import SoftMasks
from automask.masks.sources.class_probs import check_cutoff, class_masks

NETS = {
    "deeplabv3_resnet101": "DeepLabV3_ResNet101_Weights",
    "deeplabv3_resnet50": "DeepLabV3_ResNet50_Weights",
    "deeplabv3_mobilenet_v3_large": "DeepLabV3_MobileNet_V3_Large_Weights",
    "lraspp_mobilenet_v3_large": "LRASPP_MobileNet_V3_Large_Weights",
}
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet, RGB in [0, 1]
LONGEST = 2  # times the shorter side: bounds memory on very long pictures

UNREADABLE = (RuntimeError, pickle.UnpicklingError, EOFError, KeyError, TypeError)
"""What torch raises for files that are no state dict, or that of another net."""


@dataclass(frozen=True)
class SegmentationNet:
    """The 21 VOC class probabilities of a torchvision net.

    Args:
        net: One of torchvision's segmentation nets, see ``NETS``.
        weights: A state dict saved by torch; null for torchvision's own weights.
        download: Whether these may be downloaded if they are not in torch's cache.
        size: Shorter side in px that the net sees; it was trained at 520.
        merge: New names, each for a list of classes to be added up.
        cutoff: Probability below which a class is ignored at a pixel.

    Raises:
        ValueError: If the net is unknown, or no weights can be had.
    """

    net: str = "deeplabv3_resnet101"
    weights: str | None = None
    download: bool = False
    size: int = 520
    merge: Mapping[str, Sequence[str]] = field(default_factory=dict)
    cutoff: float = 0.0

    def __post_init__(self) -> None:
        if self.net not in NETS:
            raise ValueError(
                f"unknown segmentation net {self.net!r}; known: {', '.join(NETS)}"
            )
        if self.size < 32:
            raise ValueError(f"size must be at least 32 px, got {self.size}")
        check_cutoff(self.cutoff)

    @torch.no_grad()
    def __call__(self, image: Tensor) -> SoftMasks:
        """Softmax over the classes, at the image's size.

        Args:
            image: (1, 3, H, W) in [0, 1].
        """
        height, width = image.shape[-2:]
        shape = net_shape(height, width, self.size)
        logits = self.model()(normalised(image, shape))["out"]
        probs = logits.softmax(1)[0]
        return class_masks(self.names, probs, image, self.net, self.merge, self.cutoff)

    @property
    def names(self) -> tuple[str, ...]:
        """The VOC classes; the first is the background."""
        meta = official(self.net).meta
        return tuple(name.strip("_") for name in meta["categories"])

    def model(self) -> nn.Module:
        """The net with its weights, ready to run."""
        return loaded(self.net, str(weights_file(self)))


def net_shape(height: int, width: int, size: int) -> tuple[int, int]:
    """Height and width the net sees: the shorter side ``size`` if memory allows."""
    short, long = sorted((height, width))
    scale = min(size / short, LONGEST * size / long)
    return max(32, round(height * scale)), max(32, round(width * scale))


def normalised(
    image: Tensor,
    shape: Sequence[int],
    mean: Sequence[float] = MEAN,
    std: Sequence[float] = STD,
) -> Tensor:
    """(1, 3, h, w) as a net sees the image: resized, less the mean, over the spread.

    Args:
        image: (1, 3, H, W) in [0, 1].
        shape: h and w.
        mean: Of RGB in [0, 1].
        std: Likewise.
    """
    shown = F.interpolate(image, tuple(shape), mode="bilinear", antialias=True)
    middle, spread = (torch.tensor(each).view(1, 3, 1, 1) for each in (mean, std))
    return (shown - middle) / spread


def official(net: str) -> Any:
    """Torchvision's entry for its newest weights of a net."""
    import torchvision

    return getattr(torchvision.models.segmentation, NETS[net]).DEFAULT


def weights_file(source: SegmentationNet) -> Path:
    """The file of weights, downloaded into torch's cache if that is allowed."""
    if source.weights is not None:
        path = Path(source.weights)
        if not path.is_file():
            raise ValueError(f"no file of segmentation weights at {path}")
        return path
    url = official(source.net).url
    path = Path(torch.hub.get_dir()) / "checkpoints" / url.rsplit("/", 1)[-1]
    if path.is_file():
        return path
    if not source.download:
        raise ValueError(
            f"no weights of {source.net} in {path.parent}: allow the download with "
            "masks.sources.classes.download=true, name a file with "
            "masks.sources.classes.weights=FILE, or use masks=portrait"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        torch.hub.download_url_to_file(
            url, str(path), hash_of(url), progress=sys.stderr.isatty()
        )
    except (OSError, RuntimeError) as error:  # no network; not the expected hash
        raise ValueError(
            f"cannot download {url} ({error}); name a file with "
            "masks.sources.classes.weights=FILE, or use masks=portrait"
        ) from None
    return path


def hash_of(url: str) -> str:
    """The start of the SHA-256 that torchvision writes into its file names."""
    return url.rsplit("-", 1)[-1].removesuffix(".pth")


@cache
def loaded(net: str, path: str) -> nn.Module:
    """A net from its file, kept for the next image."""
    import torchvision

    build = getattr(torchvision.models.segmentation, net)
    # The backbone would be downloaded without asking, were it not refused as well.
    aux = {"aux_loss": True} if net.startswith("deeplab") else {}
    model = build(weights=None, weights_backbone=None, num_classes=21, **aux)
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        missing, _ = model.load_state_dict(state, strict=False)
    except UNREADABLE as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ValueError(f"{path} holds no weights of {net}: {reason}") from None
    needed = [key for key in missing if not key.startswith("aux_classifier")]
    if needed:
        raise ValueError(f"{path} holds no weights of {net}: it lacks {needed[0]}")
    return model.eval()
