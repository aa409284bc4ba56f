"""Make or refresh .venv from the pinned requirements. Called by make, before anything is installed.

Only the standard library, and nothing of ours: it runs under the system's Python. A second run with
nothing changed takes a moment and installs nothing.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
PACKAGES = ("admin", "bot", "events", "models", "workers")


class SetupFailed(Exception):
    """The environment cannot be made; the text is the one line to show."""


def main(wanted: list[str]) -> int:
    """Install the runtime requirements, and the development ones when `wanted` holds --dev."""
    lists = ["requirements.txt", "requirements-dev.txt"] if "--dev" in wanted else ["requirements.txt"]
    directory = os.open(ROOT, os.O_RDONLY)
    fcntl.flock(directory, fcntl.LOCK_EX)  # two make targets at once: the second finds it done
    try:
        ensure_venv()
        for name in lists:
            ensure_requirements(ROOT / name)
        ensure_refloop()
    except SetupFailed as failure:
        print(f"setup: {failure}", file=sys.stderr)
        return 1
    finally:
        os.close(directory)
    return 0


def ensure_venv() -> None:
    """Make .venv, again when the Python it was made with is gone."""
    if PYTHON.exists() and (VENV / "bin" / "pip").exists() and runs([str(PYTHON), "-c", ""]):
        return
    if VENV.exists():
        shutil.rmtree(VENV)
    print(f"setup: making .venv with Python {sys.version.split()[0]}", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True)
    if made.returncode != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        reason = (made.stdout + made.stderr).strip().splitlines()
        hint = "on Debian or Ubuntu run: apt-get install python3-venv" if "ensurepip" in made.stdout else ""
        raise SetupFailed(hint or f"{sys.executable} cannot make a virtual environment: {reason[-1:]}")


def ensure_requirements(listed: Path) -> None:
    """Install one pinned list unless its stamp says it is already in."""
    stamp = VENV / f".{listed.stem}"
    fingerprint = hashlib.sha256(listed.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == fingerprint:
        return
    total = len(re.findall(r"^\S+==", listed.read_text(), flags=re.MULTILINE))
    print(f"setup: {total} packages of {listed.name}", flush=True)
    pip("--require-hashes", "--no-deps", "-r", str(listed), total=total)
    stamp.write_text(fingerprint)


def ensure_refloop() -> None:
    """Install this checkout as an editable package, so that .venv/bin/refloop is there."""
    stamp = VENV / ".refloop"
    fingerprint = f"{ROOT} {hashlib.sha256((ROOT / 'pyproject.toml').read_bytes()).hexdigest()}"
    if stamp.exists() and stamp.read_text() == fingerprint and (VENV / "bin" / "refloop").exists():
        return
    pip("--no-deps", "--no-build-isolation", "-e", str(ROOT), total=1)
    # Compiled once, as pip does it: else by each of the processes that start at the same moment.
    runs([str(PYTHON), "-m", "compileall", "-q", "-j", "0", *(str(ROOT / each) for each in PACKAGES)])
    stamp.write_text(fingerprint)
    print("setup: ready, .venv/bin/refloop", flush=True)


def pip(*arguments: str, total: int) -> None:
    """Run pip install, showing one line per package instead of pip's five."""
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", *arguments]
    said: list[str] = []
    seen = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
        for line in running.stdout or ():
            said.append(line.rstrip())
            if found := re.match(r"(?:Collecting|Requirement already satisfied:|Obtaining) (\S+)", line):
                seen += 1
                name = "refloop" if "://" in found.group(1) else found.group(1)
                print(f"  [{min(seen, total)}/{total}] {name}", flush=True)
            elif line.startswith("Installing collected packages"):
                print("  unpacking", flush=True)
    if running.returncode != 0:
        tail = "\n  ".join(text for text in said if text and not text.startswith(" "))[-1500:]
        raise SetupFailed(f"pip could not install {arguments[-1]}:\n  {tail}")


def runs(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True).returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
