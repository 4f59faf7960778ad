"""Python 3.14's argparse, which refuses a help text that is no text, stops nothing."""

from __future__ import annotations

import argparse

import pytest
from conftest import STANDINS
from hydra._internal.utils import get_args_parser


@pytest.fixture(autouse=True)
def checked_help(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at each help text when an argument is added, as Python 3.14 does."""
    add = argparse._ActionsContainer.add_argument

    def add_and_check(self, *words, **options):
        action = add(self, *words, **options)
        if action.help and "%" in action.help:
            argparse.HelpFormatter(prog="")._expand_help(action)
        return action

    monkeypatch.setattr(argparse._ActionsContainer, "add_argument", add_and_check)


def test_the_imitation_refuses_what_hydra_does():
    with pytest.raises(TypeError, match="LazyCompletionHelp"):
        get_args_parser()


def test_help_a_run_and_a_sweep_work(program, standins, photo, painting):
    assert program("--help").code == 0
    words = ("--config-dir", str(standins), *STANDINS)
    words += ("content=photo.png", "style=painting.png", "size=64")
    run = program(*words, "out=one.png")
    assert run.code == 0, run.err
    sweep = program("-m", *words, "gamma=0,20", "engine=inline", "out=many")
    assert sweep.code == 0, sweep.err
    assert (photo.parent / "many" / "sheet.png").exists()
