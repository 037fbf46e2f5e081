from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from eval.errors import SetError
from eval.studies.reader.examples import ROUNDS, Asked, Claimed, Text, read_briefing, read_rounds
from eval.studies.reader.negatives import beside, near_in_words, over_others, without_answer
from eval.studies.reader.prepare import weight_of
from rag.embedding.embedder import build_embedder
from rag.settings import load_settings

SAID = Text(
    "passage: Chen", "", ("The ferry resumes.", "The pier is new.", "It is long."), "g", "s"
)
OTHER = Text("passage: Wu", "", ("The budget grows.", "The ferry is blue."), "g", "s")


def test_the_splits_share_no_briefing_and_the_test_round_is_apart() -> None:
    splits = {name: read_rounds(name) for name in ("train", "dev", "test")}
    groups = {n: {e.text.group for e in (*d.asked, *d.claimed)} for n, d in splits.items()}
    assert not groups["train"] & groups["dev"]
    assert not (groups["train"] | groups["dev"]) & groups["test"]
    assert all(group.startswith("test/") for group in groups["test"])
    assert len(splits["train"].asked) > len(splits["dev"].asked) > 300


@pytest.mark.parametrize("round_", sorted(p.name for p in ROUNDS.iterdir() if p.is_dir()))
def test_every_record_can_be_read_and_about_half_of_its_questions_are_near_misses(
    round_: str,
) -> None:
    found = [e for file in (ROUNDS / round_).glob("*.jsonl") for e in read_briefing(file)]
    asked = [e for e in found if isinstance(e, Asked)]
    assert 0.4 < sum(e.is_answered for e in asked) / len(asked) < 0.6
    assert all(e.text.sentences for e in found)
    assert all(max(e.answers, default=0) < len(e.text.sentences) for e in asked)


def test_a_line_that_cannot_be_used_is_told_with_its_number(tmp_path: Path) -> None:
    file = tmp_path / "broken.jsonl"
    file.write_text(json.dumps({"id": "x"}) + "\n", encoding="utf-8")
    with pytest.raises(SetError, match="line 1"):
        list(read_briefing(file))


def test_what_is_made_by_program_does_not_answer() -> None:
    asked = Asked("When does the ferry resume?", SAID, frozenset({0}), words="resumes")
    far = Asked("How is the budget?", OTHER, frozenset({0}), words="grows")
    rng = random.Random(1)
    (cut,) = without_answer([asked], 1.0, rng)
    assert cut.text.sentences == SAID.sentences[1:]
    assert not cut.is_answered
    found = {one.question: one.text for one in near_in_words([asked, far], 1.0, rng)}
    assert found == {asked.question: OTHER, far.question: SAID}


def test_the_passages_of_the_briefing_nearest_to_a_question_are_near_misses() -> None:
    embedder = build_embedder(load_settings())
    far = Text("passage: Ho", "", ("Kindergartens are closed on Monday.",), "g", "s")
    elsewhere = Text("passage: Li", "", ("The ferry resumes on Monday.",), "another", "s")
    asked = Asked("When do the boats sail again?", SAID, frozenset({0}))
    others = [
        Asked("How is the ferry painted?", OTHER, frozenset({1})),
        Asked("What is shut?", far, frozenset({0})),
        Asked("Who swims?", far, frozenset()),
        Asked("What sails?", elsewhere, frozenset({0})),
    ]
    made = list(beside([asked, *others], 1, embedder))
    assert {one.question: one.text for one in made}[asked.question] == OTHER
    assert not any(one.is_answered for one in made)
    assert {one.question for one in made} == {asked.question, *(o.question for o in others[:2])}
    assert len(list(beside([asked, *others], 2, embedder))) == 2 * len(made)


def test_what_a_reader_has_seen_is_drawn_less_than_what_is_new_to_it() -> None:
    old, fresh = (replace(SAID, group=f"{round_}/01") for round_ in ("r1", "r2"))
    seen, unseen = (Asked("When?", text, frozenset({0})) for text in (old, fresh))
    assert weight_of("own", seen) == weight_of("own", unseen) == weight_of("own", unseen, ["r2"])
    assert weight_of("own", seen, ["r2"]) < weight_of("own", unseen, ["r2"])


def test_a_true_claim_over_another_sentence_is_not_given() -> None:
    cited = Text("passage: Chen", "", ("The ferry resumes.",), "g", "s")
    claim = Claimed("The ferry starts again.", cited, "borne_out")
    (made,) = over_others([claim], [OTHER], 1.0, random.Random(1))
    assert made.label == "not_given"
    assert made.text.sentences[0] in OTHER.sentences
    assert list(over_others([claim], [cited], 1.0, random.Random(1))) == []
