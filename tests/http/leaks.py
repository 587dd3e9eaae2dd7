#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No page says what its reader may not know.

    leaks.py PILOTHOUSE PREPARE sqlite|postgres [opened]

In an office with a row of every kind in every state, each with markers of its own in every text
(tests/office/prepare.c), everybody fetches everything: lists, records, forms, pages of rooms, JSON,
CSV, search, errors. A marker of a row that a reader doesn't see, or of a sealed or personal column
that isn't for them, stands nowhere. With `opened` the names of every round are open: then those who
work on a round or watch it read them, and nobody else. Prints TAP.
"""
import collections
import os
import pathlib
import re
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import office as house  # noqa: E402
from office import Office  # noqa: E402

PILOTHOUSE, PREPARE, DATABASE = sys.argv[1:4]
OPENED = "opened" in sys.argv[4:]
IDENTIFIES, PERSONAL, RELEASED = 2, 1, 8
MARKER = re.compile(r"zq[0-9a-f]{12}")

# Who may see what stands in a sealed table, besides nobody: table or table.column → roles. What is
# somebody's own is theirs where OWN says so.
SEALED = {
    "person_contact": {"admin"},
    "mail.error": {"admin"},  # what a mail server said
}
# What an opened round shows besides, of the pitches and reviews that one sees.
IN_OPENED = {
    "pitch_identity": {"director", "staff", "executive", "procurement", "counsel", "auditor"},
    "pitch_answer": {"director", "staff", "executive", "procurement", "counsel", "auditor"},
    "review_note": {"procurement", "counsel"},
} if OPENED else {}
OUTSIDE = ("applicant", "evaluator", "member")
OWN = {"pitch_identity", "profile_identity", "pitch_answer", "pitch_version", "review_note", "person_contact"}
# Shown to the public with the record, though not part of its JSON: a plan's hash proves that it came first.
SHOWN = {("pilot", "plan_hash_text")}


class Leaks:
    def __init__(self):
        self.office = Office(PILOTHOUSE, PREPARE, DATABASE, plant="opened" if OPENED else "plant")
        self.server = self.office.serve()
        facts = self.office.facts
        self.kinds = {k["name"]: k for k in facts["kinds"]}
        self.rows = {r["id"]: r for r in facts["rows"]}
        self.markers = {MARKER.search(m["text"]).group(0): m for m in facts["markers"]}
        self.roles = ["public"] + sorted(facts["tokens"])
        self.found = collections.OrderedDict()  # (table, column, role, why) → (path, n)
        self.hits = collections.Counter()
        self.opened = collections.Counter()
        self.lock, self.fetched, self.seen, self.broken = threading.Lock(), 0, 0, {}

    def allowed(self, marker, role):
        """Whether ROLE may read the marker; a reason when not."""
        table, column, row = marker["table"], marker["column"], self.rows.get(marker["id"])
        kind = self.kinds.get(table)
        if kind is None:
            if role in SEALED.get(f"{table}.{column}", SEALED.get(table, ())):
                return None
            if role in IN_OPENED.get(table, ()) and row and role in row["seen_by"]:
                self.opened[table, role] += 1
                return None
            if table in OWN and row and row["whose"] == role:
                return None
            return "sealed"
        if role not in row["seen_by"]:
            return "not in sight"
        flags = kind["fields"].get(column, 0)
        if (table, column) in SHOWN:
            return None
        if role == "public" and not flags & RELEASED and column not in (kind["title"], "title", "label"):
            return "not released"
        return None

    def look(self, role, path, text):
        for name in set(MARKER.findall(text)):
            marker = self.markers.get(name)
            if not marker:
                continue
            self.seen += 1
            why = self.allowed(marker, role)
            if why:
                key = (marker["table"], marker["column"], role, why)
                with self.lock:
                    at, n = self.found.get(key, (path, 0))
                    self.found[key] = (at, n + 1)

    def fetch(self, client, role, path):
        answer = client.get(path)
        self.fetched += 1
        if answer.status >= 500:
            with self.lock:
                self.broken.setdefault((path.split("/")[1], answer.status), (role, path))
        self.look(role, path, answer.text + str(answer.headers))

    def paths(self, role):
        few = role in ("public", "applicant", "evaluator", "staff")
        for kind in self.kinds.values():
            for end in ("", ".json", ".csv"):
                yield kind["path"] + end
            for command in kind["commands"]:
                if command["is_new"]:
                    yield f"{kind['path']}/new/{command['name'].split('.')[1]}"
        for row in self.rows.values():
            kind = self.kinds[row["kind"]]
            yield f"{kind['path']}/{row['id']}"
            yield f"{kind['path']}/{row['id']}.json"
            yield f"{kind['path']}/{row['id']}.csv"
            for command in kind["commands"] if few else ():
                if not command["is_new"]:
                    yield f"{kind['path']}/{row['id']}/do/{command['name'].split('.')[1]}"
        for pattern in self.office.facts["patterns"]:
            yield from self.fill(pattern)
        for q in ("some", "zq", "a"):
            yield f"/search?q={q}"
        yield from ("/search", "/api/v1/openapi.json", "/ledger", "/no-such-page")

    def fill(self, pattern):
        """Addresses of a room's page: its {id} is of the kind whose path it begins with, or anything's."""
        if "{" not in pattern:
            yield pattern
            return
        kinds = [k for k in self.kinds.values() if pattern.startswith(k["path"] + "/")]
        best = max(kinds, key=lambda k: len(k["path"]), default=None)
        for row in self.rows.values():
            if best is None or row["kind"] == best["name"]:
                yield re.sub(r"\{[a-z_]+\*?\}", row["id"], pattern)

    def walk(self, role):
        client = self.server.client(None if role == "public" else role)
        for path in dict.fromkeys(self.paths(role)):
            self.fetch(client, role, path)
        # What a refused act says.
        for row in self.rows.values():
            for command in self.kinds[row["kind"]]["commands"][:2]:
                if not command["is_new"] and role not in row["seen_by"]:
                    path = f"/api/v1/do/{command['name']}"
                    answer = client.do(command["name"], row["id"], rev=99)
                    self.look(role, path, answer.text)
        # What is not in sight is not found by its words either.
        for name, marker in list(self.markers.items())[:: 1 if role == "public" else 7]:
            kind = self.kinds.get(marker["table"]) or self.kinds.get(self.rows.get(marker["id"], {}).get("kind"))
            if kind and self.allowed(marker, role) in ("sealed", "not in sight"):
                answer = client.get(f"{kind['path']}.json?q={name}")
                if answer.status == 200 and answer.json.get("items"):
                    self.found[(marker["table"], marker["column"], role, "found by search")] = (kind["path"], 1)
        if role in ("public", *OUTSIDE):
            self.search(client, role)
        client.close()

    def search(self, client, role):
        """Words find what may be read, and neither show nor count anything else."""
        for name, marker in self.markers.items():
            row, kind = self.rows.get(marker["id"]), self.kinds.get(marker["table"])
            if not row or not kind or marker["column"] not in [kind["title"], *(kind["search"] or "").split()]:
                continue
            path = f"/search?q={name}"
            results = client.ask("GET", path, headers={"Accept": "application/json"}).json
            hrefs = [item["href"] for item in results.get("results", [])]
            there = any(row["id"] in href for href in hrefs)
            key = (marker["table"], marker["column"], role)
            if self.allowed(marker, role):
                if hrefs or not str(results["count_text"]).startswith("0"):
                    self.found[(*key, f"searched, {results['count_text']}")] = (path, 1)
            elif there:
                self.hits[role] += 1
            elif kind["search"] and role in OUTSIDE:
                self.found[(*key, f"not found, {row['state']}")] = (path, 1)

    def reader(self, role):
        def case():
            before = len(self.found)
            self.walk(role)
            mine = [(k, v) for k, v in list(self.found.items())[before:] if k[2] == role]
            assert not mine, "\n".join(f"{t}.{c}: {why}, as {r}: {p} ({n} times)"
                                       for (t, c, r, why), (p, n) in mine)
        return case

    def proved(self):
        assert not self.broken, "\n".join(f"{s}: {p} as {r}" for (_, s), (r, p) in self.broken.items())
        assert self.fetched > 5000 and self.seen > 2000, (self.fetched, self.seen)
        assert all(self.hits[role] > self.hits["public"] > 5 for role in ("applicant", "evaluator")), self.hits
        # An opened round that shows nobody a name would prove nothing.
        assert all(self.opened[table, role] for table, roles in IN_OPENED.items() for role in roles), self.opened
        print(f"# {self.fetched} pages, {self.seen} markers where they may be, {sum(self.hits.values())} searched")

    def end(self):
        assert self.server.terminate() == 0


def main():
    if DATABASE == "postgres" and "PILOTHOUSE_TEST_PG" not in os.environ:
        print("1..0 # SKIP PILOTHOUSE_TEST_PG is not set: run by script/with-postgres")
        return 0
    leaks = Leaks()
    try:
        return house.run([(f"as {role}", leaks.reader(role)) for role in leaks.roles]
                         + [("what was looked at", leaks.proved), ("the end", leaks.end)])
    finally:
        leaks.office.end()


if __name__ == "__main__":
    sys.exit(main())
