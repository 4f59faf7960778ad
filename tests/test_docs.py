"""The documentation: its links lead somewhere, its keys exist, its commands run.

``make docs`` runs these tests alone.
"""

from __future__ import annotations

import argparse
import importlib
import os
import re
import shlex
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import yaml
from PIL import Image

ROOT = Path(__file__).parents[1]
FOLDERS = ("", "docs", "docs/notes", "automask/weights")
PAGES = sorted(page for folder in FOLDERS for page in (ROOT / folder).glob("*.md"))
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.M | re.S)
LINK = re.compile(r"\]\(([^)\s]+)\)")
FILE = re.compile(r"`([\w./-]+)`[^`\n]*\n\n```\w+\n(.*?)^```", re.M | re.S)
WORD = re.compile(r"[~+]?[a-z][\w./@]*(=\S.*)?")
OTHERS = ("pip", "pytest", "python3", "make", "pre-commit", ".")
NOT_SHIPPED = (".tflite", ".onnx", "vgg19", "s3://", "deeplab", "ade20k", "ray")
RUN, BATCH = ["python", "-m", "automask.run"], ["python", "-m", "automask.batch"]


def prose(page: Path) -> str:
    """A page's text without its fenced blocks."""
    return FENCE.sub("", page.read_text())


def commands() -> list[list[str]]:
    """The words of each command of every shell block."""
    blocks = [found for page in PAGES for found in FENCE.findall(page.read_text())]
    lines = [line for kind, text in blocks if kind == "sh" for line in text.split("\n")]
    steps = [step for line in lines for step in line.split(" && ")]
    return [words for step in steps if (words := shlex.split(step, comments=True))]


def called(*programs: list[str]) -> list[list[str]]:
    """The words that the pages give one of these programs, environment included."""
    found = []
    for words in commands():
        start = next(i for i, word in enumerate(words) if not word[:1].isupper())
        for program in programs:
            if words[start : start + len(program)] == program:
                found.append(words[:start] + words[start + len(program) :])
    return found


def runs() -> list[list[str]]:
    return called(RUN, ["automask"])


def spans() -> list[str]:
    """Keys and values within sentences, such as ``gamma=0 hold=0.5``."""
    found = [span for page in PAGES for span in re.findall("`([^`\n]+=[^`\n]+|~.+?)`", prose(page))]
    words = {span: shlex.split(span) for span in sorted({*found})}
    return [span for span in words if is_key_values(words[span])]


def is_key_values(words: list[str]) -> bool:
    """Whether these are overrides of a run, and no placeholders or sweeps."""
    mine = {*yaml.safe_load((ROOT / "configs/run.yaml").read_text())}
    groups = {path.name for path in (ROOT / "configs").iterdir() if path.is_dir()}
    for word in words:
        key, _, value = word.lstrip("~+").partition("=")
        listed = "," in re.sub(r"\[.*\]|\{.*\}|\(.*\)", "", value)
        if not WORD.fullmatch(word) or re.search(r"[A-Z…]|\(", value) or listed:
            return False
        if re.split("[./@]", key)[0] not in (mine | groups) - {"engine"}:
            return False
    return True


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_somewhere(page):
    for link in LINK.findall(prose(page)):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def anchors(page: Path) -> list[str]:
    """What can follow # in a link to a page."""
    titles = re.findall(r"^#+ (.+)$", prose(page), re.M)
    return [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles]


def test_every_page_that_the_code_names_exists():
    folders = ("automask", "stylize", "configs", "scripts")
    files = [file for name in folders for file in (ROOT / name).rglob("*.[py][ya]*")]
    named = {n for f in files for n in re.findall(r"docs/[\w/-]+\.md", f.read_text())}
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_every_picture_of_the_docs_is_shown():
    pictures = {*ROOT.glob("docs/images/**/*.jpg")}
    links = [(p.parent / link).resolve() for p in PAGES for link in LINK.findall(prose(p))]
    assert pictures - {*links} == set()


def test_the_installed_version_is_that_of_the_package():
    from importlib.metadata import version

    import automask

    assert version("automask") == automask.__version__


def test_ci_ends_with_the_test_command_of_the_readme():
    (test,) = re.findall(r"Run the tests:\n\n```sh\n(.+)\n", (ROOT / "README.md").read_text())
    last = (ROOT / ".ci/run").read_text().splitlines()[-1]
    assert last.replace(" --quiet", "") == test


def test_the_docs_call_programs_that_exist():
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.M)
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    for words in commands():
        program, *rest = [word for word in words if not word[:1].isupper()]
        assert program in ("automask", "python", *OTHERS), words
        if program == "make":
            assert {*rest} <= {*targets}
        if program == "pip":
            assert {*re.findall(r"\[(\w+)\]", " ".join(rest))} <= {*extras}


def test_keys_of_tables_have_the_defaults_that_are_given(program):
    config = yaml.safe_load(program("style=monet", "content=a.jpg", "--cfg", "job").out)
    for page in PAGES:
        if page.name != "batches.md":
            for key, default in table_defaults(page):
                value = config
                for step in key.split("."):
                    value = value[step] if isinstance(value, dict) else None
                if not isinstance(value, dict):
                    assert default in ("", "none", "all") or str(value) in (default, f"{default}.0"), key


def table_defaults(page: Path) -> list[tuple[str, str]]:
    """Keys of a run in tables with the columns "key" and "default"."""
    found = []
    for table in re.findall(r"(?:^\|.*\n)+", prose(page), re.M):
        head, _, *rows = [[c.strip() for c in line.split("|")[1:-1]] for line in table.splitlines()]
        if head[0] == "key" and "default" in head:
            for row in rows:
                default = row[head.index("default")].strip("`")
                found += [(key, default) for key in re.findall("`([^`]+)`", row[0])]
    return found


@pytest.mark.parametrize("span", spans())
def test_every_key_that_a_sentence_sets_is_known(program, span):
    words = shlex.split(span)
    given = [f"{key}={value}" for key, value in (("style", "monet"), ("content", "a.jpg")) if not any(w.startswith(f"{key}=") for w in words)]
    if any(f"stylizer={name}" in words for name in ("analogy", "texture")):
        given.remove("content=a.jpg")
    assert program(*given, *words, "--cfg", "job").code == 0


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with every picture and file that the pages name."""
    monkeypatch.chdir(tmp_path)
    for page in PAGES:
        for name, text in FILE.findall(page.read_text()):
            plant(Path(name), text)
    named = " ".join(word for words in commands() for word in words)
    for name in re.findall(r"[\w/]+\.(?:jpg|png)", named):
        plant_picture(Path(name))
    for folder in ("portraits", "a", "b"):
        plant_picture(Path(folder, "anna.jpg"))
    plant(Path("list.txt"), "photo.jpg\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def plant(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def plant_picture(file: Path) -> None:
    """A face; as a map two flat regions, as a mask the left half."""
    file.parent.mkdir(parents=True, exist_ok=True)
    halves = np.zeros((96, 96, 3), np.uint8)
    halves[:, :48] = (255, 255, 255)
    face = Image.fromarray(skimage.data.astronaut()[:224, 110:334]).resize((96, 96))
    is_map = file.suffix == ".png" or file.stem == "coastline"
    (Image.fromarray(halves) if is_map else face).save(file)


def small(words: list[str]) -> list[str]:
    """The same at 48 px and in one step, where it paints."""
    words = [re.sub(r"^(size=).*", r"\g<1>48", word) for word in words]
    words = [re.sub("seed=range.*", "seed=0,1", word) for word in words]
    if words[0] in ("styles", "--help"):
        return words
    quick = ["stylizer.iterations=[1]", "stylizer.pyramid.smallest=24"]
    return [*words, *quick, *(["size=48"] if "size=48" not in words else [])]


def is_shipped(words: list[str]) -> bool:
    return not any(name in word for word in words for name in NOT_SHIPPED)


@pytest.mark.parametrize("words", runs(), ids=" ".join)
def test_every_run_of_the_docs_is_understood(program, planted, monkeypatch, words):
    words = with_environment(words, monkeypatch)
    if words[0] in ("styles", "--help"):
        assert program(*words).code == 0
    else:
        assert program(*[w for w in words if w != "-m"], "--cfg", "job").code == 0


def with_environment(words: list[str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The words behind settings of the environment, which hold from now on."""
    while words[0][:1].isupper():
        name, _, value = words[0].partition("=")
        monkeypatch.setenv(name, value)
        words = words[1:]
    return words


@pytest.mark.slow
@pytest.mark.parametrize("words", [w for w in runs() if is_shipped(w)], ids=" ".join)
def test_every_run_of_the_docs_paints(program, planted, monkeypatch, words):
    outcome = program(*small(with_environment(words, monkeypatch)))
    assert outcome.code == 0, outcome.err


@pytest.mark.slow
@pytest.mark.parametrize("words", [w for w in called(BATCH) if is_shipped(w)], ids=" ".join)
def test_every_batch_of_the_docs_paints(planted, monkeypatch, capfd, words):
    from automask.batch import main

    words = small(words) + ["engine=inline"] * (words != ["--help"])
    monkeypatch.setattr(sys, "argv", ["automask-batch", *words])
    assert main() == 0, capfd.readouterr().err


class Understood(Exception):
    """A script's words have been read."""


@pytest.mark.parametrize("words", called(["python"]), ids=" ".join)
def test_every_script_of_the_docs_takes_its_words(planted, scripts, monkeypatch, words):
    if words[0] == "-m":
        return
    read = argparse.ArgumentParser.parse_args

    def parse(parser, *arguments):
        read(parser, *arguments)
        raise Understood

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", parse)
    monkeypatch.setattr(sys, "argv", words)
    module = importlib.import_module(Path(words[0]).stem)
    assert Path(module.__file__ or os.devnull).is_relative_to(ROOT / "scripts")
    with pytest.raises(Understood):
        module.main()
