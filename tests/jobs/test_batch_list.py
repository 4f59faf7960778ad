"""The list of work: what is found, what it is called, and what the manifest says."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from batch_jobs import ENVIRON, one_kind_of_lock
from planted_jobs import items_named

from automask.jobs.batch_run import requests
from automask.jobs.find_photos import Photograph, photographs
from automask.jobs.items import DONE, FAILED, Variant, named
from automask.jobs.manifest import open_manifest

HEADER = {"automask": "0", "batch": "b"}
LOCKED = """
import sys, time
from pathlib import Path
from automask.jobs.manifest import open_manifest
with open_manifest(Path(sys.argv[1])):
    print("locked", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Pictures by name alone, two of one name, and what is none."""
    monkeypatch.chdir(tmp_path)
    for name in ("b.jpg", "a.PNG", "deep/b.jpg", ".hidden.jpg", "notes.md", "a,c.jpg"):
        file = tmp_path / "photos" / name
        file.parent.mkdir(exist_ok=True, parents=True)
        file.touch()
    return tmp_path


def names(content, recursive=False):
    return [photo.name for photo in photographs(content, recursive).photos]


def variant(label, digest="0"):
    return Variant(label, "", digest=digest)


def work_list(photos, styles, earlier=(), is_taken=lambda name, key: False):
    labels = {style.name: style.name for style in styles}
    return named(requests(photos, styles, labels), earlier, is_taken, inherits=True)


def test_a_folder_gives_its_pictures_and_on_request_those_of_its_folders(folder):
    assert names("photos") == names("photos/") == ["a,c.jpg", "a.PNG", "b.jpg"]
    assert names("photos/", recursive=True)[-1] == "deep/b.jpg"
    (photo,) = photographs("photos/deep", recursive=False).photos
    assert photo.location == str(folder / "photos/deep/b.jpg")


def test_globs_lists_and_files_can_be_mixed_and_each_picture_comes_once(folder):
    assert names("photos/*.jpg") == ["a,c.jpg", "b.jpg"]
    assert names("photos/**/b.jpg") == ["b.jpg", "deep/b.jpg"]
    assert names("photos/b.jpg,photos/*.PNG,photos/") == ["a,c.jpg", "a.PNG", "b.jpg"]
    assert names("photos/a,c.jpg") == ["a,c.jpg"]
    Path("list.txt").write_text("photos/deep\n\n  photos/a.PNG\n")
    assert names("list.txt") == ["a.PNG", "b.jpg"]


PLACES = ["a.jpg", "b ü.jpg"]


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffa.jpg\r\nb ü.jpg\r\n".encode(),
        "\ufeffa.jpg\r\nb ü.jpg\r\n".encode("utf-16-le"),
        "\ufeffa.jpg\r\nb ü.jpg\r\n".encode("utf-16-be"),
        "a.jpg\r\nb ü.jpg\r\n".encode("utf-16-le"),
        "a.jpg\nb ü.jpg".encode("utf-32"),
        '"a.jpg"\r\n"b ü.jpg"\r\n'.encode(),
        "'a.jpg'\n  'b ü.jpg'  ".encode(),
        "a.jpg\rb ü.jpg\r".encode(),
        ".\\a.jpg\r\n.\\b ü.jpg\r\n".encode(),
    ],
)
def test_a_list_from_any_system_names_the_photographs_beside_it(tmp_path, content):
    (tmp_path / "lists").mkdir()
    for name in PLACES:
        (tmp_path / "lists" / name).touch()
    (tmp_path / "lists" / "list.txt").write_bytes(content)
    found = photographs(str(tmp_path / "lists" / "list.txt"), recursive=False)
    assert [photo.location for photo in found.photos] == [
        str(tmp_path / "lists" / name) for name in PLACES
    ]


def test_names_that_look_like_a_lists_marks_are_taken_as_they_are(folder):
    for name in (' "quoted".jpg ', "tab\tand\x85next.jpg"):
        Path(name).touch()
    Path("list.txt").write_text(' "quoted".jpg \ntab\tand\x85next.jpg\n')
    assert names("list.txt") == [' "quoted".jpg ', "tab\tand\x85next.jpg"]


def test_lines_of_a_list_that_name_nothing_become_items_that_fail_alone(folder):
    Path("list.txt").write_text("gone.jpg\nphotos/b.jpg\nphotos/*.gif\nastronaut\n")
    places = [
        photo.location for photo in photographs("list.txt", recursive=False).photos
    ]
    assert str(folder / "gone.jpg") in places and str(folder / "photos/b.jpg") in places
    assert len(places) == 4 and any("skimage" in place for place in places)


@pytest.mark.parametrize("content", [b"\n \n", b"a\0b\x01\0\0", b"\xff\xfea"])
def test_a_list_that_is_empty_or_no_text_is_refused_in_one_line(folder, content):
    Path("list.txt").write_bytes(content)
    with pytest.raises(ValueError, match=r"the list 'list.txt' is (empty|no text); "):
        photographs("list.txt", recursive=False)


def test_a_bracket_in_the_name_of_a_folder_that_exists_is_no_pattern(folder):
    (folder / "photos").rename(folder / "photos [1]")
    assert names("photos [1]") == ["a,c.jpg", "a.PNG", "b.jpg"]


def test_links_in_a_circle_are_walked_once(folder):
    os.symlink(folder / "photos", folder / "photos/deep/round")
    assert len(names("photos", recursive=True)) == 4


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("empty", "no pictures in 'empty'; recursive=true looks"),
        ("photos/*.gif", "no picture matches content=photos/*.gif"),
        ("nowhere/", "no content picture 'nowhere/'"),
        ("zz://bucket/x", "cannot open 'zz://bucket/x': Protocol not known: zz"),
    ],
)
def test_what_names_no_picture_is_refused_in_one_line(folder, content, said):
    (folder / "empty").mkdir()
    with pytest.raises(ValueError, match="^[^\n]*$") as caught:
        photographs(content, recursive=False)
    assert said in str(caught.value)


def test_a_folder_that_may_not_be_read_is_not_taken_for_an_empty_one(
    folder, monkeypatch
):
    scandir = os.scandir

    def refused(path):
        if str(path).endswith("deep"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refused)
    with pytest.raises(PermissionError):
        photographs("photos", recursive=True)


def test_no_two_items_share_a_name_even_where_case_or_accents_are_not_told_apart():
    places = ["/a/x.jpg", "/b/x.jpg", "/a/x.png", "/a/X.jpg", "/a/x_m.jpg"]
    places += ["/a/\u00e9.jpg", "/a/e\u0301.jpg"]
    photos = [Photograph(place, place.rpartition("/")[2]) for place in places]
    styles = [variant("m", "1"), variant("m_m", "2"), variant("m", "3")]
    items = work_list(photos, styles)
    assert len(items) == 21
    assert len({item.key for item in items}) == 21
    import unicodedata

    plain = {unicodedata.normalize("NFC", item.name).casefold() for item in items}
    assert len(plain) == 21
    assert items[0].name == "x_m"


def test_names_stay_when_more_photographs_come_and_never_take_anothers_file():
    first = work_list([Photograph("/b/x.jpg", "x.jpg")], [variant("m")])
    photos = [Photograph(f"/{place}/x.jpg", "x.jpg") for place in "ab"]
    both = work_list(photos, [variant("m")], first)
    assert both[1] == first[0]
    assert both[0].name != "x_m"
    (item,) = work_list(photos[:1], [variant("m")], (), lambda name, key: name == "x_m")
    assert item.name == "x-jpg_m"


def test_the_manifest_keeps_the_last_state_of_each_item(tmp_path):
    file, (a, b) = tmp_path / "m.jsonl", items_named("a", "b")
    with open_manifest(file) as manifest:
        manifest.begin(HEADER)
        manifest.note([a, b])
        manifest.note([replace(a, state=FAILED, reason="torn")])
    with open_manifest(file) as manifest:
        assert manifest.header == HEADER
        assert manifest.items["key-a"] == replace(a, state=FAILED, reason="torn")
        assert manifest.items["key-b"] == b
        manifest.begin(HEADER)
        assert not manifest.items
    assert file.read_text().count("\n") == 1


def test_a_manifest_cut_at_any_byte_reads_as_its_whole_lines(tmp_path):
    file, (a, b) = tmp_path / "m.jsonl", items_named("a", "b\u00e9")
    with open_manifest(file) as manifest:
        manifest.begin(HEADER)
        manifest.note([replace(a, state=DONE), replace(b, state=DONE)])
    whole = file.read_bytes()
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        with open_manifest(file) as manifest:
            complete = whole[:length].count(b"\n")
            assert len(manifest.items) == max(0, complete - 1)
            manifest.note([replace(b, state=FAILED)])
        if complete:  # what is appended then is not joined to the torn line
            with open_manifest(file) as manifest:
                assert manifest.items["key-b\u00e9"].state == FAILED


GOOD = {"content": "/a.jpg", "style": "monet", "name": "a", "state": "done"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "../../x"}, "name must not be '../../x'"),
        ({"name": "/etc/x"}, "name must not be '/etc/x'"),
        ({"name": "a/../../x"}, "name must not be"),
        ({"name": None}, "name must not be None"),
        ({"name": "a\0b"}, "name must not be"),
        ({"state": "finished"}, "state must not be 'finished'"),
        ({"state": ["done"]}, "state must not be ['done']"),
        ({"content": 3}, "content must not be 3"),
        ({"seconds": -1}, "seconds must not be -1"),
        ({"seconds": "1"}, "seconds must not be '1'"),
        ({"seconds": True}, "seconds must not be True"),
        ({"seconds": float("nan")}, "it holds NaN, which is no number"),
        ({"seconds": float("inf")}, "it holds Infinity"),
        ({"reason": {}}, "reason must not be {}"),
        ({"stamp": 1}, "stamp must not be 1"),
        ({"key": None}, "key must not be None"),
    ],
)
def test_a_line_that_says_what_cannot_be_is_told_and_forgotten(
    tmp_path, caplog, change, said
):
    file = tmp_path / "m.jsonl"
    lines = [HEADER, GOOD | {"key": "1"}, GOOD | {"key": "2", "name": "b"}]
    lines.append(GOOD | {"key": "1"} | change)
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with open_manifest(file) as manifest:
        bad_json = "no number" in said or "Infinity" in said or "key" in change
        assert [*manifest.items] == (["1", "2"] if bad_json else ["2"])
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith(f"'{file}', line 4: {said}")
    assert "painted anew" in caplog.messages[0]


@pytest.mark.parametrize("line", ["{", "[" * 10**5, "3", "[]", '"text"', "{}", "\xff"])
def test_a_line_that_is_none_of_a_manifests_is_told_by_its_number(
    tmp_path, caplog, line
):
    file = tmp_path / "m.jsonl"
    lines = [json.dumps(HEADER), line, json.dumps(GOOD | {"key": "1"})]
    file.write_text("".join(each + "\n" for each in lines), "latin-1")
    with open_manifest(file) as manifest:
        assert [*manifest.items] == ["1"] and manifest.header == HEADER
    assert caplog.messages[0].startswith(f"'{file}', line 2: ")


def test_a_file_that_is_no_manifest_is_left_alone(tmp_path):
    file = tmp_path / "notes.txt"
    for text in ("my notes", '{"a": 1}\n'):
        file.write_text(text)
        with pytest.raises(ValueError, match="no manifest"), open_manifest(file):
            pass
        assert file.read_text() == text


@one_kind_of_lock
def test_the_lock_of_a_manifest_dies_with_its_process(tmp_path):
    file = tmp_path / "m.jsonl"
    words = [sys.executable, "-c", LOCKED, str(file)]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, text=True, env=ENVIRON
    ) as other:
        assert other.stdout and other.stdout.readline() == "locked\n"
        with pytest.raises(ValueError, match="another batch"), open_manifest(file):
            pass
        other.send_signal(signal.SIGKILL)
        other.wait()
    with open_manifest(file):
        pass
