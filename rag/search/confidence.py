"""How sure one can be that the evidence answers, and in words why not.

A logistic model over few features of the question and of the sentences that were read for it, and a
second one over what that says and what the reader says: the first tells what is far from all that
was said, the second what is near and still not stated. ``python -m eval.calibrate`` fits both on
development sets, writes them to ``confidence.json`` and shows in ``eval/calibration/`` what they
reach.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Literal

from rag.search.asked_for import (
    QUANTITIES,
    Kind,
    asked_for,
    gives,
    is_specific,
)
from rag.text.concepts import Concept, Rarity, coverage
from rag.text.language import is_chinese, terms
from rag.types import STATEMENT_ROLES, Language, Question, ScoredSentence

Pair = Literal["same", "chinese", "across"]

# The cosines of the bundled model lie higher where both sides are Chinese, and lower across
# languages: each pair has coefficients of its own.
PAIRS: tuple[Pair, ...] = ("same", "chinese", "across")
INPUTS = ("cosine", "named", "in_one", "gives")
FILE = "confidence.json"
READER, READER_INPUTS = "reader", ("intercept", "stated", "likeness")
# Beyond these log odds the features say no more.
MOST = 5.0

# How many of the best sentences are looked through for the quantity that was asked for: as many
# as an answer quotes.
_LOOKED_THROUGH = 3
# Shares enter as logarithms: between none and a fifth of the subject lies more than between four
# fifths and all of it. These are added first, so that none is no infinity. Over the dev sets, by
# cross-validation, refusal F1 on page 10 is .754 so, .708 with ``named`` alone as it is.
_FLOORS = {"named": 0.1, "in_one": 0.05}


@dataclass(frozen=True, slots=True)
class Read:
    """A sentence that was read for a question: its cosine with it, and its terms."""

    sentence: ScoredSentence
    cosine: float
    terms: frozenset[str]


@dataclass(frozen=True, slots=True)
class Features:
    """What the model sees of a question and its evidence.

    ``cosine``: of the question and its nearest sentence. ``named``: the share of the concepts
    of the question's subject, weighted by rarity, that the passages read name; ``in_one``: that
    one sentence names. ``gives``: whether the best sentence has a thing of the kind ``asked_for``;
    ``no_quantity``: whether a quantity is asked for and none of the best sentences has one.
    ``stated``: the log odds, by the reader, that the likeliest passage states what is asked; None
    where there is no reader.
    ``unknown``: names in the question of which the corpus knows no word; ``missing``: of which no
    passage read has one, for the reason alone.
    """

    pair: Pair
    cosine: float
    named: float
    in_one: float
    gives: bool
    no_quantity: bool = False
    unknown: tuple[str, ...] = ()
    asked_for: Kind | None = None
    missing: tuple[str, ...] = ()
    stated: float | None = None

    @property
    def inputs(self) -> tuple[float, ...]:
        """The values of INPUTS."""
        values = ((name, float(getattr(self, name))) for name in INPUTS)
        return tuple(
            math.log(value + _FLOORS[name]) if name in _FLOORS else value for name, value in values
        )


def features_of(
    question: Question,
    wanted: Callable[[str], tuple[Concept, ...]],
    read: Sequence[Read],
    rarity: Rarity,
    unknown: tuple[str, ...] = (),
    names_beyond: Callable[[Callable[[str], bool]], tuple[str, ...]] = lambda _: (),
) -> Features | None:
    """The features of a question over the sentences read for it, best first; None without any.

    ``wanted`` gives the question's concepts as a text of some language names them, ``unknown``
    are the names of :func:`rag.questions.unknown_names.unknown_names` that the corpus does not
    know, ``names_beyond`` gives those that are not known to whatever knows some terms.
    """
    text = question.standalone
    # What only a reporter or the moderator said answers nothing but a question about asking.
    answering = [r for r in read if r.sentence.passage.role in STATEMENT_ROLES]
    usable = answering if answering and not question.about_asking else list(read)
    if not usable:
        return None
    best = usable[0].sentence
    subject = [concept for concept in wanted(best.text) if is_specific(concept)]
    found = frozenset[str]().union(*(r.terms for r in read)).union(
        *(terms(f"{p.title} {p.speaker}") for p in {r.sentence.passage.id: r.sentence.passage
                                                    for r in read}.values())
    )  # fmt: skip
    kind = asked_for(text)
    return Features(
        pair=_pair(text, best.text),
        cosine=max(r.cosine for r in usable),
        named=coverage(subject, found, rarity) if subject else 1.0,
        in_one=max(coverage(subject, r.terms, rarity) for r in usable[:_LOOKED_THROUGH])
        if subject
        else 1.0,
        gives=gives(kind, best.text, text),
        # "What was asked about the rate?" is answered without one.
        no_quantity=kind in QUANTITIES
        and not question.about_asking
        and not any(gives(kind, r.sentence.text, text) for r in usable[:_LOOKED_THROUGH]),
        unknown=unknown,
        asked_for=kind,
        missing=names_beyond(found.__contains__),
    )


def confidence(features: Features) -> float:
    """The estimated probability that the evidence answers the question, 0 to 1.

    What is asked of somebody or some place that was never spoken of has no answer, nor is a
    question for a quantity answered by sentences without one: for these likeness counts as least.
    """
    if features.stated is None:
        return 0.0 if _is_ruled_out(features) else _probability(_logit(features))
    intercept, of_stated, of_likeness = reader_coefficients()
    return _probability(intercept + of_stated * features.stated + of_likeness * likeness(features))


def likeness(features: Features) -> float:
    """The log odds that the evidence answers, by the features alone, between -MOST and MOST."""
    return -MOST if _is_ruled_out(features) else max(-MOST, min(MOST, _logit(features)))


def _is_ruled_out(features: Features) -> bool:
    return bool(features.unknown) or features.no_quantity


def _logit(features: Features) -> float:
    intercept, *weights = coefficients()[features.pair]
    return intercept + sum(w * v for w, v in zip(weights, features.inputs, strict=True))


def _probability(logit: float) -> float:
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))


@lru_cache(maxsize=1)
def _stored() -> dict[str, dict[str, float]]:
    stored: dict[str, dict[str, float]] = json.loads(
        (files("rag.search") / FILE).read_text(encoding="utf-8")
    )
    return stored


def reset_coefficients() -> None:
    """Read them anew: the file was written."""
    _stored.cache_clear()


def coefficients() -> dict[Pair, tuple[float, ...]]:
    """For each pair of languages the intercept, then the weight of each of INPUTS."""
    stored = _stored()
    return {pair: tuple(stored[pair][name] for name in ("intercept", *INPUTS)) for pair in PAIRS}


def reader_coefficients() -> tuple[float, ...]:
    """Beside a reader: the intercept, the weight of what it says, and of the likeness."""
    stored = _stored()[READER]
    return tuple(stored[name] for name in READER_INPUTS)


def refusal_reason(features: Features | None, language: Language) -> str:
    """Why the transcripts are taken not to answer: one sentence in the question's language."""
    words = _REASONS[language]
    if features is None:
        return words["nothing"]
    if features.unknown:
        return words["unknown"].format(_quoted(features.unknown))
    if features.missing:
        return words["missing"].format(_quoted(features.missing))
    if features.asked_for:
        return words["kind" if features.gives else "no_kind"].format(words[features.asked_for])
    return words["far"]


def no_more(language: Language) -> str:
    """Why a request for more is refused: one sentence in the question's language."""
    return _REASONS[language]["no_more"]


def _quoted(words: Sequence[str]) -> str:
    return ", ".join(f"“{word}”" for word in words[:2])


def _pair(question: str, sentence: str) -> Pair:
    if is_chinese(question) != is_chinese(sentence):
        return "across"
    return "chinese" if is_chinese(question) else "same"


_REASONS: dict[Language, dict[str, str]] = {
    "en": {
        "nothing": "Nothing was found to read for this question.",
        "unknown": "Nowhere do the transcripts mention {}.",
        "missing": "The passages nearest to the question do not mention {}.",
        "kind": "Nothing that was said comes near enough to give the {} asked for.",
        "no_kind": "The nearest sentence gives no {}, which is what was asked for.",
        "far": "Nothing that was said comes near enough to the question.",
        "no_more": "Nothing more was said there that has not been quoted already.",
        "money": "amount of money", "percentage": "percentage", "date": "date",
        "number": "number", "person": "name of a person", "place": "place", "reason": "reason",
    },
    "zh-Hans": {
        "nothing": "没有找到可供回答这个问题的段落。",
        "unknown": "实录中从未提到{}。",
        "missing": "最接近的段落没有提到{}。",
        "kind": "实录中没有足够接近的内容给出所问的{}。",
        "no_kind": "最接近的句子没有给出所问的{}。",
        "far": "实录中没有足够接近这个问题的内容。",
        "no_more": "那一处的内容已经全部引用，没有更多了。",
        "money": "金额", "percentage": "百分比", "date": "日期",
        "number": "数字", "person": "人名", "place": "地点", "reason": "原因",
    },
    "zh-Hant": {
        "nothing": "沒有找到可供回答這個問題的段落。",
        "unknown": "實錄中從未提到{}。",
        "missing": "最接近的段落沒有提到{}。",
        "kind": "實錄中沒有足夠接近的內容給出所問的{}。",
        "no_kind": "最接近的句子沒有給出所問的{}。",
        "far": "實錄中沒有足夠接近這個問題的內容。",
        "no_more": "那一處的內容已經全部引用，沒有更多了。",
        "money": "金額", "percentage": "百分比", "date": "日期",
        "number": "數字", "person": "人名", "place": "地點", "reason": "原因",
    },
}  # fmt: skip
