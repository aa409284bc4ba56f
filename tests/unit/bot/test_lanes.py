"""Which lane goes next."""

from collections import Counter

from bot.sending.lanes import Lanes
from models.values import Lane


def test_stat_goes_before_everything_and_replies_before_the_rest() -> None:
    waiting = {Lane.bulk: ["b"], Lane.asap: ["a"], Lane.reply: ["r1", "r2"], Lane.stat: ["s1", "s2"]}
    assert Lanes().pick(waiting, 10) == ["s1", "s2", "r1", "r2", "a", "b"]


def test_stat_alone_fills_the_room() -> None:
    assert Lanes().pick({Lane.stat: ["s1", "s2", "s3"], Lane.asap: ["a"]}, 2) == ["s1", "s2"]


def test_the_others_share_by_weight_over_many_small_looks() -> None:
    lanes, served = Lanes(), Counter[str]()
    for _ in range(150):
        served.update(lanes.pick({lane: [lane] * 3 for lane in (Lane.asap, Lane.urgent, Lane.routine, Lane.bulk)}, 1))
    assert served == {Lane.asap: 80, Lane.urgent: 40, Lane.routine: 20, Lane.bulk: 10}


def test_within_a_lane_the_oldest_goes_first() -> None:
    assert Lanes().pick({Lane.routine: ["old", "new"]}, 2) == ["old", "new"]


def test_a_lane_that_was_empty_has_saved_nothing_up() -> None:
    lanes = Lanes()
    for _ in range(100):
        lanes.pick({Lane.bulk: ["b"]}, 1)
    assert lanes.pick({Lane.bulk: ["b"], Lane.asap: ["a", "a"]}, 2) == ["a", "a"]
