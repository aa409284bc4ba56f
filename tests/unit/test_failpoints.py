"""A failpoint kills the process at the hit it was told, and does nothing otherwise."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
from models import failpoints
failpoints.arm(sys.argv[1])
for number in range(1, 5):
    print(number, flush=True)
    failpoints.failpoint("another")
    failpoints.failpoint("relay.published")
"""


@pytest.mark.parametrize(
    "spec, lines, status",
    [
        ("", 4, 0),
        ("nobody", 4, 0),
        ("relay.published", 1, -9),
        ("relay.published:3", 3, -9),
        ("relay.published:5", 4, 0),
    ],
)
def test_the_process_dies_at_its_hit(spec: str, lines: int, status: int) -> None:
    ran = subprocess.run([sys.executable, "-c", PROGRAM, spec], capture_output=True, text=True, check=False)
    assert (len(ran.stdout.splitlines()), ran.returncode) == (lines, status)
