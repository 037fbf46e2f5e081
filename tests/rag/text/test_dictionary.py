from __future__ import annotations

import pytest

from rag.text.dictionary import glosses
from rag.text.language import terms


def translations(text: str) -> set[str]:
    return {" ".join(sense) for word in glosses(text) for sense in word}


@pytest.mark.parametrize("question", ["香港有多少所世界百强大学？", "香港有多少所世界百強大學？"])
def test_words_are_translated_from_either_script(question: str) -> None:
    expected = {" ".join(terms(word)) for word in ("Hong Kong", "world", "top 100", "university")}
    assert expected <= translations(question)


def test_the_longest_word_is_taken() -> None:
    assert " ".join(terms("Ministry of Foreign Affairs")) in translations("外交部")
    assert not any("department" in sense for sense in translations("外交部"))


@pytest.mark.parametrize(
    "text", ["", "什么多少如何", "Hong Kong", "？！。", "😀", "的了是", "𠮷" * 50]
)
def test_text_without_a_chinese_content_word_has_no_gloss(text: str) -> None:
    assert glosses(text) == []


def test_a_long_run_of_chinese_is_read_to_its_end() -> None:
    assert len(glosses("大学" * 900)) == 900
