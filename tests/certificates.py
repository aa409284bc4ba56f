"""One TLS context for all clients of a process."""

import ssl
from functools import cache

import certifi


def share() -> None:
    """Read the certificates once, not for 50 ms in each client: all do it, also for plain HTTP as ours speak."""
    ssl.create_default_context = cache(ssl.create_default_context)  # type: ignore[assignment]


def read() -> None:
    """Read them now, as every client asks for them."""
    ssl.create_default_context(cafile=certifi.where())
