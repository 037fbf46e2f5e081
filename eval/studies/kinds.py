"""What is told by the words of examples (:mod:`rag.text.kinds`): ``python -m eval.studies.kinds``.

For each held-out set of ``eval/sets/kinds`` the share of its texts whose kind is told, beside what
always naming the commonest kind would reach; then how many of the questions of the evaluation sets
are taken to be about asking, and how many of those without a history to lean on one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from eval.records import SETS
from eval.studies.held_out import question_files, questions_of, read_rows, share
from rag.answering.model_text import Written
from rag.cli.terminal import run_script, say
from rag.questions.about_asking import is_about_asking
from rag.questions.question import leans_on_history
from rag.text.figures import figure_asked_for

FOLDER = SETS / "kinds"
# What questions of this type of the evaluation sets ask for.
_ASKED = "what_was_asked"

TELL: dict[str, Callable[[str], str]] = {
    "about_asking": lambda text: "asked" if is_about_asking(text) else "other",
    "leaning": lambda text: "leans" if leans_on_history(text) else "stands",
    "figures_asked": lambda text: figure_asked_for(text) or "none",
    "says_not": lambda text: "says_not" if Written(text).says_not else "states",
}


def main() -> None:
    """Print the tables."""
    for name, tell in TELL.items():
        rows = read_rows(FOLDER / f"{name}.jsonl")
        told = [(row["split"], row["kind"], tell(row["text"])) for row in rows]
        kinds = sorted({kind for _, kind, _ in told})
        say(f"| {name} | {' | '.join(kinds)} | all | the commonest |")
        say(f"|---|{'---:|' * (len(kinds) + 2)}")
        for split in ("dev", "test"):
            own = [(kind, as_) for half, kind, as_ in told if half == split]
            cells = [share([kind == as_ for kind, as_ in own if kind == one]) for one in kinds]
            commonest = max(Counter(kind for kind, _ in own).values()) / len(own)
            every = share([kind == as_ for kind, as_ in own])
            say(f"| {split} | {' | '.join(cells)} | {every} | {commonest:.3f} |")
        say("")
    say("| questions of | about asking | told | others | taken for such | n without history | "
        "taken to lean |\n|---|---:|---:|---:|---:|---:|---:|")  # fmt: skip
    for name, files in question_files():
        for line in _of_files(name, files):
            say(line)


def _of_files(name: str, files: Iterable[Path]) -> Iterator[str]:
    rows = [row for file in files for row in read_rows(file)]
    for half in dict.fromkeys(row.get("split", "") for row in rows):
        own = [(row, text) for row in rows if row.get("split", "") == half
               for text in questions_of(row)]  # fmt: skip
        about = [is_about_asking(text) for row, text in own if row.get("type") == _ASKED]
        others = [is_about_asking(text) for row, text in own if row.get("type") != _ASKED]
        alone = [leans_on_history(text) for row, text in own if not row.get("history")]
        cells = (len(about), sum(about), len(others), sum(others), len(alone), sum(alone))
        yield f"| {name} {half} | {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    run_script(main)
