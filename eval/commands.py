"""The ``hetao eval`` commands."""

from __future__ import annotations

from pathlib import Path

import click

from eval.compare import Comparison, compare_runs, gate
from eval.draft import accepted_ids, propose
from eval.feedback import Feedback, read_feedback
from eval.provenance import tell_outcomes
from eval.records import EvaluationSet, Split, select
from eval.review import review_drafts
from eval.runs import REPORT, describe_run, new_folder, read_run
from rag.cli.options import json_option
from rag.cli.terminal import print_json, say, tell
from rag.errors import unknown_transcript
from rag.settings import load_settings

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
@click.option("--name", default="", help="What to call the run where runs are listed.")
@json_option
def run_command(  # noqa: PLR0913 - an argument for each option
    *, set_name: str, corpus: Path | None, out: Path | None, resume: Path | None,
    split: Split | None, limit: int | None, name: str, as_json: bool,
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
    summary = run_set(chosen, source.assistant, folder, info, name)
    if as_json:
        print_json(summary)
        return
    say(f"{'metric':<26}{'n':>6}{'mean':>10}   95% interval")
    for metric, value in summary["metrics"].items():
        interval = f"{value['low']:.3f} to {value['high']:.3f}"
        say(f"{metric:<26}{value['n']:>6}{value['mean']:>10.3f}   {interval}")
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
    """Propose questions, to accept, edit or reject one by one.

    First those whose answers were reported as wrong in the chat, then some from the corpus
    itself, or from one TRANSCRIPT alone.
    """
    from rag.assistant import open_assistant

    settings = load_settings()
    transcripts = open_assistant(settings).transcripts()
    reported: dict[str, Feedback] = {}
    if transcript is None:
        reported = {feedback.id: feedback for feedback in read_feedback(settings.data_dir)}
    else:
        transcripts = tuple(t for t in transcripts if t.id == transcript)
        if not transcripts:
            raise unknown_transcript(transcript)
    have = accepted_ids(to) if to else set()
    proposed = [*(feedback.draft() for feedback in reported.values()), *propose(transcripts)]
    drafts = [record for record in proposed if record.id not in have]
    if as_json:
        print_json({"drafts": [r.model_dump(mode="json", exclude_none=True) for r in drafts]})
        return
    if to is None:
        raise click.UsageError("Say by --to which file accepted questions are added to.")
    added = review_drafts(drafts, reported, to, transcripts, settings.data_dir)
    tell(f"{added} question(s) added to {to}.")


def _print_comparison(comparison: Comparison) -> None:
    a, b = comparison.a, comparison.b
    for name, run in (("A", a), ("B", b)):
        called = f" ({run.name})" if run.name else ""
        say(f"{name}: {run.folder}{called}\n   {tell_outcomes(run.results)}")
    say("\nChanged from A to B:")
    for change in a.info.changes(b.info) or ["nothing: same models, settings, version and corpus"]:
        say(f"  {change}")
    say(f"\n{'metric':<26}{'A':>9}{'B':>9}{'B - A':>9}   95% interval        p       verdict")
    for moved in comparison.changes:
        found = moved.difference
        digits = _digits(moved.metric.name)
        interval = f"{found.low:+.{digits}f} to {found.high:+.{digits}f}"
        values = f"{found.a:>9.{digits}f}{found.b:>9.{digits}f}{found.difference:>+9.{digits}f}"
        say(
            f"{moved.metric.name:<26}{values}   {interval:<18}  {found.p_value:<6.4f}  "
            f"{moved.verdict}"
        )
    for one in comparison.one_sided:
        digits = _digits(one.metric.name)
        cells = ["-" if value is None else f"{value:.{digits}f}" for value in (one.a, one.b)]
        say(f"{one.metric.name:<26}{cells[0]:>9}{cells[1]:>9}        -   no question has both")
    say(f"{len(comparison.changes)} metrics were compared: one in twenty differs by chance alone.")
    if a.info.corpus_sha256 != b.info.corpus_sha256:
        say("The runs are over different corpora, so not only the system differs.")
    for title, results in (
        ("Became right", comparison.became_right),
        ("Became wrong", comparison.became_wrong),
    ):
        say(f"\n{title}: {len(results)}")
        for result in results:
            say(f"  {result.id}: {result.record.question}")


def _digits(metric: str) -> int:
    return 0 if metric.startswith(("latency", "tokens")) else 3
