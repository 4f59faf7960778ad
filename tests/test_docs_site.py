"""The docs site: it builds without a warning, and is read without a network."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from urllib.parse import unquote

import pytest

from automask.keys import BatchKeys, RunKeys, VideoKeys

ROOT = Path(__file__).parents[1]
pytest.importorskip("mkdocs", reason="pip install 'automask[docs]'")
LOADED = re.compile(r"""<(?:script|link|img|iframe)\b[^>]*(?:src|href)=["']([^"']+)""")
LINK = re.compile(r"""<a\b[^>]*href=["']([^"'#]*)(?:#([^"']*))?["']""")
NAMED = re.compile(r"""\bid=["']([^"']+)""")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built with warnings as errors."""
    folder = tmp_path_factory.mktemp("site")
    words = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


def pages(site: Path) -> dict[Path, str]:
    """The text of each page of the site; that of 404s is for servers."""
    found = {page: page.read_text() for page in site.rglob("*.html")}
    del found[site / "404.html"]
    assert len(found) > 20
    return found


def test_no_page_loads_anything_from_elsewhere(site):
    for page, text in pages(site).items():
        for address in LOADED.findall(text):
            assert ":" not in address, (page, address)
            assert (page.parent / unquote(address.split("?")[0])).exists(), address
    for style in site.rglob("*.css"):
        remote = re.findall(
            r"(?:@import|url\()\s*['\"]?(?:https?:)?//", style.read_text()
        )
        assert not remote, style


def test_every_link_leads_to_a_page_of_the_site_and_its_heading(site):
    texts = pages(site)
    for page, text in texts.items():
        for path, heading in LINK.findall(text):
            if ":" in path:
                continue
            target = (page.parent / unquote(path)).resolve() if path else page
            assert target.is_file(), (page, path)
            if heading:
                assert unquote(heading) in NAMED.findall(texts[target]), (page, heading)


def test_the_reference_has_every_key_and_every_choice(site):
    text = (site / "reference/configuration.html").read_text()
    for each in (*fields(RunKeys), *fields(BatchKeys), *fields(VideoKeys)):
        assert f"<code>{each.name}</code>" in text
    for file in (ROOT / "configs").glob("*/**/*.yaml"):
        group = file.parent.relative_to(ROOT / "configs").as_posix()
        assert f">{group}={file.stem}<" in text


def test_the_reference_has_what_docstrings_say(site):
    text = (site / "reference/python.html").read_text()
    assert "Named probability maps of one image" in text
    assert "float32 in [0, 1]" in text
