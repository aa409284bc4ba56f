"""`refloop events list|show|export|import|anchor|check` as somebody types them; bad input is one clear line."""

import asyncio
from pathlib import Path

import pytest

from tests.integration.cli.command_line import Terminal
from tests.integration.world import core


def begin(network_url: str) -> str:
    async def work() -> str:
        async with core(network_url) as parts:
            code: str = (await parts.request()).state.code
            return code

    return asyncio.run(work())


def test_a_loop_is_told_in_words(installed: Terminal, network_url: str) -> None:
    shown = installed("events", "show", begin(network_url))
    assert shown.code == 0, shown.err
    assert "referral requested" in shown.out
    assert "offer to Lin Hao (lin-hao) (urgent" in shown.out
    assert "[sealed]" not in shown.out


def test_an_export_is_imported_elsewhere_and_anchored(installed: Terminal, network_url: str, tmp_path: Path) -> None:
    begin(network_url)
    assert installed("events", "export", "all.jsonl").code == 0
    assert installed("events", "export", "all.csv", "--format", "csv").code == 0
    digest = installed("events", "verify", "--json").json["live"]
    assert installed("events", "anchor", "anchor.txt").code == 0
    assert "unchanged" in installed("events", "check", "anchor.txt").out
    installed.set(DATABASE_URL=f"sqlite+aiosqlite:///{tmp_path}/other.db", DATA_DIR=str(tmp_path / "other"))
    imported = installed("events", "import", "all.jsonl", "--json")
    assert imported.code == 0, imported.err
    assert installed("events", "verify", "--json").json["live"] == digest
    assert "unchanged" in installed("events", "check", "anchor.txt").out
    again = installed("events", "import", "all.jsonl")
    assert (again.code, "has events already" in again.line) == (1, True)


@pytest.mark.parametrize(
    "words, line",
    [
        (("list", "--since", "yesterday"), "--since: 'yesterday' is no time"),
        (("list", "--type", "ReferralAccept"), "did you mean ReferralAccepted"),
        (("list", "--priority", "high"), "right is one of routine, urgent, asap, stat"),
        (("show", "R-2222"), "STREAM: there is no stream"),
        (("export", "nowhere/file.jsonl"), "is no directory"),
        (("export", "file", "--format", "xlsx"), "right is jsonl or csv"),
        (("import", "nothing.jsonl"), "is no file"),
        (("check", "pyproject.toml"), "No such file"),
    ],
)
def test_bad_input_is_one_clear_line(installed: Terminal, words: tuple[str, ...], line: str) -> None:
    ran = installed("events", *words)
    assert ran.code == 1
    assert line in ran.line
