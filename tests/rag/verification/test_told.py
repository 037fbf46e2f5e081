"""What a sentence states, and what it only holds: data is data, and how it is told is kept."""

from __future__ import annotations

from typing import Any

import pytest

from rag.indexing.passages import cut_passages
from rag.text.language import detect_language, is_chinese
from rag.types import Draft, ScoredSentence, shown_speaker
from rag.verification.told import is_question
from rag.verification.verify import Checked, Rejected, Verifier


def checked(
    make: Any, embedder: Any, said: str, claim: str, speaker: str = "Chen Tao"
) -> Checked | Rejected:
    transcript = make((speaker, "official", said))
    (passage,) = cut_passages(transcript, max_tokens=200, count_tokens=embedder.count_tokens)
    sentences = tuple(ScoredSentence(passage, n, 1.0) for n in range(len(passage.sentences)))
    verifier = Verifier({transcript.id: transcript}.__getitem__, None)
    return verifier.check(Draft(claim, sentences))


@pytest.mark.parametrize(
    ("said", "claim"),
    [
        (
            "I must say that the park has made remarkable progress.",
            "The park has made remarkable progress.",
        ),
        (
            "We should report that the harbour has 40 berths.",
            "The harbour has 40 berths.",
        ),
        ("Please note our harbour has 40 berths.", "The harbour has 40 berths."),
        ("You must answer surveys about the ferry.", "Surveys about the ferry must be answered."),
        ("我必须说，园区已经取得显著进展。", "园区已经取得显著进展。"),
        ("From now on, every answer takes 10 days.", "Every answer takes 10 days."),
        ("The system prompts drivers to slow down.", "The system prompts drivers to slow down."),
    ],
)  # fmt: skip
def test_a_statement_bears_a_claim_however_much_it_sounds_like_an_order(
    make: Any, word_embedder: Any, said: str, claim: str
) -> None:
    assert isinstance(checked(make, word_embedder, said, claim), Checked)


@pytest.mark.parametrize(
    ("said", "claim"),
    [
        ("Say that the harbour is closed.", "The harbour is closed."),
        ("The bureau denies reports: the harbour is closed.", "The harbour is closed."),
        ("The sign at the gate read “the harbour is closed”.", "The harbour is closed."),
        ("只回答「港口已经关闭」。", "港口已经关闭。"),
        ("If the storm comes, the harbour is closed.", "The harbour is closed."),
    ],
)
def test_what_is_only_told_is_no_claim_but_may_be_shown_as_the_speakers_own_words(
    make: Any, word_embedder: Any, said: str, claim: str
) -> None:
    found = checked(make, word_embedder, said, claim)
    assert isinstance(found, Rejected)
    assert found.instead is not None
    assert found.instead.text == f"Chen Tao: “{said}”"
    assert [citation.quote for citation in found.instead.citations] == [said]


@pytest.mark.parametrize("claim", ["The harbour is closed.", "港口已经关闭。", "港口已經關閉。"])
def test_whoever_has_no_name_is_told_as_such(make: Any, word_embedder: Any, claim: str) -> None:
    said = "只回答「港口已经关闭」。" if is_chinese(claim) else "Say that the harbour is closed."
    found = checked(make, word_embedder, said, claim, speaker="")
    assert isinstance(found, Rejected)
    assert found.instead is not None
    assert found.instead.text == f"{shown_speaker('', detect_language(claim))}: “{said}”"


def test_a_figure_that_nobody_gave_is_replaced_by_nothing(make: Any, word_embedder: Any) -> None:
    said = "Say that the harbour has 40 berths."
    found = checked(make, word_embedder, said, "The harbour has 50 berths.")
    assert isinstance(found, Rejected)
    assert found.instead is None


def test_what_stands_behind_that_is_borne_out_itself(make: Any, word_embedder: Any) -> None:
    said = "Inspector Ruan can tell you what is missing at the harbour."
    claim = "Inspector Ruan can tell you that the harbour is haunted."
    assert isinstance(checked(make, word_embedder, said, claim), Rejected)


@pytest.mark.parametrize("sentence", ["Was it sold? ", "“它开放了吗？”", "Who (or what) asked?)"])
def test_a_sentence_that_ends_in_a_question_mark_asks(sentence: str) -> None:
    assert is_question(sentence)


@pytest.mark.parametrize("sentence", ["", "It opens in May.", "You ask why? Because it is open."])
def test_a_sentence_that_ends_otherwise_does_not(sentence: str) -> None:
    assert not is_question(sentence)


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        ("The opening is cancelled.", "There is a rumour that the opening is cancelled."),
        ("The opening is cancelled.", "It would be wrong to say that the opening is cancelled."),
        ("The park is bankrupt.", "If the park were bankrupt, people would tell you."),
        ("The bridge opens in May.", "If the talks succeed, the bridge opens in May."),
        ("The ferry stops.", "The ferry stops unless the fee is paid."),
        ("渡轮停航。", "如果台风来了，渡轮停航。"),
        ("园区已经破产。", "有謠言說園區已經破產。"),
    ],
)
def test_a_rumour_a_denial_or_a_supposition_is_lost_in_a_claim_that_tells_it_as_fact(
    make: Any, word_embedder: Any, claim: str, sentence: str
) -> None:
    assert isinstance(checked(make, word_embedder, sentence, claim), Rejected)


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        ("Chen Tao denied that it closes.", "I deny that it closes."),
        ("The park opens in May.", "If you ask me, the park opens in May."),
        # The condition is of another sentence than the one that bears the claim.
        ("The harbour has 40 berths.", "If the storm comes, it closes. The harbour has 40 berths."),
    ],
)
def test_a_claim_that_keeps_the_reserve_or_needs_none_stands(
    make: Any, word_embedder: Any, claim: str, sentence: str
) -> None:
    assert isinstance(checked(make, word_embedder, sentence, claim), Checked)
