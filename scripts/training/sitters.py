"""Who sat for which picture: folds of a cross-validation leave persons out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

# FASSEG, frontal: the second picture of a person and the first, told by eye.
AGAIN = dict(
    zip(
        "021 025 029 033 036 039 043 044 059 065 067 068 069".split(),
        "014 009 008 010 011 007 001 023 013 017 016 018 002".split(),
        strict=True,
    )
)
FIRST_TURNED, SESSIONS = 71, 14  # FASSEG, turned: the same seven persons twice a pose


def sitters(folder: Path, pictures: Sequence[str]) -> dict[str, str]:
    """Each picture's person; one of their own where nothing else is known."""
    poses = poses_of(folder)
    return {name: sitter(name, poses) for name in pictures}


def poses_of(folder: Path) -> dict[str, str]:
    """FASSEG's poses by picture, from lines like ``071 pose+15``; none elsewhere."""
    file = folder / "poses.txt"
    lines = file.read_text().splitlines() if file.exists() else []
    return dict(line.split() for line in lines if line.strip())


def sitter(name: str, poses: Mapping[str, str]) -> str:
    """A person's name: that of their first picture."""
    if poses.get(name, "frontal") == "frontal":
        return AGAIN.get(name, name) if poses else name
    session = (int(name) - FIRST_TURNED) % SESSIONS
    return f"{FIRST_TURNED + session - session % 2:03d}"


def folds_of(folders: Sequence[Path], folds: int) -> dict[str, int]:
    """The fold of each labelled picture by ``key_of``, the same for all of a person."""
    found: dict[str, int] = {}
    for folder in folders:
        persons = sitters(folder, names_in(folder))
        order = {person: i for i, person in enumerate(sorted(set(persons.values())))}
        found |= {key_of(folder, n): order[p] % folds for n, p in persons.items()}
    return found


def names_in(folder: Path) -> list[str]:
    """Names of the labelled pictures NN.jpg, NN_labels.png."""
    suffix = "_labels.png"
    return sorted(p.name.removesuffix(suffix) for p in folder.glob(f"*{suffix}"))


def key_of(folder: Path | str, name: str) -> str:
    """A picture's key in folds.json: its folder's name and its own."""
    return f"{Path(folder).resolve().name}/{name}"
