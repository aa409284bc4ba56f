"""Tables and packs: hit policies, effective dates, what is refused and how it is named."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workers.rules.pack import PACKS, Pack, content_hash, load_pack, packs, parse_pack
from workers.rules.table import RowsOverlap
from workers.rules.yaml_lines import BadPack, Document

GOOD = """\
name: example
version: "1"
title: {zh: 例子, en: Example}
notice: {zh: 须签字, en: must be signed}
signed: null
inputs:
  sbp: {type: number, unit: mmHg, range: [30, 350]}
tables:
  - id: pressure
    title: {zh: 血压, en: Pressure}
    hit: HIT
    highest_by: level
    outputs:
      level: {type: choice, values: [low, middle, high]}
    rows:
      - id: MIDDLE
        when: {sbp: ">=140 mmHg"}
        then: {level: middle}
        because: {zh: 偏高, en: raised}
        source: {document: D, section: "1", evidence: T}
        on: true
      - id: HIGH
        when: {sbp: ">=180 mmHg"}
        then: {level: high}
        because: {zh: 高, en: high}
        source: {document: D, section: "2", evidence: T}
        effective: {from: 2020-01-01, to: 2025-12-31}
        on: true
      - id: GUESS
        when: {sbp: ">=120 mmHg"}
        then: {level: low}
        because: {zh: 猜测, en: a guess}
        source: {document: D, section: "3", evidence: K}
        on: false
"""


APART = GOOD.replace("HIT", "unique").replace(">=140 mmHg", "[140..180) mmHg")


def pack_of(text: str) -> Pack:
    return parse_pack(Document(text, "example.yaml"))


def table(hit: str) -> Any:
    return pack_of(GOOD.replace("HIT", hit)).tables["pressure"]


def test_first_takes_the_first_true_row() -> None:
    outcome = table("first").decide({"sbp": 190})
    assert (outcome.ids, outcome.outputs["level"]) == (("MIDDLE",), "middle")


def test_highest_names_every_true_row_and_says_the_highest() -> None:
    outcome = table("highest").decide({"sbp": 190})
    assert (outcome.ids, outcome.outputs["level"]) == (("MIDDLE", "HIGH"), "high")


def test_collect_gathers_the_outputs_in_order() -> None:
    assert table("collect").decide({"sbp": 190}).outputs == {"level": ["middle", "high"]}


def test_unique_takes_the_one_row_that_is_true() -> None:
    apart = pack_of(APART).tables["pressure"]
    assert [apart.decide({"sbp": value}).ids for value in (150, 190)] == [("MIDDLE",), ("HIGH",)]


def test_rows_that_overlap_under_unique_do_not_load() -> None:
    with pytest.raises(
        BadPack, match=r"^example.yaml:22: \[HIGH\] .*overlaps with \[MIDDLE\]: both are true for sbp 180"
    ):
        table("unique")


def test_unique_says_so_where_two_rows_are_true_beyond_what_is_plausible() -> None:
    beyond = APART.replace("[140..180) mmHg", "in [150, 400]")
    with pytest.raises(RowsOverlap, match="MIDDLE, HIGH"):
        pack_of(beyond).tables["pressure"].decide({"sbp": 400})


def test_no_true_row_says_nothing() -> None:
    assert table("highest").decide({"sbp": 100}).ids == ()
    assert table("highest").decide({"sbp": None}).outputs == {}
    assert table("highest").decide({}).outputs == {}


def test_a_row_that_is_off_never_fires() -> None:
    assert table("collect").decide({"sbp": 125}).ids == ()


@pytest.mark.parametrize(
    "day, fires",
    [
        (date(2019, 12, 31), ("MIDDLE",)),
        (date(2020, 1, 1), ("MIDDLE", "HIGH")),
        (date(2025, 12, 31), ("MIDDLE", "HIGH")),
        (date(2026, 1, 1), ("MIDDLE",)),
        (None, ("MIDDLE", "HIGH")),
    ],
)
def test_a_row_counts_only_while_it_is_in_force(day: date | None, fires: tuple[str, ...]) -> None:
    assert table("collect").decide({"sbp": 190}, day).ids == fires


def test_a_table_that_does_not_apply_says_nothing() -> None:
    text = GOOD.replace("HIT", "collect").replace("    hit:", '    only_when: {sbp: "<200"}\n    hit:')
    assert pack_of(text).tables["pressure"].decide({"sbp": 190}).ids == ("MIDDLE", "HIGH")
    assert pack_of(text).tables["pressure"].decide({"sbp": 210}).ids == ()


@pytest.mark.parametrize(
    "change, line, row, says",
    [
        (('when: {sbp: ">=140 mmHg"}', 'when: {weight: ">=140"}'), 17, "MIDDLE", "unknown input 'weight'"),
        (('">=140 mmHg"', '">=140 kPa"'), 17, "MIDDLE", "sbp is in mmHg"),
        (("then: {level: high}", "then: {level: huge}"), 24, "HIGH", "must be one of low, middle, high"),
        (("then: {level: high}", "then: {colour: red}"), 24, "HIGH", "unknown output"),
        (("from: 2020-01-01", "from: 2020-13-01"), 27, "HIGH", "date"),
        (('source: {document: D, section: "2", evidence: T}', "pages: 3"), 26, "HIGH", "unknown key"),
        (('section: "2", evidence: T', 'section: "2", evidence: Z'), 26, "HIGH", "Input should be"),
        (("because: {zh: 高, en: high}", "because: {zh: 高}"), 25, "HIGH", "is missing"),
        (("- id: HIGH", "- id: MIDDLE"), 22, "MIDDLE", "a second row MIDDLE"),
        (("        on: false", "        on: true"), 29, "GUESS", "evidence K ships off"),
        (("highest_by: level", "highest_by: colour"), 9, "pressure", "highest needs highest_by"),
        (("signed: null", ""), 1, None, "signed: is missing"),
    ],
)
def test_a_bad_pack_is_refused_by_file_line_and_row(
    change: tuple[str, str], line: int, row: str | None, says: str
) -> None:
    text = GOOD.replace("HIT", "highest").replace(*change, 1)
    with pytest.raises(BadPack) as refused:
        pack_of(text)
    wanted = [problem for problem in refused.value.problems if says in problem]
    assert wanted, refused.value.problems
    assert wanted[0].startswith(f"example.yaml:{line}: " + (f"[{row}]" if row else "")), wanted


def test_every_problem_is_named_at_once() -> None:
    text = GOOD.replace("HIT", "highest").replace("level: high}", "level: huge}").replace("140 mmHg", "140 kPa")
    with pytest.raises(BadPack) as refused:
        pack_of(text)
    assert len(refused.value.problems) == 2


@pytest.mark.parametrize(
    "text, says",
    [
        ("", "a pack is a mapping"),
        ("- a\n- b\n", "a pack is a mapping"),
        ("name: a\nname: b\n", "2: the key 'name' is given twice"),
        ("name: [a\n", "example.yaml:2"),
        ("name: \x07\n", "not YAML"),
    ],
)
def test_what_is_no_pack_at_all_is_refused_with_a_line(text: str, says: str) -> None:
    with pytest.raises(BadPack, match=says):
        pack_of(text)


def test_a_file_that_is_not_there_or_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "gbk.yaml").write_bytes("name: 转诊".encode("gb18030"))
    for name in ("gbk.yaml", "nowhere.yaml"):
        with pytest.raises(BadPack, match=f"{name}: cannot be read"):
            load_pack(tmp_path / name)


def test_words_of_yaml_1_1_are_not_read_behind_the_clinicians_back() -> None:
    document = Document("on: yes\nat: 20:00\nday: 2026-03-05\nno: 012\n", "example.yaml")
    assert document.value == {"on": "yes", "at": "20:00", "day": "2026-03-05", "no": "012"}


def test_an_example_that_does_not_come_out_is_refused() -> None:
    example = """\
    examples:
      - {given: {sbp: 150}, fires: [MIDDLE], then: {level: middle}}
      - {given: {sbp: 185}, fires: [MIDDLE]}
"""
    with pytest.raises(BadPack, match=r"example.yaml:37: .*fires \['MIDDLE', 'HIGH'\], not \['MIDDLE'\]"):
        pack_of(GOOD.replace("HIT", "highest") + example)
    with pytest.raises(BadPack, match=r"says .*'middle'"):
        pack_of(
            GOOD.replace("HIT", "highest")
            + "    examples: [{given: {sbp: 150}, fires: [MIDDLE], then: {level: low}}]\n"
        )
    with pytest.raises(BadPack, match="unknown input"):
        pack_of(GOOD.replace("HIT", "highest") + "    examples: [{given: {weight: 150}, fires: []}]\n")


def test_the_hash_is_of_the_meaning_not_of_the_writing() -> None:
    text = GOOD.replace("HIT", "highest")
    same = pack_of("# a comment\n" + text.replace("{document: D, ", "{ document:   D,  "))
    other = pack_of(text.replace("140", "141"))
    assert pack_of(text).hash == same.hash
    assert pack_of(text).hash != other.hash


def test_a_signed_pack_that_was_changed_afterwards_is_refused() -> None:
    text = GOOD.replace("HIT", "highest")
    signed = text.replace("signed: null", f"signed: {{by: Dr Wen, on: 2026-10-01, hash: {pack_of(text).hash}}}")
    assert pack_of(signed).file.signed is not None
    with pytest.raises(BadPack, match=r"example.yaml:5: signed.hash: .*changed after signing"):
        pack_of(signed.replace("140", "141"))


def test_the_row_that_was_changed_after_signing_is_named_where_the_signed_pack_is_at_hand() -> None:
    shipped = packs()["duties"]
    text = (PACKS / "duties.yaml").read_text(encoding="utf-8")
    signed = text.replace("signed: null", f"signed: {{by: Dr Wen, on: 2026-10-01, hash: {shipped.hash}}}")
    assert parse_pack(Document(signed, "duties.yaml")).hash == shipped.hash
    was = "FC-CHEST-D2W, when: *chest, then: {within_min: 90}"
    assert was in signed
    with pytest.raises(BadPack) as refused:
        parse_pack(Document(signed.replace(was, was.replace("90", "91")), "duties.yaml"))
    assert [re.sub(r":\d+:.*\[", ":[", each) for each in refused.value.problems][1:] == [
        "duties.yaml:[FC-CHEST-D2W] tables.0.rows.4: is not the row that was signed"
    ]


@given(
    st.sampled_from(GOOD.splitlines()),
    st.sampled_from(["", "[", "}", "on: 3", "- id:", "  when: []", "null", "rows: {}", "then:", "\t", "'", "*a"]),
)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_a_pack_with_any_line_broken_loads_or_is_refused_by_name(line: str, broken: str) -> None:
    text = GOOD.replace("HIT", "highest").replace(line, broken, 1)
    problems: tuple[str, ...] = ()
    try:
        pack_of(text)
    except BadPack as refused:
        problems = refused.problems
    assert all(problem.startswith("example.yaml") for problem in problems)


def test_the_built_in_packs_load_with_their_examples_and_ask_for_a_signature() -> None:
    assert set(packs()) >= {"triage", "silence", "messages", "follow_up", "visit", "duties", "hints"}
    for pack in packs().values():
        assert pack.file.signed is None
        assert "clinician" in pack.file.notice.en
        assert all(table.file.examples for name, table in pack.tables.items() if name not in ("bands", "modifiers"))


def test_a_built_in_pack_hashes_the_same_every_time() -> None:
    for path in PACKS.glob("*.yaml"):
        value = Document(path.read_text(encoding="utf-8"), path.name).value
        assert isinstance(value, dict)
        assert content_hash(value) == load_pack(path).hash


def test_a_row_is_found_by_its_id(triage_pack: Pack) -> None:
    assert triage_pack.row("HTN-EM-01").source.document == "BPH3"
    with pytest.raises(KeyError):
        triage_pack.row("NOBODY-1")
