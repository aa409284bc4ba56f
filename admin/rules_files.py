"""Packs and sheets as files of the commands: read by name or path, written whole or not at all."""

import sys
from pathlib import Path

from admin.refusals import BadInput
from workers.rules.pack import PACKS, packs
from workers.rules.yaml_lines import Document, read_document


def document_of(pack: str) -> Document:
    """The YAML of a built-in pack by its name, or of a file. BadInput when it is neither; BadPack as in Document."""
    if pack in packs():
        return read_document(PACKS / f"{pack}.yaml")
    if not Path(pack).is_file():
        raise BadInput(f"PACK: {pack!r} is neither a file nor one of {', '.join(packs())}")
    return read_document(Path(pack))


def read_text(file: Path) -> str:
    """A text file; GB18030 is read too, as spreadsheets in China write it."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise BadInput(f"{file}: {error.strerror}") from None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadInput(f"{file}: neither UTF-8 nor GB18030")


def write(text: str, out: Path | None) -> None:
    """To a file, or to standard output, byte for byte."""
    if out is None:
        sys.stdout.write(text)
        return
    try:
        out.write_bytes(text.encode())
    except OSError as error:
        raise BadInput(f"{out}: {error.strerror}") from None
