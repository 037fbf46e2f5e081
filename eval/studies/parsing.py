"""How many turns of pages with gold turns are read right, and what each rule does for that.

``python -m eval.studies.parsing [RULE ...] [FILE.json]``
Gold have the fixtures of conventions and the QMSum validation meetings, written as ``Name: words``
and, the first turns of each, in other forms. A turn is right with an accepted name and the same
words, neighbours of one name joined; a name is invented that nobody of the page has.
Left out, a function (``labels.names:Names.is_kin``) says no or gives its text back, a pattern never
matches. FILE keeps what is read of every page; where it exists, pages read otherwise are named.
"""

from __future__ import annotations

import html
import json
import re
import sys
from collections import Counter
from importlib import import_module
from pathlib import Path
from textwrap import fill
from typing import Any

from eval.public_sets import read_named_set
from rag.cli.terminal import run_script, say
from rag.settings import load_settings
from rag.transcripts.corpus import read_corpus
from rag.transcripts.labels.speakers import name_key
from rag.transcripts.parser import parse_page
from rag.transcripts.turns import assemble_turns
from rag.types import Page

ROOT = Path(__file__).parents[2]
_UNSAID = re.compile(r"[(（\[][^()（）\[\]]*[)）\]]|</?[a-z][^<>]*>|\*\*|\s")
FORMS = {
    "boldcolon": "**{}:** {}\n\n", "boldline": "**{}**\n{}\n\n", "colonline": "{}:\n\n{}\n\n",
    "bareline": "{}\n{}\n\n", "arrows": ">> {}: {}\n", "square": "[{}] {}\n",
    "dashed": "- {}: {}\n\n", "wrapped": "{}: {}\n",
}  # fmt: skip
_FEW = 60  # turns of a meeting
Said = list[tuple[set[str], str]]  # accepted names, words


def read_all() -> tuple[dict[str, list[list[str]]], dict[str, Said]]:
    """Per page the speaker, role and words of its turns, and the gold of those that have any."""
    bare = ("tests/fixtures/transcripts", "eval/sets/practice", "corpus")  # without gold
    reading = {folder: _turns(ROOT / folder) for folder in bare}
    gold: dict[str, Said] = {}
    for path in sorted((ROOT / "tests/fixtures/conventions").glob("*.txt")):
        page = f"{'first_' if path.stem[0].isdigit() else ''}{path.stem}"
        turns = json.loads(path.with_suffix(".json").read_text("utf-8"))["turns"]
        reading[page] = _turns(path)
        gold[page] = [(_accepted(*turn["speakers"]), turn["text"]) for turn in turns]
    for meeting in read_named_set("qmsum", load_settings())[1].transcripts:
        said = [(turn.speaker, meeting.turn_text(turn)) for turn in meeting.turns]
        for form, written in {"": "{}: {}\n\n", **FORMS}.items():
            page = f"{form}_{meeting.id}" if form else meeting.id
            some = said[:_FEW] if form else said
            turns = (written.format(who, " ".join(words.split())) for who, words in some)
            text = "".join(fill(t, 80) + "\n" if form == "wrapped" else t for t in turns)
            reading[page] = _read(text)
            gold[page] = [(_accepted(who), words) for who, words in some]
    return reading, gold


def _read(text: str) -> list[list[str]]:
    parsed = parse_page(text)
    read = assemble_turns(parsed.text, [(Page(1, "", "", 0, len(text)), parsed)])[0]
    words = [" ".join(parsed.text[b.start : b.end] for b in turn.blocks) for turn in read]
    return [[turn.speaker, turn.role, each] for turn, each in zip(read, words, strict=True)]


def _turns(path: Path) -> list[list[str]]:
    read = read_corpus([path]).transcripts
    return [[turn.speaker, turn.role, each.turn_text(turn)] for each in read for turn in each.turns]


def _accepted(*names: str) -> set[str]:
    return {form for name in names for form in (name.casefold(), name_key(name.split(" (")[0]))}


def _joined(turns: Said) -> Said:
    found: Said = []
    for names, text in turns:
        before = found.pop()[1] if found and found[-1][0] == names else ""
        found.append((names, before + _UNSAID.sub("", html.unescape(text))))
    return [(names, words) for names, words in found if words and not names & {"", "narrator"}]


def score(read: Said, gold: Said) -> Counter[str]:
    """The gold turns: how many, how many right, and how many begin or end in another's mouth; and
    the names that nobody has."""
    known = set().union({"", "narrator"}, *(names for names, _ in gold))
    invented = sum(not names & known for names, _ in read)
    read, gold = _joined(read), _joined(gold)
    counts = Counter(n=len(gold), invented=invented)
    for names, words in gold:
        counts["right"] += any(names & each and words == text for each, text in read)
        ends = [[who for who, text in read if end in text] for end in (words[:25], words[-25:])]
        counts["wrong"] += any(who and not any(each & names for each in who) for who in ends)
    return counts


def leave_out(rule: str) -> None:
    """Make a function or a pattern of ``rag.transcripts`` ineffective, wherever it is imported."""
    module, path = rule.split(":")
    inside, _, name = path.rpartition(".")
    found: Any = import_module(f"rag.transcripts.{module}")
    old = getattr(owner := getattr(found, inside, found), name)
    told = "" if isinstance(old, re.Pattern) else old.__annotations__["return"].partition("[")[0]
    nothing = {"bool": False, "str": "", "set": set(), "dict": {}, "int": 0, "Iterator": ()}
    keeps = told == "str" and "text" in old.__annotations__
    new = (lambda text, *_: text) if keeps else (lambda *_: nothing.get(told))
    for each in [owner, *(m for m in sys.modules.values() if getattr(m, name, None) is old)]:
        setattr(each, name, new if told else re.compile("(?!)"))


def main() -> None:
    """Print the table, and the pages that are read otherwise."""
    for rule in filter(lambda argument: ":" in argument, sys.argv[1:]):
        leave_out(rule)
    reading, gold = read_all()
    families: dict[str, Counter[str]] = {}
    for page, turns in gold.items():
        read = [(_accepted(speaker), words) for speaker, _, words in reading[page]]
        families.setdefault(re.split("[-_]", page)[0], Counter()).update(score(read, turns))
    for family, c in families.items():
        share = f"{c['right'] / c['n']:.3f}"
        right = f"right {c['right']} ({share}), in another's mouth {c['wrong']}"
        say(f"{family}: n {c['n']}, {right}, invented names {c['invented']}")
    for kept in (Path(argument) for argument in sys.argv[1:] if ":" not in argument):
        if not kept.exists():
            kept.write_text(json.dumps(reading), "utf-8")
        before = json.loads(kept.read_text("utf-8"))
        other = [page for page, turns in reading.items() if before.get(page) != turns]
        say(f"{len(other)} of {len(reading)} pages read otherwise: {', '.join(other) or 'none'}")


if __name__ == "__main__":
    run_script(main)
