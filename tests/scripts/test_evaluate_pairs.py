"""What scripts/evaluate.py paints and measures: pairs, faces, presets, sheets."""

from __future__ import annotations

import importlib
import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from automask.images.image_files import read_image
from automask.masks.portrait.face_landmarks import Face

pytestmark = pytest.mark.usefixtures("scripts")
QUICK = ["--set", "size=64", "stylizer.iterations=[1]", "style_scale=1", "masks=none"]


@pytest.fixture
def pairs():
    return importlib.import_module("evaluating.pairs")


@pytest.fixture
def typed():
    return importlib.import_module("evaluating.pairs").typed


@pytest.fixture
def landmark_distance():
    return importlib.import_module("evaluating.likeness").landmark_distance


@pytest.fixture
def evaluate(monkeypatch, capsys):
    """Call the script in this process; gives its exit code and both streams."""
    script = importlib.import_module("evaluate")
    monkeypatch.setattr(script, "apart", lambda call, *words: call(*words))
    monkeypatch.setattr("evaluating.finished.SIDE", 96)  # px, for speed

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["evaluate.py", *map(str, words)])
        code = 0
        try:
            script.main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def picture(file: Path, seed: int = 0) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    codes = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    Image.fromarray(codes).resize((80, 60), Image.Resampling.BICUBIC).save(file)
    return file


def face(x: float, y: float, seed: int = 0) -> Face:
    """Landmarks within 100 px about a point, the eyes 40 px apart."""
    points = np.random.default_rng(seed).uniform(-50, 50, (478, 2))
    points[0], points[1] = -50, 50
    points[[33, 133]], points[[362, 263]] = (-20, -10), (20, -10)
    return Face((points + (x, y)).astype(np.float32))


# --- faces ---------------------------------------------------------------------------


def test_landmarks_that_moved_by_two_px_are_off_by_a_twentieth_of_40(landmark_distance):
    assert landmark_distance([face(100, 100)], [face(100, 100)]) == (0, 0)
    apart, lost = landmark_distance([face(102, 100)], [face(100, 100)])
    assert apart == pytest.approx(5, abs=1e-3) and lost == 0


def test_each_face_is_compared_with_the_nearest_and_the_rest_are_lost(
    landmark_distance,
):
    content = [face(100, 100), face(300, 100, 1), face(500, 100, 2)]
    result = [face(300, 104, 1), face(100, 102)]
    apart, lost = landmark_distance(result, content)
    assert apart == pytest.approx((5 + 10) / 2, abs=1e-3) and lost == 1
    assert landmark_distance([], content) == (None, 3)
    assert landmark_distance(result, []) == (None, 0)


def test_one_face_of_the_picture_stands_for_one_of_the_photograph(landmark_distance):
    twins = [face(100, 100), face(110, 100)]
    apart, lost = landmark_distance([face(100, 100)], twins)
    assert apart == 0 and lost == 1


@pytest.mark.slow
def test_the_face_of_the_photograph_itself_is_found_again_and_a_blank_one_is_not(
    pairs, photo, tmp_path, monkeypatch
):
    from automask.pipeline.encoder_weights import lite

    figures = importlib.import_module("evaluating.figures")
    monkeypatch.setattr("evaluating.finished.SIDE", 96)  # px, for speed
    small = Image.open(photo).resize((192, 192), Image.Resampling.LANCZOS)
    small.save(tmp_path / "small.png")
    small.paste((90, 90, 90), (70, 0, 120, 70))
    small.save(tmp_path / "faceless.png")
    pair = pairs.named(str(tmp_path / "small.png"), "portrait")
    kept, lost = (
        figures.picture_figures(tmp_path / file, pair, lite())
        for file in ("small.png", "faceless.png")
    )
    assert (kept["landmarks"], kept["faces"], kept["lost"]) == (0, 1, 0)
    assert (lost["landmarks"], lost["faces"], lost["lost"]) == (None, 1, 1)


# --- pairs ---------------------------------------------------------------------------


def test_the_preset_has_photographs_of_all_kinds_that_all_have_and_every_style(pairs):
    for pair in pairs.PRESETS["any"]:
        assert read_image(pair.photograph, 64).shape[1] == 3
        assert pair.painting.is_file()
    styles = sorted(pair.style for pair in pairs.PRESETS["any"])
    embedded = ["hokusai", "monet", "portrait", "seurat", "vangogh"]
    assert styles == sorted([*embedded, *embedded])
    assert len({pair.content for pair in pairs.PRESETS["any"]}) >= 5


def test_a_pair_is_parted_at_the_equals_sign_that_leaves_two_pictures(folder, typed):
    for name in ("a=b.png", "c=d=e.png", "plain.png"):
        picture(folder / name)
    for content, style in (
        ("a=b.png", "c=d=e.png"),
        ("plain.png", "a=b.png"),
        ("chelsea", "c=d=e.png"),
        ("plain.png", "monet"),
    ):
        (found,) = typed(f"{content}={style}")
        assert (found.content, found.style) == (content, style)
        assert found.words == (f"content={content}", f"style={style}")


def test_a_pair_that_can_be_parted_in_two_ways_is_refused(folder, typed):
    for name in ("a", "b=c", "a=b", "c"):
        picture(folder / f"{name}.png").rename(folder / name)
    with pytest.raises(ValueError, match="'a' after 'b=c', or 'a=b' after 'c'; give"):
        typed("a=b=c")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("photo.png", "a pair is CONTENT=STYLE, got 'photo.png'"),
        ("=monet", "a pair is CONTENT=STYLE"),
        ("chelsea=lost.jpg", "no painting 'lost.jpg'"),
        ("lost.jpg=monet", "no content picture 'lost.jpg'"),
        ("a=b=c", "no two pictures are called 'a=b=c'"),
        ("empty.txt", "the list 'empty.txt' is empty"),
    ],
)
def test_what_is_no_pair_is_refused_with_the_reason(folder, typed, text, says):
    picture(folder / "photo.png")
    (folder / "empty.txt").write_text("\n \n")
    with pytest.raises(ValueError, match=says):
        typed(text)


def test_a_list_has_a_pair_a_line_whoever_wrote_it(folder, typed):
    picture(folder / "süß.png")
    text = "\ufeffsüß.png=monet\r\n\r\nchelsea=süß.png\r\n"
    (folder / "list.txt").write_bytes(text.encode())
    found = [(pair.content, pair.style) for pair in typed("list.txt")]
    assert found == [("süß.png", "monet"), ("chelsea", "süß.png")]


def test_each_pair_counts_once_and_none_takes_the_name_of_another(folder, pairs):
    for place in ("x", "y"):
        picture(folder / place / "cat.png")
    given = [("x/cat.png", "monet"), ("y/cat.png", "monet"), ("x/cat.png", "monet")]
    found = pairs.distinct(pairs.named(*each) for each in given)
    assert [(p.name, p.content) for p in found] == [
        ("cat-monet", "x/cat.png"),
        ("cat-monet-2", "y/cat.png"),
    ]


# --- the script ----------------------------------------------------------------------


@pytest.mark.slow
def test_the_preset_is_painted_measured_and_drawn(evaluate, folder, pairs, monkeypatch):
    assert len(pairs.ANY) == 10
    monkeypatch.setitem(pairs.PRESETS, "any", pairs.ANY[:3])
    words = ["--pairs", "any", "--methods", "soft", *QUICK]
    code, out, _ = evaluate(*words, "--json", "new/figures.json", "--sheet", "s.png")
    assert code == 0 and out.startswith("3 pairs, judged by lite\n")
    record = json.loads((folder / "new" / "figures.json").read_text())
    assert [row["pair"] for row in record["rows"]] == [p.name for p in pairs.ANY[:3]]
    for row in record["rows"]:
        assert "picture" not in row  # none was to be kept
        for name in ("style", "content", "struct", "colour", "noise", "sharp"):
            assert math.isfinite(row[name])
        assert row["content"] > 0 and 0 < row["struct"] <= 1
    styles = [row["style"] for row in record["rows"]]
    assert record["means"]["soft"]["style"] == pytest.approx(sum(styles) / 3)
    with Image.open(folder / "s.png") as sheet:
        assert sheet.width > 3 * 256 and sheet.height > 3 * 140
    assert sorted(file.name for file in folder.iterdir()) == ["new", "s.png"]


@pytest.mark.slow
def test_pictures_that_are_there_are_measured_without_painting(evaluate, folder):
    photo, painting = picture(folder / "p.png"), picture(folder / "q.png", 1)
    given = [w for r in (photo, painting) for w in ("--measure", r, photo, painting)]
    code, out, err = evaluate(*given, "--json", "f.json", "--sheet", "s.jpg")
    assert (code, err) == (0, "") and out.startswith("1 pairs")
    assert "crossing" not in out  # nothing was painted here
    same, other = json.loads((folder / "f.json").read_text())["rows"]
    assert (same["method"], other["method"]) == ("measured", "measured-2")
    assert same["pair"] == other["pair"] == "p-q"
    assert same["content"] == pytest.approx(0, abs=1e-5) and same["style"] > 0.1
    assert other["style"] == 0 and other["content"] > 0.5
    assert other["picture"] == str(painting)
    with Image.open(folder / "s.jpg") as sheet:
        assert 4 * 256 < sheet.width < 5.5 * 256  # both pictures, and both results


@pytest.mark.slow
def test_measured_and_painted_pictures_of_a_pair_share_a_line(evaluate, folder):
    photo, painting = picture(folder / "p=1.png"), picture(folder / "q.png", 1)
    words = ["--pair", "p=1.png=q.png", "--pair", "coffee=q.png", *QUICK]
    words += ["--measure", painting, "p=1.png", "q.png", "--out", "kept"]
    code, out, _ = evaluate(*words, "--methods", "cnnmrf", "--json", "f.json")
    assert code == 0 and out.startswith("2 pairs")
    rows = json.loads((folder / "f.json").read_text())["rows"]
    assert [(row["method"], row["pair"]) for row in rows] == [
        ("cnnmrf", "p=1-q"),
        ("cnnmrf", "coffee-q"),
        ("measured", "p=1-q"),
    ]
    assert (folder / rows[0]["picture"]).is_file() and photo.is_file()


@pytest.mark.slow
def test_figures_of_a_picture_that_was_kept_are_those_of_its_file(evaluate, folder):
    words = ["--methods", "soft", *QUICK, "--out", "kept", "--json", "a.json"]
    assert evaluate("--pair", "coffee=monet", *words)[0] == 0
    file = Path("kept", "coffee-monet-soft.png")
    evaluate("--measure", file, "coffee", "monet", "--json", "b.json")
    (first,), (second,) = (
        json.loads((folder / name).read_text())["rows"] for name in ("a.json", "b.json")
    )
    for name in ("style", "content", "struct", "colour", "noise", "sharp"):
        assert first[name] == second[name]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--measure", "lost.png", "p.png", "monet"], "no such file: 'lost.png'"),
        (["--measure", "text.png", "p.png", "monet"], "'text.png' is not a picture"),
        (["--measure", "p.png", "lost.png", "monet"], "no content picture 'lost.png'"),
        (["--measure", "p.png", "p.png", "lost.png"], "no painting 'lost.png'"),
        (["--pair", "p.png"], "a pair is CONTENT=STYLE, got 'p.png'"),
        (["--pair", "p.png=monet", "--sheet", "s.bmp"], "cannot write 's.bmp'"),
        (["--pair", "p.png=monet", "--add", "a/b=k=1"], "a method is NAME=WORDS"),
        (["--pair", "p.png=monet", "--judge", "lost.pth"], "weights not found"),
    ],
)
def test_what_cannot_be_used_gets_one_line_and_nothing_is_written(
    evaluate, folder, words, says
):
    picture(folder / "p.png")
    (folder / "text.png").write_text("no picture")
    code, out, err = evaluate(*words, "--json", "f.json", "--out", "kept")
    assert code == 2 and out == "" and err.count("\n") == 1
    assert err.startswith("evaluate: ") and says in err
    assert sorted(file.name for file in folder.iterdir()) == ["p.png", "text.png"]
