"""What the README shows other programs is run as it stands there; for MCP see test_mcp.py."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.model

README = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")


def shown(language: str, about: str) -> str:
    """The one example in a language that is about something."""
    found = re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    (example,) = [each for each in found if about in each]
    return str(example)


def at(address: str, example: str) -> str:
    return example.replace("http://localhost:8600", address).replace("localhost:8600", address)


def test_curl_asks(address: str) -> None:
    script = at(address, shown("bash", "curl"))
    got = subprocess.run(["bash", "-c", script], capture_output=True, check=True)
    assert json.loads(got.stdout)["citations"]


def test_openais_client_asks(address: str) -> None:
    script = (
        at(address, shown("python", "OpenAI")).replace("client.chat", "print(client.chat") + ")"
    )
    got = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert b"annotations" in got.stdout
