"""Results by key, in memory and in a folder that processes share."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from automask.io.files import write_bytes
from automask.io.locks import locked

MEMORY = 256  # MiB kept in a process
FOLDER = 2048  # MiB left for other processes


@dataclass(frozen=True)
class Entry:
    """Tensors, and words on them."""

    tensors: Mapping[str, Tensor]
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        """That the tensors take."""
        return sum(each.nbytes for each in self.tensors.values())


class Memo:
    """Entries by key, in memory and in a folder that processes share.

    Args:
        folder: Where an entry is left for other processes; None: this one alone.
        memory: MiB kept in memory; what was not used for longest goes first.
    """

    def __init__(self, folder: Path | None = None, memory: float = MEMORY) -> None:
        self.folder, self.limit = folder, int(memory * 2**20)
        self.counts: Counter[str] = Counter()
        self._kept: OrderedDict[str, Entry] = OrderedDict()

    def __call__(
        self, kind: str, key: str, make: Callable[[], Entry], *, shared: bool
    ) -> Entry:
        """The entry of that key, made unless it is there; nobody may change it.

        Args:
            kind: For the counts, as in ``features made``, ``features reused``.
            key: Hexadecimal digits that stand for all that ``make`` depends on.
            make: Called at most once at a time for a key by all who share the folder.
            shared: Whether the folder takes it.
        """
        entry, found = self._kept.get(key), True
        if entry is None and shared and self.folder is not None:
            entry, found = self._of_all(self.folder / key, make)
        elif entry is None:
            entry, found = make(), False
        self.counts[f"{kind} {'reused' if found else 'made'}"] += 1
        self._keep(key, entry)
        return entry

    def _of_all(self, place: Path, make: Callable[[], Entry]) -> tuple[Entry, bool]:
        """The entry that some process leaves at that place, and if it was there."""
        file = place.with_suffix(".safetensors")
        with locked(place.with_suffix(".lock")):
            if (entry := _loaded(file)) is not None:
                return entry, True
            entry = make()
            others = file.parent.glob(f"*{file.suffix}")
            taken = sum(each.stat().st_size for each in others)
            if taken + entry.bytes <= FOLDER * 2**20:
                tensors = {k: each.contiguous() for k, each in entry.tensors.items()}
                write_bytes(file, save(tensors, dict(entry.words)))
            return entry, False

    def _keep(self, key: str, entry: Entry) -> None:
        if entry.bytes > self.limit:
            return
        self._kept[key] = entry
        self._kept.move_to_end(key)
        while sum(each.bytes for each in self._kept.values()) > self.limit:
            self._kept.popitem(last=False)


def _loaded(file: Path) -> Entry | None:
    if not file.exists():
        return None
    with safe_open(file, "pt") as opened:
        tensors = {name: opened.get_tensor(name) for name in opened.keys()}
        return Entry(tensors, opened.metadata() or {})
