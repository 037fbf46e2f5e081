from __future__ import annotations

import stat
from pathlib import Path

import pytest

from rag.conversations.people import folder_of, make_folder, plain
from rag.errors import StorageError


@pytest.mark.parametrize("name", ["../../etc", "/etc/passwd", "a\0b", "", "林梅", "\ud800"])
def test_no_part_of_a_folder_is_made_of_what_the_identity_says(name: str, tmp_path: Path) -> None:
    folder = make_folder(name, tmp_path)
    assert folder.parent == tmp_path / "users"
    assert set(folder.name) <= set("0123456789abcdef")


def test_no_other_account_of_the_machine_looks_into_a_folder(tmp_path: Path) -> None:
    folder = make_folder("lin", tmp_path / "data")
    for each in (folder, folder.parent):
        assert stat.S_IMODE(each.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_made_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "users").write_text("a file")
    with pytest.raises(StorageError, match="cannot be made"):
        make_folder("lin", tmp_path)


def test_case_and_outer_spaces_tell_no_two_people_apart(tmp_path: Path) -> None:
    assert plain(" Lin@Example.ORG\t") == "lin@example.org"


@pytest.mark.parametrize(
    ("one", "other"),
    [("straße", "strasse"), ("ａda", "ada"), ("\u212aim", "kim"), ("ada\xa0", "ada"), ("É", "é")],
)
def test_what_only_unicode_holds_to_be_the_same_are_two_people(
    one: str, other: str, tmp_path: Path
) -> None:
    assert folder_of(plain(one), tmp_path) != folder_of(plain(other), tmp_path)
