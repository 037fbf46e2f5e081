from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from eval.errors import RunError
from eval.shelf import (
    KEPT_SECONDS,
    NAME,
    NAME_LENGTH,
    TRASH,
    delete_run,
    deleted_runs,
    empty_trash,
    give_name,
    read_name,
    restore_run,
)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "runs" / "small-1"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text("{}")
    return folder


def test_a_name_is_kept_on_one_line_and_taken_away_by_a_blank_one(run: Path) -> None:
    assert read_name(run) == ""
    give_name(run, "  with\nthe \x1b[31m reader\u202e  香港 ")
    assert read_name(run) == "with the [31m reader 香港"
    give_name(run, " \n ")
    assert read_name(run) == ""
    assert [path.name for path in run.iterdir()] == ["run.json"]


def test_a_name_that_is_too_long_is_refused_and_the_old_one_stays(run: Path) -> None:
    give_name(run, "a" * NAME_LENGTH)
    with pytest.raises(RunError, match=f"at most {NAME_LENGTH}"):
        give_name(run, "b" * (NAME_LENGTH + 1))
    assert read_name(run) == "a" * NAME_LENGTH


def test_what_lies_there_as_a_name_is_read_with_care(run: Path) -> None:
    (run / NAME).write_bytes(b"\xff\xfe<b>\x00 two\nlines " + b"x" * 10_000)
    assert len(read_name(run)) == NAME_LENGTH
    assert "\n" not in read_name(run)
    (run / NAME).unlink()
    (run / NAME).mkdir()
    assert read_name(run) == ""


def test_a_deleted_run_is_out_of_the_way_and_comes_back_as_it_was(run: Path) -> None:
    give_name(run, "mine")
    place = delete_run(run)
    assert not run.exists()
    assert place.parent == run.parent / TRASH
    assert deleted_runs(run.parent) == [place]
    assert restore_run(place) == run
    assert read_name(run) == "mine"
    assert deleted_runs(run.parent) == []
    with pytest.raises(RunError, match="already"):
        restore_run(place)


def test_two_runs_of_one_folder_name_are_both_kept_and_never_overwrite_another(run: Path) -> None:
    first = delete_run(run)
    run.mkdir()
    second = delete_run(run)
    assert set(deleted_runs(run.parent)) == {first, second}
    run.mkdir()
    with pytest.raises(RunError, match="small-1 again"):
        restore_run(first)
    assert first.is_dir()


def test_only_what_was_deleted_long_ago_goes_for_good(run: Path) -> None:
    # A run that is old itself, but deleted just now, is kept its week.
    os.utime(run, (0, 0))
    place = delete_run(run)
    empty_trash(run.parent)
    assert place.is_dir()
    long_ago = time.time() - KEPT_SECONDS - 60
    os.utime(place, (long_ago, long_ago))
    empty_trash(run.parent)
    assert not place.exists()
    empty_trash(run.parent / "nowhere")


def test_a_run_that_is_gone_cannot_be_deleted(run: Path) -> None:
    (run / "run.json").unlink()
    run.rmdir()
    with pytest.raises(RunError, match="cannot be written"):
        delete_run(run)
