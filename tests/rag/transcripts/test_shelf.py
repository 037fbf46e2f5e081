from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag.errors import CorpusError, QuestionError
from rag.transcripts.corpus import read_corpus
from rag.transcripts.shelf import (
    add_paths,
    describe,
    notes_on,
    read_entry,
    remove,
    rename,
    restore,
)

PAGE = (
    "A briefing\n\nLin Mei: Welcome.\n\nChen Tao: The pier opens in May.\n\nLin Mei: Thank you.\n"
)
OTHER = PAGE.replace("pier", "tower").replace("A briefing", "Another briefing")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "pier.txt").write_text(PAGE, encoding="utf-8")
    return folder


def titles(corpus: Path) -> dict[str, str]:
    return {each.id: each.title for each in read_corpus([corpus]).transcripts}


def made(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_a_file_is_copied_and_may_be_added_again(corpus: Path, tmp_path: Path) -> None:
    file = made(tmp_path / "mine", "tower.txt", OTHER)
    assert add_paths([file], corpus) == add_paths([file], corpus) == (corpus / "tower.txt",)
    assert titles(corpus) == {"pier": "A briefing", "tower": "Another briefing"}
    assert file.exists()


def test_a_folder_is_copied_with_what_its_manifest_says(corpus: Path, tmp_path: Path) -> None:
    made(tmp_path / "event", "page-1.txt", OTHER)
    entry = {"id": "tower", "title": "By hand", "pages": [{"file": "page-1.txt"}]}
    made(tmp_path / "event", "manifest.json", json.dumps({"transcripts": [entry]}))
    add_paths([tmp_path / "event"], corpus)
    assert titles(corpus) == {"pier": "A briefing", "tower": "By hand"}


def test_nothing_is_copied_unless_all_can_be(corpus: Path, tmp_path: Path) -> None:
    good = made(tmp_path / "mine", "tower.txt", OTHER)
    empty = made(tmp_path / "mine", "empty.txt", "")
    with pytest.raises(CorpusError, match=r"empty\.txt was not added\. It is empty"):
        add_paths([good, empty], corpus)
    with pytest.raises(CorpusError, match=r"another file .*pier"):
        add_paths([good, made(tmp_path / "mine", "pier.txt", OTHER)], corpus)
    assert titles(corpus) == {"pier": "A briefing"}


def test_of_two_files_of_one_name_neither_is_lost(corpus: Path, tmp_path: Path) -> None:
    files = [made(tmp_path / name, "tower.txt", OTHER + name) for name in ("a", "b")]
    with pytest.raises(CorpusError, match="Two of the files are called"):
        add_paths(files, corpus)
    assert add_paths([files[0], files[0]], corpus)


def test_a_file_that_would_drive_another_out_by_its_name_is_not_added(
    corpus: Path, tmp_path: Path
) -> None:
    file = made(tmp_path / "mine", "pier.md", OTHER)
    with pytest.raises(CorpusError, match=r"the same transcript as .*pier\.txt"):
        add_paths([file], corpus)
    assert titles(corpus) == {"pier": "A briefing"}


def test_a_folder_of_ones_own_that_is_called_removed_stays(corpus: Path, tmp_path: Path) -> None:
    file = made(tmp_path / "removed", "tower.txt", OTHER)
    folder = tmp_path / "removed" / "event"
    made(folder, "bridge.txt", OTHER.replace("tower", "bridge"))
    assert add_paths([file, folder], corpus) == (
        corpus / "tower.txt", corpus / "event" / "bridge.txt",
    )  # fmt: skip
    assert file.exists()
    assert (folder / "bridge.txt").exists()


def test_a_corrected_file_takes_the_place_of_the_old_one_where_that_is_meant(
    corpus: Path, tmp_path: Path
) -> None:
    add_paths([made(tmp_path / "mine", "pier.txt", OTHER)], corpus, renew=True)
    assert titles(corpus) == {"pier": "Another briefing"}


def test_what_is_removed_takes_its_place_again_among_others(corpus: Path, tmp_path: Path) -> None:
    add_paths([made(tmp_path / "mine", "tower.txt", OTHER)], corpus)
    kept = remove("tower", corpus, tmp_path / "data")
    made(corpus, "tower.txt", PAGE)
    with pytest.raises(CorpusError, match="another file"):
        restore(kept, corpus)
    (corpus / "tower.txt").unlink()
    assert restore(kept, corpus) == (corpus / "tower.txt",)
    assert not kept.exists()
    with pytest.raises(CorpusError, match="holds no transcript"):
        restore(tmp_path, corpus)


def test_what_a_manifest_may_not_say_is_refused_and_it_stays(corpus: Path) -> None:
    (held,) = read_corpus([corpus]).transcripts
    describe(held, {"date": "2024-03-05", "event": "fair"}, corpus)
    with pytest.raises(CorpusError, match="That cannot be said of a transcript: date"):
        describe(held, {"date": "some day"}, corpus)
    assert read_entry("pier", corpus)["event"] == "fair"
    describe(held, {"event": ""}, corpus)
    assert "event" not in read_entry("pier", corpus)


def test_the_notes_on_one_transcript_are_its_own(corpus: Path) -> None:
    (corpus / "tower.txt").write_text(OTHER, encoding="utf-8")
    held = read_corpus([corpus]).transcripts[1]
    assert any("No date" in note for note in notes_on(held, corpus))
    describe(held, {"date": "2024-03-05"}, corpus)
    assert not any("No date" in note for note in notes_on(held, corpus))


def test_a_name_that_is_passed_over_is_not_added(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="such a name is passed over"):
        add_paths([made(tmp_path / "mine", "README.txt", OTHER)], corpus)


def test_what_lies_in_the_corpus_is_not_added_to_it(corpus: Path) -> None:
    with pytest.raises(CorpusError, match="in the corpus already"):
        add_paths([corpus / "pier.txt"], corpus)


def test_what_is_removed_can_be_brought_back_with_its_title(corpus: Path, tmp_path: Path) -> None:
    add_paths([made(tmp_path / "mine", "tower.txt", OTHER)], corpus)
    rename("tower", "By hand", corpus)
    rename("pier", "The pier", corpus)
    kept = remove("tower", corpus, tmp_path / "data")
    assert titles(corpus) == {"pier": "The pier"}
    add_paths([kept], corpus)
    assert titles(corpus) == {"pier": "The pier", "tower": "By hand"}


def test_a_title_is_given_without_a_change_of_what_the_manifest_says_else(corpus: Path) -> None:
    entry = {"id": "pier", "date": "2024-03-05", "pages": [{"file": "pier.txt", "page": 3}]}
    made(corpus, "manifest.json", json.dumps({"transcripts": [entry]}))
    rename("pier", "  The \n pier ", corpus)
    (transcript,) = read_corpus([corpus]).transcripts
    assert (transcript.title, str(transcript.date)) == ("The pier", "2024-03-05")
    assert transcript.pages[0].number == 3


def test_neither_an_unknown_nor_the_only_transcript_is_removed(
    corpus: Path, tmp_path: Path
) -> None:
    with pytest.raises(QuestionError, match="No transcript has the id"):
        remove("tower", corpus, tmp_path)
    with pytest.raises(CorpusError, match="only transcript"):
        remove("pier", corpus, tmp_path)
    with pytest.raises(CorpusError, match="a word in it"):
        rename("pier", "  ", corpus)
    assert titles(corpus) == {"pier": "A briefing"}
