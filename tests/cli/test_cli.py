"""Whatever a file is called, Hydra gets its name unchanged."""

from pathlib import Path

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import example, given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from automask.cli.command_line import rewrite
from automask.cli.compose import composed
from automask.config import photograph, register
from automask.io.filenames import quoted
from automask.pipeline import style_spec

NASTY = [
    "my photo.jpg",
    "a,b.jpg",
    "a=b.jpg",
    "[1]{2}(3).jpg",
    'O\'Hara "the" cat.jpg',
    "back\\slash\\",
    "\\'",
    "${gamma}",
    "a\\${x}$${y}\\\\${z}\\",
    "#1 100% ~you!?*&;:|<>.jpg",
    "Grüße 猫 🐈.jpg",
    "2024",
    "null",
    "true",
    "1e5",
    "-q.jpg",
    "choice(a,b)",
    " spaced ",
    "new\nline",
]
names = st.one_of(st.text(min_size=1), st.text("\\'\"${}ab=,[]() ~", min_size=1))


def parsed(override):
    return OverridesParser.create().parse_override(override)


def value_of(override):
    """What a configuration holds after an override, resolved."""
    return OmegaConf.create({"content": parsed(override).value()}).content


@pytest.fixture(autouse=True, scope="module")
def registered():
    register()


@settings(deadline=None, max_examples=100)
@given(names.filter(lambda name: name != "???"))
@example("".join(NASTY))
def test_any_name_survives_hydras_grammar(name):
    assert value_of(f"content={quoted(name)}") == name


@settings(deadline=None, max_examples=100)
@given(st.lists(names.filter(lambda name: name != "???"), min_size=2, max_size=4))
def test_any_names_survive_a_sweep_which_parses_twice(listed):
    sweep = parsed("content=" + ",".join(quoted(name) for name in listed))
    assert sweep.is_sweep_override()
    values = [value_of(f"content={text}") for text in sweep.sweep_string_iterator()]
    assert values == listed


@pytest.mark.parametrize("name", NASTY)
def test_a_nasty_name_arrives_in_the_configuration(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Path(name).touch()
    keys = ("content", "out", "init", "style")
    config = composed(rewrite([f"{key}={name}" for key in keys]))
    assert [config.init, config.style.image] == [name, name]
    expected = None if name == "null" else name  # the word for none
    assert [config.content, config.out] == [expected, expected]


def test_a_style_of_the_group_wins_over_a_file_of_that_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("monet").touch()
    assert rewrite(["style=monet"]) == ["style=monet"]
    assert rewrite(["style=./monet"]) == [
        "style=file",
        "style.image='./monet'",
    ]


def test_a_style_of_ones_own_config_folder_is_known(tmp_path):
    (tmp_path / "style").mkdir()
    (tmp_path / "style" / "aunt.yaml").touch()
    words = ["style=aunt", "--config-dir", str(tmp_path)]
    assert rewrite(words) == words
    with pytest.raises(ValueError, match="unknown style 'aunt'"):
        rewrite(["style=aunt"])


@pytest.mark.parametrize("flag", ["-m", "--multirun"])
def test_a_sweep_parts_values_at_commas_but_not_within_a_file(
    tmp_path, monkeypatch, flag
):
    monkeypatch.chdir(tmp_path)
    Path("a,b.jpg").touch()
    rewritten = {
        "content=a,b.jpg": ["content='a,b.jpg'"],
        "content=c,d e": ["content='c','d e'"],
        "style=c.jpg,d.jpg": ["style=file", "style.image='c.jpg','d.jpg'"],
        "style=monet,hokusai": ["style=monet,hokusai"],
        "style=monet,d.jpg": ["style=file", "style.image='monet','d.jpg'"],
        "style=monet,hokusai+d.jpg": [
            "style=file",
            "style.image='monet','hokusai+d.jpg'",
        ],
    }
    for line, expected in rewritten.items():
        assert rewrite([flag, line]) == [*expected, flag]


def test_styles_are_joined_by_a_plus_but_a_file_may_have_one_in_its_name(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    Path("a+b.jpg").touch()
    for typed, parts in {
        "monet+c.jpg": ["monet", "c.jpg"],
        "a+b.jpg": ["a+b.jpg"],
        "monet+a+b.jpg+c.jpg": ["monet", "a+b.jpg", "c.jpg"],
    }.items():
        assert rewrite([f"style={typed}"]) == [
            "style=file",
            f"style.image='{typed}'",
        ]
        assert style_spec.parts_of(typed) == parts


def test_a_style_of_ones_own_folder_is_joined_to_others_by_its_file(tmp_path):
    (tmp_path / "style").mkdir()
    file = tmp_path / "style" / "aunt.yaml"
    file.write_text("name: aunt\nimage: aunt.jpg\nmap: aunt_sem.png\n")
    flags = ["--config-dir", str(tmp_path)]
    rewritten = rewrite(["style=aunt+monet", *flags])
    assert rewritten == ["style=file", f"style.image='{file}+monet'", *flags]
    source = style_spec.source_of(str(file))
    assert (source.path, source.name, source.map) == (
        "aunt.jpg",
        "aunt",
        "aunt_sem.png",
    )


@pytest.mark.parametrize("style", ["mone", "hokusai+mone", "hokusai,mone"])
@pytest.mark.parametrize("key", ["style", "regions.person"])
def test_a_slip_in_a_name_among_several_is_answered_with_the_nearest(key, style):
    with pytest.raises(ValueError, match="unknown style 'mone'.*did you mean 'monet'"):
        rewrite([f"{key}={style}", "-m"])


def test_regions_name_styles_by_themselves():
    assert rewrite(["regions.person=my photo, 2.jpg"]) == [
        "style=file",
        "++regions.person='my photo, 2.jpg'",
    ]
    mapped = ["regions.person=monet", "style.map=m.png"]
    assert rewrite(mapped)[0] == "style=file"
    mixed = "regions.person={gogh.jpg: 0.7, monet: 0.3}"
    assert rewrite([mixed, "style=monet"]) == [
        "++regions.person='{gogh.jpg: 0.7, monet: 0.3}'",
        "style=monet",
    ]


def test_an_existing_file_is_quoted_under_any_key(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("my weights, old.pth").touch()
    line = "masks.sources.net.weights=my weights, old.pth"
    assert rewrite([line]) == [
        "masks.sources.net.weights='my weights, old.pth'",
    ]
    assert rewrite(["masks.blur=0.1", "k=3"]) == ["masks.blur=0.1", "k=3"]


def test_a_tilde_that_the_shell_left_means_the_home_folder(monkeypatch):
    monkeypatch.setenv("HOME", "/home/someone")
    assert rewrite(["out=~/a.png"]) == ["out='/home/someone/a.png'"]


def test_flags_may_stand_anywhere():
    words = ["style=monet", "-q", "gamma=1,2", "-m", "k=3"]
    assert rewrite(words) == [
        "style=monet",
        "gamma=1,2",
        "k=3",
        "quiet=true",
        "-m",
    ]


@pytest.mark.parametrize(
    ("word", "part"),
    [
        ("--fast", "unknown option '--fast'"),
        ("--config-dir", "needs a value"),
        ("photo.jpg", "write content=photo.jpg"),
        ("style=a photo", "unknown style 'a photo'"),
    ],
)
def test_a_word_that_means_nothing_is_refused(word, part):
    with pytest.raises(ValueError, match=part):
        rewrite([word])


def test_a_picture_of_scikit_image_stands_in_where_no_file_has_that_name(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert Path(photograph("astronaut")).is_file()
    Path("astronaut").touch()
    assert photograph("astronaut") == "astronaut"
    with pytest.raises(ValueError, match="no content picture 'aeronaut'"):
        photograph("aeronaut")
