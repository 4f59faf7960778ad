"""The API's document describes what there is."""

from __future__ import annotations

from pathlib import Path

from automask.web.app import API, Settings, application


def document(tmp_path: Path) -> dict:
    guarded = application(Settings(tmp_path, frozenset()))
    return guarded.app.app.app.openapi()  # type: ignore[attr-defined]


def test_each_operation_has_a_summary_and_says_how_it_refuses(tmp_path):
    paths = document(tmp_path)["paths"]
    assert len(paths) > 20 and all(path.startswith(f"{API}/") for path in paths)
    for methods in paths.values():
        for told in methods.values():
            assert told["summary"] and told["description"] and told["tags"]
            assert "4XX" in told["responses"]


def test_every_path_is_in_the_docs(tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "web.md").read_text()
    for path in document(tmp_path)["paths"]:
        last = path.rpartition("/")[2].replace("{id}", "ID").replace("{name}", "NAME")
        assert last in page, path
