#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the demonstration office and looks at what came out: test_demo.py PILOTHOUSE

The office is made by acts, so permission, guards and the ledger were asked all the way. This asks whether the
chain hangs together, whether facts carry their source and inventions their mark, and whether the ledger proves it.
"""
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time

PROGRAM = sys.argv[1]
number = 0


def check(name, good, why=""):
    global number
    number += 1
    print(f"{'ok' if good else 'not ok'} {number} - {name}")
    if not good and why:
        print("# " + str(why).replace("\n", "\n# "))
    sys.stdout.flush()


def run(*args, stdin=None):
    return subprocess.run([PROGRAM, *args], capture_output=True, text=True, input=stdin, timeout=300)


def rows(db, sql, *args):
    return db.execute(sql, args).fetchall()


def one(db, sql, *args):
    found = db.execute(sql, args).fetchone()
    return found[0] if found else None


# Tables whose rows stand for something public or invented; each row must say which.
SAID = ("organisation", "principle", "strategy", "activity", "project", "body", "seat", "challenge", "call",
        "criterion", "question", "addendum", "pilot", "site", "person")


def check_provenance(db):
    for table in SAID:
        bare = one(db, f"SELECT COUNT(*) FROM {table} WHERE is_made_up = 0 AND source_url IS NULL")
        check(f"every {table} has a source or is marked as made up", bare == 0, f"{bare} have neither")
        both = one(db, f"SELECT COUNT(*) FROM {table} WHERE is_made_up = 1 AND source_url IS NOT NULL")
        check(f"no {table} claims a source for what is made up", both == 0, f"{both} do")
    check("thresholds say their source and wait for somebody to confirm them",
          rows(db, "SELECT COUNT(*), COUNT(source), COUNT(confirmed_by) FROM setting WHERE name LIKE 'threshold.%'")
          == [(2, 2, 0)])


def check_facts(db):
    check("the roadmap has three strategies and four principles",
          (one(db, "SELECT COUNT(*) FROM strategy WHERE state = 'published'"),
           one(db, "SELECT COUNT(*) FROM principle WHERE state = 'active'")) == (3, 4))
    check("eight past pilots stand with their sources",
          one(db, "SELECT COUNT(*) FROM pilot WHERE is_backfill = 1 AND source_url LIKE 'http%'") == 8)
    check("what isn't known about a past pilot stays empty",
          one(db, "SELECT outcome_text FROM pilot WHERE title = 'Tap water'") is None)
    seats = dict(rows(db, "SELECT b.title, COUNT(*) FROM seat s JOIN body b ON b.city = s.city AND b.id = s.body_id "
                          "GROUP BY b.title"))
    check("advisory committee of 17, task force of eight",
          seats.get("SmartCityPHL advisory committee") == 17 and
          seats.get("SmartCityPHL project task force") == 8, seats)


def check_call(db):
    call = db.execute("SELECT id, challenge_id, closes_at FROM call WHERE state = 'published' AND closes_at > ?",
                      (time.time() * 1000,)).fetchone()
    check("a call is open for some weeks", call and call[2] > (time.time() + 14 * 86400) * 1000, call)
    check("it leads back to a department's signed challenge",
          one(db, "SELECT state FROM challenge WHERE id = ? AND committed_at IS NOT NULL", call[1]) == "in_call")
    check("its weights come to 100",
          one(db, "SELECT SUM(weight_n) FROM criterion WHERE call_id = ? AND state = 'active'", call[0]) == 100)
    check("questions are answered, one waits",
          dict(rows(db, "SELECT state, COUNT(*) FROM question WHERE call_id = ? GROUP BY state", call[0])) ==
          {"answered": 2, "asked": 1})
    check("an addendum gave more time", one(db, "SELECT new_closes_at FROM addendum WHERE call_id = ?", call[0]) == call[2])


def check_accounts(address):
    done = run("demo", "--accounts", "--json", "--db", address)
    told = json.loads(done.stdout) if done.returncode == 0 else {}
    accounts = {a["email"]: a for a in told.get("accounts", [])}
    check("every role has an account", {a["role"] for a in accounts.values()} >=
          {"admin", "director", "staff", "executive", "procurement", "finance", "reviewer", "counsel", "auditor",
           "evaluator", "member", "liaison", "applicant"}, done.stderr)
    check("the password is long enough to be one", len(told.get("password", "")) >= 12)


def check_again(address):
    again = run("demo", "--db", address)
    check("a second office isn't made over the first", again.returncode == 1 and "already" in again.stderr, again.stderr)


def main():
    with tempfile.TemporaryDirectory(prefix="pilothouse-demo-") as folder:
        address = os.path.join(folder, "office.db")
        began = time.monotonic()
        made = run("demo", "--db", address)
        check("the office is made", made.returncode == 0, made.stdout + made.stderr)
        if made.returncode == 0:
            took = time.monotonic() - began
            check("in less than a minute, also on a busy machine", took < 60, f"{took:.1f} s")
            proved = run("verify", "--db", address)
            check("its ledger proves every record", proved.returncode == 0, proved.stdout + proved.stderr)
            db = sqlite3.connect(address)
            check_provenance(db)
            check_facts(db)
            check_call(db)
            db.close()
            check_accounts(address)
            check_again(address)
    print(f"1..{number}")


main()
