"""reference.py - the pages of reference, from the tables behind the command line and the files.

Usage: reference.py CAPSTAN OUT PAGE…. Writes commands.md, pipeline.md and schema.md into OUT.
Fails where --help and the tables disagree, either way, and where a PAGE names an option that its
command does not have.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

Row = dict[str, object]

GROUPS = {
    "Stages": "Programs that read versions and publish one: `capstan train` runs `capstan-train`, "
              "with `--ranks N` under `mpirun`.",
    "Pipeline": "All stages of a pipeline file, in order.",
    "Look": "What is in the registry.",
    "Registry": "The registry, and what its aliases point at.",
    "Machine": "The machine, and Capstan itself.",
}


def output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def described(capstan: str, what: str) -> list[Row]:
    return json.loads(output(capstan, "describe", what))


# --help against the tables


def section_of_help(text: str, heading: str) -> list[str]:
    """The first column of the lines under a heading: "--ranks N", "FILE", "leaves"."""
    found = re.search(rf"^{heading}:[^\n]*\n((?:  .*\n|\n(?=  ))*)", text, re.MULTILINE)
    lines = found.group(1).splitlines() if found else []
    return [re.split(r"\s{2,}", line.strip())[0] for line in lines if re.match(r"  \S", line)]


def differences(where: str, shown: list[str], tabled: list[str]) -> list[str]:
    return [f"{where}: --help shows {name}, the table does not" for name in shown if name not in tabled] + \
           [f"{where}: the table has {name}, --help does not show it" for name in tabled if name not in shown]


def usages(rows: list[Row], positional: bool) -> list[str]:
    return [str(row["usage"]) for row in rows if row["positional"] == positional]


def help_differences(capstan: str, commands: list[Row], sections: list[Row]) -> list[str]:
    overview = output(capstan, "--help")
    found = []
    for group in GROUPS:
        found += differences("capstan", section_of_help(overview, group),
                             [c["name"] for c in commands if c["group"] == group])
    for command in commands:
        text = output(capstan, *command["name"].split(), "--help")
        where = f"capstan {command['name']}"
        found += differences(where, section_of_help(text, "Arguments"), usages(command["options"], True))
        found += differences(where, section_of_help(text, "Options"), usages(command["options"], False))
        found += differences(where, section_of_help(text, "Options of every command"),
                             usages(command["common"], False))
        for name in re.findall(r"^Keys of (\w+):", text, re.MULTILINE):
            row = next(row for row in sections if row["name"] == name)
            keys = row["keys"] + next((one["keys"] for one in row.get("learners", [])
                                       if one["name"] == default_of(row["keys"], "model")), [])
            found += differences(f"{where}, keys of {name}", section_of_help(text, f"Keys of {name}"),
                                 [key["name"] for key in keys])
    return found


def default_of(rows: list[Row], name: str) -> object:
    return next(row.get("default") for row in rows if row["name"] == name)


# Pages against the tables


def long_options(command: Row) -> set[str]:
    rows = command["options"] + command["common"]
    return {word.strip(",") for row in rows for word in str(row["usage"]).split() if word.startswith("-")}


def page_differences(page: Path, commands: list[Row]) -> list[str]:
    """Options in what a page shows: those of the command they stand behind."""
    by_name = {command["name"]: long_options(command) for command in commands}
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    found = []
    for words in re.findall(r"\bcapstan[ -]((?:[a-z]+ ?){1,2}[^\n`|;&)]*)", text):
        first = words.split()
        name = " ".join(first[:2]) if " ".join(first[:2]) in by_name else first[0]
        for option in re.findall(r"(?<=\s)--?[a-z][a-z-]*", words):
            if name in by_name and option not in by_name[name]:
                found.append(f"{page.name}: capstan {name} has no option {option}")
    every = set().union(*by_name.values()) | {"--prefix", "--dir"}  # the latter are of jobs/
    for option in re.findall(r"`(--[a-z][a-z-]*)", text):
        if option not in every:
            found.append(f"{page.name}: no command has an option {option}")
    return found


# Pages of reference


def cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def code(text: object) -> str:
    return "`` " + str(text).replace("|", "\\|") + " ``" if "`" in str(text) else "`" + str(text).replace("|", "\\|") + "`"


def meaning(row: Row) -> str:
    text = cell(row.get("help", ""))
    if row.get("choices"):
        text += (": " if text else "") + ", ".join(code(choice) for choice in row["choices"])
    if row["type"] in ("int", "real") and row.get("max", 0) and row["max"] < 1e300:
        text += f"; from {number(row['min'])} to {number(row['max'])}"
    if row.get("required"):
        text += "; *required*"
    if row["many"] and str(row["usage"]).startswith("-"):
        text += "; may be given several times"
    return sentence(text)


def sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text == "" or text.endswith(("…", ".")) else ".")


def number(value: float) -> str:
    if abs(value) >= 1e6 or (value and abs(value) < 1e-4):
        return f"{value:g}".replace("e+0", "e").replace("e-0", "e-").replace("e+", "e")
    return f"{int(value):,}" if value == int(value) else f"{value:g}"


def default(row: Row) -> str:
    return code(row["default"]) if row.get("default") not in (None, "") else ""


def table(heads: list[str], rows: list[list[str]]) -> list[str]:
    return ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)] + \
           ["| " + " | ".join(row) + " |" for row in rows] + [""]


def option_table(rows: list[Row]) -> list[str]:
    shown = [row for row in rows if row["positional"]] + [row for row in rows if not row["positional"]]
    return table(["option", "meaning", "default"],
                 [[code(row["usage"]), meaning(row), "" if row["type"] == "bool" else default(row)] for row in shown])


def flat_keys(rows: list[Row], prefix: str = "") -> list[tuple[str, Row]]:
    """Keys with those in them: split, split.by, join[].dataset, severity.time-gap."""
    found = []
    for row in rows:
        name = prefix + ("NAME" if row["name"] == "*" else str(row["name"]))
        found.append((name, row))
        inner = row.get("keys", [])
        if row["type"] == "list":
            found += flat_keys(inner[0].get("keys", []), name + "[].") if inner else []
        else:
            found += flat_keys(inner, name + ".")
    return found


def kind(row: Row) -> str:
    inner = row.get("keys", [])
    return f"list of {inner[0]['type']}" if row["type"] == "list" and inner else str(row["type"])


def key_table(rows: list[Row]) -> list[str]:
    """A table of all keys; what a file says has no "may be given several times"."""
    return table(["key", "type", "meaning", "default"],
                 [[code(name), kind(row), meaning({**row, "many": False}), default(row)]
                  for name, row in flat_keys(rows)])


def block(language: str, text: str) -> list[str]:
    return [f"```{language}", text.strip("\n"), "```", ""]


def commands_page(commands: list[Row]) -> list[str]:
    lines = ["# Commands",
             "Made from the tables that drive the command line and `--help`.", "",
             "## Options of every command", *option_table(commands[0]["common"])]
    for group, summary in GROUPS.items():
        lines += [f"## {group}", summary, ""]
        for command in (command for command in commands if command["group"] == group):
            lines += [f"### capstan {command['name']}", sentence(command["summary"]), "",
                      cell(command.get("description", "")), ""]
            lines += option_table(command["options"]) if command["options"] else []
            lines += block("shell", command.get("example", ""))
            lines += ["Exit codes:", ""]
            lines += table(["code", "meaning"], [[code(line.split()[0]), cell(line.split(None, 1)[1])]
                                                 for line in command["statuses"].splitlines()])
    return lines


def pipeline_page(rows: list[Row]) -> list[str]:
    plain = [row for row in rows if not (row["type"] == "any" and "keys" in row)]
    lines = ["# The pipeline file",
             "One YAML file says what is trained from what, and how it is judged.",
             "A key that is not known is an error with its line and the nearest one that is.",
             "A stage takes its section with `--pipeline FILE`; `--set KEY=VALUE` sets a key of it, above what the file says.",
             "", "## Keys of the whole file", *key_table(plain)]
    for row in (row for row in rows if row not in plain):
        lines += [f"## {row['name']}", sentence(row["help"]), "", *key_table(row["keys"])]
        for learner in row.get("learners", []):
            lines += [f"### model: {learner['name']}", sentence(learner["summary"]), "",
                      *key_table(learner["keys"])]
    return lines


def schema_page(rows: list[Row]) -> list[str]:
    return ["# The schema file",
            "A schema says what a dataset's rows have to look like.",
            "`capstan schema infer` proposes one; a person edits and commits it.", "", *key_table(rows)]


def main() -> None:
    capstan, out, *pages = sys.argv[1:]
    commands, sections, schema = (described(capstan, what) for what in ("commands", "pipeline", "schema"))
    found = help_differences(capstan, commands, sections)
    for page in pages:
        found += page_differences(Path(page), commands)
    if found:
        sys.exit("\n".join(found))
    for name, lines in (("commands", commands_page(commands)), ("pipeline", pipeline_page(sections)),
                        ("schema", schema_page(schema))):
        Path(out, f"{name}.md").write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
