"""Checkpoints, intermediates and strength from the command line."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from conftest import Outcome

from automask.images.image_files import read_image, stored_size
from automask.pipeline.checkpoint import Checkpoint
from automask.pipeline.under_represented import warn_of_under_represented
from stylize import LevelReport, Stylized
from stylize.matching.mask_guidance import UnderRepresented

QUICK = (
    "masks=none",
    "size=64",
    "stylizer.iterations=[12]",
    "stylizer.pyramid.levels=1",
)


@pytest.fixture
def paint(
    program: Callable[..., Outcome], photo: Path, painting: Path
) -> Callable[..., Outcome]:
    """Paint the photo like the painting, with the embedded encoder."""
    return lambda *words: program(
        f"style={painting}", f"content={photo}", *QUICK, *words
    )


@pytest.fixture
def killed(paint: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch):
    """Paint, and be interrupted as soon as a state has been saved."""
    save = Checkpoint.save

    def save_and_stop(self: Checkpoint, state: dict) -> None:
        save(self, state)
        raise KeyboardInterrupt

    def call(*words: str) -> Outcome:
        with monkeypatch.context() as patch:
            patch.setattr(Checkpoint, "save", save_and_stop)
            return paint(*words)

    return call


@pytest.mark.slow
def test_a_killed_run_started_again_ends_with_the_same_picture(paint, killed, tmp_path):
    assert paint("out=whole.png").code == 0
    stopped = killed("out=again.png", "checkpoint=my state.pt")
    assert stopped.code == 130 and (tmp_path / "my state.pt").exists()
    assert not (tmp_path / "again.png").exists()
    resumed = paint("out=again.png", "checkpoint=my state.pt")
    assert resumed.code == 0 and "Going on from: my state.pt" in resumed.out
    whole, again = (tmp_path / name for name in ("whole.png", "again.png"))
    assert whole.read_bytes() == again.read_bytes()
    assert not (tmp_path / "my state.pt").exists()
    assert not list(tmp_path.glob(".automask-*"))


@pytest.mark.slow
def test_a_checkpoint_of_another_run_is_refused_in_one_line(paint, killed, painting):
    killed("checkpoint=state")
    for words, what in [
        (["gamma=5"], "configuration"),
        (["strength=0.5"], "configuration"),
        (["content=coffee"], "content"),
        (["style.image=photo.png"], "style"),
    ]:
        given = [word for word in words if not word.startswith("style.")]
        styled = [f"style={word[12:]}" for word in words if word not in given]
        refused = paint("checkpoint=state", *given, *styled)
        assert refused.code == 2
        assert refused.err.count("\n") == 1
        assert f"checkpoint 'state' is of a run with another {what}" in refused.err


def test_a_file_that_is_no_checkpoint_is_left_alone(paint, photo):
    other = photo.with_name("other.png")
    other.write_bytes(before := photo.read_bytes())
    refused = paint(f"checkpoint={other}")
    assert refused.code == 2 and "is no checkpoint of automask" in refused.err
    assert refused.err.count("\n") == 1 and other.read_bytes() == before


@pytest.mark.slow
def test_a_folder_keeps_the_states_of_several_runs_apart(paint, killed, tmp_path):
    for gamma in (5, 9):
        assert killed("checkpoint=states/", f"gamma={gamma}").code == 130
    assert len(list((tmp_path / "states").glob("*.state"))) == 2
    assert paint("checkpoint=states/", "gamma=5").code == 0
    assert len(list((tmp_path / "states").glob("*.state"))) == 1


def doctored(file: Path, change: Callable[[dict], None]) -> None:
    """Change what a checkpoint says of a run, and leave its identity."""
    with torch.serialization.safe_globals([LevelReport, UnderRepresented]):
        saved = torch.load(file, weights_only=True)
    change(saved["state"])
    torch.save(saved, file)


def far(state: dict) -> None:
    state["descent"]["matches"]["style"]["nearest"][0][0, 0] = 10**6


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda state: state["image"].fill_(float("nan")), "state.image must not be"),
        (lambda state: state.update(image=[1, 2]), "state.image must not be"),
        (lambda state: state.pop("reports"), "state.reports must be a list"),
        (lambda state: state["descent"].update(scale=float("nan")), "must not be"),
        (lambda state: state["descent"].update(scale="1"), "state.descent must not"),
        (lambda state: state["descent"].update(matches={}), "does not fit it"),
        (
            lambda state: state["descent"]["optimizer"].update(gradient=torch.ones(3)),
            "does not fit it",
        ),
        (far, "does not fit it"),
    ],
)
def test_a_checkpoint_that_was_tampered_with_is_refused_in_one_line(
    paint, killed, tmp_path, change, said
):
    killed("checkpoint=state")
    doctored(tmp_path / "state", change)
    refused = paint("checkpoint=state")
    assert refused.code == 2 and said in refused.err
    assert "checkpoint" in refused.err and refused.err.count("\n") == 1


@pytest.mark.slow
def test_a_broken_state_in_a_folder_of_ours_is_painted_anew(paint, killed, tmp_path):
    killed("checkpoint=states/")
    (state,) = (tmp_path / "states").iterdir()
    state.write_bytes(state.read_bytes()[:500])
    run = paint("checkpoint=states/", "out=x.png")
    assert run.code == 0 and (tmp_path / "x.png").exists()
    assert run.err.count("\n") == 1
    assert f"'states/{state.name}' is no checkpoint" in run.err
    assert "painted anew" in run.err


def test_intermediates_lie_in_the_run_folder_in_the_order_of_time(paint, tmp_path):
    assert paint("intermediates=5", "out=x.png").code == 0
    steps = sorted((tmp_path / "x.run" / "steps").iterdir())
    assert [file.name for file in steps] == ["1_0005.png", "1_0010.png"]
    first, second, last = (
        read_image(str(file), 64) for file in (*steps, tmp_path / "x.png")
    )
    assert stored_size(steps[0]) == (64, 64)
    assert 0 < (second - last).abs().mean() < (first - last).abs().mean()


def test_no_strength_writes_the_content_and_paints_nothing(paint, photo, tmp_path):
    assert paint("strength=0", "out=x.png").code == 0
    content = read_image(str(photo), 64)
    assert (read_image(str(tmp_path / "x.png"), 64) - content).abs().max() < 0.02
    assert json.loads((tmp_path / "x.run" / "run.json").read_text())["levels"] == []


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("strength=2", "strength must be a number from 0 to 1, got 2"),
        ("intermediates=-1", "intermediates must be an integer >= 0, got -1"),
    ],
)
def test_values_that_make_no_sense_are_refused(paint, word, message):
    refused = paint(word)
    assert refused.code == 2 and message in refused.err


def test_an_under_represented_region_is_warned_of_once(caplog):
    coarse = LevelReport(64, 48, 1, 0.1, {}, {}, 1, {})
    few, tiny = (
        UnderRepresented("person", 20.0, 100.0, 2000.0),
        UnderRepresented("mouth", 0.1, 0.3, 3.0),
    )
    levels = (
        replace(coarse, under_represented={"relu3_1": (few,)}),
        replace(
            coarse,
            height=128,
            under_represented={"relu3_1": (few, tiny), "relu4_1": (few,)},
        ),
    )
    with caplog.at_level(logging.WARNING):
        warn_of_under_represented(Stylized(torch.zeros(1, 3, 128, 96), levels))
    (line,) = caplog.messages
    assert "little person: about 20 patches for the content's 2000" in line
    assert "counts 20 %" in line and "128 px" in line
