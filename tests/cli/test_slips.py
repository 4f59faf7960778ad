"""Each slip of the pen is named in one line, with what was meant."""

from pathlib import Path

import pytest


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["sytle=monet"], ["unknown key 'sytle'", "did you mean 'style'"]),
        (["STYLE=monet"], ["unknown key 'STYLE'", "did you mean 'style'"]),
        (["style=monet", "Gamma=3"], ["did you mean 'gamma'"]),
        (["style=monet", "iterations=100"], ["did you mean 'stylizer.iterations'"]),
        (["style=monet", "stylizer/strength=1"], ["write stylizer.strength"]),
        (["style=monet", "content", "=", "photo.png"], ["write content=photo.png"]),
        (["style=monet", "content=", "photo.png"], ["write content=photo.png"]),
        (["style=monet", "content", "=photo.png"], ["write content=photo.png"]),
        (["style", "monet", "content", "photo.png"], ["write style=monet"]),
        (["style=monet", "gamma =3"], ["write gamma=3, without spaces"]),
        (["style=monet", "encoder=1"], ["encoder=1: it takes a name"]),
        (["style=monet", "masks=none", "masks/refine=none"], ["no masks/refine"]),
        (["style=monet", "map={skin: a.png"], ["cannot read 'map={skin: a.png'"]),
        (["style=monet", ""], ["an empty word"]),
        (["style:monet"], ["write style=monet"]),
        (["--style=monet"], ["write style=monet"]),
        (["style=monet", "--mulitrun"], ["did you mean --multirun"]),
        (["help"], ["did you mean --help"]),
        (["version"], ["did you mean --version"]),
        (["style=monet", "map={skin:", "a.png}"], ["quotes", "'map={skin: a.png}'"]),
        (["style=monet", "content=Photo.PNG"], ["did you mean 'photo.png'"]),
        (["style=monet", "content=photo.pgn"], ["did you mean 'photo.png'"]),
        (["style=phto.png"], ["no style picture", "did you mean 'photo.png'"]),
        (["style=monet+phto.png"], ["no style picture", "did you mean 'photo.png'"]),
        (["regions={person: mone}"], ["no style picture", "did you mean 'monet'"]),
        (
            ["style=monet", "init=foto.png"],
            ["init must be", "did you mean 'photo.png'"],
        ),
        (["style=monet", "map=foto.png"], ["for map", "did you mean 'photo.png'"]),
        (["style=monet", "style.map=foto.png"], ["for style.map", "'photo.png'"]),
        (["style=monet", "encoder.weights=foto.png"], ["did you mean 'photo.png'"]),
        (["style=monet", "encoder=lit"], ["unknown encoder", "did you mean 'lite'"]),
        (
            ["style=monet", "balance.content=-5"],
            ["balance.content must be a number >="],
        ),
        (["style=monet", "balance.gram.texture.relu3_1=-1"], ["texture.relu3_1 must"]),
        (["style=monet", "balance.content=much"], ["terms.content.weight must be"]),
        (["style=monet", "masks.refine=none"], ["write masks/refine=none"]),
        (["style=monet", "masks/refine=non"], ["unknown masks/refine", "'none'"]),
        (
            ["style=monet", "out=result.jgp"],
            ["did you mean 'result.jpg'", "result.jgp/"],
        ),
        (["style=monet", "out=a/result.PGN"], ["did you mean 'a/result.png'"]),
        (["style=monet", "stylizer.iterations=100"], ["a list of integers", "[100]"]),
        (["style=monet", "stylizer.iterations=[a]"], ["a list of integers"]),
        (
            ["style=monet", "stylizer.pyramid.levels=2.5"],
            ["must be an integer, got 2.5"],
        ),
        (["style=monet", "stylizer.copies.rotations=-1"], ["stylizer.copies: "]),
        (["style=monet", "stylizer.terms.style.weight=-1"], ["terms.style: weight"]),
        (["style=monet", "+stylizer.speed=1"], ["unknown key 'speed' in stylizer"]),
        (["style=monet", "stylizer.patience.steps=9"], ["set stylizer.iterations"]),
        (["style=monet", "stylizer.patience={steps: 9}"], ["set stylizer.iterations"]),
        (["style=monet", "+stylizer.patience=null"], ["set stylizer.iterations"]),
    ],
)
def test_a_slip_is_named_with_its_remedy(program, photo, words, parts):
    before = sorted(Path().rglob("*"))
    bare = any(word == "content" or word.startswith("content") for word in words)
    given = words if bare else [*words, "content=photo.png"]
    run = program(*given, "size=48")
    assert (run.code, run.out) == (2, ""), run
    assert run.err.startswith("automask: ") and run.err.count("\n") == 1
    for part in parts:
        assert part in run.err, run.err
    assert sorted(Path().rglob("*")) == before


@pytest.mark.parametrize("name", ["results.2024", "out.v2", "results.run", "x.jgp/"])
def test_a_folder_may_have_a_dot_in_its_name(automask, photo, painting, name):
    run = automask("style=painting.png", "content=photo.png", "size=48", f"out={name}")
    assert run.code == 0, run.err
    assert Path(name).is_dir()


def test_a_key_of_a_batch_is_meant_in_a_batch(standins, photo, monkeypatch, capfd):
    from batch_jobs import run_batch

    monkeypatch.chdir(photo.parent)
    words = ("content=photo.png", "style=monet", "out=o", "engine=inline")
    for slip, meant in {"recursve=true": "recursive", "sise=64": "size"}.items():
        run = run_batch((*words, slip), monkeypatch, capfd)
        assert run.code == 2 and f"did you mean '{meant}'" in run.err
        assert not Path("o").exists()
    run = run_batch((*words, "engine.together=3"), monkeypatch, capfd)
    assert (run.code, run.err.count("\n")) == (2, 1) and "engine=pool" in run.err
