"""A file is written whole under its name, or the one before stays."""

from __future__ import annotations

import os
import re

import pytest

from automask.io.files import check_regular, written_whole


def test_a_file_appears_once_it_is_complete(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("before")
    with written_whole(path) as file:
        file.write(b"half")
        file.flush()
        assert path.read_text() == "before"
        file.write(b" and half")
    assert path.read_text() == "half and half"
    assert list(tmp_path.iterdir()) == [path]


def test_what_fails_on_the_way_leaves_the_file_before(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("before")
    with pytest.raises(RuntimeError), written_whole(path) as file:
        file.write(b"half")
        raise RuntimeError
    with pytest.raises(OSError, match=re.escape(f"No space left on device: '{path}'")):
        with written_whole(path):
            raise OSError(28, "No space left on device", "some draft")
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in folders")
def test_a_pipe_is_named_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="is a pipe; give a file"):
        check_regular(tmp_path / "pipe")
