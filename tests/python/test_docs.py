"""README and docs: links work, commands parse, and every var, seed and mart is named."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml
from dbt.cli.main import cli as dbt_cli
from dbt_metricflow.cli.main import cli as mf_cli

from klant360.cli import cli
from klant360.contract import read_contract

PROJECT = Path(__file__).parents[2]
DOCS = PROJECT / "docs"
PAGES = [
    *(PROJECT / name for name in ("README.md", "DECISIONS.md", "CHANGELOG.md", "models/overview.md")),
    *sorted(DOCS.rglob("*.md")),
]
FOLDERS = ("analyses", "docs", "macros", "models", "python", "seeds", "tests")
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
COMMANDS = ("make", "klant360", "dbt", "mf", "pytest")


@pytest.fixture(autouse=True)
def working_folder(tmp_path, monkeypatch):
    """A folder with what default options need: the demo set and a profile."""
    (tmp_path / "demo" / "sources").mkdir(parents=True)
    (tmp_path / "profiles.yml").touch()
    monkeypatch.chdir(tmp_path)


def prose(page: Path) -> str:
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands(page: Path) -> Iterator[list[str]]:
    """Return the commands of a page, as words: the lines of shell blocks, and commands in the text."""
    for language, body in FENCE.findall(page.read_text(encoding="utf-8")):
        if language == "sh":
            yield from (shlex.split(line, comments=True) for line in body.splitlines() if line.strip())
    for code in CODE.findall(prose(page)):
        words = [] if "=" in code.split(" ")[0] else code.split(" ")
        if len(words) > 1 and Path(words[0]).name in COMMANDS:
            yield shlex.split(code)


def check_command(words: list[str]) -> None:
    """Fail if a command names something that does not exist."""
    while re.match(r"[A-Z0-9_]+=", words[0]):
        words = words[1:]
    program, *arguments = words
    if program == "make":
        check_make(arguments)
    elif program in ("klant360", ".venv/bin/klant360"):
        passed_on = parsed(cli, arguments).params.get("dbt_options", ())
        parsed(dbt_cli, ["build", *passed_on])
    elif program in ("dbt", ".venv/bin/dbt"):
        options = parsed(dbt_cli, arguments).params
        unknown = {name.strip("+") for name in options.get("select") or ()}
        unknown -= names("models", "analyses", "seeds")
        assert not unknown, f"no model, analysis or seed: {unknown}"
    elif program == ".venv/bin/mf":
        parsed(mf_cli, arguments)
    elif program == ".venv/bin/pytest":
        assert all((PROJECT / word).exists() for word in arguments if "/" in word)
    else:
        pytest.fail(f"{program} is not a command that the docs may use")


def check_make(arguments: list[str]) -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    for word in arguments:
        name = word.split("=")[0]
        assert f"$({name})" in makefile if "=" in word else name in targets, f"make does not know {word}"


def parsed(command: click.Command, words: list[str]) -> click.Context:
    """Parse a command line down to its last subcommand, without running it."""
    context = command.make_context(command.name, ["--help"] if words == [] else list(words))
    while isinstance(command, click.Group):
        name, command, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        context = command.make_context(name, rest, parent=context)
    return context


def names(*folders: str) -> set[str]:
    """Return the models, analyses and seeds in folders of the project."""
    files = (file for folder in folders for file in (PROJECT / folder).rglob("*"))
    return {file.stem for file in files if file.suffix in (".sql", ".py", ".csv")}


def first_cells(page: Path) -> dict[str, str]:
    """Return the second cell of each table row of a page, by the first cell if that is code."""
    rows = re.findall(r"^\| `([^`|]+)` \| ([^|]*) \|", prose(page), re.MULTILINE)
    assert len(rows) == len(dict(rows)), "a name has two rows"
    return dict(rows)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_links_lead_somewhere(page):
    for link in LINK.findall(prose(page)):
        if re.match(r"https?://", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_paths_exist(page):
    paths = [code for code in CODE.findall(prose(page)) if code.split("/")[0] in FOLDERS and "/" in code]
    assert [path for path in paths if not any(PROJECT.glob(path.rstrip("/")))] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_commands_parse(page):
    for words in commands(page):
        try:
            check_command(words)
        except click.exceptions.Exit:
            pass  # --help
        except click.ClickException as error:
            pytest.fail(f"{shlex.join(words)}: {error.format_message()}")


@pytest.mark.parametrize(
    "line",
    [
        "make biuld",
        "make build SOURCE=folder",
        "klant360 forget --email jan@example.com",
        "klant360 person --e-mail jan@example.com",
        "klant360 publish --selectt customer_360",
        ".venv/bin/dbt show --select customer_361",
        ".venv/bin/pytest tests/python/test_nothing.py",
        "python -m klant360.publish",
    ],
)
def test_a_command_that_does_not_exist_is_noticed(line):
    with pytest.raises((click.ClickException, AssertionError, pytest.fail.Exception)):
        check_command(shlex.split(line))


def test_readme_shows_the_two_commands():
    shown = list(commands(PROJECT / "README.md"))
    assert ["make", "build"] in shown
    assert ["make", "test"] in shown


def test_rules_has_every_var_and_seed():
    variables = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    assert set(first_cells(DOCS / "rules.md")) == names("seeds") | set(variables)


def test_rules_has_the_defaults_of_the_vars():
    variables = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    defaults = {name: str(value).replace("True", "true").replace("False", "false")
                for name, value in variables.items() if value is not None}  # fmt: skip
    described = first_cells(DOCS / "rules.md")
    assert {name: described[name].strip("`") for name in defaults} == defaults


def test_tables_has_every_mart():
    assert set(first_cells(DOCS / "tables.md")) == names("models/marts") | {
        "segments",
        "engagement_bands",
        "metrics",
    }


def test_own_data_has_every_column():
    described = first_cells(DOCS / "own-data.md")
    for name, table in read_contract().items():
        words = set(re.findall(r"\w+", described[name.replace(".", "/")]))
        assert {column.name for column in table.columns} <= words, name
