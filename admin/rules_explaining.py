"""`refloop rules explain`: why a referral is as urgent as it is, told from what was stored."""

import json
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
    """The pack a decision names, among those that ship and those drafted here."""
    present = [packs()[then.name], as_shipped().at(then.name, city), rules.at(then.name, city)]
    texts = await tx.execute(select(_PACKS.c.text).where(_PACKS.c.hash == then.hash, _PACKS.c.place.is_(None)))
    for text in texts.scalars():
        try:
            present.append(parse_pack(Document(text, then.name)))
        except BadPack:
            continue  # of an older format: told with the present pack
    return next((pack for pack in present if pack.hash == then.hash), None)
