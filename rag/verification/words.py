"""The content words and the names of a text, and whether a text in either language has them."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.questions.abbreviations import SHORT
from rag.questions.romanise import squeeze
from rag.questions.sounds import sounds_like
from rag.text.gloss import segment
from rag.text.language import CHINESE_RUN, STOP_WORDS
from rag.verification.digits import QUANTITY, in_digits
from rag.verification.thesaurus import is_common, related, stem_of, translations

_TOKEN = re.compile(rf"«[^»]*»|{CHINESE_RUN.pattern}|[^\W\d_]+(?:&[^\W\d_]+)*")
# "N95", "3M" and "CO2" are names too.
_CAPITALISED = re.compile(
    r"(?<![A-Za-z\d])(?:\d+[A-Z]+|[A-Z]+\d+)(?![A-Za-z\d])|[A-Z][A-Za-z]*(?:&[A-Z][A-Za-z]*)*"
)
# Of a longer run of characters there are too many readings.
_LONGEST_NAME = 5
_PART = r"[A-Z][a-z]+(?:-[a-z]+)*"
_OPENS_SENTENCE = re.compile(r"(?:^|[.!?:;]\s+|[\"“”(])$")
# What a report adds of its own accord, in any language.
_LIGHT = STOP_WORDS | frozenset(
    """according well including include such among both each other another one way so that while
    whose while thus therefore furthermore moreover particularly especially above amount put part
    around roughly approximately nearly about some set go going go keep take place
    mr mrs ms dr hon chair no not never none nor cannot without become come make aim name call
    contain stand lie regard concern through under across line few only field area kind type
    aspect matter people person enjoy boast ask government before after largest biggest
    because once within several between against due ahead behind receive get obtain goe""".split()
)
_BASE_FORMS = dict(
    pair.split("-")
    for pair in """became-become came-come gave-give given-give grew-grow grown-grow kept-keep
    took-take taken-take made-make rose-rise risen-rise fell-fall fallen-fall found-find held-hold
    led-lead began-begin begun-begin built-build bought-buy brought-bring spent-spend wrote-write
    written-write sent-send lost-lose won-win met-meet went-go gone-go saw-see seen-see knew-know
    known-know chose-choose chosen-choose drew-draw drawn-draw""".split()
)
# Whose adjective has no more than three letters in common with the country.
_DEMONYMS = dict(
    pair.split("-")
    for pair in """american-united|america americans-united|america
    british-britain|england|kingdom britain-kingdom english-england
    scottish-scotland welsh-wales irish-ireland french-france german-germany
    dutch-netherlands spanish-spain polish-poland swiss-switzerland swedish-sweden
    danish-denmark turkish-turkey greek-greece""".split()
)
_LIGHT_CHINESE = frozenset(
    """表示 指出 认为 强调 介绍 透露 提到 称 根据 按照 进行 以及 同时 其中 目前 现在 一个 对于
    关于 为了 因为 由于 以便 从而 并且 但是 不过 虽然 方面 通过 此举 这项 有关 相关 已经
    即将 还 亦 也 没有 不会 并非 尚未 无法 不再 如果 及其 之间 其他 等等 当中 之一 能够
    可以 所 使得 需要 得以 或者 的话 之后 之前 以上 以下 左右 大约 包括 港深 深港 仅次于
    如何 各类 共有 具有 拥有 享有 政府 最大 未来 获得 许多 尤其是 位于 在于 列为
    事项 致力 他们 她们 它们 这个 那个 这些 那些 这样 那样 可能 通常 不可 任何 已知 组成
    形成 一些 一种 用来 相互 互相 进一步""".split()
)


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
            base = _BASE_FORMS.get(token, _american(token))
            if base not in _LIGHT and stem_of(base) not in _LIGHT:
                countries = _DEMONYMS.get(base, "").split("|")
                ways = dict.fromkeys((stem_of(way),) for way in (base, *countries) if way)
                found.append(Word(token, tuple(ways)))
    return found


def _chinese_words(run: str) -> Iterator[Word]:
    unknown = ""
    # Cut first: the longest entry in 人工智能和数字 would be 和数.
    parts = (part for part in _CUT.split(run) if part and part not in "和与及或")
    for word in (w for part in parts for w in (*([part] if part in _TERMS else segment(part)), "")):
        if len(word) == 1 and word not in _PARTICLES:
            unknown += word
            continue
        if len(unknown) > 1:
            yield Word(unknown)
        unknown = ""
        if word in _TERMS:
            yield Word(word, _TERMS[word])
        elif len(word) > 1 and word not in _LIGHT_CHINESE:
            ways, name = translations(word)
            yield Word(word, ways, name)


# Terms of these briefings that the dictionary lacks or translates otherwise.
_TERMS = {
    chinese: tuple(tuple(map(stem_of, way.split())) for way in ways.split(","))
    for chinese, ways in {
        "内地": "mainland", "创科": "innovation technology,i&t",
        "科创": "innovation technology,i&t",
        "中试": "intermediate test,pilot test", "生物医药": "biomedicine", "数码": "digital",
        "知识产权": "intellectual property", "科研": "research,science,r&d",
        "人工智能": "artificial intelligence,ai", "特区": "sar,special administrative region",
        "科技": "technology,i&t",
    }.items()
}  # fmt: skip
_CUT = re.compile(f"({'|'.join(_TERMS)}|[和与及或])")
# What many names end in tells nothing of whose they are.
_GENERIC = frozenset(
    map(stem_of, """ministry university party city province government county state bank river sea
    ocean mountain lake strait island channel canal saint expo""".split())
)  # fmt: skip
_QUARTERS = frozenset(map(stem_of, "north south east west new northern southern".split()))
_PARTICLES = frozenset(
    "的了在和与及是有为对将会等也都而以中上下于从到把被并其该这那还亦由让使更最又就至或个名所项位"
)


def _plain(text: str) -> str:
    """The text without accents, and with the United States in full."""
    text = re.sub(r"\bU\.S\.(?:A\.)?|\bUSA?\b", "United States", text, flags=re.ASCII)
    text = re.sub(r"\bU\.K\.|\bUK\b", "United Kingdom", text, flags=re.ASCII)
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def _american(word: str) -> str:
    """One spelling of "optimise", "centre" and "programme"."""
    word = re.sub(r"is(e[sd]?|ing|ations?)$", r"iz\1", word) if len(word) > 6 else word
    word = re.sub(r"(?<=[^aeiou])our(?=s?$|ed|ing|abl)", "or", word) if len(word) > 5 else word
    return re.sub(r"(?<=nt)re(s?)$", r"er\1", word).replace("programme", "program")


def latin_names(text: str) -> Iterator[str]:
    """The words of the names in a Latin text, in lower case; a name may be several."""
    plain_text = _plain(text)
    for match in _CAPITALISED.finditer(plain_text):
        word = match[0].casefold()
        opens = _OPENS_SENTENCE.search(plain_text[: match.start()])
        plain = word in _LIGHT or QUANTITY.search(in_digits(f"in {word}"))
        if plain or (opens and not SHORT.fullmatch(match[0]) and is_common(word)):
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
        self.words = content_words(text)
        self.stems = frozenset(s for word in self.words for way in word.ways for s in way)
        plain = _plain(text)
        self._latin = frozenset(re.findall(r"[a-z\d]+(?:&[a-z]+)*", plain.casefold()))
        self._names = frozenset(
            squeeze(run)
            for name in re.findall(rf"{_PART}(?: {_PART})*", plain)
            for run in _runs(name.split())
        )

    def has(self, word: Word) -> bool:
        """Whether it has a word, one that means the same, or a translation of either."""
        as_it_is = word.is_quantity or not word.text.isascii()
        return (
            (as_it_is and word.text in self.digits)
            or any(all(self._names_stem(stem) for stem in way) for way in word.ways)
            or (not word.text.isascii() and self._has_transcribed(word))
        )

    def has_name(self, name: str) -> bool:
        """Whether it has a word of a Latin name, or a form of it ("Canada", "Canadians")."""
        stem = name[:-1] if name.endswith("s") and len(name) > 4 else name
        countries = _DEMONYMS.get(stem, stem).split("|")
        return (
            name in self._latin
            or any(stem_of(country) in self.stems for country in countries)
            or stem_of(name) in self.stems
            or any(same_start(stem, found) for found in self._latin)
            or (is_common(name) and self._names_stem(stem_of(name)))
            or any(sounds_like(word.text, name) for word in self.words if _may_be_name(word))
        )

    def has_own_name(self, word: Word) -> bool:
        """Whether it has what is particular to a name: "Communist" of "Communist Party",
        "Einstein" of "Albert Einstein", but not "Korea" alone of "South Korea"."""
        return self.has(word) or any(
            self._names_stem(own[-1]) and all(self._names_stem(s) for s in own if s in _QUARTERS)
            for way in word.ways
            if (own := [stem for stem in way if stem not in _GENERIC])
        )

    def _names_stem(self, stem: str) -> bool:
        return (
            stem in self.stems
            or not self.stems.isdisjoint(related(stem))
            or any(same_start(stem, found) for found in self.stems)
        )

    def _has_transcribed(self, word: Word) -> bool:
        """Whether a name is read as a Chinese word; a short known one must be read so exactly."""
        exactly = bool(word.ways) and len(word.text) < 3
        return len(word.text) <= _LONGEST_NAME and any(
            sounds_like(word.text, name, exactly=exactly) for name in self._names
        )


def _may_be_name(word: Word) -> bool:
    """Whether a Chinese word may be a name written down by its sound."""
    chinese = not word.text.isascii() and not word.is_quantity
    return chinese and len(word.text) <= _LONGEST_NAME and (word.name or not word.ways)


def _runs(words: Sequence[str]) -> Iterator[str]:
    """Each run of one to three words of a name."""
    for start, end in itertools.combinations(range(len(words) + 1), 2):
        if end - start <= 3:
            yield " ".join(words[start:end])


def same_start(one: str, two: str) -> bool:
    """Whether two words share all but their endings, and at least four letters."""
    shortest = min(len(one), len(two))
    return shortest >= 4 and one[: max(4, shortest - 2)] == two[: max(4, shortest - 2)]
