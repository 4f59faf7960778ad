"""Encoders with their weights: shipped, from a file, from torchvision's cache."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from automask.io.files import file_sha256
from stylize import VGG19, Lite
from stylize.encoders.vgg import CONVS, VGG19_CHANNELS

log = logging.getLogger(__name__)

__all__ = ["lite", "vgg19"]
OFFICIAL = "vgg19-dcbb9e9d.pth"  # the hash's first digits stand in the name
URL = f"https://download.pytorch.org/models/{OFFICIAL}"
LITE = Path(__file__).parents[1] / "weights" / "lite.safetensors"


def lite(weights: str | None = None) -> Lite:
    """The small encoder that comes with automask.

    Args:
        weights: A .safetensors file that ``scripts/train_lite.py`` wrote; None takes
            the shipped one.

    Raises:
        ValueError: If the file is not there or holds another network.
        OSError: If it cannot be read.
    """
    path = Path(weights).expanduser() if weights else LITE
    state = _read(path)
    if {"conv1_1.weight", "features.0.weight"} & state.keys():
        raise ValueError(f"{path} holds a VGG-19; add encoder=vgg19 to use it")
    return Lite(state, sha256=file_sha256(path))


def vgg19(
    weights: str | None = None, download: bool = False, precision: str = "float32"
) -> VGG19:
    """VGG-19 with weights from a local file, torchvision's cache, or a download.

    Args:
        weights: A .pth or .safetensors file: torchvision's VGG-19
            (``features.0.weight`` …), or the caffe original by layer names
            (``conv1_1.weight`` …; BGR, 0–255, as Gatys et al. and Li & Wand used it).
            None takes torchvision's file from its cache.
        download: Whether that file may be downloaded (548 MB) if it is not there.
        precision: Of the computation, ``float32`` or ``bfloat16``.

    Raises:
        ValueError: If there are no weights, or the file is not a VGG-19.
        OSError: If the file cannot be read.
    """
    path = Path(weights).expanduser() if weights else _official(download)
    state = _read(path)
    sha256 = file_sha256(path)
    if "conv1_1.weight" in state:
        flipped = dict(state) | {"conv1_1.weight": state["conv1_1.weight"].flip(1)}
        mean = (123.68 / 255, 116.779 / 255, 103.939 / 255)
        std: tuple[float, ...] = (1 / 255,) * 3
        return VGG19(flipped, mean=mean, std=std, sha256=sha256, precision=precision)
    named = _by_layer(state, path)
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    return VGG19(named, mean=mean, std=std, sha256=sha256, precision=precision)


def _official(download: bool) -> Path:
    path = Path(torch.hub.get_dir()) / "checkpoints" / OFFICIAL
    if not path.exists():
        if not download:
            raise ValueError(
                f"VGG-19's weights are not at {path}; add encoder.download=true to "
                "fetch them (548 MB), or encoder.weights=FILE to use a file you have"
            )
        log.info("downloading %s to %s", URL, path)
        try:
            torch.hub.load_state_dict_from_url(URL, check_hash=True, progress=True)
        except (OSError, RuntimeError) as error:
            raise ValueError(
                f"VGG-19's weights could not be downloaded ({error}); check the "
                f"network, or fetch {URL} yourself and give encoder.weights=FILE"
            ) from error
    return path


def _read(path: Path) -> Mapping[str, Tensor]:
    if not path.is_file():
        raise ValueError(f"encoder weights not found: {path}")
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception as error:  # both loaders raise a dozen types on a broken file
        raise ValueError(
            f"{path} is not a readable weights file ({type(error).__name__}); "
            "give torchvision's .pth or a .safetensors"
        ) from error


def _by_layer(state: Mapping[str, Tensor], path: Path) -> dict[str, Tensor]:
    """The ``features.N`` of torchvision in the order of the layers."""
    numbers = [re.fullmatch(r"features\.(\d+)\.weight", key) for key in state]
    order = sorted(int(match[1]) for match in numbers if match)
    if len(order) < len(VGG19_CHANNELS):
        raise ValueError(
            f"{path} holds no VGG-19: its keys start with {list(state)[:3]}"
        )
    return {
        f"{layer}.{part}": state[f"features.{number}.{part}"]
        for layer, number in zip(CONVS, order, strict=False)
        for part in ("weight", "bias")
    }
