"""Pages of one file for people without a terminal: no script, nothing loaded from anywhere."""

import os
import re
from html import escape
from pathlib import Path

from admin.refusals import CommandRefused

_STYLE = (
    "body{font:15px/1.5 system-ui,'Noto Sans CJK SC',sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;"
    "color:#1d2530;background:#fff}table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}"
    "th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #d9dee5;vertical-align:top}"
    "h1{font-size:1.4rem}h2{font-size:1.1rem}p,td{overflow-wrap:break-word}"
    "code{font:.8em/1.4 ui-monospace,'DejaVu Sans Mono',monospace;overflow-wrap:anywhere}"
    ".line,th,td:first-child{white-space:nowrap;overflow-wrap:normal}"
    ".missing{color:#a3261b;font-weight:600}.was{color:#a3261b}.now{color:#17663a}.was,.now{white-space:nowrap}"
    # On a phone a row is a block, each cell behind the name of its column.
    "@media screen and (max-width:40rem){body{margin:1rem auto}thead{display:none}tr{display:block;padding:.4rem 0;"
    "border-bottom:1px solid #d9dee5}td,td:first-child{display:flex;gap:.6rem;border:0;padding:.1rem 0;"
    "white-space:normal;overflow-wrap:anywhere}td:empty{display:none}"
    "td::before{content:attr(data-name);flex:0 0 6rem;color:#5b6675;font-weight:400}}"
    "@page{size:A4;margin:15mm}@media print{body{margin:0;max-width:none;padding:0;font-size:10pt}"
    "thead{display:table-header-group}tr,h2{break-inside:avoid}h2{break-after:avoid}}"
)


def document(title: str, body: str, language: str = "en") -> str:
    """A whole page; `body` is HTML that is safe already."""
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>{body}</body></html>\n"
    )


def rows(head: list[str], body: list[list[str]]) -> str:
    """A table; every cell is quoted. Hashes, times and what is missing look like what they are."""
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    lines = "".join(f"<tr>{''.join(map(_cell, head, line))}</tr>" for line in body)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table>"


_LOOKS = {"MISSING": "missing", "was": "was", "would be": "now"}
_HASH, _TIME = re.compile(r"[0-9a-f]{64}"), re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?")


def _cell(name: str, content: str) -> str:
    look = _LOOKS.get(content) or ("line" if _TIME.fullmatch(content) else "")
    told = f"<code>{content}</code>" if _HASH.fullmatch(content) else escape(content)
    looks = f' class="{look}"' if look else ""
    return f'<td data-name="{escape(name)}"{looks}>{told}</td>'


def new_page(file: Path, content: str) -> None:
    """Write a page to a new file (0600). CommandRefused when it is there already."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CommandRefused(f"{file} is there already: name a new file") from None
    with os.fdopen(handle, "w", encoding="utf-8") as target:
        target.write(content)
