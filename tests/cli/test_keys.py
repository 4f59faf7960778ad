"""One table of keys: what it says is what holds, and all that shows it agrees."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from automask import keys
from automask.cli.help_text import batch_help, run_help, video_help
from automask.config import config_folder, register
from automask.io.errors import unknown_key
from automask.keys import (
    Allowed,
    BatchKeys,
    RunKeys,
    VideoKeys,
    markdown,
    renamed,
    rows,
)
from automask.targets import build

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture(scope="module")
def usual():
    """What is composed where nobody chooses anything but a style."""
    register()
    with initialize_config_dir(str(config_folder()), version_base="1.3"):
        return compose("run", ["style=monet"], return_hydra_config=True)


def test_the_usual_value_that_is_told_is_the_one_that_holds(usual):
    chosen = usual.hydra.runtime.choices
    for name, _, told in rows(RunKeys):
        value = chosen.get(name, usual._get_node(name))
        if told:
            said = str(value._value() if hasattr(value, "_value") else value)
            assert told == said.lower().removesuffix(".0"), name


def test_every_key_of_a_configuration_is_in_the_table(usual):
    assert {*usual} - {"hydra"} == {each.name for each in fields(RunKeys)}


def test_help_tells_every_key_and_every_choice():
    told = run_help([config_folder()])
    for name, meaning, _ in rows(RunKeys):
        assert f"\n  {name} " in told and " ".join(meaning.split()[:4]) in told
    for file in config_folder().glob("*/*.yaml"):
        group = told.partition(f"\n  {file.parent.name}: ")[2].partition(":")[0]
        assert file.stem in group
    assert all(f"\n  {name} " in batch_help() for name, *_ in rows(BatchKeys))
    assert all(f"\n  {name} " in video_help() for name, *_ in rows(VideoKeys))
    assert max(map(len, told.splitlines())) <= 88


@pytest.mark.parametrize("told", [run_help([]), batch_help(), video_help()])
def test_help_tells_the_exit_codes(told):
    for number in ("130", "143", "129"):
        assert number in told.partition("Exit code:")[2]


def test_a_choice_of_ones_own_is_told_too(tmp_path):
    (tmp_path / "style").mkdir()
    (tmp_path / "style" / "aunt.yaml").touch()
    assert "  style: aunt, file" in run_help([config_folder(), tmp_path])


def test_the_readme_has_the_table_of_keys():
    text = README.read_text()
    shown = text.partition("<!-- keys -->\n")[2].partition("\n<!-- /keys -->")[0]
    assert shown == markdown(RunKeys, config_folder())


@pytest.mark.parametrize(
    ("allowed", "said", "good", "bad"),
    [
        (Allowed(("a", "b")), "a or b", ("a",), ("c", "", None, 1)),
        (Allowed(kind=int), "an integer >= 0", (0, 7), (-1, 0.5, True, "1", None)),
        (
            Allowed(("auto", None), float, 0, 8, above=True),
            "auto or a number above 0 to 8",
            ("auto", None, 8, 0.1),
            (0, 8.5, float("nan"), float("inf"), "own", [1]),
        ),
        (Allowed(kind=float, most=1), "a number from 0 to 1", (0, 1.0), (1.1, -0.1)),
    ],
)
def test_what_is_allowed_is_said_as_it_is_checked(allowed, said, good, bad):
    assert str(allowed) == said
    assert all(value in allowed for value in good)
    assert not any(value in allowed for value in bad)


@pytest.mark.parametrize("old", keys.RENAMED)
def test_an_old_name_leads_to_the_new_one(old, usual):
    new = keys.RENAMED[old]
    told = renamed(f"stylizer.{old}.x")
    assert told and new in told and "\n" not in told
    assert unknown_key(old, usual) == renamed(old)
    if old.startswith("automask."):
        with pytest.raises(ValueError, match=new):
            build({"_target_": f"{old}.lite"}, "part")
    else:
        assert OmegaConf.select(usual, old.replace("/", ".")) is None
    assert renamed(f"{old}s") is None and renamed(new.split()[-1]) is None
