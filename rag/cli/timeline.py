"""``hetao timeline``: who said what about a topic, when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rag.cli.options import filter_options, json_option
from rag.cli.terminal import print_json, say, tell
from rag.settings import load_settings
from rag.types import Filters

if TYPE_CHECKING:
    from rag.answering.timeline import Timeline


@click.command()
@click.argument("topic")
@filter_options
@json_option
def timeline(topic: str, filters: Filters, as_json: bool) -> None:
    """Show who said what about a topic, when: the statements of all events, oldest first.

    Entries are numbered from 1, as the markers of their citations are, and "differences" of --json
    are groups of these numbers: entries of different events that give other figures for the same.
    What has no date stands last. A topic that nobody spoke of has no entries.
    """
    if not topic.strip():
        raise click.BadParameter("it is empty: name what was spoken of.", param_hint="TOPIC")
    from rag.answering.timeline import timeline_to_json
    from rag.assistant import open_assistant

    found = open_assistant(load_settings()).timeline(topic, filters)
    if not as_json:
        _say(found)
        return
    if found.reason:
        tell(found.reason)
    print_json(timeline_to_json(found))


def _say(timeline: Timeline) -> None:
    """Print who said what, when, or that nobody did; then what differs, side by side."""
    if timeline.reason:
        say(timeline.reason)
    for entry in timeline.entries:
        cited = entry.citation
        others = timeline.differing_from(cited.marker)
        say(f"{cited.date or 'No date'}  {cited.title}, page {cited.page}")
        say(f"[{cited.marker}] {entry.claim}")
        if others:
            say(f"    Another figure in {others}.")
        if cited.note:
            say(f"    Time: {cited.note}")
        say("")
