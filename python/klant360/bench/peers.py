"""Environments of packages that only a benchmark needs: peers to compare with, and plots."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path


def peers_environment(requirements: str, environment: Path) -> Path:
    """Create the environment of a file of requirements beside this one, once; returns its interpreter."""
    wanted = Path(__file__).with_name(requirements)
    python, done = environment / "bin" / "python", environment / "installed.txt"
    if not done.exists() or done.read_text(encoding="utf-8") != wanted.read_text(encoding="utf-8"):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(environment)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--requirement", str(wanted)], check=True)
        shutil.copy(wanted, done)
    return python
