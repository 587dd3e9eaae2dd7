#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a C header of known answers for the tree of RFC 6962.

The entries are the eight that certificate-transparency's own tests have used from the beginning; the
answers are computed here, by the recursive definitions of RFC 6962 section 2.1, word for word. The
C code never takes that road, so that the two can only agree by both being right.
"""
import hashlib

ENTRIES = [bytes.fromhex(h) for h in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
    "606162636465666768696a6b6c6d6e6f")]


def split(n):
    """The largest power of two smaller than n."""
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def mth(d):
    if not d:
        return hashlib.sha256(b"").digest()
    if len(d) == 1:
        return hashlib.sha256(b"\0" + d[0]).digest()
    k = split(len(d))
    return hashlib.sha256(b"\1" + mth(d[:k]) + mth(d[k:])).digest()


def path(m, d):
    if len(d) == 1:
        return []
    k = split(len(d))
    if m < k:
        return path(m, d[:k]) + [mth(d[k:])]
    return path(m - k, d[k:]) + [mth(d[:k])]


def subproof(m, d, known):
    if m == len(d):
        return [] if known else [mth(d)]
    k = split(len(d))
    if m <= k:
        return subproof(m, d[:k], known) + [mth(d[k:])]
    return subproof(m - k, d[k:], False) + [mth(d[:k])]


def text(data):
    return '"' + data.hex() + '"'


def main():
    n = len(ENTRIES)
    print("// Written by rfc6962_vectors.py.")
    print("#pragma once")
    print("struct vector {\n    int a, b, len; // (index, size) or (from, to)\n"
          "    const char *hash[8];\n};")
    print("static const char *const vector_entries[] = {",
          ", ".join(text(e) for e in ENTRIES), "};")
    print("static const char *const vector_roots[] = {",
          ",\n    ".join(text(mth(ENTRIES[:size])) for size in range(n + 1)), "};")
    for name, rows in (
            ("inclusion", [(i, s, path(i, ENTRIES[:s])) for s in range(1, n + 1) for i in range(s)]),
            ("consistency", [(a, b, subproof(a, ENTRIES[:b], True))
                             for b in range(1, n + 1) for a in range(1, b + 1)])):
        print(f"static const struct vector vector_{name}[] = {{")
        for a, b, hashes in rows:
            print(f"    {{ {a}, {b}, {len(hashes)}, {{ {', '.join(map(text, hashes)) or 'NULL'} }} }},")
        print("};")


main()
