"""The Library page: what was read, mended, added, taken out and brought back."""

from __future__ import annotations

import html
import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from rag.embedding.embedder import Embedder
from rag.indexing.index import read_index
from rag.indexing.ingest import ingest
from rag.settings import Settings
from rag.transcripts.corpus import read_corpus
from ui.desks import library_desk

pytestmark = pytest.mark.model

SAID = (
    ("Lin Mei", "Good morning. Welcome to the briefing on the harbour."),
    ("Daily Times", "Is it true that the harbour opens in May?"),
    ("Chen Tao", "Thank you for your question. The harbour opens in June."),
    ("Lin Mei", "Thank you all."),
)
LATER = (*SAID[:2], ("Chen Tao", "Thank you. The park is open now."), SAID[3])
CAPTIONS = (
    "WEBVTT\n\n00:00:01.000 --> 00:00:05.000\n<v Lin Mei>The pier is long.\n\n"
    "00:00:06.000 --> 00:00:09.000\n<v Chen Tao>The pier opens in July.\n"
)


@pytest.fixture
def own(
    real_settings: Settings, real_embedder: Embedder, tmp_path: Path,
    page: Callable[..., Path], monkeypatch: pytest.MonkeyPatch,
) -> Settings:  # fmt: skip
    """A library of two events, one of two files, in folders of its own."""
    corpus, data = tmp_path / "corpus", tmp_path / "data"
    page(corpus / "first.txt", *SAID, day="March 5, 2024")
    page(corpus / "second.txt", *LATER, day="March 5, 2024")
    page(corpus / "other.txt", *LATER, day="May 9, 2024")
    data.mkdir()
    (data / "models").symlink_to(real_settings.data_dir / "models")
    monkeypatch.setenv("HETAO_DATA_DIR", str(data))
    monkeypatch.setenv("HETAO_CORPUS_DIR", str(corpus))
    settings = Settings(_env_file=None, data_dir=data, corpus_dir=corpus)
    ingest(read_corpus((corpus,)), settings, real_embedder)
    return settings


@pytest.fixture
def library(own: Settings) -> Iterator[AppTest]:
    """The page alone, which a test of the app cannot switch to."""

    def script() -> None:
        from ui import library

        library.page()

    yield AppTest.from_function(script, default_timeout=60).run()
    library_desk().stop()


def words_of(app: AppTest) -> str:
    assert not app.exception
    told = [element.body for element in app.html]
    told += [
        each.value for kind in (app.success, app.error, app.info, app.warning) for each in kind
    ]
    plain = (re.sub(r"<[^>]+>", " ", each).replace("\\", "") for each in told)
    return " ".join(html.unescape(" ".join(plain)).replace("\u2060", "").split())


def ended(app: AppTest) -> AppTest:
    """The page once the change that was begun has come to its end."""
    deadline = time.monotonic() + 60
    while library_desk().busy:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return app.run()


def test_files_of_one_event_are_one_entry_the_newest_event_first(library: AppTest) -> None:
    shown = words_of(library)
    assert "2 events" in shown
    assert shown.index("9 May 2024") < shown.index("5 March 2024 · 8 turns first.txt · second.txt")
    library.text_input(key="search-events").set_value("2024-05").run()
    assert "1 event" in words_of(library)
    assert "March" not in words_of(library)
    library.text_input(key="search-events").set_value("nothing such").run()
    assert "No event matches" in words_of(library)


def test_the_search_has_no_words_beside_its_label(library: AppTest) -> None:
    assert library.text_input(key="search-events").placeholder == ""


def test_what_was_read_is_told_and_mended(library: AppTest, own: Settings) -> None:
    library.button(key="open-first").click().run()
    shown = words_of(library)
    assert "1 page · 4 turns · 3 speakers" in shown
    files = [one.label.replace("\\", "") for one in library.download_button]
    assert files == ["first.txt", "second.txt"]
    assert "Nothing shows whether Chen Tao is an official" not in shown
    library.selectbox(key="role-first-Daily Times").set_value("official")
    library.text_input(key="title-first").set_value("  The  harbour ")
    ended(library.button(key="save-first").click().run())
    (entry,) = json.loads((own.corpus_dir / "manifest.json").read_text())["transcripts"]
    assert entry["title"] == "The harbour"
    assert entry["speakers"] == [{"name": "Daily Times", "role": "official"}]
    held = read_index(own.data_dir, "").transcripts["first"]
    assert [turn.role for turn in held.turns][1] == "official"
    assert "3 events" in words_of(library)

    # What belongs together may be said, too, and that a name is none.
    library.selectbox(key="same-as-first").set_value("second")
    library.selectbox(key="role-first-Daily Times").set_value("nobody")
    ended(library.button(key="save-first").click().run())
    assert "2 events" in words_of(library)
    (entry,) = json.loads((own.corpus_dir / "manifest.json").read_text())["transcripts"]
    assert (entry["event"], entry["not_speakers"]) == ("second", ["Daily Times"])


def test_files_of_one_title_and_day_can_be_told_apart_and_put_together_again(
    library: AppTest, own: Settings
) -> None:
    library.button(key="open-first").click().run()
    which = library.selectbox(key="same-as-second")
    assert which.options[:2] == ["The same as of the other parts", "An event of its own"]
    assert which.value == ""
    which.set_value("second")
    ended(library.button(key="save-second").click().run())
    assert "3 events" in words_of(library)
    library.button(key="open-second").click().run()
    which = library.selectbox(key="same-as-second")
    assert which.options[0] == "An event of its own"
    which.set_value("first")
    ended(library.button(key="save-second").click().run())
    assert "2 events" in words_of(library)


def test_an_event_of_any_year_can_be_dated(library: AppTest, own: Settings) -> None:
    library.button(key="open-other").click().run()
    library.date_input[0].set_value(date(2010, 5, 9))
    ended(library.button(key="save-other").click().run())
    (entry,) = json.loads((own.corpus_dir / "manifest.json").read_text())["transcripts"]
    assert entry["date"] == "2010-05-09"
    assert library.date_input[0].min == date(1900, 1, 1)


def test_what_is_removed_is_asked_about_first_and_can_be_brought_back(
    library: AppTest, own: Settings
) -> None:
    library.button(key="open-other").click().run()
    library.button(key="remove-other").click().run()
    assert "Its files are kept aside" in words_of(library)
    library.button(key="keep-other").click().run()
    library.button(key="remove-other").click().run()
    ended(library.button(key="surely-other").click().run())
    assert "Removed: Briefing on the harbour" in words_of(library)
    assert "1 event" in words_of(library)
    assert not (own.corpus_dir / "other.txt").exists()
    ended(library.button(key="undo-remove").click().run())
    assert "2 events" in words_of(library)
    assert (own.corpus_dir / "other.txt").exists()
    assert not any(key.key == "undo-remove" for key in library.button)


def test_a_file_is_added_read_and_shown_first(library: AppTest, own: Settings) -> None:
    library.file_uploader(key="files").set_value(("pier.vtt", CAPTIONS.encode(), "text/vtt"))
    ended(library.button(key="add-files-now").click().run())
    shown = words_of(library)
    assert "1 file added" in shown
    assert shown.index("New pier") < shown.index("9 May 2024")
    assert (own.corpus_dir / "pier.vtt").read_text() == CAPTIONS
    library.button(key="close-outcome").click().run()
    assert "1 file added" not in words_of(library)
    assert "New pier" not in words_of(library)


def test_what_cannot_be_added_is_a_sentence_and_nothing_else_is_lost(
    library: AppTest, own: Settings
) -> None:
    library.file_uploader(key="files").set_value(("first.txt", b"Lin Mei: Other.", "text/plain"))
    ended(library.button(key="add-files-now").click().run())
    assert "There is another file" in words_of(library)
    library.text_input(key="address").set_value("localhost:1/briefing")
    ended(library.button(key="fetch").click().run())
    assert "HETAO_FETCH_ALLOWED_HOSTS" in words_of(library)
    library.button(key="again").click().run()
    ended(library)
    assert "nothing has changed" in words_of(library)
    assert "2 events" in words_of(library)


@pytest.mark.slow
def test_without_an_index_the_page_can_still_be_used(library: AppTest, own: Settings) -> None:
    (own.data_dir / "index" / "CURRENT").unlink()
    library.run()
    assert "hetao ingest" in words_of(library)
    ended(library.button(key="again").click().run())
    assert "2 events" in words_of(library)
