"""How sure one can be that the evidence answers, and in words why not.

A logistic model over five numbers: what the reader says, which is less sure across languages, how
far even the nearest sentence is from the question, whether the question names what was never spoken
of, and whether it asks for a figure that no sentence gives. ``python -m eval.studies.calibrate``
fits it on development sets, writes it to ``confidence.json`` and shows in ``eval/calibration/``
what it reaches.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Literal

from rag.text.data_file import wording
from rag.text.figures import Kind, figure_asked_for, figures_given
from rag.text.language import is_chinese, terms
from rag.types import Language, Question, ScoredSentence

Pair = Literal["same", "chinese", "across"]

# The cosines of the bundled model lie higher where both sides are Chinese, and lower across
# languages: what is far differs from pair to pair.
PAIRS: tuple[Pair, ...] = ("same", "chinese", "across")
INPUTS = ("stated", "far", "across", "unknown", "no_figure")
FILE = "confidence.json"
_REASONS = "rag.search", "reasons.toml"

# How many of the best sentences are looked through for the figure that was asked for: as many
# as an answer quotes.
_LOOKED_THROUGH = 3
# A reader that read nothing is as sure as it can be that nothing is stated; see
# :func:`rag.search.read_passages.log_odds`.
_UNREAD = -13.8


@dataclass(frozen=True, slots=True)
class Read:
    """A sentence that was read for a question, and its cosine with it."""

    sentence: ScoredSentence
    cosine: float


@dataclass(frozen=True, slots=True)
class Features:
    """What the model sees of a question and its evidence.

    ``stated``: the log odds, by the reader, that the likeliest passage states what is asked.
    ``cosine``: of the question and its nearest sentence, which are a ``pair`` of languages.
    ``unknown``: names in the question of which the corpus knows no word; ``missing``: of which no
    passage read has one, for the reason alone. ``no_figure``: the kind of figure that is asked for,
    where none of the best sentences has one.
    """

    pair: Pair
    cosine: float
    stated: float = _UNREAD
    unknown: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    no_figure: Kind | None = None

    def distance(self, near: Mapping[Pair, float]) -> float:
        """How much the cosine lacks of what is ``near`` for the pair; 0 where it lacks nothing."""
        return max(0.0, near[self.pair] - self.cosine)

    def inputs(self, near: Mapping[Pair, float]) -> tuple[float, ...]:
        """The values of INPUTS."""
        signs = self.pair == "across", bool(self.unknown), self.no_figure is not None
        return (self.stated, self.distance(near), *map(float, signs))


def features_of(
    question: Question,
    read: Sequence[Read],
    stated: float | None,
    unknown: tuple[str, ...] = (),
    names_beyond: Callable[[Callable[[str], bool]], tuple[str, ...]] = lambda _: (),
) -> Features | None:
    """The features of a question over the sentences read for it, best first; None without any.

    ``stated`` is None where no passage was read. ``unknown`` are the names of
    :func:`rag.questions.unknown_names.unknown_names` that the corpus does not know,
    ``names_beyond`` gives those that are not known to whatever knows some terms.
    """
    text = question.standalone
    # What may not be quoted answers nothing; where there is only that, it serves for the reason.
    usable = [r for r in read if r.sentence.passage.role in question.evidence_roles] or list(read)
    if not usable:
        return None
    best = [r.sentence.text for r in usable[:_LOOKED_THROUGH]]
    kind = figure_asked_for(text)
    # When something is may be told without a date ("in the next few months"), and "what was asked
    # about the rate?" is answered without one.
    counts = kind if kind != "date" and not question.about_asking else None
    given = counts and any(any(figures_given(counts, said, text)) for said in best)
    passages = {r.sentence.passage.id: r.sentence.passage for r in read}.values()
    found = frozenset(terms(" ".join(f"{p.title} {p.speaker} {p.text}" for p in passages)))
    return Features(
        pair=pair_of(text, best[0]),
        cosine=max(r.cosine for r in usable),
        stated=_UNREAD if stated is None else stated,
        unknown=unknown,
        missing=names_beyond(found.__contains__),
        no_figure=None if given else counts,
    )


def confidence(features: Features) -> float:
    """The estimated probability that the evidence answers the question, 0 to 1."""
    return probability(features, fitted())


def probability(features: Features, model: Fitted) -> float:
    """The same by another model; for calibration."""
    inputs = features.inputs(model.near)
    logit = model.intercept + sum(w * v for w, v in zip(model.weights, inputs, strict=True))
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))


@dataclass(frozen=True, slots=True)
class Fitted:
    """The model: its intercept, the weight of each of INPUTS, and what is near."""

    intercept: float
    weights: tuple[float, ...]
    near: Mapping[Pair, float]


@lru_cache(maxsize=1)
def fitted() -> Fitted:
    """The model in force."""
    stored = json.loads((files("rag.search") / FILE).read_text(encoding="utf-8"))
    weights = tuple(float(stored["weights"][name]) for name in INPUTS)
    return Fitted(stored["intercept"], weights, stored["near"])


def refusal_reason(features: Features | None, language: Language) -> str:
    """Why the transcripts are taken not to answer: one sentence in the question's language."""
    words = wording(*_REASONS, language)
    if features is None:
        return words["nothing"]
    if features.unknown:
        return words["unknown"].format(_quoted(features.unknown, words))
    if features.missing:
        return words["missing"].format(_quoted(features.missing, words))
    if features.no_figure:
        return words["no_figure"].format(words[features.no_figure])
    return words["far" if features.distance(fitted().near) else "unstated"]


def no_more(language: Language, *, chosen: bool) -> str:
    """Why a request for more, of what is chosen or of all, is refused: one sentence."""
    return wording(*_REASONS, language)["no_more_chosen" if chosen else "no_more"]


def _quoted(names: Sequence[str], words: Mapping[str, str]) -> str:
    return words["between"].join(words["quoted"].format(name) for name in names[:2])


def pair_of(question: str, sentence: str) -> Pair:
    """In which languages a question and a sentence stand to each other."""
    if is_chinese(question) != is_chinese(sentence):
        return "across"
    return "chinese" if is_chinese(question) else "same"
