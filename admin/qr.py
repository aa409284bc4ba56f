"""A QR code of an invitation, for the screen of the one who is invited."""

import os
from pathlib import Path

import segno

from admin.refusals import CommandRefused


def check_target(file: Path) -> None:
    """CommandRefused when no QR code can be written there."""
    if file.suffix.lower() not in {".svg", ".png"}:
        raise CommandRefused(f"--qr: {file} will not do; right is a file that ends in .svg or .png")
    if not file.parent.is_dir():
        raise CommandRefused(f"--qr: {file.parent} is no directory")


def write_qr(text: str, file: Path) -> None:
    """Write a QR code of the text, readable by its owner only: it lets somebody in."""
    check_target(file)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        segno.make(text, micro=False).save(out, kind=file.suffix[1:].lower(), scale=8, border=4)
