"""The 150 ADE20K classes by nets of segmentation-models-pytorch."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from automask.masks.soft import SoftMasks
from automask.masks.sources import class_probs
from automask.masks.sources.class_probs import Merge, first_line
from automask.masks.sources.fetching import announce, check_blobs

NAMES = str(Path(__file__).with_name("ade20k.txt"))
STRIDE = 32  # px; sides of the input are multiples of it
FILES = ["config.json", "*.safetensors"]  # of a net on the hub
NVIDIA = " (NVIDIA allows SegFormer's own weights for non-commercial use alone)"


@dataclass(frozen=True)
class HubSegmenter:
    """Class probabilities of a net that ``smp.from_pretrained`` loads.

    Args:
        model: A name on the Hugging Face hub, such as
            "smp-hub/segformer-b2-512x512-ade-160k", or a folder that holds config.json
            and model.safetensors.
        fetch: Whether the hub may be asked for what is not in its cache.
        names: Of the classes, a list or a text file; null: ADE20K's 150.
        merge: New names, each for a list of classes to be added up.
        cutoff: Probability below which a class is ignored at a pixel, the theta_s of
            Wang & Wang; their code uses 0.2.
        size: Shorter side in px that the net sees.

    Raises:
        ValueError: If the net cannot be had, or the names do not fit it.
    """

    model: str = "smp-hub/segformer-b2-512x512-ade-160k"
    fetch: bool = False
    names: str | Sequence[str] | None = None
    merge: Merge = field(default_factory=dict)
    cutoff: float = 0.2
    size: int = 512

    def __post_init__(self) -> None:
        class_probs.check_settings(self.cutoff)
        if self.size < STRIDE:
            raise ValueError(f"size must be at least {STRIDE} px, got {self.size}")

    @torch.no_grad()
    def __call__(self, image: Tensor) -> SoftMasks:
        """Masks of a (1, 3, H, W) image in [0, 1]."""
        names = class_probs.class_names(NAMES if self.names is None else self.names)
        net = loaded(self.model, self.fetch)
        sides = class_probs.net_shape(image.shape[2], image.shape[3], self.size)
        shape = class_probs.in_strides(*sides, STRIDE)
        probs = net(class_probs.normalised(image, shape))[0].softmax(0)
        return class_probs.class_masks(
            names, probs, image, self.model, self.merge, self.cutoff
        )


@cache
def loaded(model: str, fetch: bool) -> torch.nn.Module:
    """A net from the hub, its cache or a folder, kept for the next image."""
    import segmentation_models_pytorch as smp

    folder = Path(model)
    if not folder.is_dir():
        folder = hub_folder(model, fetch)
    try:
        found = json.loads((folder / "config.json").read_text("utf-8"))
    except (OSError, ValueError):
        found = None
    if not isinstance(found, dict) or not hasattr(smp, str(found.get("_model_class"))):
        raise ValueError(
            f"'{model}' is no net of segmentation-models-pytorch: it needs a "
            "config.json as its save_pretrained writes"
        )
    try:
        with redirect_stdout(StringIO()):  # the hub's library says what it does
            return smp.from_pretrained(str(folder), local_files_only=True).eval()
    except Exception as error:  # safetensors, torch and smp have kinds of their own
        raise ValueError(
            f"the weights of '{model}' cannot be read: {first_line(error)}"
        ) from error


def hub_folder(model: str, fetch: bool) -> Path:
    """Where the hub's cache keeps a net, fetched if that is allowed.

    Raises:
        ValueError: If it is not there, and may not or cannot be had.
    """
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError

    options: dict[str, Any] = {"allow_patterns": FILES}
    try:
        return Path(snapshot_download(model, local_files_only=True, **options))
    except HFValidationError:
        raise ValueError(
            f"there is no folder '{model}', and it is no name on the hub either"
        ) from None
    except Exception:  # not in the cache, which the hub says in several ways
        if not fetch:
            raise ValueError(
                f"the net '{model}' is neither a folder nor in the hub's cache; add "
                "masks.fetch=true to download it, name a folder with "
                "masks.sources.scene.model=FOLDER, or use masks=portrait"
            ) from None
    try:
        announce(model, *published(model))
        folder = Path(snapshot_download(model, **options))
        check_blobs(folder)
    except Exception as error:  # no network, no such name, a full disk
        raise ValueError(
            f"cannot download '{model}' from the hub ({first_line(error)}); try again, "
            "or name a folder with masks.sources.scene.model=FOLDER"
        ) from None
    return folder


def published(model: str) -> tuple[float, str, str]:
    """MiB of a net's files on the hub, their address, and the licence named there."""
    from huggingface_hub import HfApi

    api = HfApi()
    found = api.model_info(model, files_metadata=True)
    sizes = [
        each.size or 0
        for each in found.siblings or []
        if any(fnmatch(each.rfilename, pattern) for pattern in FILES)
    ]
    licence = next((t for t in found.tags or [] if t.startswith("license:")), "")
    terms = f"licence named there: {licence.removeprefix('license:') or 'none'}"
    terms += NVIDIA if "segformer" in model else ""
    return sum(sizes) / 2**20, f"{api.endpoint}/{model}", terms
