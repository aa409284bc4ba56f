"""The command `refloop` as somebody at a terminal runs it, in this process: what it answers, says and returns."""

import json
import logging
import os
from dataclasses import dataclass
from typing import Any

import pytest

from admin import cli
from tests.conftest import log_plainly


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The answer, which must be JSON."""
        return json.loads(self.out)

    @property
    def line(self) -> str:
        """The one line that a failure is."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        return lines[0]


class Terminal:
    """A terminal with an environment of its own, in an empty directory."""

    def __init__(self, patch: pytest.MonkeyPatch, captured: pytest.CaptureFixture[str]) -> None:
        self._patch = patch
        self._captured = captured

    def set(self, **variables: str) -> None:
        """Export REFLOOP_ variables."""
        for name, value in variables.items():
            self._patch.setenv(f"REFLOOP_{name}", value)

    def __call__(self, *words: object) -> Ran:
        """Run `refloop WORDS`."""
        self._patch.setattr("sys.argv", ["refloop", *map(str, words)])
        root = logging.getLogger()
        handlers, level = list(root.handlers), root.level
        mask = os.umask(0o022)
        self._captured.readouterr()
        try:
            with pytest.raises(SystemExit) as left:
                cli.main()
        finally:
            os.umask(mask)
            root.handlers, root.level = handlers, level
            logging.captureWarnings(False)
            log_plainly()
        captured = self._captured.readouterr()
        assert "Traceback" not in captured.err
        return Ran(int(left.value.code or 0), captured.out, captured.err)
