"""A body as it may be shown to somebody who mends it: its shape, codes and numbers, no word about a person; pure.

And the change of one place of a body, named as a JSON pointer (RFC 6901), which is how such a body is mended.
"""

import json
from typing import Any

HIDDEN = "[hidden]"
# Under these names stand words of a closed set, times, or names of places; everything else may be personal.
_SHOWN = frozenset(
    {
        "specversion", "type", "resourceType", "status", "priority", "direction", "kind", "system", "code", "facility",
        "department", "intent", "consent", "time", "at", "authoredOn", "datacontenttype", "dataschema", "disposition",
        "measure", "unit", "url", "class", "profile",
    }
)  # fmt: skip


class NoSuchPlace(ValueError):
    """A pointer that names no place of this body, or a body that is no JSON; the text says which."""


def masked(content: bytes) -> Any:
    """The body as plain values with personal text hidden; one that is no JSON says only how long it is."""
    try:
        value = json.loads(content)
    except ValueError:
        return f"{HIDDEN}: {len(content)} bytes that are no JSON"
    shown = _masked(value, shown=False)
    if isinstance(value, dict) and isinstance(value.get("id"), str):
        shown["id"] = value["id"]  # the message's own id, not a person's
    return shown


def _masked(value: Any, *, shown: bool) -> Any:
    match value:
        case dict():
            return {name: _masked(each, shown=name in _SHOWN) for name, each in value.items()}
        case list():
            return [_masked(each, shown=shown) for each in value]
        case str():
            return value if shown else HIDDEN
        case _:
            return value


def changed(content: bytes, pointer: str, value: Any) -> bytes:
    """The body with another value at one place; None takes the place away. NoSuchPlace says what is wrong.

    A name that an object does not have yet is added; an item of a list must be there.
    """
    try:
        whole = json.loads(content)
    except ValueError:
        raise NoSuchPlace("the message is no JSON: give the whole mended message as a file") from None
    if not pointer.startswith("/"):
        raise NoSuchPlace(f"{pointer!r} is no place; right is such as /data/priority")
    *steps, last = [step.replace("~1", "/").replace("~0", "~") for step in pointer[1:].split("/")]
    here = whole
    for step in steps:
        here = _inside(here, step, pointer)
    match here:
        case dict() if value is None and last not in here:
            raise NoSuchPlace(f"{pointer}: there is nothing of that name to take away")
        case dict() if value is None:
            del here[last]
        case dict():
            here[last] = value
        case list() if last.isdecimal() and int(last) < len(here):
            if value is None:
                del here[int(last)]
            else:
                here[int(last)] = value
        case _:
            raise NoSuchPlace(f"{pointer}: the message has no such place")
    return json.dumps(whole, ensure_ascii=False).encode()


def _inside(here: Any, step: str, pointer: str) -> Any:
    match here:
        case dict() if step in here:
            return here[step]
        case list() if step.isdecimal() and int(step) < len(here):
            return here[int(step)]
        case _:
            raise NoSuchPlace(f"{pointer}: the message has no {step!r}")
