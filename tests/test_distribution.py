"""The package as pip knows it: whatever tells a user to install an extra names this project, and works."""

import re
import shlex
import subprocess
import sys
import tomllib
from importlib.metadata import distribution
from pathlib import Path

import sentiment
from sentiment.distribution import DISTRIBUTION
from sentiment.errors import MissingExtraError

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ADVICE = re.compile(r"pip install '?\"?([\w.-]+)\[(\w+)\]")


def test_the_wheel_holds_one_package_and_one_command() -> None:
    installed = distribution(DISTRIBUTION)
    folders = {path.parts[0] for path in installed.files or () if path.parts[0] != ".."}
    assert folders == {"sentiment", f"recurrent_sentiment-{sentiment.__version__}.dist-info"}
    assert [(entry.name, entry.value) for entry in installed.entry_points] == [("sentiment", "sentiment.cli:entry")]
    assert (installed.name, installed.version) == (PROJECT["name"], PROJECT["version"])


def test_the_version_without_an_installation(tmp_path: Path) -> None:
    (tmp_path / "sentiment").symlink_to(Path(sentiment.__file__).parent)
    command = [sys.executable, "-S", "-c", "import sentiment; print(sentiment.__version__)"]
    environment = {"PYTHONPATH": str(tmp_path)}
    assert subprocess.run(command, env=environment, check=True, capture_output=True).stdout == b"unknown\n"


def test_the_commands_that_errors_name_install_the_extras() -> None:
    """pip takes the installed package for it, so it needs neither an index that has it nor the checkout."""
    extras: dict[str, list[str]] = PROJECT["optional-dependencies"]
    commands = [shlex.split(str(MissingExtraError("something", extra)).partition("needs: ")[2]) for extra in extras]
    assert [command[:2] for command in commands] == [["pip", "install"]] * len(extras)
    wanted = [word for command in commands for word in command[2:]]
    assert wanted == [f"{PROJECT['name']}[{extra}]" for extra in extras]
    pip = subprocess.run(
        [sys.executable, "-m", "pip", "install", *wanted, "--dry-run", "--no-index"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert pip.returncode == 0, pip.stderr
    assert "does not provide the extra" not in pip.stdout + pip.stderr
    needed = {re.split(r"[<>=\[]", requirement)[0] for requirements in extras.values() for requirement in requirements}
    found = set(re.findall(r"^Requirement already satisfied: ([\w.-]+)", pip.stdout, flags=re.MULTILINE))
    assert found >= needed


def test_no_page_and_no_message_names_a_project_of_others() -> None:
    patterns = ("*.md", "docs/*.md", "configs/*.yaml", "sentiment/**/*.py", "sentiment/**/*.md")
    texts = [path.read_text(encoding="utf-8") for pattern in patterns for path in ROOT.glob(pattern)]
    advised = {match.groups() for text in texts for match in ADVICE.finditer(text)}
    assert advised >= {("recurrent-sentiment", "tables"), (".", "train")}
    assert {name for name, _ in advised} <= {PROJECT["name"], "."}
    assert {extra for _, extra in advised} <= set(PROJECT["optional-dependencies"])
