"""Options that commands share, and the reading of what they name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from rag.errors import QuestionError
from rag.types import ROLES, Filters, Message, Role

Command = TypeVar("Command", bound=Callable[..., Any])
_DAY = click.DateTime(formats=["%Y-%m-%d"])


def json_option(command: Command) -> Command:
    """``--json``: standard output is exactly one JSON document."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print one JSON document and nothing else."
    )(command)


def filter_options(command: Command) -> Command:
    """The filters that ``search`` and ``ask`` share, given to the command as one value."""

    @click.option(
        "--speaker", "speakers", multiple=True, help="Only this speaker; any part of the name."
    )
    @click.option("--transcript", "transcripts", multiple=True, help="Only this transcript id.")
    @click.option(
        "--role", "roles", multiple=True, type=click.Choice(ROLES), help="Only this role."
    )
    @click.option(
        "--since", type=_DAY, help="Only transcripts dated from this day on (YYYY-MM-DD)."
    )
    @click.option("--until", type=_DAY, help="Only transcripts dated up to this day.")
    @wraps(command)
    def with_filters(
        *args: Any, speakers: tuple[str, ...], transcripts: tuple[str, ...],
        roles: tuple[Role, ...], since: datetime | None, until: datetime | None, **kwargs: Any,
    ) -> Any:  # fmt: skip
        filters = Filters(speakers, roles, transcripts, _day(since), _day(until))
        return command(*args, filters=filters, **kwargs)

    return with_filters  # type: ignore[return-value]


def read_history(path: Path) -> tuple[Message, ...]:
    """The conversation in a JSON file. Raises QuestionError when it is not one."""
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(tuple[Message, ...]).validate_json(path.read_bytes())
    except OSError as error:
        raise QuestionError(f"The history {path} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise QuestionError(
            f"The history {path} cannot be used: {first['msg']} at {list(first['loc'])}. It must "
            'be a JSON list of {"role": "user" or "assistant", "content": "..."}.'
        ) from error


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None
