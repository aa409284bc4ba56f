"""Pages of one file for people without a terminal: no script, nothing loaded from anywhere."""

import os
from html import escape
from pathlib import Path

from admin.refusals import CommandRefused

_STYLE = (
    "body{font:15px/1.5 system-ui,'Noto Sans CJK SC',sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;"
    "color:#1d2530;background:#fff}table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}"
    "th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #d9dee5;vertical-align:top}"
    "h1{font-size:1.4rem}h2{font-size:1.1rem}code{overflow-wrap:anywhere;font-size:.85em}"
    ".missing{color:#a3261b;font-weight:600}.was{color:#a3261b}.now{color:#17663a}@media print{body{margin:0}}"
)


def document(title: str, body: str, language: str = "en") -> str:
    """A whole page; `body` is HTML that is safe already."""
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>{body}</body></html>\n"
    )


def rows(head: list[str], body: list[list[str]]) -> str:
    """A table; every cell is quoted."""
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    lines = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in line)}</tr>" for line in body)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table>"


def new_page(file: Path, content: str) -> None:
    """Write a page to a new file (0600). CommandRefused when it is there already."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CommandRefused(f"{file} is there already: name a new file") from None
    with os.fdopen(handle, "w", encoding="utf-8") as target:
        target.write(content)
