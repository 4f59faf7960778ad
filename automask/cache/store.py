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
    """Tensors, and text about them."""

    tensors: Mapping[str, Tensor]
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        """That the tensors take."""
        return sum(each.nbytes for each in self.tensors.values())


class Cache:
    """Entries by key, in memory and in a folder that processes share.

    Args:
        folder: Where an entry is left for other processes; None: this one alone.
        memory: MiB kept in memory; what was not used for longest goes first.
    """

    def __init__(self, folder: Path | None = None, memory: float = MEMORY) -> None:
        self.folder, self.limit = folder, int(memory * 2**20)
        self.counts: Counter[str] = Counter()
        self._entries: OrderedDict[str, Entry] = OrderedDict()

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
        entry, found = self._entries.get(key), True
        if entry is None and shared and self.folder is not None:
            entry, found = _from_folder(self.folder, key, make)
        elif entry is None:
            entry, found = make(), False
        self.counts[f"{kind} {'reused' if found else 'made'}"] += 1
        if entry.bytes <= self.limit:
            self._entries[key] = entry
            self._entries.move_to_end(key)
        while sum(each.bytes for each in self._entries.values()) > self.limit:
            self._entries.popitem(last=False)
        return entry


def _from_folder(
    folder: Path, key: str, make: Callable[[], Entry]
) -> tuple[Entry, bool]:
    """The entry that some process leaves in the folder, and if it was there."""
    file = folder / f"{key}.safetensors"
    with locked(folder / f"{key}.lock"):
        if file.exists():
            with safe_open(file, "pt") as opened:
                tensors = {name: opened.get_tensor(name) for name in opened.keys()}
                return Entry(tensors, opened.metadata() or {}), True
        entry = make()
        taken = sum(each.stat().st_size for each in folder.glob("*.safetensors"))
        if taken + entry.bytes <= FOLDER * 2**20:
            tensors = {name: each.contiguous() for name, each in entry.tensors.items()}
            write_bytes(file, save(tensors, dict(entry.metadata)))
        return entry, False
