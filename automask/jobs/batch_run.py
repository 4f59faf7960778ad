"""A batch from its settings to its end."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing, nullcontext

from automask.io.folders import sweep_dead
from automask.io.locks import alone_in
from automask.io.terminal import say, tell
from automask.io.urls import is_local
from automask.jobs.batch_plan import Plan, plan
from automask.jobs.batch_progress import reporting
from automask.jobs.batch_settings import Settings
from automask.jobs.find_photos import Photograph, photographs
from automask.jobs.items import Item
from automask.jobs.manifest import BATCH, Manifest, open_manifest
from automask.jobs.manifest_lines import DONE, FAILED, PENDING, Entry
from automask.jobs.outcome import Engine
from automask.jobs.paint_item import Painting, drafts_folder
from automask.pipeline.read_only import check_apart
from automask.targets import build


def run(settings: Settings) -> int:
    """Do all that is left to do, and say what came of it.

    Returns:
        0 if all is done, 1 if something failed or is still pending, 2 if nothing could
        begin.

    Raises:
        ValueError: If nothing can begin.
        OSError: Likewise.
    """
    keys = settings.keys
    found = photographs(keys.content, keys.recursive)
    written = {"manifest": str(settings.manifest)}
    if settings.shared["checkpoint"]:
        written["checkpoint"] = settings.shared["checkpoint"]
    check_apart(written, _files(keys.content, found.photos))
    engine: Engine = build(keys.engine, "engine")
    drafts = drafts_folder(settings.out)
    here = is_local(settings.out)
    with (
        alone_in(drafts, BATCH) if here else nullcontext(),
        open_manifest(settings.manifest) as manifest,
    ):
        sweep_dead(drafts)
        todo = plan(settings, found, manifest)
        _check_places(settings, todo.items)
        if todo.anew and not keys.quiet:
            say(f"Anew: {todo.anew} whose photograph or settings have changed")
        try:
            stopped = _do(settings, engine, todo.items, manifest)
        finally:
            sweep_dead(drafts)
        return _summed_up(settings, todo, manifest, stopped)


def _files(content: str, photos: Sequence[Photograph]) -> list[str]:
    """The photographs on this machine, and the lists that name them."""
    lists = (os.path.expanduser(part) for part in [content, *content.split(",")])
    return [*lists, *(photo.place for photo in photos if is_local(photo.place))]


def _check_places(settings: Settings, items: Sequence[Item]) -> None:
    """Refuse to put a picture where a photograph lies, by whatever path.

    Raises:
        ValueError: With the photograph.
    """
    if not is_local(settings.out):
        return
    read = {os.path.realpath(each.content) for each in items if is_local(each.content)}
    for item in items:
        place = f"{settings.out}/{item.name}.{settings.keys.suffix}"
        if os.path.realpath(place) in read:
            raise ValueError(
                f"'{place}' is to be painted and is read as a photograph; "
                "choose another out=FOLDER"
            )


def _do(
    settings: Settings, engine: Engine, items: Sequence[Item], manifest: Manifest
) -> str | None:
    """Paint what is pending, and write down each outcome as it comes.

    Returns:
        Why it had to stop, if it had to.
    """
    keys = settings.keys
    todo = [item for item in items if manifest.entries[item.key].state == PENDING]
    if not todo:
        return None
    load = Painting(
        settings.out,
        manifest.header["batch"],
        os.getcwd(),
        keys.suffix,
        keys.keep_masks,
        tuple(settings.variants),
    )
    with (
        reporting(len(items), len(items) - len(todo), keys.quiet) as show,
        closing(engine(load, todo)) as outcomes,
    ):
        for outcome in outcomes:
            if outcome.hopeless:
                return outcome.reason
            state = FAILED if outcome.reason else DONE
            took = round(outcome.seconds, 2)
            seen = manifest.entries[outcome.item.key].stamp
            manifest.note([Entry(outcome.item, state, outcome.reason, took, seen)])
            show(outcome)
    return None


def _summed_up(
    settings: Settings, todo: Plan, manifest: Manifest, stopped: str | None
) -> int:
    states = [manifest.entries[item.key].state for item in todo.items]
    done, failed = states.count(DONE), states.count(FAILED)
    left = len(states) - done - failed
    if not settings.keys.quiet:
        counts = f"{done} done, {failed} failed, {left} pending"
        counts += f", {todo.anew} anew" if todo.anew else ""
        counts += f", {todo.skipped} skipped" if todo.skipped else ""
        say(f"Batch: {counts}; {manifest.path}")
    if stopped:
        tell(f"{stopped}; the same command then goes on from here")
    if failed:
        tell(
            f"{failed} of {len(states)} failed; the reasons are in {manifest.path}, "
            "and retry=true tries them again"
        )
    return 0 if not failed + left else 1 if done + failed else 2
