from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlite_utils.migrations import Migrations

from rag.conversations import store as module
from rag.conversations.store import FILE, ConversationStore
from rag.errors import QuestionError, StorageError
from rag.types import (
    Answer,
    Citation,
    Claim,
    Copy,
    Filters,
    Hit,
    Passage,
    Range,
    Usage,
)

COPY = Copy("other", "The same", None, "", 2, 3, 7, 12, "five  ")
CITATION = Citation(
    1, "p1", "hetao", "Briefing", date(2023, 9, 5), "https://x.example/1", 10, 3, "Chan Kwok-ki",
    "official", 20, 30, "“five” 所大學", note="2022", copies=(COPY,),
)  # fmt: skip
PASSAGE = Passage(
    "p2", "hetao", "Briefing", None, 10, 4, None, "", "official", 40, 52, "Words. Words.",
    question="", sentences=(Range(40, 46), Range(46, 52)),
)  # fmt: skip
ANSWER = Answer(
    question="How many?", standalone_question="How many universities?", language="zh-Hant",
    status="answered", text="five [1]", claims=(Claim("five", (1,), "supported"),),
    citations=(CITATION,), nearest=(Hit(PASSAGE, 0.123456789, (COPY,)),), confidence=0.7312,
    generator="extractive", timings_ms={"total": 12.5}, usage=Usage(3, 4),
    more=(replace(CITATION, marker=2),), differences=(1,),
)  # fmt: skip
FILTERS = Filters(("Chan Kwok-ki", ""), ("official",), ("hetao",), date(2023, 1, 1), None)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / FILE


@pytest.fixture
def store(file: Path) -> ConversationStore:
    return ConversationStore(file)


def test_an_answer_is_found_again_exactly_as_it_was_given(
    store: ConversationStore, file: Path
) -> None:
    known_as = store.begin("How many?")
    number = store.ask(known_as, "How many?", FILTERS)
    store.finish(known_as, number, ANSWER)
    (found,) = ConversationStore(file).rounds(known_as)
    assert (found.number, found.question, found.filters) == (1, "How many?", FILTERS)
    assert found.answer == ANSWER


def test_a_question_is_kept_before_it_is_answered_and_an_error_in_the_answers_place(
    store: ConversationStore,
) -> None:
    known_as = store.begin("First?")
    store.ask(known_as, "First?", Filters())
    second = store.ask(known_as, "Second?", Filters())
    store.finish(known_as, second, error="This cannot be used.")
    first, last = store.rounds(known_as)
    assert (first.answer, first.error) == (None, "")
    assert (last.answer, last.error) == (None, "This cannot be used.")


def test_conversations_are_listed_the_last_used_first_and_found_by_what_was_said(
    store: ConversationStore,
) -> None:
    old, new = store.begin("Which universities?"), store.begin("河套香港園區何時公布規劃？")
    assert [kept.id for kept in store.conversations()] == [new, old]
    store.finish(old, store.ask(old, "And the MOST?", Filters()), ANSWER)
    assert [kept.id for kept in store.conversations()] == [old, new]
    assert [kept.id for kept in store.conversations("the most?")] == [old]
    assert [kept.id for kept in store.conversations("FIVE [1]")] == [old]
    assert [kept.id for kept in store.conversations("規劃")] == [new]
    assert store.conversations("100%") == ()


@pytest.mark.parametrize("said", ["Ürümqi", "ÉCOLE", "ＡＩ", "Straße"])
@pytest.mark.parametrize("typed", [str, str.upper, str.lower])
def test_words_of_any_letters_are_found_however_they_are_typed(
    said: str, typed: Callable[[str], str], store: ConversationStore
) -> None:
    titled, asked = store.begin(f"And {said}?"), store.begin("And then?")
    store.ask(asked, f"What of {said}?", Filters())
    assert {kept.id for kept in store.conversations(typed(said))} == {titled, asked}
    store.begin("AI and 100 more?")
    assert len(store.conversations("ai")) == (3 if said == "ＡＩ" else 1)


def test_a_title_is_one_short_line_and_can_be_changed(store: ConversationStore) -> None:
    known_as = store.begin("What\nis " + "very " * 40 + "long?")
    title = store.conversation(known_as).title
    assert title.startswith("What is very")
    assert title.endswith(" …")
    assert len(title) <= 83
    store.rename(known_as, "  Universities\n")
    assert store.conversation(known_as).title == "Universities"
    store.rename(known_as, "  ")
    assert store.conversation(known_as).title == "Universities"


def test_what_is_deleted_is_gone_until_it_is_brought_back(store: ConversationStore) -> None:
    known_as = store.begin("How many?")
    store.finish(known_as, store.ask(known_as, "How many?", FILTERS), ANSWER)
    store.delete(known_as)
    assert store.conversations() == ()
    assert not store.has(known_as)
    with pytest.raises(QuestionError, match="deleted"):
        store.rounds(known_as)
    with pytest.raises(QuestionError, match="deleted"):
        store.ask(known_as, "And then?", FILTERS)
    store.restore(known_as)
    assert store.rounds(known_as)[0].answer == ANSWER


def test_what_was_deleted_a_week_ago_is_forgotten_at_the_next_start(
    store: ConversationStore, file: Path
) -> None:
    gone, fresh = store.begin("Gone?"), store.begin("Fresh?")
    for known_as in (gone, fresh):
        store.ask(known_as, "Anything?", Filters())
        store.delete(known_as)
    with sqlite3.connect(file) as database:
        database.execute("UPDATE conversations SET deleted = '2001-01-01' WHERE id = ?", (gone,))
    again = ConversationStore(file)
    again.restore(fresh)
    assert len(again.rounds(fresh)) == 1
    with sqlite3.connect(file) as database:
        assert database.execute("SELECT count(*) FROM rounds").fetchone() == (1,)


def test_pages_that_ask_at_once_in_one_conversation_lose_nothing(
    store: ConversationStore, file: Path
) -> None:
    known_as = store.begin("How many?")
    other = ConversationStore(file)
    with ThreadPoolExecutor(8) as pool:
        numbers = pool.map(
            lambda place: (store, other)[place % 2].ask(known_as, f"Number {place}?", FILTERS),
            range(40),
        )
    assert sorted(numbers) == list(range(1, 41))
    assert {done.question for done in store.rounds(known_as)} == {
        f"Number {place}?" for place in range(40)
    }


def test_a_file_of_a_newer_version_is_refused_and_left_as_it_is(
    store: ConversationStore, file: Path
) -> None:
    known_as = store.begin("How many?")
    later = "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES (?, ?, '')"
    with sqlite3.connect(file) as database:
        database.execute(later, ("conversations", "a_later_version"))
    with pytest.raises(StorageError, match="newer version"):
        ConversationStore(file)
    with sqlite3.connect(file) as database:
        assert database.execute("SELECT id FROM conversations").fetchall() == [(known_as,)]


def test_a_file_of_the_first_version_is_brought_up_to_date(
    store: ConversationStore, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known_as = store.begin("How many?")
    store.finish(known_as, store.ask(known_as, "How many?", FILTERS), ANSWER)
    versions = Migrations("conversations")
    for version in module.versions.pending(module.Database(memory=True)):
        versions(name=version.name)(version.fn)

    @versions(name="a_next_version")
    def add_an_owner(database: module.Database) -> None:
        database.table("conversations").add_column("owner", str)

    monkeypatch.setattr(module, "versions", versions)
    upgraded = ConversationStore(file)
    assert upgraded.rounds(known_as)[0].answer == ANSWER
    assert upgraded.conversations()[0].id == known_as


def test_a_damaged_answer_is_told_and_the_others_stay(store: ConversationStore, file: Path) -> None:
    known_as = store.begin("How many?")
    for _ in range(2):
        store.finish(known_as, store.ask(known_as, "How many?", FILTERS), ANSWER)
    with sqlite3.connect(file) as database:
        database.execute("UPDATE rounds SET answer = '{\"text\": 1}' WHERE number = 1")
    damaged, whole = store.rounds(known_as)
    assert damaged.answer is None
    assert "five [1]" in damaged.error
    assert whole.answer == ANSWER


@pytest.mark.parametrize("content", [b"no database at all, but long enough to be read" * 9])
def test_a_file_that_is_no_database_is_a_sentence_and_stays(file: Path, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    with pytest.raises(StorageError, match="cannot be kept"):
        ConversationStore(file)
    assert file.read_bytes() == content


def test_what_cannot_be_kept_in_the_file_goes_on_in_memory(store: ConversationStore) -> None:
    known_as = store.begin("How many?")
    store.finish(known_as, store.ask(known_as, "How many?", FILTERS), ANSWER)
    memory = ConversationStore(None)
    store.copy_to(memory, known_as)
    assert memory.ask(known_as, "Next?", Filters()) == 2
    assert memory.rounds(known_as)[0].answer == ANSWER
    assert len(store.rounds(known_as)) == 1


def test_what_comes_back_from_memory_takes_nothing_from_what_was_asked_meanwhile(
    store: ConversationStore,
) -> None:
    known_as = store.begin("How many?")
    store.finish(known_as, store.ask(known_as, "How many?", FILTERS), ANSWER)
    waiting = store.ask(known_as, "Where?", Filters())
    memory = ConversationStore(None)
    assert store.copy_to(memory, known_as) == {1: 1, 2: 2}
    memory.finish(known_as, memory.ask(known_as, "Asked in memory?", FILTERS), ANSWER)
    store.finish(known_as, waiting, ANSWER)
    store.finish(known_as, store.ask(known_as, "Asked in the file?", Filters()), ANSWER)
    for _again in range(2):
        assert memory.copy_to(store, known_as) == {1: 1, 2: 2, 3: 4}
    kept = store.rounds(known_as)
    asked = ["How many?", "Where?", "Asked in the file?", "Asked in memory?"]
    assert [done.question for done in kept] == asked
    assert [done.answer for done in kept] == [ANSWER] * 4
    assert kept[3].filters == FILTERS


def test_what_cannot_be_read_is_a_sentence_where_it_is_to_be_copied(
    store: ConversationStore, file: Path
) -> None:
    known_as = store.begin("How many?")
    file.write_bytes(b"no database at all, but long enough to be read" * 999)
    with pytest.raises(StorageError, match="cannot be kept"):
        store.copy_to(ConversationStore(None), known_as)


def test_what_is_gone_is_a_sentence(store: ConversationStore) -> None:
    known_as = store.begin("How many?")
    for change in (
        lambda: store.restore("none"),
        lambda: store.finish(known_as, 7, ANSWER),
        lambda: store.finish("none", 1, ANSWER),
    ):
        with pytest.raises(QuestionError, match="not kept here"):
            change()
