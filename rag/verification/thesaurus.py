"""Words that mean the same, by way of Chinese: what translates one word can replace another.

CC-CEDICT gives 扩大 as "to expand; to enlarge; to broaden": three words that share an entry are
related (pivoting; Bannard and Callison-Burch, ACL 2005). Being one dictionary for both
languages, it tells as well whether a Chinese word is named by an English text.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import lru_cache

from rag.text.dictionary import dictionary
from rag.text.language import STOP_WORDS, stemmer

_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_NO_GLOSS = re.compile(r"CL:|(?:old )?variant of|see |surname |abbr\. |also written")
_NAME = re.compile(r"[A-Z][\w'-]*(?: (?:of |and |the )*[A-Z][\w'-]*)*")
# What stands in a gloss for any object ("to apply for sth").
_SAYS_NOTHING = STOP_WORDS | {"sth", "sb", "etc", "usu", "esp"}
# A gloss of more words explains rather than translates.
_MAX_STEMS = 5


@lru_cache(maxsize=8192)
def related(stem: str) -> frozenset[str]:
    """The stems (Snowball) that share an entry with this one, itself included."""
    entries, stems = _index()
    return frozenset({stem}.union(*(stems[entry] for entry in entries.get(stem, ()))))


def is_verb(stem: str) -> bool:
    """Whether the dictionary has a stem as a verb ("to record") at least as often as otherwise."""
    verbs, others = _uses()
    return verbs[stem] >= max(1, others[stem])


def means_to_do(word: str) -> bool:
    """Whether a Simplified Chinese word is a verb first of all ("to accelerate")."""
    return any(entry.partition("] /")[2].startswith("to ") for entry in dictionary().get(word, ()))


def is_common(word: str) -> bool:
    """Whether a lower-case English word is one that the dictionary translates by."""
    return stem_of(word) in _index()[0]


@lru_cache(maxsize=8192)
def translations(word: str) -> tuple[tuple[tuple[str, ...], ...], bool]:
    """The ways to say a Simplified Chinese word, each as stems, and whether all are names.

    Of a name that is explained, "Shenzhen subprovincial city in Guangdong", the name is taken.
    """
    ways, names = [], []
    for entry in dictionary().get(word, ()):
        for sense in re.split("[/;]", _ASIDE.sub("", entry[entry.index("]") + 1 :])):
            plain = sense.strip().removeprefix("to ")
            if not plain or _NO_GLOSS.match(plain):
                continue
            name = _NAME.match(plain)
            named = (name[0] if name else plain).casefold()
            # "As a matter of fact" opens with a capital as well.
            named_so = name is not None and name[0].split()[0].casefold() not in STOP_WORDS
            names.append(named_so)
            words = (w for w in re.findall(r"[a-z&]+", named) if w not in _SAYS_NOTHING)
            stems = [stem_of(word) for word in words]
            if 0 < len(stems) <= _MAX_STEMS:
                ways.append(tuple(stems))
    return tuple(dict.fromkeys(ways)), bool(names) and all(names)


@lru_cache(maxsize=65536)
def stem_of(word: str) -> str:
    """The Snowball stem of a lower-case English word."""
    return str(stemmer().stemWord(word))


@lru_cache(maxsize=1)
def _uses() -> tuple[Counter[str], Counter[str]]:
    """How many senses of the dictionary are a stem as a verb, and how many the bare stem."""
    verbs: Counter[str] = Counter()
    others: Counter[str] = Counter()
    for entries in dictionary().values():
        for entry in entries:
            for sense in entry[entry.index("]") + 1 :].replace("/", ";").split(";"):
                word = sense.strip().removeprefix("to ")
                if word.isalpha() and word.islower():
                    (verbs if sense.strip().startswith("to ") else others)[word] += 1
    return _stemmed(verbs), _stemmed(others)


def _stemmed(words: Counter[str]) -> Counter[str]:
    stems: Counter[str] = Counter()
    for (_, times), stem in zip(words.items(), stemmer().stemWords(list(words)), strict=True):
        stems[stem] += times
    return stems


@lru_cache(maxsize=1)
def _index() -> tuple[dict[str, list[str]], dict[str, set[str]]]:
    """Stem to the words it translates, and word to the stems that translate it.

    A lone character has too many senses to relate its translations.
    """
    pairs = [
        (chinese, gloss)
        for chinese, entries in dictionary().items()
        if len(chinese) > 1
        for entry in entries
        for sense in entry[entry.index("]") :].replace("/", ";").split(";")
        if (gloss := sense.strip().removeprefix("to ")).isalpha() and gloss.islower()
    ]
    entries: dict[str, list[str]] = defaultdict(list)
    stems: dict[str, set[str]] = defaultdict(set)
    for (chinese, _), stem in zip(pairs, stemmer().stemWords([g for _, g in pairs]), strict=True):
        entries[stem].append(chinese)
        stems[chinese].add(stem)
    return dict(entries), dict(stems)
