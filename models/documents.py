"""Files of a referral or plan (photo, PDF, voice, video): sealed, only ever opened for somebody who asks for them."""

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
    ogg = "ogg"
    mp4 = "mp4"


class DocumentRow(SQLModel, table=True):
    """One file. `content`: base64, sealed under `key`.

    `about`: the stream, or what has none yet: a draft, a file of a patient while it is asked whose it is.

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
