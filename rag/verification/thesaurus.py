"""Words that mean the same, by way of Chinese: what translates one word can replace another.

CC-CEDICT gives 扩大 as "to expand; to enlarge; to broaden": three words that share an entry are
related (pivoting; Bannard and Callison-Burch, ACL 2005). Being one dictionary for both
languages, it tells as well whether a Chinese word is named by an English text.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import lru_cache

from rag.text.dictionary import dictionary, senses, without_asides
from rag.text.language import STOP_WORDS, stemmer

_NAME = re.compile(r"[A-Z][\w'-]*(?: (?:of |and |the )*[A-Z][\w'-]*)*")
# What stands in a gloss for any object ("to apply for sth").
_SAYS_NOTHING = STOP_WORDS | {"sth", "sb", "etc", "usu", "esp"}
# A gloss of more words explains rather than translates.
_MAX_STEMS = 5


@lru_cache(maxsize=8192)
def related(stem: str) -> frozenset[str]:
    """The stems (Snowball) that share an entry with this one, itself included."""
    entries = _index().entries.get(stem, ())
    return frozenset({stem}.union(*(_index().stems[entry] for entry in entries)))


def is_verb(stem: str) -> bool:
    """Whether the dictionary has a stem as a verb ("to record") at least as often as otherwise."""
    return _index().verbs[stem] >= max(1, _index().others[stem])


def is_common(word: str) -> bool:
    """Whether a lower-case English word is one that the dictionary translates by."""
    return stem_of(word) in _index().entries


@lru_cache(maxsize=8192)
def translations(word: str) -> tuple[tuple[tuple[str, ...], ...], bool]:
    """The ways to say a Simplified Chinese word, each as stems, and whether all are names.

    Of a name that is explained, "Shenzhen subprovincial city in Guangdong", the name is taken.
    """
    ways, names = [], []
    for sense in senses(word):
        plain = without_asides(sense).removeprefix("to ")
        name = _NAME.match(plain)
        named = (name[0] if name else plain).casefold()
        # "As a matter of fact" opens with a capital as well.
        names.append(name is not None and name[0].split()[0].casefold() not in STOP_WORDS)
        stems = [stem_of(w) for w in re.findall(r"[a-z&]+", named) if w not in _SAYS_NOTHING]
        if 0 < len(stems) <= _MAX_STEMS:
            ways.append(tuple(stems))
    return tuple(dict.fromkeys(ways)), bool(names) and all(names)


@lru_cache(maxsize=65536)
def stem_of(word: str) -> str:
    """The Snowball stem of a lower-case English word."""
    return str(stemmer().stemWord(word))


@dataclass(frozen=True, slots=True)
class _Index:
    """The senses of a single word, by stem: the words they translate and, for each of these, the
    stems that do, lone characters aside, which have too many senses; and how many senses are a
    verb, and how many the bare stem."""

    entries: dict[str, list[str]]
    stems: dict[str, set[str]]
    verbs: Counter[str]
    others: Counter[str]


@lru_cache(maxsize=1)
def _index() -> _Index:
    told = ((chinese, sense) for chinese in dictionary() for sense in senses(chinese))
    words = [(c, s.removeprefix("to "), s.startswith("to ")) for c, s in told]
    single = [(c, word, verb) for c, word, verb in words if word.isalpha() and word.islower()]
    stemmed = stemmer().stemWords([word for _, word, _ in single])
    index = _Index(defaultdict(list), defaultdict(set), Counter(), Counter())
    for (chinese, _, verb), stem in zip(single, stemmed, strict=True):
        (index.verbs if verb else index.others)[stem] += 1
        if len(chinese) > 1:
            index.entries[stem].append(chinese)
            index.stems[chinese].add(stem)
    return index
