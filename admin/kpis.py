"""The monthly file of `refloop kpi --outside`: denominators that only others have."""

import csv
from datetime import date
from pathlib import Path

from admin.refusals import CommandRefused
from events.kpis import OUTSIDE, Outside

_COLUMNS = ("month", "definition", "numerator", "denominator")


def read_outside(file: Path) -> Outside:
    """What the file says; CommandRefused names the line that cannot be read, and what would be right."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.DictReader(text)
            if tuple(reader.fieldnames or ()) != _COLUMNS:
                raise CommandRefused(f"--outside {file}: the first line must be {','.join(_COLUMNS)}")
            found: dict[tuple[str, str], tuple[int, int]] = {}
            for line, row in enumerate(reader, start=2):
                key = _key(row, file, line)
                if key in found:
                    raise CommandRefused(f"--outside {file} line {line}: {key[1]} of {key[0]} is there twice")
                found[key] = _parts(row, file, line)
            return found
    except OSError as error:
        raise CommandRefused(f"--outside {file}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise CommandRefused(f"--outside {file}: must be UTF-8 text") from None


def _key(row: dict[str, str], file: Path, line: int) -> tuple[str, str]:
    month, definition = (row["month"] or "").strip(), (row["definition"] or "").strip()
    try:
        date.fromisoformat(f"{month}-01")
    except ValueError:
        raise CommandRefused(f"--outside {file} line {line}: month must be like 2026-03, not {month!r}") from None
    if definition not in OUTSIDE:
        known = ", ".join(OUTSIDE)
        raise CommandRefused(f"--outside {file} line {line}: definition must be one of {known}, not {definition!r}")
    return month, definition


def _parts(row: dict[str, str], file: Path, line: int) -> tuple[int, int]:
    found = []
    for name in ("numerator", "denominator"):
        text = (row[name] or "").strip()
        if not (text.isascii() and text.isdecimal()):
            raise CommandRefused(f"--outside {file} line {line}: {name} must be a whole number, not {text!r}")
        found.append(int(text))
    return found[0], found[1]
