"""The docs site beside docs/: pages from elsewhere, their links, the reference of keys.

MkDocs calls these functions (``hooks`` in mkdocs.yml):

    pip install -e '.[docs]' && mkdocs build
"""

from __future__ import annotations

import posixpath
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
from automask.keys import BatchKeys, RunKeys, VideoKeys, markdown  # noqa: E402

PLACES = {  # of the site, by the files that they are made from
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changes.md",
    "CITATION.cff": "CITATION.cff",
}
for style in (ROOT / "automask/styles").glob("*.jpg"):
    PLACES[f"automask/styles/{style.name}"] = f"styles/{style.name}"
for card in (ROOT / "automask/weights").glob("*.md"):
    name = "lite" if card.stem == "README" else card.stem.lower()
    PLACES[f"automask/weights/{card.name}"] = f"weights/{name}.md"
MADE_FROM = {place: file for file, place in PLACES.items()}
LINK = re.compile(r"(?<=\]\()([^)\s#]+)(?=(?:#[^)\s]*)?\))")
CONFIGURATION = "reference/configuration.md"


def on_files(files: Files, config: Any) -> Files:
    """Add what does not lie in docs/."""
    for file, place in PLACES.items():
        source = str(ROOT / file)
        files.append(File.generated(config, place, abs_src_path=source))
    files.append(
        File.generated(config, CONFIGURATION, content="\n\n".join(_configuration()))
    )
    return files


def on_page_markdown(text: str, page: Page, **_: Any) -> str:
    """Lead links from where a page lies in the project to where it lies in the site."""
    place = page.file.src_uri
    before = posixpath.dirname(MADE_FROM.get(place, f"docs/{place}"))
    now = posixpath.dirname(place)

    def moved(link: re.Match[str]) -> str:
        if ":" in link[0]:
            return link[0]
        file = posixpath.normpath(posixpath.join(before, link[0]))
        target = PLACES.get(file, file.removeprefix("docs/"))
        return posixpath.relpath(target, now or ".")

    return LINK.sub(moved, text)


def _configuration() -> Iterator[str]:
    """The page on all keys: those that people set, and the files of each group."""
    configs = ROOT / "configs"
    yield "# Configuration"
    yield (
        "What a run, a batch and a film can be told on the command line "
        "(`key=value`), by configuration files, and from Python. Any value below can "
        "be set by its dotted key: `stylizer.terms.style.weight=2`."
    )
    yield "## Keys of a run"
    yield markdown(RunKeys, configs)
    yield "## Keys of a batch"
    yield markdown(BatchKeys, configs)
    yield "## Keys of a film"
    yield markdown(VideoKeys, configs)
    for folder in sorted(path for path in configs.rglob("*") if path.is_dir()):
        if parts := sorted(folder.glob("*.yaml")):
            group = folder.relative_to(configs).as_posix()
            yield f"## Group {group}"
            for part in parts:
                yield f"### {group}={part.stem}"
                yield f"```yaml\n{part.read_text().rstrip()}\n```"
