"""`make audit`: looks up known vulnerabilities of all that the lock file names, with pip-audit.

pip-audit lives in an environment of its own, since nothing else needs it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from klant360.contract import PROJECT

PIP_AUDIT = "pip-audit==2.10.1"
FOLDER = PROJECT / "target" / "audit"


def findings(told: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Give a line for each vulnerability in pip-audit's JSON, and the packages that it could not look up."""
    dependencies = told["dependencies"]
    found = [
        f"{one['name']} {one['version']}: {hole['id']}"
        + (f", fixed in {', '.join(hole['fix_versions'])}" if hole["fix_versions"] else "")
        for one in dependencies
        for hole in one.get("vulns", ())
    ]
    return found, [one["name"] for one in dependencies if "skip_reason" in one]


def main() -> int:
    """Audit the lock file; 0 when every package was looked up and none is vulnerable."""
    python = FOLDER / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(FOLDER)], check=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PIP_AUDIT]
    subprocess.run(install, check=True)
    command = [str(python), "-m", "pip_audit", "--disable-pip", "--require-hashes", "--format", "json"]
    done = subprocess.run(
        [*command, "--progress-spinner", "off", "--requirement", str(PROJECT / "requirements.lock")],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        found, unknown = findings(json.loads(done.stdout))
    except (ValueError, KeyError):
        print(f"Nothing was audited: pip-audit failed.\n{done.stderr.strip()[-500:]}", file=sys.stderr)
        return 1
    for line in found:
        print(line)
    if unknown:
        print(
            f"{len(unknown)} packages were not audited, since no vulnerability service that knows them can be"
            " reached from here: run it again where pypi.org can be reached.",
            file=sys.stderr,
        )
    if not found and not unknown:
        print("No known vulnerability in what requirements.lock names.")
    return 1 if found or unknown else 0


if __name__ == "__main__":
    sys.exit(main())
