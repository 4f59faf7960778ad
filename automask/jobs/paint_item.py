"""What a worker does with an item: fetch, paint, put it where it belongs."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig

from automask.cli.command_line import run_command
from automask.config import register
from automask.images.decoding_memory import share_memory
from automask.io.filenames import literal
from automask.io.files import file_sha256, write_json
from automask.io.folders import hidden_folder
from automask.io.terminal import warnings_kept
from automask.io.urls import is_local, local_copy, publish
from automask.jobs.items import Item, Variant
from automask.jobs.outcome import Job, Share
from automask.jobs.results import Results

if TYPE_CHECKING:
    from automask.cache.components import Components
    from automask.cache.store import Cache
    from automask.pipeline.run_folder import Result

MEMO = 64  # MiB of masks and features that a batch keeps: those of the styles


@dataclass(frozen=True)
class Painting:
    """All that a worker must be told.

    Args:
        results: Where they go.
        batch: What their records call the batch or sweep.
        folder: That relative paths are from.
        variants: Configurations of the items.
        keep_masks: Whether a batch's masks stay too.
        shared: Folder of masks that workers share; None: each finds its own.
    """

    results: Results
    batch: str
    folder: str
    variants: tuple[Variant, ...]
    keep_masks: bool = False
    shared: Path | None = None

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
        cache = Cache(self.shared) if self.results.folders else Cache(memory=MEMO)
        parts = Components(wraps=caching(cache))
        if not self.results.folders:  # where it fails, it does so for all
            config = self.variants[0].composed()
            load_painter(config, chosen_device(config.hardware.device), parts)
        return lambda item: paint_item(self, parts, cache, item)


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


def paint_item(plan: Painting, parts: Components, cache: Cache, item: Item) -> None:
    """Paint one picture and put it where it belongs, its record last.

    Raises:
        ValueError: If the picture cannot be read or painted.
        OSError: If something cannot be fetched or written.
    """
    from automask.pipeline.outputs import Destination
    from automask.pipeline.run_folder import paint_to_folder

    before = cache.counts.copy()
    with (
        hidden_folder(temporary_folder(plan.results.out)) as temporary,
        local_copy(item.content, temporary) as content,
    ):
        # Before it is read; it may be another one by the end.
        sha256 = file_sha256(content) if os.path.isfile(content) else ""
        config, command, picture = _prepared(plan, item, content)
        with redirect_stdout(StringIO()), warnings_kept() as warnings:
            where = Destination(temporary / "run", picture)
            result = paint_to_folder(config, command, parts, where)
        told = {
            "warnings": [*warnings, *result.hints],
            "cache": dict(cache.counts - before),
        }
        write_item(plan, item, result.folder / "run.json", told, sha256)
        move_results(plan, item, result)


def _prepared(plan: Painting, item: Item, content: str) -> tuple[DictConfig, str, str]:
    """Configuration, command, and the picture's name in the run folder."""
    from automask.pipeline.outputs import destination
    from automask.pipeline.sources import sources_of

    variant = next(each for each in plan.variants if each.name == item.variant)
    config = variant.composed()
    config.quiet = True
    if plan.results.folders:  # as a single run has it
        sources, words = sources_of(config), variant.words
        pair = sources.content.name, sources.style_name
        picture = destination(None, *pair, datetime.now()).picture
    else:
        words = (*variant.words, f"content={item.content}")
        config.content = literal(content)
        picture = f"picture.{plan.results.suffix}"
    return config, run_command(words), picture


def write_item(
    plan: Painting, item: Item, record: Path, told: dict[str, Any], sha256: str
) -> None:
    """Write into a run's record which item it is.

    Args:
        plan: Of the batch.
        item: That was painted.
        record: The run's.
        told: What else is to be said of it.
        sha256: Of the photograph.
    """
    document: dict[str, Any] = json.loads(record.read_bytes())
    document["item"] = {"batch": plan.batch, "key": item.key} | told
    if document["content"] and sha256:  # not the path of a copy
        document["content"] |= {"path": item.content, "sha256": sha256}
    write_json(record, document)


def move_results(plan: Painting, item: Item, result: Result) -> None:
    """Move what a run left to its final name; whoever sees the record sees it all."""
    folder, picture = result.folder, result.picture
    target = f"{plan.results.out}/{item.name}"
    if plan.results.folders:
        if os.path.lexists(target):  # of that name, and cannot be used
            os.rename(target, folder.with_name("damaged"))
        publish(folder, target)
        return
    if plan.keep_masks or picture is None:
        for file in sorted((folder / "masks").rglob("*.png")):
            below = file.relative_to(folder / "masks").as_posix()
            publish(file, f"{target}.masks/{below}")
    if picture is not None:
        publish(picture, f"{target}.{plan.results.suffix}")
    publish(folder / "run.json", f"{target}.json")


def temporary_folder(out: str) -> Path:
    """Where unfinished results lie: in ``out``; for URLs among temporary files."""
    return Path(out) if is_local(out) else Path(tempfile.gettempdir())
