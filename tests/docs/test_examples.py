#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the examples of docs/evidence and holds what the pages print against what the engine prints:
test_examples.py SOURCE PILOTHOUSE.

An example is an indented block whose first line is "$ pilothouse evidence …". The lines below it stand in the output in
that order; a line "…" stands for any number of lines. A page's indented blocks that begin with "file NAME:" are written
first. Data sets are looked for in PILOTHOUSE_SHARED or ../shared; examples that need one are skipped without it."""
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

source, pilothouse = pathlib.Path(sys.argv[1]), sys.argv[2]
data = pathlib.Path(os.environ.get("PILOTHOUSE_SHARED", source.parent / "shared")) / "data"
count = 0


def say(good, name, why=""):
    global count
    count += 1
    print(f"{'ok' if good else 'not ok'} {count} - {name}{why if good else ''}")
    if not good:
        print("\n".join("# " + line for line in why.splitlines()))


def blocks(text):
    """The indented blocks, each as its lines without the indentation."""
    for block in re.findall(r"(?:^(?:    .*|)\n)+", text, re.M):
        for part in re.split(r"\n{2,}", block.strip("\n")):
            lines = [line[4:] for line in part.split("\n") if line.startswith("    ")]
            if lines:
                yield lines


def missing(wanted, printed):
    """The first wanted line that isn't where it should be, or nothing."""
    at, anywhere = 0, False
    for line in wanted:
        if line == "…":
            anywhere = True
            continue
        while anywhere and at < len(printed) and printed[at] != line:
            at += 1
        if at == len(printed) or printed[at] != line:
            return line
        at, anywhere = at + 1, False
    return "" if anywhere or at == len(printed) else f"nothing where the engine goes on: {printed[at]}"


def distinct(pairs):
    """An object whose keys stand in order, each once."""
    keys = [key for key, _ in pairs]
    if keys != sorted(set(keys)):
        raise ValueError(f"keys twice or out of order: {keys}")
    return dict(pairs)


def run(page, lines, folder):
    while lines[0].endswith("\\"):
        lines = [lines[0][:-1] + lines[1].strip()] + lines[2:]
    words = shlex.split(lines[0][2:])
    name = f"{page}: {lines[0][2:]}"
    for i, word in enumerate(words):
        if words[i - 1] == "--data" and not (folder / word).exists():
            found = next((data / part / word for part in ("evidence", "philadelphia") if (data / part / word).exists()), None)
            if not found:
                if (data / "evidence").is_dir():
                    return say(False, name, f"there is no data set {word}")
                return say(True, name, " # SKIP its data set isn't here")
            words[i] = str(found)
    done = subprocess.run([pilothouse, *words[1:]], capture_output=True, text=True, cwd=folder)
    wrong = missing(lines[1:], done.stdout.rstrip("\n").split("\n"))
    say(done.returncode == 0 and not wrong, name, f"missing: {wrong}\n{done.stdout}{done.stderr}" if wrong or done.returncode else "")
    if "--table" in words:
        said = subprocess.run([pilothouse, *(w for w in words[1:] if w != "--table")], capture_output=True, text=True, cwd=folder)
        try:
            json.loads(said.stdout, object_pairs_hook=distinct)
            say(True, f"{name}: its JSON is sound")
        except ValueError as e:
            say(False, f"{name}: its JSON is sound", f"{e}\n{said.stdout}{said.stderr}")


for path in sorted((source / "docs" / "evidence").glob("*.md")):
    with tempfile.TemporaryDirectory() as folder:
        for lines in blocks(path.read_text()):
            if lines[0].startswith("file ") and lines[0].endswith(":"):
                (pathlib.Path(folder) / lines[0][5:-1]).write_text("\n".join(lines[1:]) + "\n")
            elif lines[0].startswith("$ pilothouse "):
                run(path.name, lines, pathlib.Path(folder))
print(f"1..{count}")
if not count:
    sys.exit("no page of docs/evidence has an example")
