"""What has changed since a batch was last at work: photographs, settings, files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from automask.io.urls import content_sha256, is_local, stamp
from automask.jobs.batch_settings import Settings
from automask.jobs.find_photos import Photograph
from automask.jobs.items import Item
from automask.jobs.manifest import Manifest
from automask.jobs.manifest_lines import DONE, FAILED, PENDING, REPLACED, Entry
from automask.jobs.marks import Mark, mark_of
from automask.pipeline.sources import beside
from automask.pipeline.style_spec import Source


class News:
    """What differs from what the manifest says.

    Args:
        settings: Of the batch.
        manifest: Before it is brought up to date.
        is_there: Whether a name below ``out`` exists.
    """

    def __init__(
        self, settings: Settings, manifest: Manifest, is_there: Callable[[str], bool]
    ) -> None:
        self.settings, self.manifest, self.is_there = settings, manifest, is_there
        self.anew = 0
        self._heirs: set[str] = set()

    def replaced(
        self, items: Sequence[Item], earlier: Sequence[Item]
    ) -> Iterator[Entry]:
        """An end to the items whose pictures are painted with other settings now."""
        keys = {item.key for item in items}
        names = {item.name: item.key for item in items}
        for item in earlier:
            if item.key not in keys and item.name in names:
                self._heirs.add(names[item.name])
                yield Entry(item, REPLACED)

    def of(
        self, items: Sequence[Item], photos: Sequence[Photograph]
    ) -> Iterator[Entry]:
        """States that are others by now."""
        stamps = {photo.place: self._stamp(photo.place) for photo in photos}
        for item in items:
            before = self.manifest.entries.get(item.key)
            now = stamps[item.content]
            entry = self._entry(item, before, now)
            if before is None or entry != before:
                self.anew += item.key in self._heirs
                yield entry

    def _entry(self, item: Item, before: Entry | None, now: str) -> Entry:
        if before is None:
            return Entry(item, PENDING, stamp=now)
        pending, done = Entry(item, PENDING, stamp=now), replace(before, item=item)
        there = self.is_there(f"{item.name}.json")
        if before.state == DONE and not there:
            return pending  # someone has deleted it
        if before.state == FAILED and self.settings.keys.retry:
            return pending
        if before.state == PENDING:
            # A kill may have come between its last file and the line that says so.
            return (
                Entry(item, DONE, stamp=now) if there and self._holds(item) else pending
            )
        if not now or now == before.stamp:
            return done  # what is gone cannot be painted anew
        if before.state == FAILED and before.stamp is None:  # of an older manifest
            return replace(done, stamp=now)
        if (
            before.state == DONE
            and _map(now) == _map(before.stamp)
            and self._holds(item)
        ):
            return replace(done, stamp=now)
        self.anew += 1
        return pending

    def _holds(self, item: Item) -> bool:
        """Whether the picture is there, and of the photograph as it is now."""
        batch = self.manifest.header["batch"]
        try:
            wanted = Mark(batch, item.key, content_sha256(item.content))
        except OSError:
            return False
        return mark_of(self.settings.out, item.name) == wanted

    def _stamp(self, place: str) -> str:
        """Of a photograph, and of the map beside it where maps are looked for."""
        own = stamp(place)
        if not (own and self.settings.shared.get("find_maps") and is_local(place)):
            return own
        return "+".join(filter(None, (own, stamp(str(beside(Source(place, "")))))))


def _map(stamps: str | None) -> str:
    """What a photograph's stamps say of its map."""
    return (stamps or "").partition("+")[2]
