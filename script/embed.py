#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the C file that carries files inside the executable (see src/core/embed.h).

    embed.py OUT.c NAME=PATH ...        NAME is the path by which the program asks for it
    embed.py OUT.c @LIST                the same pairs, one a line, from a file

The bytes are taken in by the assembler (.incbin), so that the compiler never parses them.
"""
import os
import sys


def pairs(arguments):
    for argument in arguments:
        if argument.startswith("@"):
            with open(argument[1:], encoding="utf-8") as lines:
                yield from pairs(line.rstrip("\n") for line in lines if line.strip())
        else:
            name, path = argument.split("=", 1)
            yield name, os.path.abspath(path)


def main():
    out, files = sys.argv[1], sorted(set(pairs(sys.argv[2:])), key=lambda f: f[0].encode())
    names = [name for name, _ in files]
    if len(set(names)) != len(names):
        sys.exit("embed.py: a name is given twice")
    lines = ["// Made by script/embed.py.", '#include "embed.h"', ""]
    for i, (_, path) in enumerate(files):
        lines.append(
            f'__asm__(".section .rodata\\n.balign 16\\nembedded_{i}:\\n.incbin \\"{path}\\"\\n.byte 0\\n.previous");'
        )
        lines.append(f"extern const char embedded_{i}[];")
    lines.append("const struct embedded embedded_files[] = {")
    for i, (name, path) in enumerate(files):
        lines.append(f'    {{ "{name}", embedded_{i}, {os.path.getsize(path)} }},')
    lines += ["    { 0, 0, 0 },", "};", ""]
    with open(out, "w", encoding="utf-8") as file:
        file.write("\n".join(lines))
    with open(out + ".d", "w", encoding="utf-8") as file:
        file.write(os.path.basename(out) + ": " + " ".join(path for _, path in files) + "\n")


main()
