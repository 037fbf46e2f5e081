"""On which machine a model runs that somebody else serves, told without any provider's package."""

from __future__ import annotations

import ipaddress
import os
import re
from urllib.parse import urlsplit

# For each provider: its host, and the variables that name another one.
_HOSTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "openai": ("api.openai.com", ("OPENAI_API_BASE", "OPENAI_BASE_URL")),
    "anthropic": ("api.anthropic.com", ("ANTHROPIC_API_URL", "ANTHROPIC_BASE_URL")),
    "ollama": ("localhost", ("OLLAMA_HOST",)),
    "typesafe": ("api.typesafe.ai", ()),
}
# Ollama itself passes models so named on to its own machines.
_OLLAMA_CLOUD = re.compile(r"[:-]cloud$")


def destination_of(model: str, base_url: str) -> str:
    """The host that is sent what a ``provider:model`` reads; "" where that is this machine."""
    provider = model.partition(":")[0]
    if not provider:
        return ""
    usual, variables = _HOSTS.get(provider, (f"the provider {provider}", ()))
    named = next((value for name in variables if (value := os.environ.get(name))), "")
    host = host_of(base_url or named) or usual
    if provider == "ollama" and _OLLAMA_CLOUD.search(model):
        return "ollama.com"
    return "" if is_here(host) else host


def host_of(address: str) -> str:
    """The host of an address with or without a scheme; "" where there is none."""
    try:
        return urlsplit(address if "//" in address else f"//{address}").hostname or ""
    except ValueError:
        return ""


def place_of(url: str) -> str:
    """An address as it may be shown and logged: without user, password and signed query."""
    address = urlsplit(url)
    return f"{address.scheme}://{address.netloc.rpartition('@')[2]}{address.path}".rstrip("/")


def only_here(host: str) -> bool:
    """Whether what listens on a host is reached from this machine alone.

    ``0.0.0.0`` and ``::`` are this machine to whoever connects, and all its networks to a listener.
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_here(host: str) -> bool:
    """Whether a host is this machine, by its name or address alone."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified
