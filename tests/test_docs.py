"""The documentation: its links lead somewhere, its keys exist, its commands run.

``make docs`` runs these tests alone.
"""

from __future__ import annotations

import argparse
import importlib
import re
import shlex
import sys
import tomllib
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage.data
import yaml
from PIL import Image

import automask

ROOT = Path(__file__).parents[1]
FOLDERS = ("", "docs", "docs/notes", "docs/reference", "automask/weights")
PAGES = sorted(page for folder in FOLDERS for page in (ROOT / folder).glob("*.md"))
CODE = ("automask", "stylize", "configs", "scripts")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.M | re.S)
FILE = re.compile(r"`([\w./-]+)`[^`\n]*\n\n```\w+\n(.*?)^```", re.M | re.S)
LINK = re.compile(r"\]\(([^)\s]+)\)")
SETTING = re.compile(r"'?[~+]?[a-z][a-z_0-9./]*(=[^`|()A-Z…]+)?")
PROGRAMS = {
    "run": (["python", "-m", "automask.run"], ["automask"]),
    "batch": (["python", "-m", "automask.batch"],),
    "video": (["python", "-m", "automask.video"],),
    "script": (["python", "scripts/"],),
}
OTHERS = (
    *("pip", "uv", "pytest", "python3", "make", "mkdocs", "pre-commit"),
    *("docker", "git", "."),
)
NOT_SHIPPED = (
    *("mine.safetensors", ".tflite", ".onnx", "vgg19", "s3://"),
    *("deeplab", "ade20k", "ray"),
)
UNFIT = ("hydra", "map", "style", "content", "out", "checkpoint")  # beside each other
WITHOUT_STEPS = {  # those that have no levels, or two stylizers' levels
    f"stylizer={name}" for name in ("scale_mix", "fast", "fast_luminance")
}
STEPS = ("stylizer.iterations=[1]", "stylizer.pyramid.smallest=24")


def text_of(page: Path) -> str:
    """A page without its fenced blocks."""
    return FENCE.sub("", page.read_text())


def commands() -> list[list[str]]:
    """The words of each command in the pages' shell blocks."""
    blocks = [found for page in PAGES for found in FENCE.findall(page.read_text())]
    lines = [line for kind, text in blocks if kind == "sh" for line in text.split("\n")]
    steps = [step for line in lines for step in line.split(" && ")]
    return [words for step in steps if (words := shlex.split(step, comments=True))]


def given_to(program: str) -> list[list[str]]:
    """What follows one of our programs, behind settings of the environment."""
    found = []
    for words in commands():
        start = sum(word[0].isupper() for word in words)
        for name in PROGRAMS[program]:
            called = words[start : start + len(name)]
            if " ".join(called).startswith(" ".join(name)):
                rest = words[start + len(name) - (program == "script") :]
                found.append(words[:start] + rest)
    return found


def is_shipped(words: Sequence[str]) -> bool:
    """Whether all that a command needs comes with the project."""
    return not any(name in word for word in words for name in NOT_SHIPPED)


def settings() -> list[list[str]]:
    """Keys with values within the pages' sentences, such as ``gamma=0``."""
    ours = {*yaml.safe_load((ROOT / "configs/run.yaml").read_text())}
    ours |= {path.name for path in (ROOT / "configs").iterdir()} - {"engine"}
    spans = {s for page in PAGES for s in re.findall("`([^`\n]+)`", text_of(page))}
    found = [shlex.split(span) for span in sorted(spans) if "=" in span or "~" in span]
    return [
        words
        for words in found
        if all(SETTING.fullmatch(word) for word in words)
        and all(re.split("[./=]", word.lstrip("~+"))[0] in ours for word in words)
        and not any(re.search(r",(?![^[{]*[]}])", word) for word in words)
    ]


def is_plain(words: Sequence[str]) -> bool:
    """Whether the settings can stand beside all others of this kind."""
    chosen = [word.partition("=")[0] for word in words]
    groups = [path.name for path in (ROOT / "configs").iterdir() if path.is_dir()]
    return not any(
        key[0] in "~+" or key in groups or key.split(".")[0] in (*UNFIT, "regions")
        for key in chosen
    )


def completed(words: Sequence[str]) -> list[str]:
    """The settings as a whole run."""
    text = " ".join(words)
    takes = [("style", "monet")]
    takes += [("content", "astronaut")] * ("analogy" not in text)
    missing = [f"{k}={v}" for k, v in takes if not re.search(rf"\b{k}=", text)]
    return [*missing, *words, "--cfg", "job"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_somewhere(page):
    for link in LINK.findall(text_of(page)):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not link.startswith("https://"):
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link


def anchors(page: Path) -> list[str]:
    """What can follow # in a link to a page."""
    titles = re.findall(r"^#+ (.+)$", text_of(page), re.M)
    return [re.sub(r"[^\w -]", "", t.lower()).replace(" ", "-") for t in titles]


def test_every_page_that_the_code_names_exists():
    files = [f for name in CODE for end in ("py", "yaml") for f in files_of(name, end)]
    text = "\n".join(file.read_text() for file in files)
    named = {*re.findall(r"docs/[\w/-]+\.md", text)}
    assert named and [name for name in named if not (ROOT / name).exists()] == []


def files_of(folder: str, suffix: str) -> list[Path]:
    return [*(ROOT / folder).rglob(f"*.{suffix}")]


def test_every_picture_of_the_docs_is_shown():
    links = [
        (page.parent, link) for page in PAGES for link in LINK.findall(text_of(page))
    ]
    shown = {(folder / link).resolve() for folder, link in links}
    assert {*(ROOT / "docs/images").rglob("*.jpg")} - shown == set()


def test_the_installed_version_is_that_of_the_package():
    assert version("automask") == automask.__version__


def test_ci_ends_with_the_test_command_of_the_readme():
    (test,) = re.findall(r"tests:\n\n```sh\n(.+)\n", (ROOT / "README.md").read_text())
    last = (ROOT / ".ci/run").read_text().splitlines()[-1]
    assert last.replace(" --quiet", "") == test


def test_the_docs_call_programs_targets_and_extras_that_exist():
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.M)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for words in commands():
        program, *rest = [word for word in words if not word[0].isupper()]
        assert program in ("automask", "python", *OTHERS), words
        assert program != "make" or {*rest} <= {*targets}
        extras = re.findall(r"\[(\w+)\]", " ".join(rest)) if program == "pip" else []
        assert {*extras} <= {*project["optional-dependencies"]}


def test_tables_give_the_keys_their_defaults(program):
    config = yaml.safe_load(program(*completed([])).out)
    wrong = {
        key: value
        for page in PAGES
        for key, default in defaults(page)
        if (value := select(config, key)) is not None
        and not isinstance(value, dict | list)
        and default not in (str(value).lower(), str(value).removesuffix(".0"))
    }
    assert wrong == {}


def defaults(page: Path) -> list[tuple[str, str]]:
    """Keys and single words of tables with the columns "key" and "default"."""
    found = []
    for table in re.findall(r"^\| key .*\n(?:\|.*\n)+", text_of(page), re.M):
        rows = [line.strip("| ").split("|") for line in table.splitlines()]
        where = [cell.strip() for cell in rows[0]].index("default")
        for row in rows[2:]:
            word = row[where].strip(" `") if where < len(row) else ""
            keys = re.findall("`([^`]+)`", row[0])
            found += [(key, word) for key in keys if re.fullmatch(r"[\w.]+", word)]
    return found


def select(config: Any, key: str) -> Any:
    """The value at a dotted key; None where there is none."""
    for step in key.split("."):
        config = config.get(step) if isinstance(config, dict) else None
    return config


def test_settings_within_sentences_are_known(program, planted):
    plain = [word for words in settings() if is_plain(words) for word in words]
    last = {word.partition("=")[0]: word for word in plain}
    assert len(last) > 20
    outcome = program(*completed([*last.values()]))
    assert outcome.code == 0, outcome.err


CHOICES = [
    words for words in settings() if not is_plain(words) and "hydra" not in words[0]
]


@pytest.mark.slow
@pytest.mark.parametrize("words", CHOICES, ids=" ".join)
def test_choices_within_sentences_are_known(program, planted, words):
    outcome = program(*completed(words))
    assert outcome.code == 0, outcome.err


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder, with every picture and file that the pages name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    files = [found for page in PAGES for found in FILE.findall(page.read_text())]
    for name, text in [*files, ("list.txt", "photo.jpg\n")]:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)
    named = re.findall(r"[\w/]+\.(?:jpg|png)", " ".join(sum(commands(), [])))
    folders = ("portraits/anna.jpg", "a/anna.jpg", "b/anna.jpg")
    for name in [*named, "monet_sem.png", *folders]:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        picture(is_map=name.endswith(".png")).save(name)


def picture(*, is_map: bool) -> Image.Image:
    """A face; as a map or a mask two halves."""
    pixels = skimage.data.astronaut()[:224, 110:334]
    if is_map:
        pixels[:, :112], pixels[:, 112:] = 255, 0
    return Image.fromarray(np.ascontiguousarray(pixels)).resize((96, 96), 0)


def typed(words: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The words at 48 px and one step, behind what they set in the environment."""
    for word in words:
        if word[0].isupper():
            monkeypatch.setenv(*word.split("=", 1))
    rest = [w for w in words if not w[0].isupper() and not w.startswith("size=")]
    paints = any("=" in word for word in rest)
    steps = STEPS if WITHOUT_STEPS.isdisjoint(rest) else ()
    return [*rest, *(["size=48", *steps] if paints else [])]


RUNS = [words for words in given_to("run") if words[:1] != ["web"]]  # tests/web


@pytest.mark.slow
@pytest.mark.parametrize("words", [*filter(is_shipped, RUNS)], ids=" ".join)
def test_every_run_of_the_docs_paints(program, planted, monkeypatch, words):
    outcome = program(*typed(words, monkeypatch))
    assert outcome.code == 0, outcome.err


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", [*filter(is_shipped, given_to("batch"))], ids=" ".join
)
def test_every_batch_of_the_docs_paints(planted, monkeypatch, capfd, words):
    from automask.batch import main

    words = typed(words, monkeypatch)
    engine = ["engine=inline"] if len(words) > 1 else []
    monkeypatch.setattr(sys, "argv", ["automask-batch", *words, *engine])
    assert main() == 0, capfd.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("words", given_to("video"), ids=" ".join)
def test_every_film_of_the_docs_is_painted(planted, film, stand_in, words):
    from clip_files import texture, write_clip

    frames = [texture(1, 48, 64)] * 20
    for name in ("clip.mp4", "clip.mov"):
        write_clip(Path(name), frames)
    Path("frames").mkdir()
    for number, frame in enumerate(frames):
        Image.fromarray(frame).save(f"frames/{number}.png")
    done = film(*words)
    assert done.code == 0, done.err


NEEDY = [words for words in given_to("run") if not is_shipped(words)]


@pytest.mark.slow
@pytest.mark.parametrize("words", NEEDY, ids=" ".join)
def test_runs_that_need_what_is_not_shipped_are_composed(program, planted, words):
    outcome = program(*words, "--cfg", "job")
    assert outcome.code == 0, outcome.err


class Understood(Exception):
    """A script's words have been read."""


@pytest.mark.slow
@pytest.mark.parametrize("words", given_to("script"), ids=" ".join)
def test_every_script_of_the_docs_takes_its_words(planted, scripts, monkeypatch, words):
    read = argparse.ArgumentParser.parse_args

    def parse(parser, *arguments):
        read(parser, *arguments)
        raise Understood

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", parse)
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(Understood):
        importlib.import_module(Path(words[0]).stem).main()
