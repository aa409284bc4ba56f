"""A terminal at nothing, and one at an installation with the demo network."""

import base64
import os
from pathlib import Path

import pytest

from tests.integration.cli.command_line import Terminal

KEY = base64.urlsafe_b64encode(b"k" * 32).decode()


@pytest.fixture
def refloop(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Terminal:
    for name in os.environ:
        if name.startswith("REFLOOP_") and not name.startswith("REFLOOP_TEST_"):
            monkeypatch.delenv(name)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    terminal = Terminal(monkeypatch, capsys)
    terminal.set(DATA_DIR=str(tmp_path / "data"))
    return terminal


@pytest.fixture
def installed(refloop: Terminal, network_url: str) -> Terminal:
    """A terminal at an installation with the demo network."""
    refloop.set(DATABASE_URL=network_url, SITE_KEY=KEY)
    assert refloop("migrate").code == 0
    return refloop
