"""Every rule of every pack as pages of docs/rules.md: `python -m workers.rules.book` writes them anew.

What stands above the marker is written by hand; what stands below comes from the packs, and a test holds them together.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workers.rules.pack import Pack, packs
from workers.rules.table import Row

MARK = "<!-- Below this line: written by `python -m workers.rules.book` from the packs. -->\n"
PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


def book() -> str:
    """The generated part."""
    return "".join(f"{line}\n" for line in _lines())


def whole(page: str) -> str:
    """The page with its generated part anew."""
    return page.partition(MARK)[0] + MARK + book()


def _lines() -> Iterator[str]:
    yield ""
    yield "## Every rule"
    yield ""
    yield "On: in force unless a layer says otherwise. **A**, **K** and **K-** rows that are on are proposals of ours,"
    yield "for the reason given. No pack is signed."
    for pack in packs().values():
        yield ""
        yield f"### {pack.name} {pack.version}: {pack.file.title.en}"
        for name, value in pack.parameters.items():
            if name not in ("words", "negations", "names", "texts"):
                yield ""
                yield f"Parameter `{name}` (a proposal): `{_json(value)}`"
        for table in pack.tables.values():
            yield ""
            yield f"**{table.file.title.en}** (`{table.file.id}`, hit policy {table.file.hit})"
            yield ""
            yield "| rule | limit | then | source | evidence | on |"
            yield "|---|---|---|---|---|---|"
            for row in table.file.rows:
                yield _row(pack, row)


def _row(pack: Pack, row: Row) -> str:
    proposal = f"; proposed: {row.needed}" if row.on and row.source.evidence.weak else ""
    source = f"{row.source.document}, {row.source.section}"
    if row.effective.start:
        source += f", from {row.effective.start}"
    cells = [
        f"{row.id}: {row.because.en}{proposal}", f"`{_json(row.when)}`", f"`{_json(row.then)}`", source,
        f"**{row.source.evidence}**" if row.source.evidence.weak else str(row.source.evidence),
        "on" if row.on else "off",
    ]  # fmt: skip
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    PAGE.write_text(whole(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"{PAGE.name} written\n")
