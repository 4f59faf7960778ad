"""Wheel and sdist: what they hold, and that package indexes take them."""

from __future__ import annotations

import email
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import automask

ROOT = Path(__file__).parents[1]
build = pytest.importorskip("hatchling.build", reason="pip install 'automask[dev]'")
NAME = f"automask-{automask.__version__}"
INFO = f"{NAME}.dist-info"
CHANGES = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
NO_SOURCE = ("__pycache__", ".pyc")


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with both."""
    folder = tmp_path_factory.mktemp("dist")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        build.build_wheel(str(folder))
        build.build_sdist(str(folder))
        yield folder


def held(file: Path) -> set[str]:
    """The names of the files in a wheel, or an sdist without its folder."""
    if file.suffix == ".whl":
        return {*zipfile.ZipFile(file).namelist()}
    with tarfile.open(file) as archive:
        return {each.name.removeprefix(f"{NAME}/") for each in archive}


def source(folder: str) -> set[str]:
    """Files of a folder, from the project's root."""
    files = (each for each in (ROOT / folder).rglob("*") if each.is_file())
    names = {file.relative_to(ROOT).as_posix() for file in files}
    return {name for name in names if not any(part in name for part in NO_SOURCE)}


def wheel(dist: Path) -> Path:
    return dist / f"{NAME}-py3-none-any.whl"


def test_a_wheel_holds_both_packages_and_the_configurations_and_nothing_else(dist):
    code = {*held(wheel(dist))}
    described = {name for name in code if name.startswith(f"{INFO}/")}
    configs = {f"automask/{name}" for name in source("configs")}
    assert code - described == source("automask") | source("stylize") | configs
    told = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"}
    assert described == {f"{INFO}/{name}" for name in told}


def test_a_wheel_tells_version_programs_and_extras(dist):
    with zipfile.ZipFile(wheel(dist)) as archive:
        metadata = email.message_from_bytes(archive.read(f"{INFO}/METADATA"))
        programs = archive.read(f"{INFO}/entry_points.txt").decode()
    assert metadata["Version"] == automask.__version__
    assert metadata["License-Expression"] == "MIT"
    assert "automask = automask.run:program" in programs
    assert "automask-batch = automask.batch:program" in programs
    extras = {*(metadata.get_all("Provides-Extra") or [])}
    assert {"cluster", "dev", "docs", "heic", "onnx"} <= extras
    needs = metadata.get_all("Requires-Dist") or []
    dev = [each for each in needs if each.endswith("extra == 'dev'")]
    assert dev and not any("ray" in each or "onnx" in each for each in dev)


def test_an_sdist_holds_what_it_takes_to_test_and_to_build_again(dist, tmp_path):
    sdist = dist / f"{NAME}.tar.gz"
    names = held(sdist)
    for folder in ("automask", "stylize", "configs", "tests", "scripts", "docs"):
        assert source(folder) <= names
    assert {"pyproject.toml", "README.md", "CHANGELOG.md", "mkdocs.yml"} <= names
    assert not any(name.startswith((".ci/", "build/", "dist/")) for name in names)
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    code = "import hatchling.build as b; b.build_wheel('.')"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path / NAME, check=True)
    assert held(wheel(tmp_path / NAME)) == held(wheel(dist))


def test_package_indexes_take_both(dist):
    pytest.importorskip("twine", reason="pip install 'automask[dev]'")
    words = [sys.executable, "-m", "twine", "check", "--strict", *dist.iterdir()]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_changelog_keeps_its_form_and_ends_at_this_version():
    text = (ROOT / "CHANGELOG.md").read_text()
    versions = re.findall(r"^## (.+)$", text, re.M)
    dated = r"\[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d"
    released = [re.fullmatch(dated, each) for each in versions[1:]]
    assert versions[0] == "[Unreleased]" and all(released)
    assert not released or released[0][1] == automask.__version__
    assert {*re.findall(r"^### (.+)$", text, re.M)} <= CHANGES
