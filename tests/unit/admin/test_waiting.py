"""What is said once a proposal was put before the admins."""

from admin.commands.waiting import asked


def test_who_could_never_be_two_is_told_what_to_do() -> None:
    assert asked(["liu-yang"], "notices retell-now 1") == (
        "Two admins must approve, and the network has 1: "
        "give a second person the role admin (refloop network load) and propose it again."
    )
    assert asked(["liu-yang", "chen-yu"], "notices retell-now 1").endswith(
        "; then refloop notices retell-now 1 --reason ..."
    )
