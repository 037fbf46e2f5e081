from __future__ import annotations

import pytest

from rag.answering.about import words_of
from rag.types import Language


@pytest.mark.parametrize(
    ("speakers", "language", "told"),
    [
        (
            ["Chan", "Au"],
            "en",
            "An outline of what Au, Chan said: sentences quoted from each speech.",
        ),
        (["Chan"], "zh-Hans", "Chan 发言的提要：引自每段发言。"),
        (["陳國基"], "zh-Hant", "陳國基發言的提要：引自每段發言。"),
    ],
)
def test_names_in_latin_letters_stand_apart_from_chinese_words(
    speakers: list[str], language: Language, told: str
) -> None:
    assert words_of(speakers, language) == told
