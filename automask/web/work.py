"""What the worker does: find masks, choose those of a pair, paint."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from automask.api import Step
from automask.api.run import components, configured, made_of
from automask.api.typed import typed
from automask.cli.command_line import run_command
from automask.config import photograph
from automask.images.image_files import encoded, in_8_bits, write_image
from automask.io.files import write_bytes
from automask.io.folders import hidden_folder
from automask.io.terminal import warnings_kept
from automask.masks.combine import BACKGROUND, PERSON_PARTS, parent_of
from automask.masks.pair import CONTENT_ART, STYLE_ART
from automask.masks.portrait.domain import is_artwork
from automask.masks.select import LEAST_CONFIDENCE, LEAST_SHARE, is_present
from automask.masks.soft import SoftMasks
from automask.pipeline.outputs import write_pictures
from automask.pipeline.paint import Painted
from automask.pipeline.read_pictures import original
from automask.pipeline.record import RunRecord, write_record
from automask.pipeline.sources import masks_config, sources_of
from automask.web.problems import sentence
from automask.web.tasks import (
    Paint,
    Pair,
    Search,
    Task,
    WarmUp,
    names_in_bundle,
    without_paths,
)

THUMBNAIL = 320  # px
RESULT, STATE = "result", "state"  # folders of a job
AGAIN = "painted-again.png"  # what the command of a bundle writes


def done(task: Task, on_step: Callable[[Step], None]) -> Mapping[str, Any]:
    """Do a task.

    Args:
        task: What to do.
        on_step: Called after each step of painting.

    Returns:
        What the server is told of it.

    Raises:
        ValueError: With one sentence, if it cannot be done.
        Exception: What ``on_step`` raises.
    """
    if isinstance(task, Paint):
        return paint(task, on_step)
    with torch.random.fork_rng(devices=[]):  # a picture may be held meanwhile
        if isinstance(task, Search):
            return search(task)
        if isinstance(task, Pair):
            return pair(task)
        return warm_up(task, on_step)


def warm_up(task: WarmUp, on_step: Callable[[Step], None]) -> Mapping[str, Any]:
    """Load the networks and paint a few pixels."""
    asked = {"content": photograph("astronaut"), "style": "portrait"}
    made_of(asked | {"size": 96, "quality": "preview"}, None, on_step)
    return {}


def search(task: Search) -> Mapping[str, Any]:
    """Write all masks of a picture: the objects, each before its parts."""
    place = Path(task.folder)
    asked = {"content": task.picture, "style": task.picture, "stage": "masks"}
    with warnings_kept():
        config = configured(typed(asked).words)
        sources = sources_of(config)
        find = components().built("masks", masks_config(config, sources))
        image = original(config, task.picture).image
        key, usual = ("style", STYLE_ART) if task.art else ("content", CONTENT_ART)
        art = is_artwork(image, config.masks[f"{key}_domain"], usual)
        found = find.pair.find(image, art=art)
    names = shown(found)
    trust = found.confidences()
    told = [
        {
            "name": name,
            "confidence": round(trust[name], 3),
            "mean": round(float(found[name].mean()), 4),
            "level": depth(name, found.names),
        }
        for name in names
    ]
    with hidden_folder(place.parent) as temporary:
        for number, name in enumerate(names):
            write_image(temporary / f"{number}.png", found[name][None, None])
        write_bytes(temporary / "masks.json", json.dumps(told).encode())
        published(temporary, place)
    return {}


def shown(masks: SoftMasks) -> list[str]:
    """Names of the masks that a run could use, the largest objects first."""
    trust = masks.confidences()
    there = [
        name
        for name in masks.names
        if name != BACKGROUND
        and is_present(masks, name, 0 if name in PERSON_PARTS else LEAST_SHARE)
        and (name in PERSON_PARTS or trust[name] >= LEAST_CONFIDENCE)
    ]
    parts = [name for name in PERSON_PARTS if name in there]
    whole = [name for name in there if name not in parts]
    ordered: list[str] = []
    for name in sorted(whole, key=lambda each: -float(masks[each].mean())):
        ordered += [name, *(parts if name == "person" else [])]
    return list(dict.fromkeys([*ordered, *parts]))


def depth(name: str, names: tuple[str, ...]) -> int:
    """0 of an object, 1 of a part, 2 of a part within it."""
    parent, level = parent_of(name, names), 0
    while parent is not None and level < 2:
        parent, level = parent_of(parent, names), level + 1
    return level


def pair(task: Pair) -> Mapping[str, Any]:
    """Masks that both pictures show, and what was said of the others."""
    asked = {"content": task.content, "style": task.style, "stage": "masks"}
    made = made_of(asked, None)
    used = [
        {
            "name": mask["name"],
            "confidence": {
                "content": mask["confidence"]["content"],
                "style": mask["confidence"]["styles"][0],
            },
        }
        for mask in made.painted.record.masks
    ]
    lines = [without_paths(task, line) for line in made.warnings]
    return {"used": used, "hint": " ".join(map(sentence, lines))}


def paint(task: Paint, on_step: Callable[[Step], None]) -> Mapping[str, Any]:
    """Paint a picture into the job's folder."""
    asked = words_of(task, task.content, task.style, task.masks, task.style_masks)
    state = Path(task.folder) / STATE
    kept = {} if task.preview else {"checkpoint": f"{state}{os.sep}"}
    if kept:
        state.mkdir(parents=True, exist_ok=True)
    made = made_of(asked | kept, None, on_step)
    config = made.painted.record.config | {"checkpoint": None}  # that is our affair
    command = run_command(typed(asked).words)
    record = replace(made.painted.record, command=command, config=config)
    width, height = write_result(task, made.painted, record)
    shutil.rmtree(state, ignore_errors=True)
    return {
        "warnings": [sentence(without_paths(task, line)) for line in made.warnings],
        "width": width,
        "height": height,
        "command": command,
    }


def write_result(task: Paint, painted: Painted, record: RunRecord) -> tuple[int, int]:
    """Write all files of a job that is done; of a preview no masks.

    Returns:
        Width and height of the picture, px.
    """
    assert painted.image is not None
    folder, picture = Path(task.folder), in_8_bits(painted.image)
    with hidden_folder(folder) as temporary:
        if task.preview:
            write_bytes(temporary / "picture.png", encoded(picture, ".png"))
        else:
            images, masks = painted.shown.images, painted.shown.masks
            write_pictures(temporary, "picture.png", images, masks, painted.image)
            write_bytes(temporary / "command.txt", bundled(task).encode())
        write_bytes(temporary / "picture.jpg", encoded(picture, ".jpg"))
        write_record(temporary / "run.json", record)
        small = picture.copy()
        small.thumbnail((THUMBNAIL, THUMBNAIL))
        write_bytes(temporary / "thumbnail.jpg", encoded(small, ".jpg"))
        published(temporary, folder / RESULT)
    return picture.size


def words_of(
    task: Paint,
    content: str,
    style: str,
    masks: Mapping[str, str],
    style_masks: Mapping[str, str],
) -> dict[str, Any]:
    """Keys of the command line that paint the job's picture from these files."""
    given = {"map": dict(masks), "style.map": dict(style_masks)}
    drawn = {key: files for key, files in given.items() if files}
    return {"content": content, "style": style, **task.keys, **drawn}


def bundled(task: Paint) -> str:
    """The command that paints it again in the folder of a bundle."""
    files = names_in_bundle(task)
    masks = {name: files[file] for name, file in task.masks.items()}
    style_masks = {name: files[file] for name, file in task.style_masks.items()}
    asked = words_of(task, files[task.content], files[task.style], masks, style_masks)
    return run_command(typed(asked | {"out": AGAIN}).words) + "\n"


def published(temporary: Path, place: Path) -> None:
    """Give a folder its name, in place of an earlier one."""
    with suppress(FileNotFoundError):
        shutil.rmtree(place)
    os.rename(temporary, place)
