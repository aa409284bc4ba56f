"""Other people's messages, every FHIR file of them: each ends as the right state, or is refused naming why; no 5xx.

The files are read where they lie and never copied. Each is posted by a source of its own, so that the ids of different
projects do not meet. What became of each is printed.
"""

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from models.sources import add_source
from tests.intake_house import COUNTY, House, open_house

_HERE = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("REFLOOP_FOREIGN_DATA", _HERE.parent / "shared" / "data"))
GROUPS = ("fhir-*", "pair-expected-fhir")

# What the mapping tables must make of whole groups: at least so many referrals, at least so many discharges.
LEAST = {
    "fhir-referral-message": (5, 0),
    "fhir-servicerequest": (5, 0),
    "fhir-referral-document": (2, 0),
    "fhir-stu3-ereferral": (22, 0),
    "fhir-encounter": (0, 4),
    "fhir-adt-notification": (0, 2),
    "pair-expected-fhir": (3, 0),
}
# Groups in which nothing is for us.
NOTHING = (
    "fhir-ack",
    "fhir-operationoutcome",
    "fhir-communication",
    "fhir-careplan",
    "fhir-cdshook-order",
    "fhir-invalid",
)

# Single files whose fate says whether the tables are read as they are meant: file -> (status, words of the answer).
FATES = {
    "fhir-servicerequest/hl7r4__ServiceRequest-do-not-turn.json": (422, "order"),
    "fhir-servicerequest/uscore__servicerequest-cbc.json": (422, "Laboratory procedure"),
    "fhir-servicerequest/aphl__RuleFilters_ex-trigger-all-criteria-out_servicerequest.json": (422, "completed"),
    "fhir-servicerequest/bars__v140_service_request_PATCH-body.json": (422, "ServiceRequest.status"),
    "fhir-servicerequest/gcp__ReferralRequest_r3r4.fhir.output.json": (202, "a list is expected"),
    "fhir-servicerequest/bser__servicerequest-BSeR-ReferralServiceRequest.xml": (202, "no recipient"),
    "fhir-stu3-ereferral/ers__rejectReferral_responses_ExampleResponseDbs.json": (422, "rejected"),
    "fhir-stu3-ereferral/hl7dstu2__dstu2_Order-example.json": (422, "DSTU2"),
    "fhir-stu3-ereferral/hl7stu3__stu3_ReferralRequest-example.json": (202, "before R4"),
    "fhir-stu3-ereferral/ers__createReferral_requests_MinimalRequest.json": (422, "STU3"),
    "fhir-encounter/autest__Encounter-cardio-hospital.json": (201, "discharge taken"),
    "fhir-encounter/autest__Encounter-gpvisit-1.json": (422, "no referral"),
    "fhir-observation-bp-glucose/hl7r4__Observation-unsat.json": (422, "no reading"),
    "fhir-invalid/msfhir__ObservationWithInvalidDecimalSpecification.json": (422, "please check the number"),
    "fhir-invalid/msfhir__PatientMissingResourceType.json": (422, "resourceType"),
    "fhir-invalid/msfhir__Bundle-TypeMissing.json": (422, "Bundle.type"),
    "fhir-invalid/msfhir__Bundle-TransactionWithInvalidBundleEntry.json": (422, "line 39"),
    "fhir-ack/medcom__Bundle-eb26be85-fdb7-454d-a980-95cba6d1745b.json": (422, "without content"),
    "pair-expected-fhir/msconv__Referral_Note-expected.json": (202, "only Patient"),
}


@dataclass(frozen=True)
class Fate:
    """What became of one file."""

    file: str
    status: int
    words: str

    @property
    def group(self) -> str:
        return self.file.partition("/")[0]

    @property
    def referral(self) -> bool:
        return self.status in (201, 202) and "discharge" not in self.words

    @property
    def discharge(self) -> bool:
        return self.status == 201 and "discharge taken" in self.words


def files() -> list[Path]:
    """Every file of the FHIR groups."""
    return sorted(file for group in GROUPS for folder in DATA.glob(group) for file in folder.iterdir())


async def post_all(house: House) -> list[Fate]:
    """Post every file by a source of its own."""
    fates = []
    found = files()
    async with house.database.transaction() as tx:
        keys = [
            await add_source(tx, f"foreign-{number}", COUNTY, house.clock.now(), "test")
            for number, _ in enumerate(found)
        ]
    for key, file in zip(keys, found, strict=True):
        media = "application/fhir+xml" if file.suffix == ".xml" else "application/fhir+json"
        headers = {"Authorization": f"Bearer {key}", "Content-Type": media}
        response = await house.client.post("/fhir", content=file.read_bytes(), headers=headers)
        issues = response.json()["issue"]
        words = "; ".join(
            " ".join([*each.get("expression", []), each.get("diagnostics") or each["details"]["text"]])
            for each in issues
        )
        fates.append(Fate(str(file.relative_to(DATA)), response.status_code, words))
    return fates


def say_if_absent() -> None:
    """A visible reason in the report; nothing is skipped in silence."""
    if not DATA.is_dir():
        pytest.xfail(f"other people's messages are NOT THERE: {DATA}; set REFLOOP_FOREIGN_DATA to look at them")


def test_the_foreign_messages_are_there() -> None:
    """Says in the report when they are not: then nothing below was looked at."""
    say_if_absent()
    assert len(files()) > 300


@pytest.mark.timeout(300)
async def test_every_foreign_message_ends_as_it_should(
    sqlite_tables_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    say_if_absent()
    async with open_house(sqlite_tables_url) as house:
        fates = await post_all(house)
        noted = await house.intake()
    with capsys.disabled():
        print()  # noqa: T201
        for fate in fates:
            print(f"{fate.file} -> {fate.status} {fate.words[:120]}")  # noqa: T201
    assert Counter(fate.status // 100 for fate in fates).keys() <= {2, 4}
    # Refused means: with a reason.
    assert [fate.file for fate in fates if not fate.words] == []
    assert len(noted) == len(fates)
    by_group = {group: [fate for fate in fates if fate.group == group] for group in {fate.group for fate in fates}}
    counts = {
        group: (sum(fate.referral for fate in found), sum(fate.discharge for fate in found))
        for group, found in by_group.items()
    }
    lazy = {
        group: counts.get(group) for group, least in LEAST.items() if not _at_least(counts.get(group, (0, 0)), least)
    }
    assert lazy == {}
    assert {group: counts.get(group, (0, 0)) for group in NOTHING} == dict.fromkeys(NOTHING, (0, 0))
    told = {fate.file: (fate.status, fate.words) for fate in fates}
    wrong = {
        file: told.get(file)
        for file, (status, words) in FATES.items()
        if file not in told or told[file][0] != status or words not in told[file][1]
    }
    assert wrong == {}


def _at_least(found: tuple[int, int], least: tuple[int, int]) -> bool:
    return found[0] >= least[0] and found[1] >= least[1]
