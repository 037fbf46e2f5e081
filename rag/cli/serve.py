"""``hetao serve``, ``hetao mcp`` and ``hetao keys``: the assistant for other programs."""

from __future__ import annotations

from contextlib import suppress

import click

from rag.cli.options import json_option
from rag.cli.terminal import print_json, say, tell
from rag.errors import SettingsError
from rag.hosts import only_here
from rag.settings import load_settings

_HERE = "127.0.0.1"


@click.command()
@click.option("--host", default=_HERE, show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1024, 65535), help="Another than HETAO_SERVE_PORT.")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Processes that answer, each with HETAO_THREADS threads, HETAO_SERVE_AT_ONCE questions at "
    "once and some 700 MB. Metrics and the requests of a caller are counted over all of them.",
)
@json_option
def serve(host: str, port: int | None, workers: int, as_json: bool) -> None:
    """Serve the assistant over HTTP, also as an OpenAI-compatible model."""
    from eval.routes import eval_routes
    from rag.service.keys import Keys
    from rag.service.serving import run_service

    settings = load_settings()
    port = port or settings.serve_port
    if not only_here(host) and not Keys(settings.data_dir).all():
        raise SettingsError(
            f"Whoever reaches {host} could ask: make a key first (hetao keys add NAME), or serve "
            "this machine alone."
        )
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{port}"
    tell(f"Hetao is served at {address} (its interface: /docs; stop it with Ctrl-C).")
    # As of the chat, to be stopped is its proper end.
    with suppress(KeyboardInterrupt):
        run_service(settings, host, port, workers, [eval_routes])
    if as_json:
        print_json({"address": address})


@click.command()
@click.option("--http", "over_http", is_flag=True, help="Over HTTP at /mcp instead of stdio.")
@click.option("--port", type=click.IntRange(1024, 65535), help="Another than HETAO_SERVE_PORT.")
@json_option
def mcp(over_http: bool, port: int | None, as_json: bool) -> None:
    """Serve the assistant to an MCP client: tools ask, search, show and list_transcripts."""
    if as_json and not over_http:
        raise click.UsageError(
            "Over stdio, standard output is the client's: --json goes with --http."
        )
    from rag.service.mcp_server import build_server
    from rag.service.serving import opened_once

    settings = load_settings()
    server = build_server(opened_once(settings))
    if not over_http:
        server.run("stdio")
        return
    port = port or settings.serve_port
    address = f"http://{_HERE}:{port}/mcp"
    tell(f"Hetao is served to MCP clients at {address} (stop it with Ctrl-C).")
    with suppress(KeyboardInterrupt):
        server.run("streamable-http", host=_HERE, port=port)
    if as_json:
        print_json({"address": address})


@click.group()
def keys() -> None:
    """The keys by which callers of `hetao serve` are known."""


@keys.command("add")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    default="ask",
    show_default=True,
    help="What it is for: ask, ingest, eval, metrics; several with commas.",
)
@json_option
def add_key(name: str, scopes: str, as_json: bool) -> None:
    """Make a key and print it, once: only its hash is kept."""
    from rag.service.keys import SCOPES, Keys

    given = [scope.strip() for scope in scopes.split(",")]
    meant = [scope for scope in SCOPES if scope in given]
    if len(meant) != len(set(given)):
        raise SettingsError(f"A scope is one of {', '.join(SCOPES)}, not {scopes!r}.")
    secret = Keys(load_settings().data_dir).add(name, meant)
    if as_json:
        print_json({"name": name, "scopes": meant, "key": secret})
        return
    say(secret)
    tell("Keep it: it is not shown again.")


@keys.command("list")
@json_option
def list_keys(as_json: bool) -> None:
    """Show who has a key, and for what."""
    from rag.service.keys import Keys

    known = Keys(load_settings().data_dir).all()
    if as_json:
        told = [
            {"name": k.name, "scopes": list(k.scopes), "created": f"{k.created}"} for k in known
        ]
        print_json({"keys": told})
        return
    for key in known:
        say(f"{key.name}  {', '.join(key.scopes)}  {key.created:%Y-%m-%d}")
    if not known:
        tell("There is no key: whoever is on this machine may ask.")


@keys.command("revoke")
@click.argument("name")
@json_option
def revoke_key(name: str, as_json: bool) -> None:
    """Take a key away; requests with it are refused from now on."""
    from rag.service.keys import Keys

    Keys(load_settings().data_dir).revoke(name)
    if as_json:
        print_json({"revoked": name})
