"""Which cells a sweep has, and where they stand on its sheet."""

import pytest

from automask.config import register
from automask.jobs.sweep.grid import grid_of
from automask.jobs.sweep.layout import blocks


def laid_out(*words):
    register()
    return blocks(grid_of(words))


def shown(block):
    return list(block.columns), list(block.rows)


@pytest.mark.parametrize(
    "words", [("gamma=0,20,40", "k=1,3"), ("k=1,3", "gamma=0,20,40")]
)
def test_gamma_goes_across_and_k_down_whatever_was_typed_first(words):
    (block,) = laid_out(*words)
    assert shown(block) == (
        ["gamma = 0", "gamma = 20", "gamma = 40"],
        ["k = 1", "k = 3"],
    )
    assert [[cell.name for cell in row] for row in block.cells] == [
        ["gamma=0,k=1", "gamma=20,k=1", "gamma=40,k=1"],
        ["gamma=0,k=3", "gamma=20,k=3", "gamma=40,k=3"],
    ]


def test_other_keys_go_in_the_order_typed_beside_gamma_and_k():
    assert shown(laid_out("seed=1,2", "size=64,96")[0])[0] == ["seed = 1", "seed = 2"]
    assert shown(laid_out("k=1,2", "size=64,96")[0])[0] == ["size = 64", "size = 96"]
    assert shown(laid_out("size=64,96", "gamma=1,2")[0])[1] == [
        "size = 64",
        "size = 96",
    ]


def test_a_third_key_makes_a_block_for_each_of_its_values():
    made = laid_out("style=monet,hokusai", "gamma=0,20", "k=1,3")
    assert [label for block in made for label in block.labels] == [
        "style = monet",
        "style = hokusai",
    ]
    names = {cell.name for block in made for row in block.cells for cell in row}
    assert len(names) == 8
    assert {shown(block)[0][1] for block in made} == {"gamma = 20"}


def test_a_lone_key_fills_rows_of_one_length():
    (block,) = laid_out("gamma=range(0,8)")
    assert [len(row) for row in block.cells] == [4, 4]
    (block,) = laid_out("k=1,2,3,4,5")
    assert [len(row) for row in block.cells] == [5]


def test_the_last_key_turns_fastest_and_each_cell_has_all_overrides_as_typed():
    grid = grid_of(["k=1,3", "content=a.jpg", "gamma=choice(0,20)"])
    assert [cell.title for cell in grid.cells] == [
        "k=1 gamma=0",
        "k=1 gamma=20",
        "k=3 gamma=0",
        "k=3 gamma=20",
    ]
    assert grid.cells[1].overrides == ("k=1", "content=a.jpg", "gamma=20")


def test_a_shuffle_is_drawn_once_and_a_glob_is_listed():
    register()
    grid = grid_of(["gamma=shuffle(0,20,40)", "style=glob(mo*,h*)"])
    (axis,) = grid.axes  # one glob, one value
    assert {*axis.values} == {"0", "20", "40"}
    assert [c.overrides for c in grid.cells] == [
        (f"gamma={value}", "style=monet") for value in axis.values
    ]


def test_files_are_called_by_their_names_as_long_as_these_differ():
    def labels(*files):
        quoted = ",".join(f"'{file}'" for file in files)
        return grid_of([f"content={quoted}"]).axes[0].labels

    assert labels("a/one.jpg", "b/two.png") == ("one", "two")
    assert labels("a/one.jpg", "b/one.png") == ("one.jpg", "one.png")
    assert labels("a/one.jpg", "b/one.jpg") == ("a/one.jpg", "b/one.jpg")
    assert labels("one.jpg", "one.jpg") == ("one.jpg #1", "one.jpg #2")


def test_no_two_cells_share_a_folder_and_no_name_holds_a_slash():
    long = "x" * 90
    values = ("a/b.jpg", "a_b.jpg", "A_B.jpg", f"c/{long}1.jpg", f"c/{long}2.jpg")
    listed = ",".join(f"'{value}'" for value in values)
    grid = grid_of([f"content={listed}", "gamma=0,20"])
    names = [cell.name.lower() for cell in grid.cells]
    assert len(set(names)) == len(names) == 10
    assert not any("/" in name or len(name.encode()) > 200 for name in names)


def test_style_image_is_shown_as_the_style():
    grid = grid_of(["style=file", "style.image='monet','my painting.jpg'"])
    assert [cell.name for cell in grid.cells] == ["style=monet", "style=my painting"]


@pytest.mark.parametrize("word", ["gamma=interval(0,1)", "hydra/sweeper=optuna"])
def test_a_sweep_that_cannot_be_counted_is_refused(word):
    with pytest.raises(ValueError, match=r"list its values|no other sweeper"):
        grid_of([word])
