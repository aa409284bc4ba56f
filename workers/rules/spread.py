"""A patient's own minute of the morning: what is due on one day is not due in one minute."""

from datetime import timedelta
from zlib import crc32

SPREAD = timedelta(hours=3)


def minute_of(patient: str) -> timedelta:
    """How long after the first of the day this patient's follow-ups fall due; always the same for the same patient."""
    return timedelta(minutes=crc32(patient.encode()) % int(SPREAD / timedelta(minutes=1)))
