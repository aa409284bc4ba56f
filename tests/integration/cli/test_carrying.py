"""`refloop events list|show|export|import|anchor|check` as somebody types them; bad input is one clear line."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from admin import output
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
    assert installed("events", "export", "all.csv").code == 0
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


def test_half_an_import_changes_nothing_and_ctrl_c_leaves_nothing_half_done(
    installed: Terminal, network_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(network_url)
    assert installed("events", "export", "all.jsonl").code == 0
    lines = Path("all.jsonl").read_text().splitlines(keepends=True)
    Path("half.jsonl").write_text("".join(lines[: len(lines) // 2]))

    @contextmanager
    def pressed(doing: str) -> Iterator[Callable[[int, int], None]]:
        def press(done: int, total: int) -> None:
            raise KeyboardInterrupt

        yield press

    with monkeypatch.context() as patched:
        patched.setattr(output, "progress", pressed)
        for command, left in (
            (("export", "second.jsonl"), "no file was written"),
            (("verify",), "nothing was changed"),
            (("rebuild",), "the next refloop events rebuild goes on from there"),
        ):
            stopped = installed("events", *command)
            assert stopped.code == 130
            assert stopped.err.startswith("refloop: stopped; ")
            assert left in stopped.err
    assert sorted(path.name for path in Path().iterdir()) == ["all.jsonl", "half.jsonl"]
    again = installed("events", "rebuild", "--json").json
    assert (again["skipped"] > 0, again["changed"], again["removed"]) == (True, 0, 0)
    assert installed("events", "verify").code == 0

    installed.set(DATABASE_URL=f"sqlite+aiosqlite:///{tmp_path}/other.db", DATA_DIR=str(tmp_path / "other"))
    assert "it is cut off" in installed("events", "import", "half.jsonl").line
    with monkeypatch.context() as patched:
        patched.setattr(output, "progress", pressed)
        assert installed("events", "import", "all.jsonl").code == 130
    assert installed("events", "list").out == "no events\n"
    assert installed("events", "import", "all.jsonl").code == 0


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
        (("as-of", "R-2222", "--at", "2026-03-04T10:00"), "there is no"),
        (("as-of", "x", "--at", "noon"), "--at: 'noon' is no time"),
        (("rebuild", "referral-nothing"), "STREAM: there is no stream"),
        (("republish", "--to", "sender", "--limit", "1"), "the sender is given nothing again"),
        (("republish", "--to", "someone", "--limit", "1"), "right is one of deciding, telling"),
    ],
)
def test_bad_input_is_one_clear_line(installed: Terminal, words: tuple[str, ...], line: str) -> None:
    ran = installed("events", *words)
    assert ran.code == 1
    assert line in ran.line
