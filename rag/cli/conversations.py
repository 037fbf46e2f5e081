"""``hetao conversations``: what was asked and answered, listed and handed on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast, get_args

import click

from rag.cli.options import json_option
from rag.cli.terminal import print_json, say
from rag.errors import QuestionError, StorageError
from rag.settings import load_settings
from rag.types import Language

if TYPE_CHECKING:
    from rag.conversations.store import ConversationStore

Format = Literal["md", "docx", "json"]


@click.command()
@click.argument("search", default="")
@click.option("--export", "known_as", metavar="ID", help="Write this conversation to a file.")
@click.option(
    "--format", "ending", type=click.Choice(get_args(Format)), help="Of that file.  [default: md]"
)
@click.option(
    "--to", "target", type=click.Path(path_type=Path, dir_okay=False),
    help="That file; one that is there is replaced. By default a new one, named by date and title.",
)  # fmt: skip
@click.option(
    "--language", type=click.Choice(get_args(Language)),
    help="Of the words around what was asked and said.  [default: en]",
)  # fmt: skip
@click.option(
    "--user",
    "identity",
    metavar="NAME",
    help="Those of a user of a chat that has several, as its side bar calls them.",
)
@json_option
def conversations(
    search: str, known_as: str | None, ending: str | None, target: Path | None,
    language: str | None, identity: str | None, as_json: bool,
) -> None:  # fmt: skip
    """List the conversations of the chat (those that say SEARCH), or export one."""
    if known_as is None and (ending or target or language):
        raise click.UsageError("--format, --to and --language go with --export ID.")
    if known_as is not None and search:
        raise click.UsageError("Give SEARCH to list conversations, or --export ID, not both.")
    from rag.conversations.store import FILE, ConversationStore

    store = ConversationStore(_folder(identity) / FILE)
    if known_as is None:
        _list(store, search, as_json)
        return
    chosen = cast(Format, ending or "md")
    written = _export(store, known_as, chosen, target, cast(Language, language or "en"))
    if as_json:
        print_json({"id": known_as, "format": chosen, "file": str(written)})
    else:
        say(f"Written to {written}")


def _folder(identity: str | None) -> Path:
    """Where conversations lie. Raises QuestionError where no user is so called."""
    from rag.conversations.people import folder_of, plain

    data_dir = load_settings().data_dir
    if identity is None:
        return data_dir
    # Whom a proxy names is known by the plain name, who signs in by what is told of them, as it is.
    for name in (identity, plain(identity)):
        if (folder := folder_of(name, data_dir)).is_dir():
            return folder
    raise QuestionError(
        f"No user of the chat is called {identity!r}. Its side bar says, under their name, as "
        "what it knows a user."
    )


def _list(store: ConversationStore, search: str, as_json: bool) -> None:
    found = store.conversations(search)
    if as_json:
        entries = [
            {"id": kept.id, "title": kept.title, "changed": kept.changed.isoformat()}
            for kept in found
        ]
        print_json({"conversations": entries})
        return
    for kept in found:
        say(f"{kept.id}  {kept.changed.astimezone():%Y-%m-%d %H:%M}  {kept.title}")


def _export(
    store: ConversationStore, known_as: str, ending: Format, target: Path | None, language: Language
) -> Path:
    """Write the file and give its path. Raises QuestionError where there is no such conversation,
    and where a file that nobody named would be replaced, StorageError where it cannot be written.
    """
    from rag.conversations.export import (
        conversation_docx,
        conversation_json,
        conversation_markdown,
        file_name,
    )

    conversation, rounds = store.conversation(known_as), store.rounds(known_as)
    if ending == "docx":
        content = conversation_docx(conversation, rounds, language)
    elif ending == "json":
        content = conversation_json(conversation, rounds).encode()
    else:
        content = conversation_markdown(conversation, rounds, language).encode()
    file = target or Path(file_name(conversation, ending))
    try:
        with file.open("wb" if target else "xb") as opened:
            opened.write(content)
    except FileExistsError as error:
        raise QuestionError(
            f"{file} is there already; `--to FILE` names another one, or replaces it."
        ) from error
    except OSError as error:
        raise StorageError(
            f"{file} cannot be written ({error.strerror}). See that its folder is there and can be "
            "written, or name another file by `--to`."
        ) from error
    return file
