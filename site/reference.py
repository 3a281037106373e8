"""reference.py - the command reference, from the programs' own option tables.

Usage: reference.py COMMANDS.json CAPSTAN. Fails where --help does not show what the tables say.
"""

import json
import subprocess
import sys


def cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("<", "&lt;")


def option_rows(options: list[dict]) -> list[str]:
    rows = ["| option | meaning | default |", "|---|---|---|"]
    for option in options:
        name = option["name"].replace("_", "-")
        value = option.get("metavar") or ""
        shown = value if option.get("positional") else f"--{name} {value}".strip()
        rows.append(f"| `{shown}` | {cell(option.get('help', ''))} | {cell(option.get('default', '') or '')} |")
    return rows


def check_help(capstan: str, command: dict) -> None:
    """Every option of the table stands in what --help prints, and the summary too."""
    text = subprocess.run([capstan, *command["name"].split(), "--help"], check=True,
                          capture_output=True, text=True).stdout
    wanted = [f"--{o['name'].replace('_', '-')}" for o in command["options"] if not o.get("positional")]
    for word in wanted:
        if word not in text:
            sys.exit(f"reference.py: capstan {command['name']} --help does not show {word}")


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        commands = json.load(file)
    lines = ["# Command reference",
             "Made from the option tables that also drive the command line and `--help`.", ""]
    for command in commands["commands"]:
        check_help(sys.argv[2], command)
        lines += [f"## capstan {command['name']}", f"{command['summary'].capitalize()}.", ""]
        if command.get("description"):
            lines += [command["description"], ""]
        lines += option_rows(command["options"]) + [""]
        if command.get("example"):
            lines += ["```text", command["example"].strip("\n"), "```", ""]
        if command.get("statuses"):
            lines += ["Exit codes:", "", "```text", command["statuses"].strip("\n"), "```", ""]
    for section in commands.get("sections", []):
        lines += [f"## Pipeline file: {section['name']}", f"{section.get('help', '').capitalize()}.", ""]
        lines += option_rows(section["options"]) + [""]
    print("\n".join(lines))


if __name__ == "__main__":
    main()
