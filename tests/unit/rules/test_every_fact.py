"""Every fact of the clinical sources that says "if this, then that": which rows carry it, and that each has a case.

The ids are those of the project's list of clinical facts (its sections 1 to 5). A fact without a row says why.
"""

import pytest

from tests.unit.rules import test_follow_up_rows as plans
from tests.unit.rules import test_triage_rows as triage
from tests.unit.rules import test_visit_rows as visits
from workers.rules.pack import packs

# Fact -> the rows that carry it.
FACTS: dict[str, tuple[str, ...]] = {
    "HTN-SC-01": ("HTN-SC-01",), "HTN-SC-02": ("HTN-SC-02",), "HTN-SC-04": ("HTN-SC-04",),
    "HTN-SC-03": ("HTN-SC-03", "HTN-SC-03-THREE", "HTN-SC-03-REFER"),
    "HTN-FU-01": ("HTN-FU-01",), "HTN-EM-01": ("HTN-EM-01",), "HTN-EM-02": ("HTN-EM-02",),
    "HTN-EM-03": ("HTN-EM-03",), "HTN-EM-04": ("HTN-EM-04",), "HTN-EM-05": ("HTN-EM-05",),
    "HTN-CL-01": ("HTN-CL-01", "HTN-CL-01-TARGET", "HTN-CL-01-TARGET-65"),
    "HTN-CL-02": ("HTN-CL-02", "HTN-CL-02-FIRST", "HTN-CL-02-ADR"),
    "HTN-CL-03": ("HTN-CL-03", "HTN-CL-03-TWICE", "HTN-CL-03-ADR", "HTN-CL-03-COMPLICATION"),
    "HTN-AN-01": ("HTN-AN-01",),
    "DM-SC-01": ("DM-SC-01",), "DM-FU-01": ("DM-FU-01",), "DM-EM-01": ("DM-EM-01",), "DM-EM-02": ("DM-EM-02",),
    "DM-EM-03": ("DM-EM-03",), "DM-EM-04": ("DM-EM-04",), "DM-EM-05": ("DM-EM-05",), "DM-EM-06": ("DM-EM-06",),
    "DM-EM-07": ("DM-EM-07",), "DM-CL-01": ("DM-CL-01",),
    "DM-CL-02": ("DM-CL-02", "DM-CL-02-FIRST", "DM-CL-02-ADR"),
    "DM-CL-03": ("DM-CL-03", "DM-CL-03-TWICE", "DM-CL-03-ADR", "DM-CL-03-COMPLICATION"),
    **{f"SMI-L{level}": (f"SMI-L{level}",) for level in range(6)},
    "SMI-FU-01": ("SMI-FU-01",), "SMI-CL-U1": ("SMI-CL-U1", "SMI-CL-U1-CHECK"), "SMI-CL-U2": ("SMI-CL-U2",),
    "SMI-CL-B1": ("SMI-CL-B1",), "SMI-CL-B2": ("SMI-CL-B2",), "SMI-CL-B3": ("SMI-CL-B3",),
    "SMI-CL-S1": ("SMI-CL-S1",), "SMI-EM-01": ("SMI-EM-01",), "SMI-NEW": ("SMI-NEW",),
    **{f"MAT-AN-{contact}": (f"MAT-AN-{contact}",) for contact in range(1, 6)},
    "MAT-RF-01": ("MAT-RF-01", "DC-REF"), "MAT-PN-01": ("MAT-PN-01",), "MAT-PN-02": ("MAT-PN-02",),
    "MAT-COL": ("MAT-RED", "MAT-ORANGE", "MAT-RED-DANGER"), "MAT-COL-Y": ("MAT-COL-Y", "MAT-COL-Y-CARE"),
    "MAT-COL-ORP": ("MAT-COL-ORP", "MAT-COL-ORP-ORANGE", "MAT-COL-ORP-RED"), "MAT-DTH": ("MAT-DTH",),
    "NEO-01": ("NEO-01",), "NEO-02": ("NEO-02",), "NEO-03": ("NEO-03",), "NEO-04": ("NEO-04",),
    "CH-01": ("CH-01", "CH-01-YEARLY"), "NEO-EM": ("NEO-EM",),
    "ELD-01": ("ELD-01",), "ELD-02": ("ELD-02", "ELD-02-REFER"),
    "TB-01": ("TB-01",), "TB-02": ("TB-02", "TB-02-REPORT"), "TB-03": ("TB-03", "TB-03-MONTHLY"),
    "TB-04": ("TB-04", "TB-04-CHECK"), "COPD-FU": ("COPD-FU",), "COPD-EM": ("UP-EM-RESP",),
    **{f"HG-AMB-{number}": (f"HG-AMB-{number}",) for number in range(1, 7)},
    "HG-INIT": ("HG-INIT",), "HG-FU-REF": ("HG-FU-REF",), "HG-25-REF": ("HG-25-REF",),
    "HG-FREQ": ("HG-FREQ", "HG-FREQ-UNCONTROLLED"), "HG-AFTER": ("HG-AFTER",), "HG-TGT": ("HG-TGT", "HG-TGT-80"),
    "HG-DOWN-1": ("HG-DOWN-1",), "HG-DOWN-2": ("HG-DOWN-2",), "HG-STAY": ("HG-STAY",), "HG-872": ("HG-872",),
    "HG-NICE": ("HG-NICE",),
    **{f"DG-UP-{number}": (f"DG-UP-{number}",) for number in range(1, 10)},
    "DG-DOWN": ("DG-DOWN",), "DG-TGT": ("DG-TGT",),
    "REF-03": ("REF-03", "REF-03-OUTSIDE"), "REF-12": ("REF-12", "REF-12-DOWN"), "REF-13": ("REF-13", "REF-13-STAY"),
    **{f"REF-{number}": (f"REF-{number}",) for number in ("01", "02", "05", "06", "07", "08", "09", "10", "11")},
    "3.5 up": ("UP-GENERAL",),
    "3.5 emergency": (
        "UP-EM-GCS", "UP-EM-CHEST", "UP-EM-RESP", "UP-EM-STROKE", "UP-EM-HAEMOPTYSIS", "UP-EM-BLEED", "UP-EM-ISS",
        "UP-EM-FEVER-SEIZURE",
    ),
    "3.5 down": ("DOWN-DIAGNOSIS", "DOWN-STABLE", "DOWN-CARE", "DOWN-WISH"),
    "DC-CN-1": ("DC-CN-1",), "DC-CN-2": ("DC-CN-2",),
    "DC-CN-3": ("DC-CN-3", "DC-CN-3-GENERAL", "DC-CN-3-TUMOUR"),
    "DC-CN-4": ("DC-CN-4", "DC-CN-4-PHONE", "DC-CN-4-VISIT", "DC-CN-4-NEIGHBOURS", "DC-CN-4-LETTER"),
    "DC-CN-5": ("DC-CN-5",), "DC-STR": ("DC-STR",), "DC-ACS": ("DC-ACS",), "DC-HF": ("DC-HF", "DC-HF-AHA"),
    "DC-REF": ("DC-REF",), "DC-US-TCM": ("DC-US-TCM", "DC-US-TCM-HIGH", "DC-US-TCM-MODERATE"),
    "DC-NICE-27": ("DC-NICE-27",), "DC-NICE-99": ("DC-NICE-99",), "DC-NHS-MH": ("DC-NHS-MH",),
    "DC-NICE-COPD": ("DC-NICE-COPD",), "DC-NICE-STR": ("DC-NICE-STR",),
    "DC proposed": ("DC-DEFAULT", "DC-DEFAULT-MEDIUM", "DC-DEFAULT-LOW"),
    "5.1 chest pain": (
        "FC-CHEST", "FC-CHEST-ECG", "FC-CHEST-ECG-READ", "FC-CHEST-TROPONIN", "FC-CHEST-LAB", "FC-CHEST-D2W",
        "FC-CHEST-DIDO", "FC-CHEST-FMC2W",
    ),
    "5.1 stroke": (
        "FC-STROKE", "UP-EM-STROKE", "FC-STROKE-DNT", "FC-STROKE-DPT", "FC-STROKE-IMAGING", "FC-STROKE-DIDO",
    ),
    "5.1 trauma": (
        "FC-TRAUMA", "FC-TRAUMA-RESCUE", "FC-TRAUMA-BLOOD", "FC-TRAUMA-CT", "FC-TRAUMA-TRANSFUSION",
        "FC-TRAUMA-THEATRE", "UP-EM-ISS",
    ),
    "5.1 maternal": ("FC-MATERNAL", "FC-MATERNAL-TRANSFER", "FC-MATERNAL-CS", "FC-MATERNAL-MODES"),
    "5.1 newborn": ("FC-NEWBORN", "FC-NEWBORN-DEPART"),
    "5.2 levels": ("TRI-LEVEL-1", "TRI-LEVEL-2", "TRI-LEVEL-3", "TRI-LEVEL-4", "TRI18-I", "TRI18-II"),
    "5.3 WS/T 810": (
        "WST810-BP-X", "WST810-BP-LOW", "WST810-BP-H", "WST810-HR-X", "WST810-RR-X", "WST810-RR-H", "WST810-T-X",
        "WST810-T-H", "WST810-TWO-HIGH", "WST810-MEWS-X", "WST810-MEWS-H", "WST810-UP-SIGN",
        "MOD-PREGNANT", "MOD-CHILD", "MOD-ELDERLY", "MOD-IMMUNO", "MOD-CHRONIC",
    ),
    "5.4 NEWS2": (
        "NEWS2-MON-0", "NEWS2-MON-1", "NEWS2-MON-3", "NEWS2-MON-5", "NEWS2-MON-7", "NEWS2-5", "NEWS2-7", "NEWS2-ONE-3",
    ),
    # Ours, where the sources leave something open: each says so in `needed`, or carries a fact of another section on.
    "proposals": ("HG-AMB-6-OTHER", "VIS-DANGER", "SMI-ADR", "SMI-L4-SIGN"),
}  # fmt: skip

# Facts that no row can carry, and why.
NO_ROW = {
    "HTN-FORM": "a printed form: its fields are what a visit records",
    "DM-FORM": "a printed form",
    "SMI-L": "see SMI-L0 to SMI-L5",
    "COPD-00": "that the service exists; its content was not seen, so the pack stays empty and off",
    "COPD-CL": "not seen",
    "TB-05": "own knowledge (K); doses are not recorded here",
    "TB-06": "a ratio, counted by nobody yet",
    "DG-TYPES": "the two types are the outputs `elective` and `emergency` of the hints",
    "REF-04": "dates of a national plan",
    "3.3": "limits of answer of single places: the limits are parameters of the silence pack",
    "3.4": "shares of slots: no pool of slots is kept here",
    "5.5": "a comparison with another country's triage; its times are localised",
}


def cases() -> set[str]:
    """Every row that some table of the tests names a case for."""
    score_rows = {row.id for name in ("mews", "news2") for row in packs()["triage"].tables[name].file.rows}
    other = {
        row.id for name in ("silence", "messages") for table in packs()[name].tables.values() for row in table.file.rows
    }
    return (
        score_rows  # every value of the printed cards, in test_triage_rows
        | other  # test_silence, test_quiet_hours
        | set(triage.ROWS) | set(triage.MODIFIERS) | set(triage.OFF)
        | set(visits.ROWS) | set(visits.TARGETS)
        | set(plans.PLANS) | set(plans.DUTIES) | set(plans.ASKED_FOR) | set(plans.LEVELS) | set(plans.WAYS)
        | set(plans.HINTS) | set(plans.DOWN) | set(plans.OFF)
    )  # fmt: skip


def test_every_row_of_every_pack_has_a_case_by_its_id() -> None:
    rows = {row.id for pack in packs().values() for table in pack.file.tables for row in table.rows}
    assert rows - cases() == set()
    assert cases() - rows == set()


@pytest.mark.parametrize("fact", list(FACTS))
def test_a_fact_is_carried_by_rows_that_are_there(fact: str) -> None:
    for row in FACTS[fact]:
        found = [pack.name for pack in packs().values() if any(_has(pack, row))]
        assert found, f"{fact}: no pack has the row {row}"


def _has(pack: object, row: str) -> list[bool]:
    return [each.id == row for table in pack.file.tables for each in table.rows]  # type: ignore[attr-defined]


def test_every_clinical_row_carries_a_fact() -> None:
    clinical = {"triage", "visit", "follow_up", "duties", "hints"}
    scored = {row.id for name in ("mews", "news2") for row in packs()["triage"].tables[name].file.rows}
    rows = {row.id for name in clinical for table in packs()[name].file.tables for row in table.rows}
    assert rows - scored - {row for told in FACTS.values() for row in told} == set()


def test_a_fact_is_not_both_carried_and_left_out() -> None:
    assert set(FACTS) & set(NO_ROW) == set()
    assert all(NO_ROW.values())
