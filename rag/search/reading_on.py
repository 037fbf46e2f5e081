"""Reading on: where one sentence only announces the answer, or begins it, what follows is the rest.

"There are three groups of people who may apply. The first is ..." A question for a list is
answered by the items, a question about what a reporter asked by the rest of what that one said,
and neither repeats the question's words as the sentence before them does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from rag.search.ranking import Scores
from rag.types import Question, ScoredSentence

# "There are three groups", "the following measures:", "有四个定位", "一共三點"; no announcement is
# "the two measures that were passed".
_ANNOUNCES = re.compile(
    r"(?<!\bthe )(?<!\bthese )(?<!\bthose )(?<!\ball )(?<!\blast )\b"
    r"(?:two|three|four|five|six|seven|eight|nine|ten|several|following)\s+"
    r"(?:[\w-]+ ){0,2}?[\w-]+s\b[^:]*$|\bas follows\b|:$"
    r"|(?:[两兩二三四五六七八九十]|以下|[几幾])(?:个|個|项|項|点|點|条|條|类|類|种|種|方面|大|步)[^：]*$|如下|：$",
    re.IGNORECASE,
)
_ITEM = re.compile(
    r"^\W*(?:and |the )?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|one|another|"
    r"next|then|final|last|in addition|also)(?:ly)?\b"
    r"|^\W*(?:第?[一二三四五六七八九十]|其[一二三四五]|首先|其次|再次|另外|此外|最[后後]|同[时時])",
    re.IGNORECASE,
)
# Several things in one sentence.
_SERIES = re.compile(r",.*,|, and |、|；|;")
# How far behind the announcement an item may stand, in sentences: each may be explained.
_WITHIN = 12
# How much lower than the sentence before it each further one is put.
_STEP = 0.02


def read_on(question: Question, found: Sequence[ScoredSentence]) -> Scores:
    """The scores, raised where a sentence goes on with a better one.

    Args:
        question: what is asked.
        found: candidate sentences with their scores, in any order.
    """
    scores = np.array([sentence.score for sentence in found])
    if not (question.about_asking or question.asks_for_list):
        return scores
    order = sorted(range(len(found)), key=lambda i: _where(found[i]))
    ordered = [found[i] for i in order]
    for at, first in enumerate(order):
        for further, place in enumerate(_rest(question, ordered[at : at + _WITHIN + 1]), 1):
            after = order[at + place]
            scores[after] = max(scores[after], scores[first] - _STEP * further)
    return scores


def _where(sentence: ScoredSentence) -> tuple[str, int, int]:
    return sentence.passage.transcript_id, sentence.passage.turn, sentence.range.start


def _rest(question: Question, found: Sequence[ScoredSentence]) -> Iterator[int]:
    """Which of the sentences, in the order of the text, are the rest of what the first begins."""
    first, *_ = found
    turn = _where(first)[:2]
    following = [
        (place, sentence.text)
        for place, sentence in enumerate(found[1:], 1)
        if _where(sentence)[:2] == turn
    ]
    if question.about_asking and first.passage.role == "reporter":
        yield from (place for place, _ in following)
    elif question.asks_for_list and following and _ANNOUNCES.search(first.text):
        items = [place for place, text in following if _ITEM.search(text)]
        if items[:1] == [1]:
            yield from items
        elif _SERIES.search(following[0][1]):
            yield 1
