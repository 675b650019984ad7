"""Looks up known vulnerabilities of the packages in the lock file, with pip-audit.

pip-audit has its own environment, since nothing else needs it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from klant360.errors import UserError
from klant360.project import PROJECT

PIP_AUDIT = "pip-audit==2.10.1"
FOLDER = PROJECT / "target" / "audit"


def findings(report: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Return a line per vulnerability in pip-audit's JSON, and the packages that it could not look up."""
    dependencies = report["dependencies"]
    found = [
        f"{one['name']} {one['version']}: {hole['id']}"
        + (f", fixed in {', '.join(hole['fix_versions'])}" if hole["fix_versions"] else "")
        for one in dependencies
        for hole in one.get("vulns", ())
    ]
    return found, [one["name"] for one in dependencies if "skip_reason" in one]


def audit() -> str:
    """Audit the lock file; returns a sentence if every package was looked up and none is vulnerable.

    Raises UserError otherwise.
    """
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
    except (ValueError, KeyError) as error:
        reason = done.stderr.strip()[-500:]
        raise UserError(f"Nothing was audited: pip-audit failed.\n{reason}") from error
    if unknown:
        found.append(
            f"{len(unknown)} packages were not audited: no vulnerability service that knows them can be"
            " reached from here. Run it again where pypi.org can be reached."
        )
    if found:
        raise UserError("\n".join(found))
    return "No known vulnerability in the packages of requirements.lock."
