"""One run: read both pictures, find their masks, paint, write."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from torch import Tensor

from automask.config import photograph
from automask.hardware import chosen_device
from automask.images import read_image, read_image_as, stored_size
from automask.masks.soft import SoftMasks
from automask.memory import release_memory, releasing
from automask.outputs import destination, draft_folder, publish, write_pictures
from automask.progress import progress_bar
from automask.record import RunRecord, environment, file_record, write_record
from automask.scale import style_scale
from stylize import Stylized
from stylize.pyramid import STYLE_SIDE, resize


@dataclass(frozen=True)
class Clock:
    """Seconds by stage."""

    seconds: dict[str, float] = field(default_factory=dict)
    begun: float = field(default_factory=perf_counter)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a block."""
        begun = perf_counter()
        yield
        self.seconds[name] = round(perf_counter() - begun, 3)

    def total(self) -> dict[str, float]:
        """Seconds by stage, and since the clock was made."""
        return self.seconds | {"total": round(perf_counter() - self.begun, 3)}


@dataclass(frozen=True)
class Read:
    """Both pictures with their files, and what painting starts from."""

    paths: tuple[str, str]  # content, style
    content: Tensor
    style: Tensor
    start: Tensor | torch.Generator | None


def paint(config: DictConfig, command: str) -> None:
    """Make one picture, or its masks alone, and say where it is.

    Args:
        config: The keys of configs/run.yaml, checked.
        command: What repeats this run, for its record.

    Raises:
        ValueError: If a picture or a part of the configuration cannot be used.
        OSError: If a file cannot be read, or the results cannot be written.
    """
    torch.manual_seed(config.seed)
    device = chosen_device(config.hardware.device)
    clock = Clock()
    paths = photograph(config.content), str(config.style.image)
    names = Path(paths[0]).stem, config.style.name or Path(paths[1]).stem
    where = destination(config.out, *names, datetime.now())
    with draft_folder(where, config.size) as draft:
        with clock.stage("read"):
            pictures = read(config, paths)
        encoder, stylizer = load_painter(config, device)
        with clock.stage("masks"):
            masks = find_masks(config, pictures)
            pictures, masks, scale = scaled(config, pictures, masks)
        painted = None
        if stylizer is not None:
            with clock.stage("stylize"):
                painted = stylized(config, stylizer, pictures, masks, device)
        with clock.stage("write"):
            image = painted.image.cpu() if painted else None
            shown = pictures.content, pictures.style
            write_pictures(draft, where.picture, shown, masks, image)
        record = RunRecord(
            command=command,
            seconds=clock.total(),
            style_scale=round(scale, 3),
            device=str(device),
            **described(config, pictures, masks, encoder, painted),
            **environment(),
        )
        write_record(draft / "run.json", record)
        folder = publish(draft, where)
    picture = where.place or folder / where.picture
    say_result(config, picture if painted else folder)


def read(config: DictConfig, paths: tuple[str, str]) -> Read:
    """Read both pictures, and the one to start from where there is one."""
    content, style = (read_image(path, config.size) for path in paths)
    start: Tensor | torch.Generator | None = None  # the content
    if config.init == "random":
        start = torch.Generator().manual_seed(config.seed)
    elif config.init != "content":
        height, width = content.shape[2:]
        start = read_image_as(config.init, width, height)
    return Read(paths, content, style, start)


def load_painter(config: DictConfig, device: torch.device) -> tuple[Any, Any]:
    """Encoder and stylizer; nothing where the run stops after the masks."""
    if config.stage == "masks":
        return None, None
    encoder = instantiate(config.encoder, _convert_="all")
    if isinstance(encoder, torch.nn.Module):
        encoder = encoder.to(device)
    return encoder, instantiate(config.stylizer, encoder=encoder, _convert_="all")


def find_masks(config: DictConfig, pictures: Read) -> tuple[SoftMasks, SoftMasks]:
    """Masks of the content and of the style, and a line on what was found."""
    source = instantiate(config.masks, _convert_="all")
    content, (style,) = source(pictures.content, [pictures.style])
    say(config, f"Masks: {', '.join(content.names) or 'none'}")
    return content, style


def scaled(
    config: DictConfig, pictures: Read, masks: tuple[SoftMasks, SoftMasks]
) -> tuple[Read, tuple[SoftMasks, SoftMasks], float]:
    """Read the style again where it is to be larger or smaller, and fit its masks."""
    content, style = masks
    path = pictures.paths[1]
    wanted = config.style_scale if config.gamma or config.style_scale != "auto" else 1.0
    scale = style_scale(wanted, content, style, max(stored_size(path)) / config.size)
    scale = max(scale, STYLE_SIDE / min(pictures.style.shape[2:]))
    if round(scale * config.size) == config.size:
        return pictures, masks, 1.0
    image = read_image(path, round(scale * config.size))
    probs = resize(style.probs[None], *image.shape[2:])[0]
    resized = SoftMasks(style.names, probs, style.sources)
    return replace(pictures, style=image), (content, resized), scale


def stylized(
    config: DictConfig,
    stylizer: Any,
    pictures: Read,
    masks: tuple[SoftMasks, SoftMasks],
    device: torch.device,
) -> Stylized:
    """Paint, and say how well the masks kept the regions apart."""
    content, style = masks
    start = pictures.start
    release_memory()  # of what finding the masks took
    with progress_bar(not config.quiet and sys.stderr.isatty()) as on_step:
        painted = stylizer(
            pictures.content.to(device),
            [pictures.style.to(device)],
            content.probs.to(device),
            [style.probs.to(device)],
            content.names,
            start.to(device) if isinstance(start, Tensor) else start,
            releasing(on_step, pictures.content),
        )
    crossing = painted.levels[-1].crossing if painted.levels else {}
    shares = ", ".join(f"{layer} {share:.2%}" for layer, share in crossing.items())
    if shares:
        say(config, f"Matches across a mask border: {shares}")
    return painted


def described(
    config: DictConfig,
    pictures: Read,
    masks: tuple[SoftMasks, SoftMasks],
    encoder: Any,
    painted: Stylized | None,
) -> dict[str, Any]:
    """What the run was and did, as the fields of its record."""
    content, style = masks
    sources = zip(content.names, content.sources, style.sources, strict=True)
    return {
        "config": plain(config),
        "seed": config.seed,
        "content": file_record(pictures.paths[0], pictures.content),
        "style": file_record(pictures.paths[1], pictures.style),
        "masks": [{"name": n, "content": c, "style": s} for n, c, s in sources],
        "encoder": encoder and {"name": encoder.name, "sha256": encoder.sha256},
        "levels": [asdict(level) for level in painted.levels] if painted else [],
    }


def plain(config: DictConfig) -> dict[str, Any]:
    """The configuration with all references resolved."""
    resolved = OmegaConf.to_container(config, resolve=True)
    assert isinstance(resolved, dict)
    return {str(key): value for key, value in resolved.items()}


def say(config: DictConfig, line: str) -> None:
    """Print unless quiet."""
    if not config.quiet:
        print(line, flush=True)


def say_result(config: DictConfig, result: Path) -> None:
    """Print where the result is; under quiet that and nothing else."""
    kind = "Masks in" if config.stage == "masks" else "Picture"
    print(result if config.quiet else f"{kind}: {result}", flush=True)
