"""Examples made by program: questions and claims over what does not answer or bear them out.

A near miss shares its subject with what answers: the same passage without the answering sentence,
the passage that is nearest in words of all others, the nearest other one of the same briefing.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

import bm25s
import numpy as np

from eval.studies.reader.examples import Asked, Claimed, Text
from rag.embedding.embedder import Embedder
from rag.text.language import terms

_NEAREST = 6
# Fewer sentences without the answering one would not be a passage.
_FEWEST_LEFT = 2


def without_answer(asked: Sequence[Asked], share: float, rng: random.Random) -> Iterator[Asked]:
    """A share of the answered questions over their passages without what answers."""
    for one in asked:
        left = [s for place, s in enumerate(one.text.sentences) if place not in one.answers]
        if one.answers and len(left) >= _FEWEST_LEFT and rng.random() < share:
            text = replace(one.text, sentences=tuple(left))
            yield replace(one, text=text, answers=frozenset(), kind="without_answer")


def beside(asked: Sequence[Asked], count: int, embedder: Embedder) -> Iterator[Asked]:
    """Each of our own answered questions over the passages of its briefing nearest to it.

    ``count`` of them a question, the answering one left out: those that a search would find, too.
    """
    groups: dict[str, list[Text]] = defaultdict(list)
    for text in dict.fromkeys(one.text for one in asked):
        groups[text.group].append(text)
    vectors = {
        group: embedder.embed_passages([" ".join(text.sentences) for text in texts])
        for group, texts in groups.items()
    }
    for one in asked:
        if one.answers:
            texts = groups[one.text.group]
            near = np.argsort(-vectors[one.text.group] @ embedder.embed_question(one.question))
            others = (texts[place] for place in near if texts[place] != one.text)
            for text in islice(others, count):
                yield replace(one, text=text, answers=frozenset(), kind="beside")


def near_in_words(asked: Sequence[Asked], share: float, rng: random.Random) -> Iterator[Asked]:
    """A share of the answered questions over the passage nearest in words that has not the answer.

    Only questions whose answer's words are known: a passage that holds them may answer too.
    """
    by_source: dict[str, list[Asked]] = defaultdict(list)
    for one in asked:
        if one.words:
            by_source[one.text.source].append(one)
    for every in by_source.values():
        texts = list(dict.fromkeys(one.text for one in every))
        joined = [" ".join(text.sentences) for text in texts]
        index = bm25s.BM25()
        index.index([terms(text) for text in joined], show_progress=False)
        chosen = [one for one in every if rng.random() < share]
        wanted = [terms(one.question) or ["?"] for one in chosen]
        found = index.retrieve(wanted, k=min(_NEAREST, len(texts)), show_progress=False).documents
        for one, places in zip(chosen, np.asarray(found).tolist(), strict=True):
            for place in places:
                if texts[place] != one.text and one.words not in joined[place]:
                    kind = "near_in_words"
                    yield replace(one, text=texts[place], answers=frozenset(), kind=kind,
                                  whole=False)  # fmt: skip
                    break


def over_others(claimed: Sequence[Claimed], texts: Sequence[Text], share: float,
                rng: random.Random) -> Iterator[Claimed]:  # fmt: skip
    """A share of our own true claims over other sentences of the same briefing."""
    groups: dict[str, list[Text]] = defaultdict(list)
    for text in texts:
        groups[text.group].append(text)
    for one in claimed:
        if one.label != "borne_out" or rng.random() >= share or not groups[one.text.group]:
            continue
        text = rng.choice(groups[one.text.group])
        place = rng.randrange(len(text.sentences))
        sentence = text.sentences[place]
        if sentence not in one.text.sentences:
            before = text.sentences[place - 1] if place else text.before
            text = replace(text, before=before, sentences=(sentence,))
            yield replace(one, text=text, label="not_given", kind="over_others")
