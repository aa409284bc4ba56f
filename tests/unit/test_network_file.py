"""Every mistake in a network file is named with its line, its field and what would be right."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from admin.network.load import examine
from admin.network.problems import NetworkRefused
from admin.network.reading import read_files
from models.directory import Directory
from models.places import Contents
from tests.small_network import SMALL

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def refusal(folder: Path, text: str) -> list[str]:
    """The lines that loading this file into an empty registry is refused with."""
    path = folder / "network.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(NetworkRefused) as refused:
        examine(read_files(path), Directory(Contents()), NOW)
    return str(refused.value).splitlines()


def _leave(person: str, cover: str, first: int, last: int) -> str:
    return f"{{person: {person}, cover: {cover}, from: 2026-12-{first:02}, to: 2026-12-{last:02}}}"


@pytest.mark.parametrize(
    "before, after, expected",
    [
        ("tier: county", "tier: big", "5: facilities[0] (county), tier: 'big' is not possible; use one of"),
        ("    tier: county\n", "", "3: facilities[0] (county), tier: is missing; give one of village, community"),
        ("line24:", "lien24:", "8: facilities[0] (county), lien24: is no field here; did you mean 'line24'?"),
        ("parent: county", "parent: cuonty", "'cuonty' is no facility; did you mean 'county'?"),
        ("parent: county", "parent: clinic", "parent: goes in a circle: clinic -> clinic"),
        ("hours: 08:00-17:30", "hours: 8-17", "'8' is not a time; write HH:MM, such as 08:30"),
        ("hours: 08:00-17:30", "hours: 08:00-25:00", "'25:00' is not a time of the day; 00:00 to 24:00"),
        ("days: fri-mon", "days: fri-mom", "'fri-mom' is not a day; write all, mon-fri, or mon,wed,sun"),
        (
            "hours: 17:30-08:00",
            "hours: 17:00-08:00",
            "17: facilities[0] (county), departments[0].duty[1].hours: overlaps with the hours on line 16",
        ),
        ("people: [lin, wang]", "people: [lin, lin]", "people: names somebody twice"),
        ("people: [lin, wang]", "people: [lin, wnag]", "people[1]: 'wnag' is nobody; did you mean 'wang'?"),
        (
            "people: [lin, wang]",
            "people: [he]",
            "16: facilities[0] (county), departments[0].duty[0].people[0]: 'he' has no role at 'county'",
        ),
        ("people: [lin, wang]", "people: [ada]", "'ada' has no role at 'county'; give one of coordinator, discharge"),
        ("desk: {people: [lin]", "desk: {people: [he]", "desk.people[0]: 'he' has no role at 'county'"),
        ("phone: 13900001234", "phone: 1390000", "23: people[0] (lin), phone: is not a phone number; write it such as"),
        ("department: cardiology}\n  - {id: wang", "department: heart}\n  - {id: wang", "'heart' is no department of"),
        (
            "      - {role: doctor, facility: county, department: cardiology}\n",
            "      - {role: doctor, facility: county, from: 2026-01-01, to: 2026-06-30}\n"
            "      - {role: doctor, facility: county, from: 2026-06-30}\n",
            "26: people[0] (lin), roles[1]: overlaps with the same role doctor before it",
        ),
        ("{role: coordinator,", "{role: coordinator, from: 2026-02-30,", "'2026-02-30' does not fit"),
        ("{role: coordinator,", "{role: coordinator, from: 2026-02-03, to: 2026-02-02,", "2026-02-02 is before from"),
        ("id: wang", "id: lin", "the id 'lin' is there already: network.yaml, line 20"),
        ("id: clinic,", "id: county,", "the id 'county' is there already"),
        ("id: wang,", "id: wang, phone: 139-0000-1234,", "the phone number '+8613900001234' is there already"),
        ("id: wang,", "id: Wang Lei,", "'Wang Lei' cannot be an id"),
        ("[county, {", "[county, nowhere, {", "members[1]: 'nowhere' is no facility"),
        ("lead: county", "lead: city", "lead: 'city' is no member"),
        ("lead: he}", "lead: lin}", "'lin' has no role at 'clinic'"),
        ("to: 2026-12-26", "to: 2026-12-24", "to: 2026-12-24 is before from: 2026-12-25"),
        (
            "days:\n",
            "  - {facility: county, department: cardiology, from: 2026-12-26, to: 2026-12-27, people: []}\ndays:\n",
            "is for the same time as duty_overrides[0]; keep one of them",
        ),
        *(
            ("days:\n", f"leaves:\n  - {_leave('lin', 'wang', 1, 9)}\n  - {_leave(*again)}\ndays:\n", says)
            for again, says in (
                (("lin", "wang", 9, 10), "'lin' is away on some of these days already; keep one"),
                (("wang", "wang", 1, 2), "cover: is the person who is away; name a colleague"),
                (("wang", "lni", 1, 2), "cover: 'lni' is nobody; did you mean 'lin'?"),
                (("wang", "he", 1, 2), "cover: 'he' works nowhere that 'wang' does; name a colleague"),
                (("wang", "lin", 3, 2), "to: 2026-12-02 is before from: 2026-12-03"),
            )
        ),
        ("to: 2026-12-02 08:00", "to: 2026-11-02 08:00", "to: 2026-11-02 08:00:00 is not after from"),
        ("time_zone: Asia/Shanghai", "time_zone: Asia/Nowhere", "'Asia/Nowhere' is not a time zone"),
        ("  - {day:", "  - {day: 2026-12-31, working: true}\n  - {day:", "the day '2026-12-31' is there already"),
        ("birth: 1954-03-02", "birth: 2054", "birth: is in the future"),
        ("birth: 1954-03-02", "birth: 1954-3-2", "birth: is not a birth date; write 1954, 1954-03 or 1954-03-02"),
        ("birth: 1954-03-02", "birth: 2020", "contacts: a child under 14 needs one with guardian: true"),
        ("relation: daughter", "relation: dauhgter", "contacts[0].relation: this value is not possible; use one of"),
        ("    informed_by: he\n", "", "informed_by: is missing; a consent needs the person who informed"),
        (
            "informed_by: he",
            "informed_by: hwe",
            "50: patients[0] (li), informed_by: 'hwe' is nobody; did you mean 'he'?",
        ),
        ("teams:\n", "taems:\n", "taems: is no section; did you mean 'teams'?"),
        ("days:\n  - {", "days:\n  {", "days: must be a list; begin each entry with -"),
        (
            "    kind: hospital\n",
            "    kind: hospital\n    kind: village\n",
            "facilities[0].kind: again; first on line 4",
        ),
        ("tier: county", "tier: *county", "is not YAML: found undefined alias"),
        ("name_zh: 县院", "name_zh: [县院", "is not YAML"),
        ("name_zh: 县院", "name_zh: \x07", "is not YAML"),
    ],
)
def test_a_mistake_is_named_with_its_line_its_field_and_what_would_be_right(
    tmp_path: Path, before: str, after: str, expected: str
) -> None:
    assert before in SMALL
    lines = refusal(tmp_path, SMALL.replace(before, after, 1))
    assert [line for line in lines if line.startswith("network.yaml:") and expected in line], lines


def test_all_mistakes_are_told_together_and_fifty_at_most(tmp_path: Path) -> None:
    two = SMALL.replace("tier: county", "tier: big").replace("parent: county", "parent: nowhere")
    assert len(refusal(tmp_path, two)) == 2
    many = "days:\n" + "".join(f"  - {{day: never-{number}, working: true}}\n" for number in range(60))
    lines = refusal(tmp_path, many)
    assert len(lines) == 51
    assert lines[-1] == "... and 10 more"


def test_what_is_personal_is_not_repeated_in_a_mistake(tmp_path: Path) -> None:
    spoiled = SMALL.replace("sex: F", "sex: 李秀英").replace('"13900005678"', "[李秀英, 13900005678]")
    twice = "  - {id: li2, name: 李秀英, identifiers: [{system: card, value: QT77}]}\n"
    text = "\n".join(refusal(tmp_path, spoiled))
    assert "sex: this value is not possible" in text
    text += "\n".join(refusal(tmp_path, SMALL + twice))
    assert "the identifier is there already: network.yaml, line 46" in text
    assert not [secret for secret in ("李秀英", "13900005678", "QT77", "QT 77") if secret in text]


def test_an_alias_is_refused_so_that_no_file_can_blow_up(tmp_path: Path) -> None:
    text = SMALL.replace("people: [lin, wang]", "people: &both [lin, wang]").replace("people: [wang]", "people: *both")
    assert "is an alias (*name); write it out" in (refusal(tmp_path, text))[0]
    deep = "site: " + "[" * 5000
    assert "file" in (refusal(tmp_path, deep))[0]


def test_a_file_that_cannot_be_read_or_lies_elsewhere_is_named(tmp_path: Path) -> None:
    lines = refusal(tmp_path, "files: [gone.csv, ../elsewhere.yaml]\n")
    assert lines == [
        "gone.csv:1: file: cannot be read: No such file or directory",
        "network.yaml:1: files: '../elsewhere.yaml' is not next to this file; move it there",
    ]
    (tmp_path / "gone.csv").write_bytes(b"\xff\xfe\xff")
    assert "is neither UTF-8 nor GB18030" in (refusal(tmp_path, "files: [gone.csv]\n"))[0]
    assert refusal(tmp_path, "- a list\n") == [
        "network.yaml:1: file: must have sections at its top: site, cities, facilities, people, alliances, "
        "teams, duty_overrides, leaves, days, closed, patients"
    ]
