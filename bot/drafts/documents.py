"""Files as they are kept: sealed under the patient's key, under the site's while there is only a draft."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select, update
from sqlalchemy.engine import RowMapping

from bot.handlers.visit import Visit
from models.documents import DocumentKind, DocumentRow
from models.sealed import SITE, CannotOpen, Keyring
from models.values import derived_id

_DOCUMENTS = DocumentRow.__table__  # type: ignore[attr-defined]
MOST_BYTES = 5_000_000  # a photo as Telegram sends it has a few hundred kilobytes, a scanned report one or two million
MOST_FILES = 10  # of one referral; of one patient in a day

# How a file begins says what it is; what a phone calls it says nothing.
_MP4_AT, _MP4 = 4, b"ftyp"  # behind the length of its first box
_BEGINNINGS = (
    (b"\xff\xd8\xff", DocumentKind.jpeg), (b"\x89PNG\r\n\x1a\n", DocumentKind.png), (b"%PDF-", DocumentKind.pdf),
    (b"OggS", DocumentKind.ogg),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Document:
    """A file opened for somebody to see."""

    id: str
    kind: DocumentKind
    data: bytes


def kind_of_file(data: bytes) -> DocumentKind | None:
    """What a file is, by its first bytes; None for what is not taken."""
    if data.startswith(_MP4, _MP4_AT):
        return DocumentKind.mp4
    return next((kind for begins, kind in _BEGINNINGS if data.startswith(begins)), None)


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that came in a chat: its bytes, or the place in which it waits to be claimed."""

    kind: DocumentKind
    content: bytes = b""
    about: str = ""

    @classmethod
    async def waiting(cls, visit: Visit, about: str) -> "SentFile | None":
        """The file that waits there; None when it is gone."""
        row = next(iter(await rows_about(visit, about)), None)
        return cls(DocumentKind(row["kind"]), about=about) if row is not None else None

    async def keep(self, visit: Visit, stream: str, key: str, by: str) -> str:
        """Keep it with a stream, sealed under the patient's key; gives its id."""
        if not self.about:
            await visit.side.keyring.load(visit.tx, {key})
            return await store(visit, stream, key, self.kind, self.content, by)
        [row] = await rows_about(visit, self.about)
        await hand_over(visit, self.about, stream, key)
        return str(row["id"])


async def store(visit: Visit, about: str, key: str, kind: DocumentKind, data: bytes, by: str) -> str:
    """Keep a file; gives its id. The same file sent twice to the same place is one."""
    digest = hashlib.sha256(data).hexdigest()
    unique = derived_id(about, digest)
    there = (await visit.tx.execute(select(_DOCUMENTS.c.id).where(_DOCUMENTS.c.id == unique))).first()
    if there is None:
        row = {
            "id": unique, "about": about, "key": key, "kind": kind, "size": len(data), "hash": digest,
            "content": _sealed(visit.side.keyring, key, unique, data), "added_by": by, "added_at": visit.now,
        }  # fmt: skip
        await visit.tx.execute(insert(_DOCUMENTS), [row])
    return unique


async def rows_about(visit: Visit, about: str) -> Sequence[RowMapping]:
    """The files of a referral or draft, the oldest first."""
    query = select(_DOCUMENTS).where(_DOCUMENTS.c.about == about).order_by(_DOCUMENTS.c.added_at, _DOCUMENTS.c.id)
    return (await visit.tx.execute(query)).mappings().all()


async def hand_over(visit: Visit, draft: str, stream: str, key: str) -> Sequence[RowMapping]:
    """The files of a draft become those of the referral, sealed under its patient's key from now on."""
    keyring = visit.side.keyring
    await keyring.load(visit.tx, {key})
    for row in await rows_about(visit, draft):
        data = opened(keyring, row).data
        values = {"about": stream, "key": key, "content": _sealed(keyring, key, row["id"], data)}
        await visit.tx.execute(update(_DOCUMENTS).where(_DOCUMENTS.c.id == row["id"]).values(**values))
    return await rows_about(visit, stream)


async def opened_about(visit: Visit, about: str, document: str | None = None) -> list[Document]:
    """The files of a stream, the newest ten, or the one that is named, opened; those of an erased key are left out."""
    rows = [row for row in await rows_about(visit, about) if document in (None, row["id"])][-MOST_FILES:]
    await visit.side.keyring.load(visit.tx, {row["key"] for row in rows} - {SITE})
    found = []
    for row in rows:
        try:
            found.append(opened(visit.side.keyring, row))
        except CannotOpen:
            continue
    return found


def opened(keyring: Keyring, row: RowMapping) -> Document:
    """One file; CannotOpen when its key was erased or the row was changed."""
    text = keyring.open(row["key"], row["content"], _place(row["id"]))
    return Document(row["id"], DocumentKind(row["kind"]), base64.b64decode(text))


def _sealed(keyring: Keyring, key: str, unique: str, data: bytes) -> str:
    return keyring.seal(key, base64.b64encode(data).decode(), _place(unique))


def _place(unique: str) -> str:
    return f"documents|content|{unique}"
