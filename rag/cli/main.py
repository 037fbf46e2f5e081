"""The ``hetao`` command. Heavy imports stand inside the commands that need them."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rag.answer_json import answer_to_json, hits_to_json, read_to_json, transcript_to_json
from rag.answering.about import NAME as ABOUT
from rag.cli.answer import say_answer, say_instead, say_list
from rag.cli.conversations import conversations
from rag.cli.options import filter_options, json_option, read_history
from rag.cli.serve import keys, mcp, serve
from rag.cli.shelf import add, remove, rename
from rag.cli.terminal import print_json, say, tell
from rag.cli.timeline import timeline
from rag.errors import HetaoError, sentence_of, unknown_transcript, unknown_turn
from rag.settings import Settings, load_settings
from rag.types import Filters, Transcript, shown_speaker

if TYPE_CHECKING:
    from rag.assistant import Assistant

# How many questions are offered instead of one that was refused: each is checked first.
_INSTEAD = 2


class _Group(click.Group):
    """Shows errors as sentences, and loads ``eval`` only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), "eval"})

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name == "eval":
            from eval.commands import evaluation

            return evaluation
        return super().get_command(ctx, name)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hetao-rag")
def hetao() -> None:
    """Ask the briefings, check the sources, measure the answers."""


for command in (conversations, add, remove, rename, timeline, serve, mcp, keys):
    hetao.add_command(command)


@hetao.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--rebuild", is_flag=True, help="Embed everything anew, as after damage.")
@click.option("--check", is_flag=True, help="Index nothing: show the turns and the notes.")
@click.option("--watch", is_flag=True, help="Go on: follow the files as they change.")
@json_option
def ingest(paths: tuple[Path, ...], rebuild: bool, check: bool, watch: bool, as_json: bool) -> None:
    """Bring the index in line with the files (default: the corpus folder)."""
    if watch and (rebuild or check or as_json):
        raise click.UsageError("--watch goes on without end: it goes with no other option.")
    settings = load_settings()
    if check:
        from rag.cli.check import check_files

        check_files(paths or (settings.corpus_dir,), as_json=as_json)
        return
    from rag.cli.ingest import ingest_paths, say_report, watch_paths

    if watch:
        watch_paths(paths or (settings.corpus_dir,), settings)
        return
    report = ingest_paths(paths or (settings.corpus_dir,), settings, rebuild=rebuild)
    say_report(report, as_json=as_json)


@hetao.command()
@click.argument("question")
@click.option("-k", "count", default=10, show_default=True, help="How many passages.")
@filter_options
@json_option
def search(question: str, count: int, filters: Filters, as_json: bool) -> None:
    """Show the passages nearest to a question."""
    result = _assistant(load_settings()).search(question, count, filters)
    if as_json:
        print_json(hits_to_json(result.question, result.hits, result.timings_ms))
        return
    for rank, hit in enumerate(result.hits, 1):
        passage = hit.passage
        say(
            f"{rank}. {shown_speaker(passage.speaker)} ({passage.role}), {passage.transcript_id}, "
            f"page {passage.page}, turn {passage.turn}  [{hit.score:.2f}]"
        )
        say(f"   {' '.join(passage.text.split())}\n")


@hetao.command()
@click.argument("question")
@click.option(
    "--history", "history_file", type=click.Path(path_type=Path, dir_okay=False),
    help='The conversation so far: [{"role": "user"|"assistant", "content": "..."}].',
)  # fmt: skip
@filter_options
@json_option
def ask(question: str, history_file: Path | None, filters: Filters, as_json: bool) -> None:
    """Answer a question with cited passages, or say that the transcripts do not."""
    history = read_history(history_file) if history_file else ()
    assistant = _assistant(load_settings())
    answer = assistant.ask(question, history, filters)
    if as_json:
        print_json(answer_to_json(answer))
        return
    say_answer(answer)
    if answer.generator == ABOUT:
        say_list(assistant.example_questions(3))
    elif not answer.claims and filters == Filters():
        before = [message.content for message in history if message.role == "user"]
        instead = assistant.suggestions(answer, [*before, question], _INSTEAD)
        say_instead(instead, answer.language)


@hetao.command()
@click.argument("transcript_id")
@click.option("--turn", "number", type=int, help="Only this turn.")
@json_option
def show(transcript_id: str, number: int | None, as_json: bool) -> None:
    """Show a transcript, or one of its turns."""
    transcript = _transcript(load_settings(), transcript_id)
    turns = transcript.turns
    if number is not None:
        if not 1 <= number <= len(turns):
            raise unknown_turn(transcript_id, number, len(turns))
        turns = (transcript.turn(number),)
    if as_json:
        print_json(read_to_json(transcript, turns))
        return
    published = f", published {transcript.published}" if transcript.published else ""
    say(f"{transcript.title}\n{transcript.publisher}, {transcript.date or 'no date'}{published}\n")
    for turn in turns:
        say(f"{turn.number}. {shown_speaker(turn.speaker)} ({turn.role}), page {turn.page}")
        say(f"{transcript.turn_text(turn)}\n")


@hetao.command("list")
@json_option
def list_transcripts(as_json: bool) -> None:
    """List the transcripts of the index."""
    transcripts = [transcript_to_json(transcript) for transcript in _transcripts(load_settings())]
    if as_json:
        print_json({"transcripts": transcripts})
        return
    for entry in transcripts:
        pages = ", ".join(str(page["page"]) for page in entry["pages"])
        say(f"{entry['transcript_id']}  {entry['date'] or 'no date'}  pages {pages}")
        say(f"    {entry['title']} ({entry['turn_count']} turns)")


@hetao.command()
@json_option
def doctor(as_json: bool) -> None:
    """Say what is installed, whether the index is sound, and how to mend what is not."""
    from rag.cli.doctor import examine

    checks = examine()
    if as_json:
        told = [asdict(check) for check in checks]
        print_json({"ok": all(check.ok for check in checks), "checks": told})
    else:
        for check in checks:
            say(f"{'ok  ' if check.ok else 'FAIL'}  {check.name}: {check.detail}")
            if check.fix:
                say(f"      {check.fix}")
    if not all(check.ok for check in checks):
        raise SystemExit(1)


@hetao.command()
@click.option("--port", type=click.IntRange(1024, 65535), help="Another port than HETAO_PORT.")
@click.option("--browser/--no-browser", default=True, help="Open a browser on the page.")
@click.option("--ingest", "first_ingest", is_flag=True, help="First ingest the corpus, if changed.")
@json_option
def chat(port: int | None, browser: bool, first_ingest: bool, as_json: bool) -> None:
    """Open the chat in a browser."""
    from rag.cli.chat import ingest_if_changed, serve

    settings = load_settings()
    if first_ingest:
        ingest_if_changed(settings, announce=tell)
    address = serve(port or settings.port, open_browser=browser, announce=tell)
    if as_json:
        print_json({"address": address})


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; whatever is wrong is one sentence and an exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        # Outside its standalone mode click returns the code that a command exits with.
        code = hetao.main(given, prog_name="hetao", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        raise SystemExit(error.exit_code) from None
    except (KeyboardInterrupt, click.Abort):
        tell("Interrupted; what was in force before is still in force.")
        raise SystemExit(130) from None
    except Exception as error:
        if not isinstance(error, HetaoError):
            _keep(error)
        if not (told := sentence_of(error)):
            raise
        tell(f"Error: {told}")
        if "--json" in given:
            print_json({"error": told, "kind": type(error).__name__})
        raise SystemExit(1) from None
    if code:
        raise SystemExit(code)


def _keep(error: Exception) -> None:
    """Write what may be a bug to the log: nobody looks at commands that the chat runs."""
    from rag.log import keep_error, log_file

    with contextlib.suppress(HetaoError, OSError):
        settings = load_settings()
        keep_error(log_file(settings), error, detail=settings.log_detail)


def _assistant(settings: Settings) -> Assistant:
    from rag.assistant import open_assistant

    return open_assistant(settings)


def _transcripts(settings: Settings) -> list[Transcript]:
    """The transcripts of the index in force, whatever model it was built with."""
    from rag.indexing.index import require_index

    return list(require_index(settings).transcripts.values())


def _transcript(settings: Settings, transcript_id: str) -> Transcript:
    for transcript in _transcripts(settings):
        if transcript.id == transcript_id:
            return transcript
    raise unknown_transcript(transcript_id)
