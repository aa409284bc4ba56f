"""Photos and PDFs that belong to a referral: sealed, and only ever opened for somebody who asks to see them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

import models.journal  # noqa: F401 - sets the naming convention first
from models.database import UtcDateTime


class DocumentKind(StrEnum):
    """What a file is, by its first bytes."""

    jpeg = "jpeg"
    png = "png"
    pdf = "pdf"


class DocumentRow(SQLModel, table=True):
    """One file. `about`: the referral's stream, or a draft that is not sent yet; `content`: base64, sealed under `key`.

    The hash is of the file's bytes: the event that names the document carries it too.
    """

    __tablename__ = "documents"
    __table_args__ = (Index(None, "about"),)

    id: str = Field(primary_key=True)
    about: str
    key: str
    kind: str
    size: int
    hash: str
    content: str
    added_by: str
    added_at: datetime = Field(sa_type=UtcDateTime)
