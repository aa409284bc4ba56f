"""Faults to script: what goes wrong, for which calls, how often. Pure; the HTTP side acts them out."""

import itertools
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.sandbox.methods.table import COUNTED, METHODS


class FaultKind(StrEnum):
    FLOOD = "flood"  # 429 with retry_after = seconds
    FORBIDDEN = "forbidden"  # 403, from now on
    RESTART = "restart"  # 500 Internal Server Error: restart
    BAD_GATEWAY = "bad_gateway"  # 502 with an HTML page
    DELAY = "delay"  # answered after seconds
    DROPPED = "dropped"  # carried out, then the connection is cut: the ambiguous send
    HANG = "hang"  # never received: no effect, no answer
    DUPLICATE_UPDATE = "duplicate_update"  # the next update comes twice
    STALE_CALLBACK = "stale_callback"  # the press is too old to be answered
    SECOND_POLLER = "second_poller"  # 409: somebody else polls


FOR_EVER = {FaultKind.FORBIDDEN, FaultKind.DELAY}
DEFAULT_SECONDS = {FaultKind.FLOOD: 3.0, FaultKind.DELAY: 1.0}
OWN_METHODS = {
    FaultKind.STALE_CALLBACK: frozenset({"answercallbackquery"}),
    FaultKind.SECOND_POLLER: frozenset({"getupdates"}),
    FaultKind.DUPLICATE_UPDATE: frozenset({"getupdates"}),
}
# Without a method named, a fault hits what people would notice, not the polling beneath.
USUAL_METHODS = COUNTED | {"deletemessage", "answercallbackquery"}
ANY_METHOD = frozenset({"*"})


class BadFault(ValueError):
    """A fault that cannot be armed; the text names the field and what would be right."""


@dataclass
class Fault:
    """`left`: how many more calls it hits, None = until cleared. `chat`: only calls about this chat."""

    id: int
    kind: FaultKind
    methods: frozenset[str]
    chat: int | None
    seconds: float
    left: int | None
    hits: int = 0

    def view(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "kind": self.kind.value,
            "methods": sorted(self.methods),
            "chat": self.chat,
            "seconds": self.seconds,
            "left": self.left,
            "hits": self.hits,
        }


class FaultBoard:
    """The faults that are armed, in the order they were armed; the first that fits a call hits it."""

    def __init__(self) -> None:
        self._armed: list[Fault] = []
        self._ids = itertools.count(1)

    def arm(
        self,
        kind: str,
        methods: list[str] | None = None,
        chat: int | None = None,
        seconds: float | None = None,
        count: int | None = None,
        for_ever: bool = False,
    ) -> Fault:
        """Raises BadFault naming the field that is wrong."""
        if kind not in list(FaultKind):
            raise BadFault(f"kind: {kind!r} is none of {', '.join(FaultKind)}")
        chosen = FaultKind(kind)
        names = frozenset(name.lower() for name in methods or ())
        for name in names - ANY_METHOD:
            if name not in METHODS and name != "getupdates":
                raise BadFault(f"methods: {name!r} is no method of this sandbox; '*' means every method")
        if count is not None and count < 1:
            raise BadFault(f"count: {count} should be at least 1; leave it out or send for_ever")
        if seconds is not None and not 0 < seconds <= 3600:
            raise BadFault(f"seconds: {seconds} should be more than 0 and at most 3600")
        left = count or (None if for_ever or chosen in FOR_EVER else 1)
        fault = Fault(
            id=next(self._ids),
            kind=chosen,
            methods=OWN_METHODS.get(chosen) or names or USUAL_METHODS,
            chat=chat,
            seconds=seconds or DEFAULT_SECONDS.get(chosen, 0.0),
            left=left,
        )
        self._armed.append(fault)
        return fault

    def armed(self) -> list[Fault]:
        return list(self._armed)

    def clear(self, fault_id: int | None = None) -> None:
        """Ends one fault, or all."""
        self._armed = [fault for fault in self._armed if fault_id is not None and fault.id != fault_id]

    def hit(self, method: str, chat: int | None) -> Fault | None:
        """The fault this call runs into; counts it."""
        return self._take(
            lambda fault: (
                fault.kind is not FaultKind.DUPLICATE_UPDATE
                and (method in fault.methods or fault.methods == ANY_METHOD)
            ),
            chat,
        )

    def doubles_update(self, chat: int | None) -> bool:
        """Whether the update being made now will come twice."""
        return self._take(lambda fault: fault.kind is FaultKind.DUPLICATE_UPDATE, chat) is not None

    def _take(self, fits: Any, chat: int | None) -> Fault | None:
        for fault in self._armed:
            if fits(fault) and (fault.chat is None or fault.chat == chat):
                fault.hits += 1
                if fault.left is not None:
                    fault.left -= 1
                    if fault.left == 0:
                        self._armed.remove(fault)
                return fault
        return None
