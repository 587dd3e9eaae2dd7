#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the C file that carries files inside the executable (see src/core/embed.h).

    embed.py OUT.c ROOT ASSETS [NAME=PATH …]

ROOT is the project, ASSETS the folder of compiled assets (made when missing, so that what comes into it
later is noticed); further files are named one by one (tests have some of their own). The bytes are taken in
by the assembler (.incbin), so that the compiler never parses them. Beside OUT.c goes OUT.c.d, the
dependencies, folders among them, so that a new file is noticed.
"""
import os
import sys

WANTED = (
    # folder under ROOT, endings, the name inside the executable
    ("migrations", (".sql",), "migrations"),
    ("src/core", (".sql",), "core"),
    ("src/office", (".sql", ".html", ".txt"), "office"),
    ("locale", (".json",), "locale"),
    ("demo", (".json", ".csv"), "demo"),
)


def walk(folder, endings, name):
    for at, folders, files in os.walk(folder):
        folders.sort()
        inside = os.path.relpath(at, folder)
        prefix = name if inside == "." else f"{name}/{inside}"
        yield None, at
        for file in files:
            if file.endswith(endings):
                yield f"{prefix}/{file}", os.path.join(at, file)


def main():
    out, root, assets = sys.argv[1], os.path.abspath(sys.argv[2]), os.path.abspath(sys.argv[3])
    os.makedirs(assets, exist_ok=True)
    found = []
    for folder, endings, name in WANTED:
        found += walk(os.path.join(root, folder), endings, name)
    found += walk(assets, ("",), "assets")
    found += (pair.split("=", 1) for pair in sys.argv[4:])
    files = sorted(((name, path) for name, path in found if name), key=lambda f: f[0].encode())
    lines = ["// Made by script/embed.py.", '#include "embed.h"', ""]
    for i, (_, path) in enumerate(files):
        lines.append(
            f'__asm__(".section .rodata\\n.balign 16\\n.globl embedded_{i}\\n.hidden embedded_{i}\\n'
            f'embedded_{i}:\\n.incbin \\"{path}\\"\\n.byte 0\\n.previous");'
        )
        lines.append(f"extern const char embedded_{i}[];")
    lines.append("const struct embedded embedded_files[] = {")
    for i, (name, path) in enumerate(files):
        lines.append(f'    {{ "{name}", embedded_{i}, {os.path.getsize(path)} }},')
    lines += ["    { 0, 0, 0 },", "};", ""]
    with open(out, "w", encoding="utf-8") as file:
        file.write("\n".join(lines))
    with open(out + ".d", "w", encoding="utf-8") as file:
        file.write(f"{out}: " + " ".join(path.replace(" ", "\\ ") for _, path in found) + "\n")


main()
