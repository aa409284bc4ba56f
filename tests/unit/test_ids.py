"""Ids that come out the same on a retry, and the kinds that ids name."""

from uuid import UUID, uuid5

import pytest

from models.values import StreamKind, derived_id, kind_of

_NAMESPACE = UUID("5f0c6a0e-3a57-5c1b-9d57-7266e1f0b2aa")


@pytest.mark.parametrize("parts", [(), ("event", "triage0-", 1), ("林浩", ""), ("a\x1fb",)])
def test_a_derived_id_is_the_uuid5_of_its_parts(parts: tuple[object, ...]) -> None:
    assert derived_id(*parts) == uuid5(_NAMESPACE, "\x1f".join(str(part) for part in parts)).hex


def test_an_id_of_no_stream_of_ours_is_refused_with_the_kinds_there_are() -> None:
    assert kind_of("plan-1") is StreamKind.plan
    with pytest.raises(ValueError, match="begins with one of referral, discharge, plan, notice, pack, not 'letter-1'"):
        kind_of("letter-1")
