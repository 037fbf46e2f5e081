from __future__ import annotations

import pytest

from rag.verification.assertion import is_question, loses_reserve


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
    claim: str, sentence: str
) -> None:
    assert loses_reserve(claim, sentence)


def test_a_claim_that_tells_the_rumour_as_one_keeps_the_reserve() -> None:
    assert not loses_reserve("Chan denied that it closes.", "I deny that it closes.")
    assert not loses_reserve("The park opens in May.", "If you ask me, the park opens in May.")
