"""Every command of Whimbrel's in the documentation's blocks exists, and takes what is written there."""

from __future__ import annotations

import re
import shlex

import pytest
from repository import ROOT

from desktop.cli import build_parser

BLOCK = re.compile(r"^```\w*\n(.*?)^```", re.DOTALL | re.MULTILINE)
OF_OPERATIONS = "collector "  # the command that docs/operations.md makes: `whimbrel collect` as its own user
SHELLS = ("/opt/whimbrel/bin/whimbrel ", "ExecStart=/opt/whimbrel/bin/whimbrel ", "/usr/local/bin/collector ")


def written_in(text: str) -> list[str]:
    """The commands, each as `whimbrel ...`; what follows two spaces explains."""
    found = []
    for line in "\n".join(BLOCK.findall(text)).splitlines():
        command = re.split(r"  +|\s#", line.strip())[0]
        for before, after in ((SHELLS[1], "whimbrel "), (SHELLS[0], "whimbrel "), (SHELLS[2], OF_OPERATIONS)):
            command = command.replace(before, after)
        if command.startswith(OF_OPERATIONS):
            command = f"whimbrel collect {command.removeprefix(OF_OPERATIONS)}"
        if command.startswith("whimbrel "):
            found.append(command)
    return found


COMMANDS = sorted(
    {
        (path.name, command)
        for path in (ROOT / "docs").glob("*.md")
        for command in written_in(path.read_text())
    }
)


def test_there_are_commands() -> None:
    assert len(COMMANDS) > 40
    assert ("operations.md", "whimbrel collect worker --data-dir /var/lib/whimbrel/worker-%i") in COMMANDS


@pytest.mark.parametrize(("page", "command"), COMMANDS)
def test_a_command_of_the_documentation_exists(page: str, command: str) -> None:
    words = shlex.split(command)[1:]
    try:
        build_parser().parse_args([word.replace("%i", "8474").replace("$port", "8474") for word in words])
    except SystemExit:
        pytest.fail(f"docs/{page}: {command}")
