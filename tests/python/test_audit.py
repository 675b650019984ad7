"""Findings of pip-audit are reported, and packages that it could not look up are errors."""

from klant360.audit import findings
from warehouses import PROJECT


def test_a_package_that_could_not_be_looked_up_is_an_error():
    report = {
        "dependencies": [
            {"name": "fine", "version": "1", "vulns": []},
            {"name": "bad", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]},
            {"name": "worse", "version": "2", "vulns": [{"id": "PYSEC-2", "fix_versions": []}]},
            {"name": "unknown", "skip_reason": "Dependency not found on PyPI"},
        ]
    }
    assert findings(report) == (["bad 2: PYSEC-1, fixed in 3", "worse 2: PYSEC-2"], ["unknown"])


def test_every_package_of_the_lock_file_has_a_hash():
    lines = (PROJECT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    packages = [
        number for number, line in enumerate(lines) if "==" in line and not line.startswith((" ", "#"))
    ]
    assert len(packages) > 50
    assert [lines[number] for number in packages if "--hash=" not in lines[number + 1]] == []
