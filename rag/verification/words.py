"""The content words and the names of a text, and whether a text in either language has them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.questions.names import NAME, name_keys
from rag.questions.sounds import sounds_like
from rag.text.data_file import data_table
from rag.text.dictionary import segment
from rag.text.language import CHINESE_RUN, STOP_WORDS, is_chinese
from rag.verification.digits import QUANTITY, in_digits
from rag.verification.thesaurus import is_common, related, stem_of, translations

# What says nothing, what has another form, terms of the briefings.
_VOCABULARY = data_table("rag.verification", "vocabulary.toml")

# What a report adds of its own accord, in any language.
_LIGHT = STOP_WORDS.union(_VOCABULARY["light"].split())
_LIGHT_CHINESE = frozenset(_VOCABULARY["light_chinese"].split())
_BASE_FORMS = dict(pair.split("-") for pair in _VOCABULARY["base_forms"].split())
# Terms of these briefings that the dictionary lacks or translates otherwise.
_TERMS = {
    chinese: tuple(tuple(map(stem_of, way.split())) for way in ways)
    for chinese, ways in _VOCABULARY["terms"].items()
}
_CUT = re.compile(f"({'|'.join(_TERMS)}|[和与及或])")

_TOKEN = re.compile(rf"«[^»]*»|{CHINESE_RUN.pattern}|[^\W\d_]+(?:&[^\W\d_]+)*")
# "N95", "3M" and "CO2" are names too.
_CAPITALISED = re.compile(
    r"(?<![A-Za-z\d])(?:\d+[A-Z]+|[A-Z]+\d+)(?![A-Za-z\d])|[A-Z][A-Za-z]*(?:&[A-Z][A-Za-z]*)*"
)
# Of a longer run of characters there are too many readings.
_LONGEST_NAME = 5
_OPENS_SENTENCE = re.compile(r"(?:^|[.!?:;]\s+|[\"“”(])$")


@dataclass(frozen=True, slots=True)
class Word:
    """A content word or a quantity (``«value:unit»``) of a text.

    ``ways`` are the ways to say it in English stems: its own stem, or the translations of a
    Chinese word. ``name`` says that the dictionary knows it as a name only.
    """

    text: str
    ways: tuple[tuple[str, ...], ...] = ()
    name: bool = False

    @property
    def is_quantity(self) -> bool:
        return self.text.startswith("«")


def content_words(text: str) -> list[Word]:
    """The content words and quantities of a text in their order."""
    found: list[Word] = []
    for token in _TOKEN.findall(in_digits(_plain(text))):
        if CHINESE_RUN.fullmatch(token):
            found.extend(_chinese_words(token))
        elif token.startswith("«"):
            found.append(Word(token))
        elif len(token) > 1:
            base = _BASE_FORMS.get(token, token)
            if base not in _LIGHT and stem_of(base) not in _LIGHT:
                found.append(Word(token, ((stem_of(base),),)))
    return found


def _chinese_words(run: str) -> Iterator[Word]:
    # Cut first: the longest entry in 人工智能和数字 would be 和数.
    for part in _CUT.split(run):
        for word in [part] if part in _TERMS else segment(part):
            if word in _TERMS:
                yield Word(word, _TERMS[word])
            elif len(word) > 1 and word not in _LIGHT_CHINESE:
                ways, name = translations(word)
                yield Word(word, ways, name)


def _plain(text: str) -> str:
    """The text without accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def latin_names(text: str) -> Iterator[str]:
    """The words of the names in a Latin text, in lower case; a name may be several."""
    plain_text = _plain(text)
    for match in _CAPITALISED.finditer(plain_text):
        word = match[0].casefold()
        opens = _OPENS_SENTENCE.search(plain_text[: match.start()])
        plain = word in _LIGHT or QUANTITY.search(in_digits(f"in {word}"))
        if plain or (opens and is_common(word)):
            continue
        yield word


def has_names(text: str) -> bool:
    """Whether a text names a person, a place or a body, abbreviations aside."""
    latin = any(not is_common(n) and n.capitalize() in text for n in latin_names(text))
    return latin or any(word.name for word in content_words(text))


class Text:
    """What a claim's words are looked up in: the cited sentences, or those around them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.digits = in_digits(text)
        self._is_chinese = is_chinese(text)
        self.words = content_words(text)
        self.stems = frozenset(s for word in self.words for way in word.ways for s in way)
        plain = _plain(text)
        self._latin = frozenset(re.findall(r"[a-z\d]+(?:&[a-z]+)*", plain.casefold()))
        # A Chinese word may be translated by one that says nothing in English ("area", "more").
        self._light = frozenset(map(stem_of, self._latin))
        self._names = frozenset(name_keys(NAME.findall(plain)))

    def has(self, word: Word, *, by_relation: bool = True) -> bool:
        """Whether it has a word, its translation or, ``by_relation``, one that shares an entry of
        the dictionary with either."""
        as_it_is = word.is_quantity or not word.text.isascii()
        return (
            (as_it_is and word.text in self.digits)
            or any(self._names_way(way, word, by_relation) for way in word.ways)
            or (not word.text.isascii() and self._has_transcribed(word))
        )

    def has_name(self, name: str) -> bool:
        """Whether it has a word of a Latin name, or one of the same stem."""
        return name in self._latin or stem_of(name) in self.stems

    def _names_way(self, way: Sequence[str], word: Word, by_relation: bool) -> bool:
        if word.text.isascii():
            return all(self._names_stem(stem, by_relation) for stem in way)
        held = [s in self._light or self._names_stem(s, by_relation) for s in way]
        # Of "northern part" or "inseparably close" half is enough, of "Communist Party" it is not.
        strictly = word.name or self._is_chinese or not by_relation
        return all(held) if strictly else 2 * sum(held) >= len(held)

    def _names_stem(self, stem: str, by_relation: bool = True) -> bool:
        return (
            stem in self.stems
            or (by_relation and not self.stems.isdisjoint(related(stem)))
            or any(same_start(stem, found) for found in self.stems)
        )

    def _has_transcribed(self, word: Word) -> bool:
        """Whether a name is read as a Chinese word; a short known one must be read so exactly."""
        exactly = bool(word.ways) and len(word.text) < 3
        return len(word.text) <= _LONGEST_NAME and any(
            sounds_like(word.text, name, exactly=exactly) for name in self._names
        )


def same_start(one: str, two: str) -> bool:
    """Whether two words share all but their endings, and at least four letters."""
    shortest = min(len(one), len(two))
    return shortest >= 4 and one[: max(4, shortest - 2)] == two[: max(4, shortest - 2)]
