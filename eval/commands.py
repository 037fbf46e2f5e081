"""The ``hetao eval`` commands."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from eval.compare import Comparison, compare_runs, gate
from eval.draft import accepted_ids, append_record, propose
from eval.errors import SetError
from eval.records import EvaluationSet, Record, Split, select
from eval.runs import REPORT, describe_run, new_folder, read_run
from rag.options import json_option
from rag.settings import load_settings
from rag.terminal import print_json, printable, say, tell

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def evaluation() -> None:
    """Run sets of questions, and see whether a change made the answers better."""


@evaluation.command("run")
@click.argument("set_name", metavar="SET")
@click.option(
    "--corpus", type=_FOLDER, help="Ask about these transcripts, in an index of their own."
)
@click.option(
    "--out", type=_FOLDER, help="The run folder (default: a new one in the data directory)."
)
@click.option("--resume", type=_FOLDER, help="Go on with the interrupted run in this folder.")
@click.option(
    "--split", type=click.Choice(["dev", "test"]), help="Only the questions of this split."
)
@click.option("--limit", type=click.IntRange(min=1), help="Only the first N questions.")
@json_option
def run_command(
    set_name: str, corpus: Path | None, out: Path | None, resume: Path | None,
    split: Split | None, limit: int | None, as_json: bool,
) -> None:  # fmt: skip
    """Ask every question of SET and measure the answers.

    SET is a JSON Lines file, or one of qmsum, xquad and xquad-zh, which are read from
    HETAO_EVAL_DATA_DIR.
    """
    if out and resume:
        raise click.UsageError("Give --out or --resume, not both.")
    if resume and not resume.is_dir():
        raise click.UsageError(f"There is no run to resume in {resume}.")
    from eval.runner import run_set
    from eval.sources import open_source

    settings = load_settings()
    source = open_source(set_name, corpus, settings)
    cases = select(source.chosen.cases, split, limit)
    chosen = EvaluationSet(source.chosen.name, source.chosen.sha256, cases)
    info = describe_run(chosen, split, limit, source.assistant.transcripts(), settings)
    folder = resume or out or new_folder(settings, chosen.name)
    summary = run_set(chosen, source.assistant, folder, info)
    if as_json:
        print_json(summary)
        return
    say(f"{'metric':<26}{'n':>6}{'mean':>10}   95% interval")
    for name, value in summary["metrics"].items():
        interval = f"{value['low']:.3f} to {value['high']:.3f}"
        say(f"{name:<26}{value['n']:>6}{value['mean']:>10.3f}   {interval}")
    if summary["errors"]:
        say(f"{summary['errors']} question(s) raised an error and scored zero.")
    say(f"Report: {folder / REPORT}")


@evaluation.command("compare")
@click.argument("run_a", type=_FOLDER)
@click.argument("run_b", type=_FOLDER)
@json_option
def compare_command(run_a: Path, run_b: Path, as_json: bool) -> None:
    """Show what changed from RUN_A to RUN_B, and whether it is more than noise."""
    comparison = compare_runs(read_run(run_a), read_run(run_b))
    if as_json:
        print_json(comparison.to_json())
    else:
        _print_comparison(comparison)


@evaluation.command("gate")
@click.argument("run", type=_FOLDER)
@click.option(
    "--baseline", type=_FOLDER, required=True, help="The run that must not be fallen below."
)
@json_option
def gate_command(run: Path, baseline: Path, as_json: bool) -> None:
    """Exit with 1 when RUN is worse than the baseline, or misquotes anybody."""
    reasons = gate(read_run(run), read_run(baseline))
    if as_json:
        print_json(
            {"run": str(run), "baseline": str(baseline), "passed": not reasons, "reasons": reasons}
        )
    elif reasons:
        for reason in reasons:
            say(reason)
    else:
        say("Passed: nothing is worse than the baseline by more than the noise.")
    if reasons:
        click.get_current_context().exit(1)


@evaluation.command("draft")
@click.argument("transcript", required=False)
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False), help="The set to add to.")
@json_option
def draft_command(transcript: str | None, to: Path | None, as_json: bool) -> None:
    """Propose questions from the corpus, to accept, edit or reject one by one."""
    from rag.assistant import open_assistant

    transcripts = open_assistant(load_settings()).transcripts()
    if transcript is not None:
        transcripts = tuple(t for t in transcripts if t.id == transcript)
        if not transcripts:
            raise SetError(
                f"No transcript has the id {transcript!r}; `hetao list` shows those there are."
            )
    have = accepted_ids(to) if to else set()
    drafts = [record for record in propose(transcripts) if record.id not in have]
    if as_json:
        print_json({"drafts": [r.model_dump(mode="json", exclude_none=True) for r in drafts]})
        return
    if to is None:
        raise click.UsageError("Say by --to which file accepted questions are added to.")
    added = 0
    for number, record in enumerate(drafts, 1):
        say(f"\n{number} of {len(drafts)}")
        decided = _decide(record)
        if decided is None:
            break
        if decided:
            append_record(to, decided)
            added += 1
    tell(f"{added} question(s) added to {to}.")


def _decide(record: Record) -> Record | Literal[False] | None:
    """The record as accepted or edited, False when rejected, None to stop."""
    say(f"Question: {record.question}\nAnswer: {record.answer or '(none)'}")
    say(f"Must include: {_facts_text(record) or '(nothing)'}")
    for evidence in record.evidence:
        quote = " ".join(evidence.quote.split())
        say(f'Evidence: {evidence.speaker}, page {evidence.page}: "{quote}"')
    choice = click.prompt(
        "(a)ccept, (e)dit, (r)eject, (q)uit", type=click.Choice(["a", "e", "r", "q"]),
        show_choices=False,
    )  # fmt: skip
    if choice == "a":
        return record
    if choice == "e":
        return _edit(record)
    return None if choice == "q" else False


def _edit(record: Record) -> Record:
    # Defaults are shown on the terminal as they are, so they are cleaned like what is said.
    question = click.prompt("Question", default=printable(record.question))
    answer = click.prompt("Answer", default=printable(record.answer))
    facts = click.prompt(
        "Must include (facts apart by ;, alternatives by |)", default=printable(_facts_text(record))
    )
    must_include = tuple(
        alternatives
        for fact in facts.split(";")
        if (alternatives := tuple(part.strip() for part in fact.split("|") if part.strip()))
    )
    return record.model_copy(
        update={
            "question": question.strip() or record.question,
            "answer": answer.strip(),
            "must_include": must_include,
        }
    )


def _facts_text(record: Record) -> str:
    return "; ".join(" | ".join(fact) for fact in record.must_include)


def _print_comparison(comparison: Comparison) -> None:
    say(f"{'metric':<26}{'A':>9}{'B':>9}{'B - A':>9}   95% interval        p       verdict")
    for change in comparison.changes:
        found = change.difference
        digits = 0 if change.metric.name.startswith("latency") else 3
        interval = f"{found.low:+.{digits}f} to {found.high:+.{digits}f}"
        values = f"{found.a:>9.{digits}f}{found.b:>9.{digits}f}{found.difference:>+9.{digits}f}"
        say(
            f"{change.metric.name:<26}{values}   {interval:<18}  {found.p_value:<6.4f}  "
            f"{change.verdict}"
        )
    say(f"{len(comparison.changes)} metrics were compared: one in twenty differs by chance alone.")
    if comparison.a.info.corpus_sha256 != comparison.b.info.corpus_sha256:
        say("The runs are over different corpora, so not only the system differs.")
    for title, results in (
        ("Became right", comparison.became_right),
        ("Became wrong", comparison.became_wrong),
    ):
        say(f"\n{title}: {len(results)}")
        for result in results:
            say(f"  {result.id}: {result.record.question}")
