"""Names and figures that a claim puts where its evidence has others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from rag.verification.thesaurus import is_common
from rag.verification.words import Text, Word, latin_names, same_start

# Words on either side that tell what a name or a figure is about.
_WINDOW = 3


def swapped_names(claim: Text, before: Text, evidence: Text) -> Iterator[tuple[str, str]]:
    """Each name of the claim that the evidence has elsewhere, with the name in its place.

    In its place means: among more of the same words than the name itself ever is, and more than
    one. Names that the claim has too are no rivals: "A signed with B"
    goes both ways.
    """
    spoken = " ".join(text.text for text in (claim, before, evidence))
    # Capitals alone are an abbreviation, of things as often as of names.
    capitalised = {
        name
        for name in latin_names(spoken)
        if re.search(rf"\b{name.capitalize()}", spoken) and "&" not in name
    }
    always = {name for name in capitalised if not re.search(rf"\b{name}\b", spoken)}

    def is_name(word: Word) -> bool:
        return word.name or (word.text in always and not is_common(word.text))

    def tells_nothing(word: Word) -> bool:
        return word.name or word.is_quantity or word.text in always

    around = [*before.words, *evidence.words]
    windows = [(w, _window(around, n, tells_nothing)) for n, w in enumerate(around) if is_name(w)]
    named = [word for word in claim.words if is_name(word)]
    rivals = [(w, near) for w, near in windows if not any(_is_same(own, w) for own in named)]
    for place, word in enumerate(claim.words):
        if is_name(word):
            here = _window(claim.words, place, tells_nothing)
            own = [_shared(here, near) for w, near in windows if _is_same(word, w)]
            shared, rival = max(
                ((_shared(here, near), w.text) for w, near in rivals), default=(0, "")
            )
            if own and shared > 1 and shared > max(own):
                yield word.text, rival


_YEAR = re.compile(r"«(?:1\d|20)\d\d:»")


def exchanged_figures(claim: Text, evidence: Text) -> Iterator[tuple[str, str]]:
    """Each figure whose following words the evidence has after another instead, with that."""
    said, found = _after_quantities(claim.words), _after_quantities(evidence.words)
    for figure in said.keys() & found.keys():
        unit = figure.rpartition(":")[2]
        if _shared(said[figure], found[figure]) or _YEAR.fullmatch(figure):
            continue
        for rival, words in found.items():
            if not rival.endswith(f":{unit}") or _YEAR.fullmatch(rival):
                continue
            # "Five of the top 100 universities" are five universities.
            share = rf"{figure}(?: \w+)? of (?:\w+ ){{0,3}}{rival}"
            if _shared(said[figure], words) and not re.search(share, evidence.digits):
                yield figure[1:-1].replace(":", " "), rival[1:-1].replace(":", " ")


def _is_same(one: Word, two: Word) -> bool:
    """Whether two words name the same, "Canada" and "Canadians" included."""
    stems = {stem for way in two.ways for stem in way}
    return one.text == two.text or any(
        stem in stems or any(same_start(stem, other) for other in stems)
        for way in one.ways
        for stem in way
    )


def _window(words: Sequence[Word], place: int, left_out: Callable[[Word], bool]) -> list[Word]:
    around = [*words[max(0, place - _WINDOW) : place], *words[place + 1 : place + 1 + _WINDOW]]
    return [word for word in around if not left_out(word)]


def _shared(here: Sequence[Word], there: Sequence[Word]) -> int:
    """How many of the words are among the others, as they are or translated."""
    texts = {word.text for word in there}
    stems = {stem for word in there for way in word.ways for stem in way}
    return sum(
        word.text in texts or any(stems.issuperset(way) for way in word.ways) for word in here
    )


def _after_quantities(words: Sequence[Word]) -> dict[str, list[Word]]:
    """The words between each quantity and the next, as many as the window holds."""
    found: dict[str, list[Word]] = {}
    last = ""
    for word in words:
        if word.is_quantity:
            last = word.text
            found.setdefault(last, [])
        elif last and len(found[last]) < _WINDOW:
            found[last].append(word)
    return found
