"""`refloop rules explain`: why a referral is as urgent as it is, told from what was stored."""

import json
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

from sqlalchemy import select

from admin import looking
from admin.refusals import CommandRefused
from models.database import Transaction
from models.history import table_of
from models.rule_packs import RulePackRow
from models.values import Priority
from workers.packs_in_force import PacksInForce
from workers.rules.explaining import why
from workers.rules.in_force import InForce, as_shipped
from workers.rules.layers import Layer, stacked
from workers.rules.pack import Pack, PackRef, packs, parse_pack
from workers.rules.yaml_lines import BadPack, Document

_PACKS = table_of(RulePackRow)


async def explain(tx: Transaction, code: str, in_force: PacksInForce) -> dict[str, Any]:
    """The newest decision about a referral, as fields to show. CommandRefused when there is none."""
    await in_force.look(tx)
    row = await looking.referral(tx, code)
    triaged = [event for event in row["events"] if event["type"] == "ReferralTriaged"]
    if not triaged:
        raise CommandRefused(f"CODE: no rule has decided about {row['code']} yet")
    data = triaged[-1]["data"]
    decision = (json.loads(data) if isinstance(data, str) else data)["decision"]
    inputs = decision.get("inputs", {})
    then = PackRef(name=decision["pack"], version=decision["pack_version"], hash=decision["pack_hash"])
    pack = await _pack_of_then(tx, then, inputs.get("city"), in_force.current().in_force)
    asked = decision.get("asked")
    told = why(
        pack or packs()[then.name], inputs, decision.get("rules", []), then,
        asked and Priority(asked), Priority(decision["priority"]),
    )  # fmt: skip
    again = {True: "yes", False: "NO: the same inputs decide otherwise", None: "the pack of then is not here"}
    return {
        "referral": row["code"], "priority": decision["priority"], "asked": asked,
        "pathway": decision.get("pathway"), "rules": ", ".join(decision.get("rules", [])) or "none",
        "because": told.rules.en, "values": told.values.en, "sources": told.sources.en,
        "otherwise": told.otherwise.en if told.otherwise else "no single change makes it another",
        "not known": ", ".join(decision.get("data_incomplete", [])),
        "pack": f"{then.name} {then.version} {then.hash[:12]}", "decides the same again": again[told.same],
    }  # fmt: skip


async def _pack_of_then(tx: Transaction, then: PackRef, city: str | None, rules: InForce) -> Pack | None:
    """The pack a decision names, among those that ship and those drafted here, with the layers it was made of."""
    present = [packs()[then.name], as_shipped().at(then.name, city), rules.at(then.name, city)]
    layers: list[Layer] = []
    texts = await tx.execute(select(_PACKS.c.text, _PACKS.c.place).where(_PACKS.c.name == then.name))
    for row in texts:
        try:
            document = Document(row.text, then.name)
            if row.place is None:
                present.append(parse_pack(document))
            else:
                layers.append(Layer(document))
        except BadPack:
            continue  # of an older format: told with the present pack
    return next((pack for pack in [*present, *_layered(present, layers, then)] if pack.hash == then.hash), None)


def _layered(present: Sequence[Pack], layers: Sequence[Layer], then: PackRef) -> Iterator[Pack]:
    """What the packs are with the layers that the version of then names."""
    named = [each for each in layers if f"+{each.file.layer.name}-{each.file.version}" in then.version]
    for pack in present:
        for count in range(1, len(named) + 1):
            for some in combinations(named, count):
                try:
                    yield stacked(pack, some)
                except BadPack:
                    continue  # not what it lay over
