"""How many turns of pages with gold turns are read right, and what each rule does for that.

``python -m eval.studies.parsing [--without RULE ...] [--kept FILE]``

Per family: ``n`` turns (neighbours of one speaker joined), those read with an accepted name and the
same words, and those that begin or end in another's mouth. Gold have the fixtures of conventions,
and the QMSum validation meetings, written out as ``Name: words``. RULE is a function that then says
no or gives its text back (``labels.names:Names.is_kin``), or a pattern that then never matches. The
first ``--kept FILE`` writes down what is read of each page, also of those without gold; others,
after a change or without a rule, name the pages that are read otherwise.
"""

from __future__ import annotations

import argparse
import html
import json
import re
import sys
from collections import Counter
from importlib import import_module
from pathlib import Path
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
OTHERS = ("tests/fixtures/transcripts", "eval/sets/practice", "corpus")
_UNSAID = re.compile(r"[(（\[][^()（）\[\]]*[)）\]]|</?[a-z][^<>]*>|\*\*|\s")
_END = 25  # characters by which the ends of a turn are known

Said = list[tuple[set[str], str]]  # accepted names, words


def read_all() -> tuple[dict[str, list[list[str]]], dict[str, Said]]:
    """Per page the speaker, role and words of its turns, and the gold of those that have any."""
    reading = {folder: _turns(ROOT / folder) for folder in OTHERS}
    gold: dict[str, Said] = {}
    for path in sorted((ROOT / "tests/fixtures/conventions").glob("*.txt")):
        page = f"{'first_' if path.stem[0].isdigit() else ''}{path.stem}"
        turns = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["turns"]
        reading[page] = _turns(path)
        gold[page] = [(_accepted(*turn["speakers"]), turn["text"]) for turn in turns]
    for meeting in read_named_set("qmsum", load_settings())[1].transcripts:
        said = [(turn.speaker, meeting.turn_text(turn)) for turn in meeting.turns]
        text = "".join(f"{speaker}: {' '.join(words.split())}\n\n" for speaker, words in said)
        parsed = parse_page(text)
        read = assemble_turns(parsed.text, [(Page(1, "", "", 0, len(text)), parsed)])[0]
        words = [" ".join(parsed.text[b.start : b.end] for b in turn.blocks) for turn in read]
        reading[meeting.id] = [[t.speaker, t.role, w] for t, w in zip(read, words, strict=True)]
        gold[meeting.id] = [(_accepted(speaker), words) for speaker, words in said]
    return reading, gold


def _turns(path: Path) -> list[list[str]]:
    read = read_corpus([path]).transcripts
    return [[turn.speaker, turn.role, each.turn_text(turn)] for each in read for turn in each.turns]


def _accepted(*names: str) -> set[str]:
    """Names in lower case; without an honorific and a note in brackets, too."""
    return {form for name in names for form in (name.casefold(), name_key(name.split(" (")[0]))}


def _joined(turns: Said) -> Said:
    """Named turns with bare words, neighbours of one name joined."""
    found: Said = []
    for names, text in turns:
        before = found.pop()[1] if found and found[-1][0] == names else ""
        found.append((names, before + _UNSAID.sub("", html.unescape(text))))
    return [(names, words) for names, words in found if words and not names & {"", "narrator"}]


def score(read: Said, gold: Said) -> Counter[str]:
    """The gold turns: how many, how many right, and how many begin or end in another's mouth."""
    read, gold = _joined(read), _joined(gold)
    exact = {(name, words) for names, words in read for name in names}
    counts = Counter(n=len(gold))
    for names, words in gold:
        counts["right"] += any((name, words) in exact for name in names)
        ends = [[who for who, text in read if end in text] for end in (words[:_END], words[-_END:])]
        counts["wrong"] += any(who and not any(each & names for each in who) for who in ends)
    return counts


def leave_out(rule: str) -> None:
    """Make a function or a pattern of ``rag.transcripts`` ineffective, wherever it is imported."""
    module, _, path = rule.partition(":")
    inside, _, name = path.rpartition(".")
    owner: Any = import_module(f"rag.transcripts.{module}")
    owner = getattr(owner, inside) if inside else owner
    old = getattr(owner, name)
    told = "" if isinstance(old, re.Pattern) else old.__annotations__["return"].partition("[")[0]
    nothing = {"bool": False, "str": "", "set": set(), "dict": {}, "int": 0, "Iterator": ()}
    as_it_is = told == "str" and "text" in old.__annotations__
    new = (lambda text, *_: text) if as_it_is else (lambda *_: nothing.get(told))
    loaded = [each for name, each in sys.modules.items() if name.startswith("rag.transcripts")]
    for each in [owner, *(each for each in loaded if getattr(each, name, None) is old)]:
        setattr(each, name, new if told else re.compile("(?!)"))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m eval.studies.parsing")
    parser.add_argument("--without", nargs="+", default=[], metavar="RULE")
    parser.add_argument("--kept", type=Path)
    chosen = parser.parse_args()
    for rule in chosen.without:
        leave_out(rule)
    reading, gold = read_all()
    families: dict[str, Counter[str]] = {}
    for page, turns in gold.items():
        read: Said = [(_accepted(speaker), words) for speaker, _, words in reading[page]]
        families.setdefault(re.split("[-_]", page)[0], Counter()).update(score(read, turns))
    for family, c in families.items():
        share = f"{c['right'] / c['n']:.3f} ({c['right']})"
        say(f"{family:7} n {c['n']:5}  right {share:14}  in another's mouth {c['wrong']}")
    if chosen.kept and chosen.kept.exists():
        before = json.loads(chosen.kept.read_text(encoding="utf-8"))
        other = [page for page, turns in reading.items() if before.get(page) != turns]
        say(f"{len(other)} of {len(reading)} pages read otherwise: {', '.join(other) or 'none'}")
    elif chosen.kept:
        chosen.kept.write_text(json.dumps(reading, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    run_script(main)
