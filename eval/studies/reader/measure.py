"""What the bundled reader reaches, as it ships: ``python -m eval.studies.reader.measure``.

Over our own rounds (``dev`` was used to choose, ``test`` was not) and over SQuAD 2.0's dev set in
Chinese, every fifth question, on which nothing was trained. Of questions: how often the sentence
likeliest to state the answer does so, and how well what is answered is told from near misses. Of
claims: how well the true ones are told from the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
from tqdm import tqdm

from eval.errors import SetError
from eval.statistics import Array, area_under_roc, estimate, ratio
from eval.studies.reader.examples import Asked, Claimed, read_rounds
from eval.studies.reader.public import read_csquad
from rag.cli.terminal import run_script, say, tell
from rag.reader.build import bundled_reader
from rag.reader.decisions import DecisionReader
from rag.reader.reader import Reader
from rag.settings import load_settings
from rag.text.language import is_chinese

EVERY = 5
_CLAIMS_AT_A_TIME = 32


def of_questions(reader: Reader, asked: Sequence[Asked]) -> tuple[Array, Array]:
    """Two tables by question: of those answered whether the first sentence is right, and of all the
    probability that the passage states it with whether it does; shapes (a, 2) and (n, 2)."""
    right, told = [], []
    # Questions over one passage stand together; each is read by itself, as the product does.
    for one in tqdm(asked, disable=None):
        (found,) = reader.answers(one.question, [one.text])
        told.append((float(found.sum()), float(one.is_answered)))
        if one.answers:
            right.append((float(int(found.argmax()) in one.answers), 1.0))
    return np.array(right), np.array(told)


def of_claims(reader: DecisionReader, claimed: Sequence[Claimed]) -> Array:
    """Of each claim how likely it is borne out, and whether it is: shape (n, 2)."""
    likely: list[float] = []
    for first in range(0, len(claimed), _CLAIMS_AT_A_TIME):
        batch = [(c.claim, c.text) for c in claimed[first : first + _CLAIMS_AT_A_TIME]]
        likely += reader.bears_out(batch).tolist()
    return np.array(
        [(p, float(c.label == "borne_out")) for p, c in zip(likely, claimed, strict=True)]
    )


def rows(
    reader: DecisionReader, name: str, asked: Sequence[Asked], claimed: Sequence[Claimed]
) -> Iterator[str]:
    """Rows of the table, in Markdown."""
    by_pair = sorted(asked, key=_pair)
    for pair, group in groupby(by_pair, key=_pair):
        right, told = of_questions(reader, list(group))
        # A few questions of a set may be in another language, none of them answered.
        first = estimate(ratio, right) if len(right) else "-"
        yield (
            f"| {name}, {pair} | {first} (n {len(right)}) "
            f"| {estimate(area_under_roc, told)} (n {len(told)}) | - |"
        )
    if claimed:
        found = of_claims(reader, claimed)
        yield f"| {name}, claims | - | - | {estimate(area_under_roc, found)} (n {len(found)}) |"


def main() -> None:
    """Print the table."""
    settings = load_settings()
    reader = bundled_reader(settings)
    say("| set | right sentence first | AUROC, near misses | AUROC, claims |\n|---|---:|---:|---:|")
    for split in ("dev", "test"):
        own = read_rounds("dev" if split == "dev" else "test")
        for row in rows(reader, f"own {split}", own.asked, own.claimed):
            say(row)
    try:
        asked = read_csquad(settings.eval_data_dir / "reading")[::EVERY]
    except OSError as error:
        raise SetError(
            f"csquad2 needs the files of {settings.eval_data_dir / 'reading'}: "
            f"{error.strerror or error}. Set HETAO_EVAL_DATA_DIR to the folder that has them."
        ) from error
    for row in rows(reader, "csquad2 (every fifth)", asked, ()):
        say(row)
    tell("Means with 95% bootstrap intervals.")


def _pair(asked: Asked) -> str:
    question, passage = is_chinese(asked.question), is_chinese(" ".join(asked.text.sentences))
    return ("zh over zh" if question else "en over zh") if passage else (
        "zh over en" if question else "en over en"
    )  # fmt: skip


if __name__ == "__main__":
    run_script(main)
