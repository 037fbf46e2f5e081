"""Names in a question that the corpus does not know: what is asked of them, it cannot say.

"How many of the top universities does Shanghai have?" is as near to what was said of Hong Kong as
the same question about Hong Kong is. That nobody ever spoke of Shanghai tells them apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from rag.questions.names import NAME
from rag.questions.romanise import romanised_names
from rag.text.days import MONTHS, WEEKDAYS
from rag.text.dictionary import common_words, segment, senses
from rag.text.language import CHINESE_RUN, CHINESE_STOP, STOP_WORDS, terms, to_simplified

# Capitals that make no name. What happened "in December" may be told of as "last month".
_NO_NAMES = frozenset(
    [*"mr mrs ms miss dr prof sir english internet".split(), *map(str.lower, MONTHS + WEEKDAYS)]
)
Knows = Callable[[str], bool]

_SENTENCE = re.compile(r"(?<=[.!?。！？])\s*")
# "Macao", "Shanghai municipality, central east China". Other senses that explain themselves ("Frey
# (god in Norse mythology)", "Temujin, birth name of ...") are of people, whose names most often are
# parts of other names or written otherwise elsewhere.
_NAME_OF_SENSE = re.compile(
    r"([A-Z][\w'-]+(?: [A-Z][\w'-]+)*)[^(\d,]*"
    r"(?:.*\b(?:city|municipality|province|county|district|area|capital|region|island)\b.*)?"
)
# A name goes on behind such a mark: 玛丽·麦特琳.
_IN_NAMES = "·•-"
# Lone characters beside a name that are no part of it, beside the stop words.
_BESIDE = frozenset("说說话話讲講问問到去从從由跟比于於之里裡内內外上下同係系")


def unknown_names(question: str, knows: Knows, names: Mapping[str, str]) -> tuple[str, ...]:
    """The proper names in a question of which the corpus knows no word, as they are typed.

    Only sentences that ask are read; a user may say anything about himself. Of an English
    sentence the first word is passed over, as it has a capital anyway, and so are abbreviations,
    which are made up freely, and what is no name but for its capital ("the Minister"). Of
    Chinese ones names are read that the dictionary translates by names alone; a name put together
    from others' characters is left out.

    Args:
        question: in either language.
        knows: whether the corpus has a search term.
        names: the corpus's Latin names; see :func:`rag.questions.names.name_keys`.
    """
    sentences = [sentence for sentence in _SENTENCE.split(question) if sentence]
    asking = [s for s in sentences if s.endswith(("?", "？")) or s.startswith("(")] or sentences
    found = (name for s in asking for name in (*_latin(s), *_chinese(s, names)))
    unknown = (name for name, words in found if not any(map(knows, words)))
    return tuple(name for name in dict.fromkeys(unknown) if not _is_common(name))


def _is_common(name: str) -> bool:
    """Whether it is no name: "the Minister", "Monday", or part of a title ("Are The Benefits")."""
    words = name.casefold().split()
    small = not (_NO_NAMES | STOP_WORDS).isdisjoint(words)
    return small or (len(words) == 1 and words[0] in common_words())


def _latin(sentence: str) -> Iterator[tuple[str, list[str]]]:
    for name in NAME.findall(sentence.partition(" ")[2]):
        if words := terms(name):
            yield name, words


def _chinese(sentence: str, known: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
    simplified = to_simplified(sentence)
    read_as = {written for written, _ in romanised_names(simplified, known)}
    for run in CHINESE_RUN.finditer(simplified):
        before, after = simplified[: run.start()][-1:], simplified[run.end() :][:1]
        words = [before, *segment(run[0]), after]
        place = run.start()
        for left, word, right in zip(words, words[1:], words[2:], strict=False):
            apart = not (_goes_on(left) or _goes_on(right))
            if len(word) > 1 and apart and word not in read_as and (names := _named_by(word)):
                yield sentence[place : place + len(word)], [*names, *terms(word)]
            place += len(word)


def _goes_on(neighbour: str) -> bool:
    """Whether a neighbour may be part of the same name: a lone character that is no particle."""
    if CHINESE_RUN.match(neighbour):
        lone = len(neighbour) == 1 and neighbour not in _BESIDE
        return lone and not CHINESE_STOP.match(neighbour)
    return neighbour != "" and neighbour in _IN_NAMES


def _named_by(word: str) -> list[str]:
    """The terms of the names that a Chinese word is translated by; none if it is no name."""
    names = [_NAME_OF_SENSE.fullmatch(sense) for sense in senses(word)]
    return [term for name in names if name for term in terms(name[1])] if all(names) else []
