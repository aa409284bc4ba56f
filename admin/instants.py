"""Times as people type them at a terminal."""

from datetime import datetime
from zoneinfo import ZoneInfo

from admin.refusals import CommandRefused


def instant(option: str, text: str, zone: ZoneInfo) -> datetime:
    """The instant; one without a zone is meant in the site's. CommandRefused names the option and what is right."""
    try:
        value = datetime.fromisoformat(text.strip())
    except ValueError:
        raise CommandRefused(
            f"{option}: {text!r} is no time; right is such as 2026-03-05T09:30 (in {zone.key}) or 2026-03-05T01:30Z"
        ) from None
    return value if value.tzinfo is not None else value.replace(tzinfo=zone)


def instant_or_none(option: str, text: str | None, zone: ZoneInfo) -> datetime | None:
    """The same, for an option that need not be given."""
    return None if text is None else instant(option, text, zone)
