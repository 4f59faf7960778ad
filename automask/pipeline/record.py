"""What a run leaves about itself: run.json."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch
from omegaconf import DictConfig

from automask import __version__
from automask.config import plain
from automask.images.image_files import stored_size
from automask.io.files import file_sha256, write_json
from automask.io.held import held
from automask.io.memory import peak
from automask.pipeline.find_masks import MaskedPictures
from automask.pipeline.sources import Sources
from stylize import Stylized

PACKAGES = (
    *("torch", "torchvision", "mediapipe", "numpy", "opencv-contrib-python"),
    *("scikit-image", "Pillow", "hydra-core"),
)


@dataclass(frozen=True)
class FileRecord:
    """A picture that was read.

    Args:
        path: As it was named; memory:WIDTHxHEIGHT:SHA256 of a picture in memory.
        sha256: Of the file; of a picture in memory that of its pixels.
        pixels: Width and height as stored.
        used_pixels: Width and height as used.
        scale: Its longer side as used to ``size``.
    """

    path: str
    sha256: str
    pixels: tuple[int, int]
    used_pixels: tuple[int, int]
    scale: float


@dataclass(frozen=True)
class RunRecord:
    """All that it takes to judge a run and to make it again.

    Args:
        command: A shell line that repeats the run from ``folder``.
        folder: Where it was started.
        config: The configuration as given, with its references resolved.
        chosen: Values of keys that were left to the pictures, and why they are so.
        versions: Of automask, Python and the packages that do the work.
        seed: Of every random choice.
        threads: That torch computed with.
        device: Likewise.
        content: The photograph, if there was one.
        styles: The paintings.
        masks: Names of the masks, what made each on either side, and how far it is
            trusted there, in order.
        unmatched: Names, makers and confidence of those without a counterpart: that no
            style shows, or that the content does not show.
        encoder: Name and sha256 of its weights; None if the run stopped after masks.
        tiles: That large levels were painted in, where there are any.
        levels: Report of the stylizer on each level, coarse to fine.
        seconds: Spent on each stage, and in total.
        peak_memory_mib: Largest resident memory of the process.
    """

    command: str
    folder: str
    config: dict[str, Any]
    chosen: dict[str, Any]
    versions: dict[str, str]
    seed: int
    threads: int
    device: str
    content: FileRecord | None
    styles: list[FileRecord]
    masks: list[dict[str, Any]]
    unmatched: list[dict[str, Any]]
    encoder: dict[str, str] | None
    tiles: dict[str, int] | None
    levels: list[dict[str, Any]]
    seconds: dict[str, float]
    peak_memory_mib: float


def write_record(path: Path, record: RunRecord) -> None:
    """Write the record as JSON."""
    write_json(path, asdict(record))


def file_record(path: str, used: torch.Tensor, scale: float = 1.0) -> FileRecord:
    """Describe a picture's file, ``used`` being what was read of it."""
    height, width = used.shape[-2:]
    sizes = stored_size(path), (width, height)
    picture = held(path)
    sha256 = file_sha256(path) if picture is None else picture.sha256
    return FileRecord(path, sha256, *sizes, round(scale, 3))


def run_record(
    config: DictConfig,
    sources: Sources,
    shown: MaskedPictures,
    encoder: Any,
    stylizer: Any,
    painted: Stylized | None,
    **run: Any,
) -> RunRecord:
    """What a run was and did.

    Args:
        config: As given.
        sources: Its files.
        shown: Its pictures.
        encoder: The network; None where the run stopped after the masks.
        stylizer: That painted; None likewise.
        painted: What it left; None likewise.
        run: Command, chosen values, device, and seconds, as the record's fields.
    """
    content, *styles = shown.masks
    sides = ["content", *["style"] * len(styles)]
    photograph = sources.content.path
    paintings = zip(sources.styles, shown.styles, shown.scales, strict=True)
    return RunRecord(
        config=plain(config),
        seed=config.seed,
        content=file_record(photograph, shown.content.image) if photograph else None,
        styles=[file_record(each.path, s.image, scale) for each, s, scale in paintings],
        masks=[
            {
                "name": name,
                "content": content.sources[index],
                "styles": [style.sources[index] for style in styles],
                "confidence": {
                    "content": round(content.confidence[index], 3),
                    "styles": [round(style.confidence[index], 3) for style in styles],
                },
            }
            for index, name in enumerate(content.names)
        ],
        unmatched=[
            {"name": name, side: source, "confidence": round(trust, 3)}
            for side, masks in zip(sides, shown.masks, strict=True)
            for each in masks.with_unmatched[1:]
            for name, source, trust in zip(
                each.names, each.sources, each.confidence, strict=True
            )
        ],
        encoder=encoder and {"name": encoder.name, "sha256": encoder.sha256},
        # Not always as configured: little memory asks for smaller ones.
        tiles=asdict(stylizer.tiles) if hasattr(stylizer, "tiles") else None,
        levels=[asdict(level) for level in painted.levels] if painted else [],
        **environment(),
        **run,
    )


def environment() -> dict[str, Any]:
    """With what this process runs: folder, versions, threads, and memory so far."""
    return {
        "folder": os.getcwd(),
        "versions": {"automask": __version__, "python": platform.python_version()}
        | {name: found for name in PACKAGES if (found := _version(name))},
        "threads": torch.get_num_threads(),
        "peak_memory_mib": peak_memory(),
    }


def peak_memory() -> float:
    """Largest resident memory of this process so far, MiB."""
    return round(peak(), 1)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
