"""Kinds of short texts are told by the words of examples."""

from __future__ import annotations

from collections import Counter

import pytest

from eval.studies.kinds import FOLDER, TELL
from rag.text.data_file import data_rows
from rag.text.kinds import Kinds, words_of

FILES = {
    "about_asking": "rag.questions",
    "leaning": "rag.questions",
    "says_not": "rag.answering",
}


def test_what_is_said_tells_and_not_what_it_is_about() -> None:
    kinds = Kinds([
        ("Who paid for the pier?", "person"), ("Who built the school?", "person"),
        ("When was the pier built?", "time"), ("When does the school open?", "time"),
    ])  # fmt: skip
    assert kinds.kind("Who opened the hospital?") == "person"
    assert kinds.kind("When did the hospital open?") == "time"
    assert kinds.scores("Who opened it?")["person"] > 0 > kinds.scores("Who opened it?")["time"]


def test_chinese_is_read_by_characters_in_either_script() -> None:
    assert words_of("幾時") == words_of("几时") == {"^", "几", "时", "$", "^ 几", "几 时", "时 $"}


@pytest.mark.parametrize(("name", "package"), FILES.items())
def test_each_kind_has_examples_in_each_language_and_no_held_out_text_is_one(
    name: str, package: str
) -> None:
    rows = data_rows(package, f"{name}.jsonl")
    counts = Counter((row["kind"], row["language"]) for row in rows)
    assert {language for _, language in counts} == {"en", "zh-Hans", "zh-Hant"}
    assert len(counts) == 3 * len({kind for kind, _ in counts})
    assert min(counts.values()) >= 15
    held_out = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").casefold()
    assert not [row["text"] for row in rows if f'"{row["text"].casefold()}"' in held_out]


@pytest.mark.parametrize("text", ["", "?", "🙂", "a" * 2000, "记" * 2000, "asked? " * 200])
@pytest.mark.parametrize("name", FILES)
def test_any_text_is_told_to_be_of_some_kind(name: str, text: str) -> None:
    kinds = {row["kind"] for row in data_rows(FILES[name], f"{name}.jsonl")}
    assert TELL[name](text) in kinds
