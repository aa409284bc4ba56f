"""`refloop rules check`: a report that a clinician can read."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from workers.rules.checking import Finding, check, place_of
from workers.rules.layers import Layer, shipped
from workers.rules.pack import PACKS, Pack, parse_pack
from workers.rules.yaml_lines import BadPack, Document, read_document

_WORDS = {
    "gap": "gaps",
    "unreachable": "rows that never come into force",
    "unexpected": "rows that are true where none should be",
    "unit": "units that do not fit",
    "misfit": "what whoever decides by it would stumble over",
    "source": "rows without a source",
    "dates": "dates that cannot be",
    "not_checked": "not checked",
}


@dataclass(frozen=True, slots=True)
class Report:
    """What was looked at and what was found; `refused` are packs that do not even load, by file, line and row."""

    packs: tuple[Pack, ...]
    refused: tuple[str, ...]
    findings: tuple[Finding, ...]
    documents: Mapping[str, Document]

    @property
    def wrong(self) -> bool:
        return bool(self.refused or self.findings)

    def as_dict(self) -> dict[str, Any]:
        return {
            "packs": [pack.ref.model_dump() for pack in self.packs],
            "refused": self.refused,
            "findings": [asdict(finding) | {"at": self._at(finding)} for finding in self.findings],
        }

    def lines(self) -> list[str]:
        """The report, a line each; what must be mended first."""
        said = [f"refused: {problem}" for problem in self.refused]
        for kind, words in _WORDS.items():
            found = [finding for finding in self.findings if finding.kind == kind]
            if found:
                said += ["", f"{words} ({len(found)}):"]
                said += [f"  {self._at(finding)}: {_where(finding)}: {finding.words}" for finding in found]
        return [*said, *([""] if said else []), *(_counted(pack) for pack in self.packs), self._verdict()]

    def _at(self, finding: Finding) -> str:
        return place_of(self.documents[finding.pack], finding)

    def _verdict(self) -> str:
        if not self.wrong:
            return "Nothing found. A clinician must still check every row against its source and sign."
        return f"{len(self.refused)} refused, {len(self.findings)} found. Mend these before anybody signs."


def check_files(files: Sequence[Path]) -> Report:
    """The report on these files, or on the built-in packs and layers; a layer is checked on top of its pack."""
    refused: list[str] = []
    packs: list[Pack] = []
    documents: dict[str, Document] = {}
    paths = files or sorted(PACKS.glob("*.yaml"))
    for path in paths:
        try:
            document = read_document(path)
            packs.append(_read(document))
            documents[packs[-1].name] = document
        except BadPack as error:
            refused += error.problems
    findings = check(packs)
    if not files:
        by_name = {pack.name: pack for pack in packs}
        for layer in shipped():
            packs.append(layer.over(by_name[layer.file.name]))
            findings += check([packs[-1]])
    return Report(tuple(packs), tuple(refused), tuple(findings), documents)


def _read(document: Document) -> Pack:
    if isinstance(document.value, dict) and "layer" in document.value:
        layer = Layer(document)
        base = read_document(PACKS / f"{Path(layer.file.name).name}.yaml")
        return layer.over(parse_pack(base))
    return parse_pack(document)


def _where(finding: Finding) -> str:
    return " ".join(part for part in (finding.pack, finding.table, finding.row or "") if part)


def _counted(pack: Pack) -> str:
    rows = [row for table in pack.tables.values() for row in table.file.rows]
    evidence = Counter(row.source.evidence.value for row in rows if row.on)
    shown = ", ".join(f"{count} {tag}" for tag, count in sorted(evidence.items()))
    off = sum(not row.on for row in rows)
    signed = f"signed by {pack.file.signed.by}" if pack.file.signed else "not signed"
    return f"{pack.name} {pack.version}: {len(rows)} rows, {off} off; on by evidence: {shown or 'none'}; {signed}"
