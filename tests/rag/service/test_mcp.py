"""The MCP server, asked by the official client: in memory, and as the command over stdio."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, MCPError, StdioServerParameters

from rag.assistant import Assistant
from rag.service.mcp_server import build_server

pytestmark = pytest.mark.model

README = Path(__file__).parents[3] / "README.md"
QUESTION = "What will the new bridge cost?"


def call(server: Any, tool: str, **arguments: Any) -> Any:
    async def run() -> Any:
        async with Client(server) as client:
            return await client.call_tool(tool, arguments)

    return asyncio.run(run())


def test_its_tools_answer_search_and_read(assistant: Assistant) -> None:
    server = build_server(lambda: assistant)
    answer = call(server, "ask", question=QUESTION).structured_content
    assert answer["status"] == "answered"
    assert answer["citations"][0]["quote"] in answer["text"]
    found = call(server, "search", question="library books", k=2).structured_content
    assert len(found["hits"]) == 2
    listed = call(server, "list_transcripts").structured_content["transcripts"]
    turn = call(server, "show", transcript_id=listed[0]["transcript_id"], turn=1)
    assert len(turn.structured_content["turns"]) == 1


def test_what_cannot_be_used_is_the_error_of_the_tool(assistant: Assistant) -> None:
    server = build_server(lambda: assistant)
    for tool, arguments, told in (
        ("ask", {"question": "bridge", "speakers": ["Nobody"]}, "Nobody"),
        ("show", {"transcript_id": "none"}, "No transcript has the id"),
        ("show", {"transcript_id": "a-autumn", "turn": 99}, "turns 1 to"),
    ):
        got = call(server, tool, **arguments)
        assert got.is_error
        assert told in got.content[0].text


def test_a_transcript_that_is_not_there_is_told_in_the_sentence_of_the_command(
    assistant: Assistant,
) -> None:
    async def run() -> None:
        async with Client(build_server(lambda: assistant)) as client:
            await client.read_resource("transcript://none")

    with pytest.RaisesGroup(
        pytest.RaisesExc(MCPError, match="No transcript has the id 'none'"),
        allow_unwrapped=True, flatten_subgroups=True,
    ):  # fmt: skip
        asyncio.run(run())


def test_the_command_speaks_to_a_client_over_stdio_as_the_readme_shows(
    assistant: Assistant,
) -> None:
    settings = assistant.settings
    named = {
        "HETAO_DATA_DIR": str(settings.data_dir), "HETAO_CORPUS_DIR": str(settings.corpus_dir)
    }  # fmt: skip
    shown = next(line for line in README.read_text().splitlines() if "mcpServers" in line)
    entry = json.loads(shown)["mcpServers"]["hetao"]
    command = StdioServerParameters(
        command=str(Path(sys.executable).with_name(entry["command"])), args=entry["args"],
        env={**os.environ, **named},
    )  # fmt: skip

    async def run() -> tuple[Any, Any, Any]:
        async with Client(command) as client:
            tools = await client.list_tools()
            answer = await client.call_tool("ask", {"question": QUESTION})
            read = await client.read_resource("transcript://a-autumn")
            return tools, answer, read

    tools, answer, read = asyncio.run(run())
    assert {tool.name for tool in tools.tools} == {"ask", "search", "show", "list_transcripts"}
    assert "yuan" in answer.structured_content["text"]
    assert "1.2 billion yuan" in read.contents[0].text
