"""What a worker does with an item: fetch, paint, put in place."""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automask.cli import command_line
from automask.config import register
from automask.images.decoding_memory import share_memory
from automask.io.filenames import literal
from automask.io.folders import hidden_folder
from automask.io.hashing import file_sha256
from automask.io.urls import is_local, local_copy, publish
from automask.jobs.items import Item, Variant
from automask.jobs.outcome import Job, Share

if TYPE_CHECKING:
    from automask.cache.components import Components
    from automask.pipeline.paint import Result

MEMO = 64  # MiB of masks and features kept: those of the styles


@dataclass(frozen=True)
class Painting:
    """All that a worker must be told.

    Args:
        out: Absolute path or URL of the results.
        batch: Name of the batch, for the records.
        folder: That relative paths are from.
        suffix: Of the pictures.
        keep_masks: Whether masks stay too.
        variants: The styles.
    """

    out: str
    batch: str
    folder: str
    suffix: str
    keep_masks: bool
    variants: tuple[Variant, ...]

    def __call__(self, share: Share) -> Job:
        """Load what all pictures need, and set threads and the GPU."""
        from automask.cache.cached import caching
        from automask.cache.components import Components
        from automask.cache.store import Cache
        from automask.pipeline.device import chosen_device
        from automask.pipeline.paint import load_painter

        register()
        os.chdir(self.folder)
        compute_with(share)
        parts = Components(wraps=caching(Cache(memory=MEMO)))
        config = self.variants[0].composed()
        load_painter(config, chosen_device(config.hardware.device), parts)
        return lambda item: paint_item(self, parts, item)


def compute_with(share: Share) -> None:
    """Use that many threads, that much memory, and of several GPUs one in turn."""
    import cv2
    import torch

    share_memory(share.workers)
    if share.threads is not None:
        torch.set_num_threads(share.threads)
        cv2.setNumThreads(share.threads)
    if torch.cuda.device_count() > 1:
        torch.cuda.set_device(share.number % torch.cuda.device_count())


def paint_item(plan: Painting, parts: Components, item: Item) -> None:
    """Paint one picture and put it in its place, its record last.

    Raises:
        ValueError: If the picture cannot be read or painted.
        OSError: If something cannot be fetched or written.
    """
    from automask.pipeline.outputs import Destination
    from automask.pipeline.paint import paint

    variant = next(each for each in plan.variants if each.style == item.style)
    with (
        hidden_folder(drafts_folder(plan.out)) as draft,
        local_copy(item.content, draft) as content,
    ):
        config = variant.composed()
        config.content, config.quiet = literal(item.content), True
        command = command_line.paste_command([*variant.command, "content="], config)
        config.content = literal(content)
        sha256 = file_sha256(content) if os.path.isfile(content) else ""
        where = Destination(draft / "run", f"picture.{plan.suffix}")
        # What parts print goes nowhere.
        with redirect_stdout(StringIO()), warnings_kept() as warnings:
            result = paint(config, command, parts, where)
        place_result(plan, item, result, warnings, sha256)


@contextmanager
def warnings_kept() -> Iterator[list[str]]:
    """What automask warns of, kept for the record: a thousand lines help nobody."""
    logger, kept = logging.getLogger("automask"), _Kept()
    others, logger.handlers = logger.handlers, [kept]
    try:
        yield kept.lines
    finally:
        logger.handlers = others


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def place_result(
    plan: Painting, item: Item, result: Result, warnings: list[str], sha256: str
) -> None:
    """Move what a run left to its final names; whoever sees the record sees it all.

    Args:
        plan: Of the batch.
        item: That was painted.
        result: What the run left.
        warnings: That it gave.
        sha256: Of the photograph before it was read; it may be another one by now.
    """
    folder, picture = result.folder, result.picture
    place = f"{plan.out}/{item.name}"
    if plan.keep_masks or picture is None:
        for file in sorted((folder / "masks").rglob("*.png")):
            below = file.relative_to(folder / "masks").as_posix()
            publish(file, f"{place}.masks/{below}")
    if picture is not None:
        publish(picture, f"{place}.{plan.suffix}")
    record = folder / "run.json"
    told: dict[str, Any] = json.loads(record.read_bytes())
    told["item"] = {"batch": plan.batch, "key": item.key, "warnings": warnings}
    # Not the path of a copy.
    told["content"] |= {"path": item.content, "sha256": sha256}
    marked = folder / "marked.json"
    with open(marked, "w") as text:
        json.dump(told, text, indent=2)
        text.flush()
        os.fsync(text.fileno())
    publish(marked, f"{place}.json")


def drafts_folder(out: str) -> Path:
    """Where drafts lie: on the disk of the results, or a temporary one for URLs."""
    return Path(out) if is_local(out) else Path(tempfile.gettempdir())
