"""FHIR XML read into the shape of FHIR JSON; pure.

An element that comes once is a value, one that comes again a list: the reader takes either (reading.py). Document types
and entities are refused: nothing a hospital sends needs them, and every XML attack does.
"""

from typing import Any
from xml.parsers import expat

from events.intake.problems import unreadable

_DEPTH = 100


class _Building:
    """What expat calls while it reads."""

    def __init__(self) -> None:
        self.stack: list[tuple[str, dict[str, Any]]] = []
        self.root: dict[str, Any] | None = None
        self._in_markup = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins. The narrative (div) is for people: it is skipped."""
        name = tag.rpartition("|")[2]
        if self._in_markup or name == "div":
            self._in_markup += 1
            return
        if len(self.stack) >= _DEPTH:
            raise unreadable("nested too deeply")
        self.stack.append((name, dict(attributes)))

    def end(self, _tag: str) -> None:
        """An element ends: a resource, a primitive (only a value), or an object."""
        if self._in_markup:
            self._in_markup -= 1
            return
        name, node = self.stack.pop()
        if name[:1].isupper():
            node = {"resourceType": name, **node}
        if not self.stack:
            self.root = node
            return
        parent_name, parent = self.stack[-1]
        if name[:1].isupper() and parent_name in ("resource", "contained", "outcome"):
            parent.update(node)
            return
        value: Any = node["value"] if set(node) == {"value"} else node
        if name in parent:
            held = parent[name] if isinstance(parent[name], list) else [parent[name]]
            parent[name] = [*held, value]
        else:
            parent[name] = value


def read_xml(text: str) -> dict[str, Any]:
    """The resource an XML text holds, as FHIR JSON would have it; Unacceptable, naming the line, for anything else."""
    building = _Building()
    parser = expat.ParserCreate(encoding="utf-8", namespace_separator="|")
    parser.buffer_text = True
    parser.StartElementHandler = building.start
    parser.EndElementHandler = building.end
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(text.encode("utf-8", "surrogatepass"), True)
    except expat.ExpatError as error:
        raise unreadable(f"not XML: {expat.ErrorString(error.code)} at line {error.lineno}") from None
    if building.root is None or "resourceType" not in building.root:
        raise unreadable("XML, but no FHIR resource: the root element must be a resource such as Bundle")
    return building.root


def _refuse(*_declared: Any) -> None:
    raise unreadable("XML with a document type or entities is not read: leave the DOCTYPE out")
