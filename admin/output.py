"""What commands show: tables or JSON on stdout, progress on stderr where a person is watching."""

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

Progress = Callable[[int, int], None]


def say(line: str) -> None:
    """One line of the answer, written at once for those who follow."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def remark(line: str) -> None:
    """One line beside the answer: a warning, what to do next."""
    sys.stderr.write(line + "\n")


def as_json(value: Any) -> None:
    """The answer as JSON; instants in UTC."""
    say(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def json_line(value: Any) -> None:
    """One of many answers, as JSON in a line."""
    say(json.dumps(value, ensure_ascii=False, default=_plain))


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]], nothing: str) -> None:
    """Rows under their columns; `nothing` is said when there are none."""
    if not rows:
        say(nothing)
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        shown.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    # Where nobody watches, a row is a line, however long.
    Console(width=None if sys.stdout.isatty() else 1000, highlight=False).print(shown)


def fields(values: Mapping[str, Any]) -> None:
    """Named values, one a line; empty ones left out."""
    width = max(map(len, values), default=0)
    for name, value in values.items():
        if value not in (None, "", ()):
            say(f"{name:<{width}}  {value}")


def local(instant: datetime | None, zone: ZoneInfo) -> str:
    """An instant as the site's clocks show it."""
    return "" if instant is None else instant.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:[\d.]+\+00:00)?")


def instants_local(value: Any, zone: ZoneInfo) -> str:
    """A value as text; the instant or the hour in UTC that a text is, as the site's clocks show it."""
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        return local(datetime.fromisoformat(value).replace(tzinfo=UTC), zone)
    return str(value)


def one_line(value: Any, zone: ZoneInfo) -> Any:
    """A value in a line: instants as the site's clocks show them, lists and objects as JSON."""
    if isinstance(value, datetime):
        return local(value, zone)
    return json.dumps(value, ensure_ascii=False, default=_plain) if isinstance(value, list | dict) else value


@contextmanager
def progress(doing: str) -> Iterator[Progress]:
    """A bar on stderr while long work goes on; nothing where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value)
