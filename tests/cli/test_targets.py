"""A configuration builds our own parts and nothing else, whoever wrote it."""

import pickle
import re
from importlib import import_module
from pathlib import Path

import pytest
from batch_jobs import run_batch
from conftest import STANDINS
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from automask.config import config_folder, register
from automask.targets import OURS, build, check_targets

STRANGE = (
    "numpy.load",
    "os.system",
    "builtins.eval",
    "torch.hub.load_state_dict_from_url",
    "automask.pipeline.encoder_weights.torch.hub.load",  # ours alone in its first word
    "automask.io.files.write_bytes",
    "stylize.Stylizer.__call__",
    "stylize",
    "",
    7,
    "${oc.env:HOME}",
)


def deep(name):
    return OmegaConf.create(
        {"terms": {"a": {"_target_": "stylize.TotalVariation", "b": [{"c": name}]}}}
    )


@pytest.mark.parametrize("name", STRANGE)
def test_no_other_name_passes_however_deep(name):
    for config in (
        {"_target_": name},
        {"a": {"b": [{"c": {"_target_": name, "_partial_": True}}]}},
        {
            "a": {
                "_target_": "stylize.Match",
                "_recursive_": False,
                "mode": {"_target_": name},
            }
        },
    ):
        with pytest.raises(ValueError, match="no part of automask"):
            check_targets(OmegaConf.create(config))
        with pytest.raises(ValueError, match="no part of automask"):
            build(OmegaConf.create(config), "part")


def test_a_name_that_an_interpolation_makes_up_is_seen():
    hidden = "${oc.create:'{_target_: os.getcwd}'}"
    for config in ({"a": hidden}, {"name": "os.getcwd", "a": {"_target_": "${name}"}}):
        with pytest.raises(ValueError, match=r"'os.getcwd', which is no part"):
            check_targets(OmegaConf.create(config))


def test_our_modules_export_what_the_configurations_name():
    for file in config_folder().rglob("*.yaml"):
        for name in re.findall(r"_target_: ([\w.]+)", file.read_text()):
            module, _, last = name.rpartition(".")
            assert module in OURS and last in import_module(module).__all__, file


@pytest.mark.parametrize("name", ["stylize.stylizer", "automask.masks.MaskSource"])
def test_what_our_modules_do_not_export_is_not_built(name):
    with pytest.raises(ValueError, match=f"a names '{name}', which is no part"):
        build({"_target_": name}, "a")


@pytest.mark.slow
def test_every_part_of_the_configurations_is_built_as_hydra_would():
    from hydra.utils import instantiate

    register()
    with initialize_config_dir(str(config_folder()), version_base="1.3"):
        for group in ("color", "optimizer", "refresh"):
            for file in sorted((config_folder() / group).glob("*.yaml")):
                config = compose("run", ["style=monet", f"{group}={file.stem}"])
                made = build(config[group], group)
                assert made == instantiate(config[group], _convert_="all")
        for file in sorted((config_folder() / "stylizer").glob("*.yaml")):
            config = compose("run", ["style=monet", f"stylizer={file.stem}"])
            made = build(config.stylizer, "stylizer", encoder=None)
            assert type(made).__module__.startswith("stylize.")


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"levels": 2.5}, "a.pyramid.levels must be an integer, got 2.5"),
        ({"levels": "two"}, "a.pyramid.levels must be an integer, got two"),
        ({"levels": None}, "a.pyramid.levels must be an integer, got null"),
        ({"factor": True}, "a.pyramid.factor must be a number, got True"),
        ({"factor": float("nan")}, "a.pyramid.factor must be a number, got nan"),
        ({"level": 2}, "unknown key 'level' in a.pyramid; did you mean 'a.pyramid.le"),
        ({"levels": 0}, "a.pyramid: levels must be >= 1, got 0"),
    ],
)
def test_what_a_part_does_not_take_is_told_by_its_key(config, message):
    with pytest.raises(ValueError, match=message):
        build({"pyramid": {"_target_": "stylize.Pyramid", **config}}, "a")


def test_text_is_not_read_as_a_reference_while_building(monkeypatch):
    monkeypatch.setenv("SECRET", "hunter2")
    config = OmegaConf.create(
        {"_target_": "automask.masks.Drawn", "content": r"a\${oc.env:SECRET}.png"}
    )
    assert build(config, "drawn").content == "a${oc.env:SECRET}.png"


@pytest.fixture
def trap(tmp_path):
    """A pickle that makes a folder, and the parts that would load it."""
    Path(tmp_path, "trap.pkl").write_bytes(pickle.dumps(Trap()))
    return tmp_path


class Trap:
    def __reduce__(self):
        return Path.mkdir, (Path("caught"),)


LOAD = "{_target_: numpy.load, file: trap.pkl, allow_pickle: true}"
STYLES = {
    "title": f"# @package style\nname: x\nimage: photo.png\nmap: null\ntitle: {LOAD}",
    "map": f"# @package style\nname: x\nimage: photo.png\nmap: {LOAD}",
    "top": f"# @package _global_\nmap: {LOAD}\n"
    "style: {name: x, image: photo.png, map: null}",
    "callback": f"# @package _global_\nhydra:\n  callbacks:\n    x: {LOAD}\n"
    "style: {name: x, image: photo.png, map: null}",
    "logging": "# @package _global_\nhydra:\n  job_logging:\n"
    "    root: {handlers: [x]}\n"
    "    handlers: {x: {(): numpy.load, file: trap.pkl, allow_pickle: true}}\n"
    "style: {name: x, image: photo.png, map: null}",
    "launcher": "# @package _global_\nhydra:\n  launcher:\n    _target_: numpy.load\n"
    "style: {name: x, image: photo.png, map: null}",
    "environment": "# @package _global_\nhydra:\n  job:\n"
    "    env_set: {LD_PRELOAD: x.so}\n"
    "style: {name: x, image: photo.png, map: null}",
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", STYLES)
@pytest.mark.parametrize("sweeps", [False, True])
def test_a_strangers_style_runs_nothing(program, trap, photo, kind, sweeps):
    (trap / "style").mkdir()
    (trap / "style" / "stranger.yaml").write_text(STYLES[kind])
    words = ("--config-dir", ".", "style=stranger", "content=photo.png", "size=48")
    run = program(*words, *(["-m", "gamma=0,20"] if sweeps else []), "out=o")
    assert run.code == 2 and run.err.count("\n") == 1, run.err
    assert "names 'numpy.load'" in run.err or "leave it out" in run.err
    assert not Path("caught").exists() and not Path("o").exists()


def test_a_stranger_sweeps_over_nothing(program, trap, photo):
    (trap / "style").mkdir()
    text = "# @package _global_\nhydra: {sweeper: {params: {k: '1,2'}}}\n"
    style = "style: {name: x, image: photo.png, map: null}\n"
    (trap / "style/x.yaml").write_text(text + style)
    words = ("--config-dir", ".", "style=x", "content=photo.png", "size=48", "out=o")
    run = program("-m", *words, "gamma=0,20")
    assert run.code == 2 and run.err.count("\n") == 1
    assert "hydra.sweeper" in run.err and not Path("o").exists()


def test_a_strangers_engine_runs_nothing(program, trap, photo):
    (trap / "engine").mkdir()
    (trap / "engine/x.yaml").write_text(LOAD.strip("{}").replace(", ", "\n"))
    words = ("--config-dir", ".", "style=monet", "content=photo.png", "size=48")
    run = program("-m", *words, "engine=x", "gamma=0,20", "out=o")
    assert run.code == 2 and "names 'numpy.load'" in run.err
    assert not Path("caught").exists() and not Path("o").exists()


@pytest.mark.slow
@pytest.mark.parametrize("group", ["masks", "stylizer"])
def test_a_strangers_choice_of_parts_runs_nothing(program, trap, photo, group):
    (trap / group).mkdir(parents=True)
    (trap / group / "stranger.yaml").write_text(LOAD.strip("{}").replace(", ", "\n"))
    words = ("--config-dir", ".", "style=monet", "content=photo.png", "size=48")
    run = program("-m", *words, f"{group}=stranger", "gamma=0,20", "out=o")
    assert run.code == 2 and "names 'numpy.load'" in run.err
    assert not Path("caught").exists() and not Path("o").exists()


def test_a_strangers_style_runs_nothing_in_a_batch(
    standins, trap, photo, monkeypatch, capfd
):
    monkeypatch.chdir(trap)
    (standins / "style").mkdir()
    (standins / "style" / "stranger.yaml").write_text(STYLES["title"])
    words = ("--config-dir", str(standins), *STANDINS, "engine=inline", "out=o")
    run = run_batch((*words, "style=stranger", "content=photo.png"), monkeypatch, capfd)
    assert run.code == 2 and "names 'numpy.load'" in run.err
    assert not Path("caught").exists()


def test_only_modules_that_the_environment_names_may_be_ones_own(monkeypatch):
    monkeypatch.setenv("AUTOMASK_PARTS", "pathlib")
    assert build({"_target_": "pathlib.Path"}, "a") == Path()
    monkeypatch.setenv("AUTOMASK_PARTS", "")
    with pytest.raises(ValueError, match="AUTOMASK_PARTS=MODULE"):
        build({"_target_": "pathlib.Path"}, "a")
