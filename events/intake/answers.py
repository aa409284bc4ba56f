"""What a sender is answered: a status, what became of the message, what is wrong with it; and how that is written."""

import json
from dataclasses import dataclass
from typing import Any

from events.intake.fhir_contents import REFERRAL_SYSTEM
from events.intake.problems import Problem, Unacceptable
from events.intake.taking import Outcome

_TITLES = {
    400: "The request cannot be read", 401: "A key is needed", 403: "This source may not do that", 404: "Not found",
    409: "It contradicts what we have", 413: "The body is too large", 415: "This type of content is not read",
    422: "The message cannot be taken", 429: "Too many messages", 503: "Not possible at the moment",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one message. Seconds in `retry_after`. `kept`: parked for a fault of ours."""

    status: int
    outcomes: tuple[Outcome, ...] = ()
    problems: tuple[Problem, ...] = ()
    remarks: tuple[str, ...] = ()
    repeat: bool = False
    dry_run: bool = False
    retry_after: int | None = None
    kept: bool = False

    @property
    def code(self) -> str | None:
        """The referral the answer is about."""
        return next((each.code for each in self.outcomes if each.code), None)

    @property
    def stream(self) -> str | None:
        """The stream the answer is about."""
        return next((each.stream for each in self.outcomes if each.stream), None)

    @property
    def location(self) -> str | None:
        """Where to look at it later."""
        return f"/referrals/{self.code}" if self.code and self.status < 300 else None

    @property
    def reason(self) -> str:
        """In one line, for the intake log."""
        said = [f"{each.element}: {each.text}" if each.element else each.text for each in self.problems]
        return "; ".join([*said, *(each.what for each in self.outcomes), *self.remarks])[:2000]

    def to_json(self) -> str:
        """For the inbox: the same id gets the same answer for ever."""
        outcomes = [[each.status, each.what, each.code, each.stream] for each in self.outcomes]
        return json.dumps({"status": self.status, "outcomes": outcomes, "remarks": self.remarks}, ensure_ascii=False)

    @classmethod
    def repeated(cls, text: str) -> "Answer":
        """What `to_json` wrote, as the answer to the same message again: 200, and the same content."""
        value = json.loads(text)
        outcomes = tuple(Outcome(*each) for each in value["outcomes"])
        return cls(200, outcomes, remarks=tuple(value["remarks"]), repeat=True)


def accepted(outcomes: list[Outcome], remarks: list[str]) -> Answer:
    """The answer to a message that was taken: 201 with something new, 202 where that waits to be routed, else 200."""
    found = {each.status for each in outcomes}
    status = 202 if 202 in found else 201 if 201 in found else 200
    return Answer(status, tuple(outcomes), remarks=tuple(dict.fromkeys(remarks)))


def refused(error: Unacceptable) -> Answer:
    """The answer to a message that was not taken."""
    return Answer(error.status, problems=error.problems)


def unavailable(text: str, seconds: int = 5) -> Answer:
    """Nothing was stored, or nobody can say: send it again, the same id has one effect."""
    return Answer(503, problems=(Problem(text, code="transient"),), retry_after=seconds)


def as_plain(answer: Answer) -> dict[str, Any]:
    """The answer as plain JSON; errors as problem details (RFC 9457)."""
    if answer.problems:
        return {
            "type": "about:blank", "title": _TITLES.get(answer.status, "Refused"), "status": answer.status,
            "detail": answer.reason, "errors": [{"field": each.element, "text": each.text} for each in answer.problems],
        }  # fmt: skip
    outcomes = [
        {name: value for name, value in (("what", each.what), ("code", each.code), ("status", each.status)) if value}
        for each in answer.outcomes
    ]
    body: dict[str, Any] = {
        "code": answer.code,
        "repeat": answer.repeat,
        "outcomes": outcomes,
        "remarks": answer.remarks,
    }
    return body | ({"dry_run": True} if answer.dry_run else {})


def as_operation_outcome(answer: Answer) -> dict[str, Any]:
    """The answer as a FHIR R4 OperationOutcome; the referral's code is a coding of issue.details."""
    issues: list[dict[str, Any]] = []
    for problem in answer.problems:
        issue = {"severity": "error", "code": problem.code, "diagnostics": problem.text}
        issues.append(issue | ({"expression": [problem.element]} if problem.element else {}))
    for outcome in answer.outcomes:
        details: dict[str, Any] = {"text": ("repeat: " if answer.repeat else "") + outcome.what}
        if outcome.code:
            details["coding"] = [{"system": REFERRAL_SYSTEM, "code": outcome.code}]
        issues.append({"severity": "information", "code": "informational", "details": details})
    issues += [{"severity": "warning", "code": "informational", "diagnostics": remark} for remark in answer.remarks]
    if answer.dry_run:
        issues.append(
            {"severity": "information", "code": "informational", "diagnostics": "dry run: nothing was stored"}
        )
    return {"resourceType": "OperationOutcome", "issue": issues}
