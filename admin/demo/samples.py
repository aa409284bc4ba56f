"""The sample messages of the demo page, sent the way hospitals send theirs: over HTTP, with the key of a source."""

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from sqlalchemy import select

from admin.demo.setup import key_of
from admin.parts import Parts
from models.database import Database
from models.history import table_of
from models.summaries import SummaryRow
from models.values import StreamKind, new_id

SAMPLES = Path(__file__).with_name("samples")
_SUMMARIES = table_of(SummaryRow)
_BLANK = re.compile(r"\{\{(id|code|now)(?:([+-]\d+)([mhd]))?\}\}")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class SampleRefused(Exception):
    """A sample that cannot be sent, and why."""


@dataclass(frozen=True)
class Sample:
    """A message of samples.yaml. `source` is the facility whose system sends it."""

    name: str
    names: dict[str, str]
    format: str
    file: Path
    path: str
    content_type: str
    source: str
    referral_of: str | None

    def shown(self) -> dict[str, Any]:
        """As the page lists it."""
        return {"name": self.name, "format": self.format, "from": self.source, **self.names}

    def filled(self, now: datetime, code: str | None) -> str:
        """The message to send at `now`, with a new id; `code` is the referral it is about."""
        unique = new_id()

        def fill(blank: re.Match[str]) -> str:
            match blank[1]:
                case "id":
                    return unique
                case "code":
                    return code or ""
                case _:
                    ahead = timedelta(**{_UNITS[blank[3]]: int(blank[2])}) if blank[2] else timedelta()
                    return (now + ahead).isoformat(timespec="seconds")

        return _BLANK.sub(fill, self.file.read_text(encoding="utf-8"))


@cache
def catalogue() -> tuple[Sample, ...]:
    """Every sample, in the order of the menu."""
    rows = yaml.safe_load((SAMPLES / "samples.yaml").read_text(encoding="utf-8"))
    return tuple(
        Sample(
            name=row["name"], names={"zh": row["zh"], "en": row["en"]}, format=row["format"],
            file=SAMPLES / row["file"], path=row["path"], content_type=row["content_type"], source=row["from"],
            referral_of=row.get("referral_of"),
        )
        for row in rows
    )  # fmt: skip


async def send(name: str, app_url: str, parts: Parts) -> dict[str, Any]:
    """Post a sample to the app's own intake: the status and the answer it got. SampleRefused when it cannot be sent."""
    sample = next((each for each in catalogue() if each.name == name), None)
    if sample is None:
        raise SampleRefused(f"name: there is no sample {name!r}; see /demo/samples")
    code = None
    if sample.referral_of is not None:
        code = await _referral_of(parts.database, sample.referral_of)
        if code is None:
            raise SampleRefused("no referral of this patient is under way: send one first")
    headers = {
        "Authorization": f"Bearer {key_of(parts.settings.data_dir, sample.source)}",
        "Content-Type": sample.content_type,
    }
    body = sample.filled(parts.clock.now(), code).encode()
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{app_url}{sample.path}", data=body, headers=headers) as response,
    ):
        return {"status": response.status, "answer": json.loads(await response.text() or "{}")}


async def _referral_of(database: Database, patient: str) -> str | None:
    """The code of the patient's newest referral that is still open."""
    mine = (_SUMMARIES.c.patient == patient) & (_SUMMARIES.c.kind == StreamKind.referral) & _SUMMARIES.c.open
    async with database.reading() as tx:
        found = await tx.execute(select(_SUMMARIES.c.code).where(mine).order_by(_SUMMARIES.c.begun_at.desc()).limit(1))
        code: str | None = found.scalar()
        return code
