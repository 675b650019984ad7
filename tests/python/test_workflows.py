"""The workflows of GitHub: pinned actions, least permissions, and steps that are make targets."""

import re
from pathlib import Path

import pytest
import yaml

from test_docs import check_make
from warehouses import PROJECT

WORKFLOWS = sorted((PROJECT / ".github" / "workflows").glob("*.yml"))


@pytest.fixture(params=WORKFLOWS, ids=lambda file: file.name)
def workflow(request) -> Path:
    return request.param


def test_actions_are_pinned_by_hash_and_say_their_version(workflow):
    uses = re.findall(r"uses: (.*)", workflow.read_text(encoding="utf-8"))
    assert uses
    assert [line for line in uses if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", line)] == []


def test_jobs_may_only_read_and_end_in_time(workflow):
    parsed = yaml.safe_load(workflow.read_text(encoding="utf-8"))
    assert parsed["permissions"] == {"contents": "read"}
    assert "concurrency" in parsed
    assert all("timeout-minutes" in job and "permissions" not in job for job in parsed["jobs"].values())


def test_make_targets_of_the_steps_exist(workflow):
    parsed = yaml.safe_load(workflow.read_text(encoding="utf-8"))
    steps = [step["run"].split() for job in parsed["jobs"].values() for step in job["steps"] if "run" in step]
    assert steps
    for program, *arguments in steps:
        if program == "make":
            check_make(arguments)
