"""Places where a process can be told to die, so that tests can show that nothing is lost there.

`arm` is called once at the start with the setting REFLOOP_FAILPOINT. Unarmed, a failpoint is one comparison.
"""

import os
import signal

_name: str | None = None
_hits_left = 0


def arm(spec: str) -> None:
    """Choose the failpoint: "name" or "name:hits" dies at the first or the given hit; "" disarms."""
    global _name, _hits_left
    name, _, hits = spec.partition(":")
    _name, _hits_left = name or None, int(hits or 1)


def failpoint(name: str) -> None:
    """Die here, as by SIGKILL, when this failpoint is armed and its hits have come."""
    if name == _name:
        _hit()


def _hit() -> None:
    global _hits_left
    _hits_left -= 1
    if _hits_left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
