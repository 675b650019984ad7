"""Runs a command to its end and measures what it cost.

The system counts the memory of the parent towards a forked process. So this module, as a small separate
process, starts the command and measures it: `python process.py RESULT COMMAND ...`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from klant360.project import PROJECT

KLANT360 = str(Path(sys.executable).with_name("klant360"))


@dataclass(frozen=True)
class Cost:
    """What a process cost: wall and CPU in seconds, peak resident memory in bytes."""

    wall: float
    cpu: float
    peak: int


def run(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Cost:
    """Run a command in the project's folder; raises SystemExit with the end of its output if it fails."""
    log.parent.mkdir(parents=True, exist_ok=True)
    result = log.with_suffix(".cost.json")
    with log.open("wb") as output:
        done = subprocess.run(
            [sys.executable, __file__, str(result), *command],
            env={**os.environ, **environment},
            cwd=PROJECT,
            stdout=output,
            stderr=output,
            check=False,
        )
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{log.read_text(encoding='utf-8')[-3000:]}")
    return Cost(**json.loads(result.read_text(encoding="utf-8")))


def _measure(result: str, *command: str) -> int:
    began = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    cost = {
        "wall": time.perf_counter() - began,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak": usage.ru_maxrss * 1024,
    }
    Path(result).write_text(json.dumps(cost), encoding="utf-8")
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(_measure(*sys.argv[1:]))
