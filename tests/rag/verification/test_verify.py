"""ARCHITECTURE, invariants 1 to 3: what a generator proposes is shown only when it checks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rag.indexing.passages import cut_passages
from rag.types import Draft, Passage, Range, ScoredSentence, Transcript, shown_speaker
from rag.verification.verify import (
    Checked,
    Rejected,
    Verifier,
    numbered,
    quote_is_exact,
    speaker_is_right,
)  # fmt: skip

BUDGET = "The budget is 3.5 billion yuan."


@pytest.fixture
def passages(briefing: Transcript, word_embedder: Any) -> dict[str, Passage]:
    """Passages by speaker."""
    cut = cut_passages(briefing, max_tokens=60, count_tokens=word_embedder.count_tokens)
    return {passage.speaker: passage for passage in cut}


@pytest.fixture
def budget(passages: dict[str, Passage]) -> ScoredSentence:
    return ScoredSentence(passages["Chen Tao"], 1, 1.0)


def check(briefing: Transcript, *drafts: Draft) -> list[Checked]:
    verifier = Verifier({briefing.id: briefing}.__getitem__, None)
    return [checked for d in drafts if isinstance(checked := verifier.check(d), Checked)]


def test_a_verbatim_quote_by_the_speaker_named_passes_with_its_place(
    briefing: Transcript, budget: ScoredSentence
) -> None:
    (checked,) = check(briefing, Draft(f"Chen Tao said: “{BUDGET}”", (budget,)))
    (citation,) = checked.citations
    assert citation.quote == BUDGET == briefing.text[citation.start : citation.end]
    assert (citation.speaker, citation.role, citation.turn) == ("Chen Tao", "official", 3)
    assert (citation.page, citation.url) == (1, "https://example.org/briefing/1")
    assert quote_is_exact(citation, briefing)
    assert speaker_is_right(citation, briefing)


@pytest.mark.parametrize(
    "text",
    [
        "Chen Tao said: “The budget is 3.6 billion yuan.”",
        "Chen Tao said: “the budget is 3.5 billion yuan.”",
        f"Wu Lan said: “{BUDGET}”",
        f"Somebody said: “{BUDGET}”",
        f"“{BUDGET}”",
        "",
        f"Chen Tao said: “{BUDGET}” and “It will double.”",
        f"Chen Tao said: “{BUDGET}” and 「It will double.」",
        f'Chen Tao said: “{BUDGET}” and "It will double."',
    ],
)
def test_a_changed_quote_a_wrong_speaker_or_an_added_quote_is_dropped(
    briefing: Transcript, budget: ScoredSentence, text: str
) -> None:
    assert check(briefing, Draft(text, (budget,))) == []


def test_a_claim_that_cites_nothing_is_dropped(briefing: Transcript) -> None:
    assert check(briefing, Draft("Chen Tao said: “It will double.”", ())) == []


def test_a_premise_of_a_reporter_is_never_cited_as_said(
    briefing: Transcript, passages: dict[str, Passage]
) -> None:
    premise = ScoredSentence(passages["Daily Times"], 0, 1.0)
    text = "Daily Times said: “Will the harbour get a zeppelin mast?”"
    assert check(briefing, Draft(text, (premise,))) == []
    assert len(check(briefing, Draft(text, (premise,), "asked"))) == 1


def test_the_moderator_is_cited_neither_as_saying_nor_as_asking(
    briefing: Transcript, passages: dict[str, Passage]
) -> None:
    welcome = ScoredSentence(passages["Lin Mei"], 0, 1.0)
    for kind in ("said", "asked"):
        assert check(briefing, Draft("Lin Mei: “Welcome.”", (welcome,), kind)) == []


def test_the_reasons_name_nobody_where_the_page_does_not(make: Any, word_embedder: Any) -> None:
    event = make(("", "official", BUDGET))
    (passage,) = cut_passages(event, max_tokens=60, count_tokens=word_embedder.count_tokens)
    verifier = Verifier({event.id: event}.__getitem__, word_embedder)
    for text, kind in ((BUDGET, "asked"), (f"Wu Lan said: {BUDGET}", "said")):
        verdict = verifier.check(Draft(text, (ScoredSentence(passage, 0, 1.0),), kind))
        assert shown_speaker("") in reason(verdict)


def test_words_put_into_another_mouth_are_dropped(
    briefing: Transcript, budget: ScoredSentence
) -> None:
    """A passage that claims another speaker than the turn in which its words stand."""
    forged = replace(budget, passage=replace(budget.passage, speaker="Wu Lan"))
    assert check(briefing, Draft(f"Wu Lan said: “{BUDGET}”", (forged,))) == []


@pytest.fixture
def laboratories(passages: dict[str, Passage]) -> ScoredSentence:
    return ScoredSentence(passages["Wu Lan"], 0, 1.0)


def test_quotes_of_two_speakers_stand_under_the_name_of_each(
    briefing: Transcript, budget: ScoredSentence, laboratories: ScoredSentence
) -> None:
    told = "{} said: “" + BUDGET + "” and {} said: “" + laboratories.text + "”"
    both = (budget, laboratories)
    assert check(briefing, Draft(told.format("Chen Tao", "Wu Lan"), both))
    assert check(briefing, Draft(told.format("Wu Lan", "Chen Tao"), both)) == []


@pytest.mark.parametrize(
    "text",
    [
        "The budget is 3.5 billion yuan, said Wu Lan.",
        "As Wu Lan put it, the budget is 3.5 billion yuan.",
        "Chen Tao and Tom Brzeski said that the budget is 3.5 billion yuan.",
        "预算是35亿元，这是吴兰说的。",
    ],
)
def test_nobody_else_is_said_to_have_said_it(
    briefing: Transcript, budget: ScoredSentence, laboratories: ScoredSentence,
    word_embedder: Any, text: str,
) -> None:  # fmt: skip
    verifier = Verifier({briefing.id: briefing}.__getitem__, word_embedder)
    for cited in ((budget,), (budget, laboratories)):
        assert "words are" in reason(verifier.check(Draft(text, cited)))


def test_two_do_not_say_what_one_of_them_said(
    briefing: Transcript, budget: ScoredSentence, word_embedder: Any
) -> None:
    verifier = Verifier({briefing.id: briefing}.__getitem__, word_embedder)
    told = "Wu Lan and Chen Tao said that the budget is 3.5 billion yuan."
    assert "not those of Wu Lan" in reason(verifier.check(Draft(told, (budget,))))


def test_a_quote_that_reaches_beyond_its_turn_is_dropped(
    briefing: Transcript, budget: ScoredSentence
) -> None:
    place = Range(budget.range.start, budget.range.end + 12)
    passage = replace(
        budget.passage,
        end=place.end,
        text=briefing.text[budget.passage.start : place.end],
        sentences=(budget.passage.sentences[0], place),
    )
    words = briefing.text[place.start : place.end]
    beyond = ScoredSentence(passage, 1, 1.0)
    assert check(briefing, Draft(f"Chen Tao said: “{words}”", (beyond,))) == []


def test_two_places_give_two_citations_and_neighbours_give_one(
    briefing: Transcript, passages: dict[str, Passage], budget: ScoredSentence
) -> None:
    first = ScoredSentence(passages["Chen Tao"], 0, 1.0)
    park = ScoredSentence(passages["Wu Lan"], 0, 1.0)
    neighbours = Draft(f"Chen Tao said: “{first.text} {BUDGET}”", (first, budget))
    apart = Draft(f"Chen Tao said: “{BUDGET}” Wu Lan said: “{park.text}”", (budget, park))
    assert [len(checked.citations) for checked in check(briefing, neighbours, apart)] == [1, 2]


def test_a_quote_inside_a_quote_is_no_added_quote(make: Any, word_embedder: Any) -> None:
    words = 'The "one zone, two parks" plan is “new”.'
    transcript = make(("Wu Lan", "official", words))
    (passage,) = cut_passages(transcript, max_tokens=60, count_tokens=word_embedder.count_tokens)
    draft = Draft(f"Wu Lan said: “{words}”", (ScoredSentence(passage, 0, 1.0),))
    assert len(check(transcript, draft)) == 1


def test_a_bad_draft_does_not_take_a_good_one_along(
    briefing: Transcript, budget: ScoredSentence
) -> None:
    good = Draft(f"Chen Tao said: “{BUDGET}”", (budget,))
    assert [c.text for c in check(briefing, Draft("Invented.", ()), good)] == [good.text]


def test_a_citation_is_numbered_without_a_change_to_anything_else(
    briefing: Transcript, budget: ScoredSentence
) -> None:
    (checked,) = check(briefing, Draft(f"Chen Tao said: “{BUDGET}”", (budget,)))
    (citation,) = checked.citations
    assert replace(numbered(citation, 7), marker=0) == citation


@pytest.fixture
def verifier(briefing: Transcript, word_embedder: Any) -> Verifier:
    return Verifier({briefing.id: briefing}.__getitem__, word_embedder)


def reason(verdict: Checked | Rejected) -> str:
    return verdict.reason if isinstance(verdict, Rejected) else ""


@pytest.mark.parametrize(
    ("text", "support"),
    [
        ("The budget is 3.5 billion yuan.", "supported"),
        ("Chen Tao said the budget was 3.5 billion yuan.", "supported"),
        ("陈涛表示，预算为35亿元。", "supported"),
    ],
)
def test_a_paraphrase_passes_with_the_place_it_rests_on(
    verifier: Verifier, budget: ScoredSentence, text: str, support: str
) -> None:
    verdict = verifier.check(Draft(text, (budget,)))
    assert isinstance(verdict, Checked)
    assert (verdict.text, verdict.support, verdict.kind) == (text, support, "said")
    assert verdict.citations[0].quote == BUDGET


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("The budget is 3.6 billion yuan.", "3600000000 yuan"),
        ("Wu Lan said the budget is 3.5 billion yuan.", "not those of Wu Lan"),
        ("The budget is not 3.5 billion yuan.", "denies"),
        (f"Chen Tao said: “{BUDGET}” It will not be spent.", "denies"),
        ("The budget is 3.5 billion yuan, says https://example.org.", "do not"),
        ("The budget is as follows:", "does not say it"),
        ("预算如下：", "does not say it"),
        ("x" * 1201, "too long"),
        (" ", "says or cites nothing"),
    ],
)
def test_a_claim_that_says_more_or_else_is_rejected_with_the_reason(
    verifier: Verifier, budget: ScoredSentence, text: str, why: str
) -> None:
    assert why in reason(verifier.check(Draft(text, (budget,))))


def test_a_worked_out_date_makes_the_support_partial(make: Any, word_embedder: Any) -> None:
    transcript = make(("Wu Lan", "official", "The harbour was opened last year."))
    (passage,) = cut_passages(transcript, max_tokens=60, count_tokens=word_embedder.count_tokens)
    verifier = Verifier({transcript.id: transcript}.__getitem__, word_embedder)
    draft = Draft("The harbour was opened in 2023.", (ScoredSentence(passage, 0, 1.0),))
    verdict = verifier.check(draft)
    assert isinstance(verdict, Checked)
    assert verdict.support == "partial"


def test_an_addition_moves_a_claim_away_from_its_evidence_a_synonym_does_not(
    verifier: Verifier, passages: dict[str, Passage]
) -> None:
    """To the embedder of the tests "university" counts and "casino" does not."""
    opening = ScoredSentence(passages["Chen Tao"], 0, 1.0)
    added = verifier.check(Draft("The harbour and university opening is in May.", (opening,)))
    assert reason(added) == "The cited sentences do not mention: university."
    neutral = verifier.check(Draft("The grand harbour opening is in May.", (opening,)))
    assert reason(neutral) == ""


def test_without_an_embedder_a_word_without_a_counterpart_is_too_many(
    briefing: Transcript, passages: dict[str, Passage]
) -> None:
    strict = Verifier({briefing.id: briefing}.__getitem__, None)
    opening = ScoredSentence(passages["Chen Tao"], 0, 1.0)
    assert reason(strict.check(Draft("The harbour opening is in May.", (opening,)))) == ""
    text = "The grand harbour opening is in May."
    assert "grand" in reason(strict.check(Draft(text, (opening,))))


def test_a_premise_told_as_a_fact_is_rejected_and_told_as_asked_passes(
    verifier: Verifier, passages: dict[str, Passage]
) -> None:
    premise = ScoredSentence(passages["Daily Times"], 0, 1.0)
    told = "The harbour will get a zeppelin mast."
    assert "is a reporter" in reason(verifier.check(Draft(told, (premise,))))
    asked = "The Daily Times asked if the harbour will get a zeppelin mast."
    assert reason(verifier.check(Draft(asked, (premise,), "asked"))) == ""
    assert "only asked" in reason(verifier.check(Draft(told, (premise,), "asked")))
