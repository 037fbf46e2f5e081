from __future__ import annotations

import pytest

from rag.indexing.vocabulary import Vocabulary, learn
from rag.types import Passage, Range, Role


def passage(text: str, speaker: str = "Chan Kwok-ki", role: Role = "official") -> Passage:
    return Passage(
        "id", "event", "Briefing on the harbour", None, 1, 1, None, speaker, role,
        0, len(text), text, "", (Range(0, len(text)),),
    )  # fmt: skip


def test_names_people_and_outlets_are_learnt_each_once() -> None:
    learnt = learn(
        [
            passage("The San Tin Technopole is planned by John Lee Ka-chiu."),
            passage("It is planned. San Tin Technopole it is."),
            passage("When will it open?", "Harbour Daily", "reporter"),
        ]
    )
    assert learnt.people == ("Chan Kwok-ki",)
    assert learnt.outlets == ("Harbour Daily",)
    assert {"John Lee Ka-chiu", "Chan Kwok-ki", "Harbour Daily"} <= set(learnt.names)
    assert len(learnt.names) == len(set(learnt.names))


@pytest.mark.parametrize("passages", [[], [passage("", "")], [passage("(" * 5000, "")]])
def test_a_corpus_without_words_is_no_error(passages: list[Passage]) -> None:
    learnt = learn(passages)
    assert learnt.people == learnt.outlets == ()
    assert isinstance(learnt, Vocabulary)
