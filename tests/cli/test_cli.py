#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every subcommand of the real executable: help, exit codes, slips, and an office made from nothing.

    test_cli.py PILOTHOUSE sqlite|postgres

Prints TAP.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "http"))
import office as house  # noqa: E402

PILOTHOUSE, DATABASE = os.path.abspath(sys.argv[1]), sys.argv[2]
ROOT = pathlib.Path(__file__).resolve().parents[2]
COMMANDS = ("init migrate serve do import demo backup restore verify check evidence user show export docs").split()
DONE, REFUSED, USAGE, FOUND = 0, 1, 2, 3
ADMIN = "ada@example.org"


class Cases:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="pilothouse-cli-")
        self.db = self.database("office")
        self.keys = os.path.join(self.folder, "keys")

    def database(self, name):
        if DATABASE == "sqlite":
            return os.path.join(self.folder, name + ".db")
        server = os.environ["PILOTHOUSE_TEST_PG"]
        name = f"cli_{name}_{os.getpid()}"
        subprocess.run(["psql", "-q", server, "-c", f"CREATE DATABASE {name}"], check=True)
        return server.rsplit("/", 1)[0] + "/" + name

    def run(self, *words, expect=DONE, input="", timeout=60):
        done = subprocess.run([PILOTHOUSE, *words], cwd=self.folder, input=input, capture_output=True, text=True,
                              timeout=timeout)
        assert expect is None or done.returncode == expect, (words, done.returncode, done.stdout[-800:], done.stderr[-800:])
        assert "sanitizer" not in done.stderr.lower(), done.stderr
        return done.stdout if expect in (DONE, FOUND, None) else done.stderr

    def on(self, *words, **more):
        return self.run(*words, "--db", self.db, "--keys", self.keys, **more)

    def sql(self, text):
        """A change past the program, as the schema's owner."""
        if DATABASE == "postgres":
            owner = subprocess.run(["psql", "-qAt", self.db, "-c",
                                    "SELECT tableowner FROM pg_tables WHERE tablename = 'schema_migration'"],
                                   capture_output=True, text=True, check=True).stdout.strip()
            subprocess.run(["psql", "-q", self.db, "-c", f'SET ROLE "{owner}"; {text}'], check=True)
            return
        import sqlite3
        with sqlite3.connect(self.db) as connection:
            connection.execute(text)
        connection.close()

    # ---- help

    def help(self):
        everything = self.run("--help")
        assert everything == self.run("-h") == self.run("help")
        listed = re.findall(r"^  (\w+) +\S", everything.split("\n\n")[2] + "\n" + everything, re.M)
        for name in COMMANDS:
            assert name in listed, name
        for code in ("0 when done", "1 when refused", "2 when the command line", "3 when"):
            assert code in everything, code
        for name in COMMANDS:
            said = self.run(name, "--help")
            assert name == "evidence" or said.startswith(f"pilothouse {name}"), said
            assert self.run("help", name) == said
            if name != "evidence":
                assert self.run(name, "-h") == said
                assert "--db" in said and "--quiet" in said
        assert re.fullmatch(r"pilothouse \d+\.\d+\.\d+\n", self.run("--version"))
        assert self.run(expect=USAGE).startswith("Pilothouse")
        assert os.listdir(self.folder) == [], "asking for help made something"

    def manual(self):
        """The man page reads without a fault and names every command and every option that help names."""
        page = (ROOT / "docs/pilothouse.1").read_text().replace("\\-", "-")
        plain = re.sub(r"\\f[BIRP]", "", page)
        for name in COMMANDS:
            assert re.search(rf"^\.B.*\b{name}\b", plain, re.M), name
            if name == "evidence":
                continue
            for option in re.findall(r"--[a-z][a-z-]+", self.run(name, "--help")):
                assert option in plain, f"{option} of {name} isn't in the man page"
        if shutil.which("man"):
            done = subprocess.run(["man", "--warnings", "-l", str(ROOT / "docs/pilothouse.1")], capture_output=True,
                                  text=True, env=dict(os.environ, MANPAGER="cat", LC_ALL="C.UTF-8"))
            assert done.returncode == 0 and not done.stderr, done.stderr

    def slips(self):
        for words in (["nope"], ["help", "nope"], ["verify", "--dbb", "x"], ["verify", "now"], ["migrate", "--quiet=yes"],
                      ["serve", "--db"], ["init"], ["init", "--name", ""], ["show", "calls"], ["show"], ["show", "/a", "/b"],
                      ["export"], ["backup"], ["restore"], ["import"], ["import", "pilots"], ["user"], ["user", "remove"],
                      ["docs"], ["serve", "--workers", "many"], ["init", "--name", "X", "--admin-email", ADMIN],
                      ["check", "--fix"], ["demo", "now"], ["user", "list", "all", "of", "them"]):
            said = self.run(*words, expect=USAGE)
            assert said.strip() and said.startswith("pilothouse"), (words, said)
        assert "--dbb" in self.run("verify", "--dbb", "x", expect=USAGE)
        assert os.listdir(self.folder) == [], os.listdir(self.folder)

    def nothing_there(self):
        nowhere = os.path.join(self.folder, "nowhere.db")
        for words in (["verify"], ["check"], ["migrate"], ["serve"], ["do", "--list"], ["user", "list"], ["show", "/calls"],
                      ["export", "call"], ["backup", os.path.join(self.folder, "copy")]):
            said = self.run(*words, "--db", nowhere, expect=REFUSED)
            assert "there is no database at" in said and "pilothouse init" in said, said
        for address in ("postgresql://nobody:secret@127.0.0.1:1/none", "postgres://nobody:secret@127.0.0.1:1/none"):
            said = self.run("verify", "--db", address, expect=REFUSED)
            assert "cannot be reached" in said and "secret" not in said, said
        assert os.listdir(self.folder) == [], os.listdir(self.folder)

    def beside(self):
        """The keys lie beside the database, whether its file is named bare or with its folder."""
        folder = os.path.join(self.folder, "beside")
        os.mkdir(folder)
        subprocess.run([PILOTHOUSE, "init", "--name", "City of Test", "--db", "office.db"], cwd=folder,
                       capture_output=True, check=True)
        assert os.path.isdir(os.path.join(folder, "keys")) and not os.path.exists(os.path.join(folder, "var"))
        assert "everything agrees" in self.run("verify", "--db", os.path.join(folder, "office.db"))
        shutil.rmtree(folder)

    # ---- an office from nothing

    def made(self):
        said = self.on("init", "--name", "City of Test", "--admin-email", ADMIN, "--admin-name", "Ada Admin",
                       "--host", "test.example", input="a password of some words\n")
        assert "City of Test" in said and "keys" in said and ADMIN in said, said
        assert self.on("user", "list").split("\t")[1:] == [ADMIN, "Ada Admin", "admin\n"]
        self.on("init", "--name", "City of Test", expect=REFUSED)
        assert "up to date" in self.on("migrate")
        assert "into the search indexes" not in self.on("migrate")
        assert "into the search indexes" in self.on("migrate", "--reindex")
        # A migration says that what the indexes hold is no longer true: once, and until it is done.
        self.sql("UPDATE city SET is_search_due = 1")
        said = self.on("migrate")
        assert "made anew" in said and "into the search indexes" in said, said
        assert "into the search indexes" not in self.on("migrate")
        assert "Queries: all" in self.run("check", "--db", self.db, "--keys", self.keys, expect=None)
        assert "everything agrees" in self.on("verify")
        assert self.on("verify", "--quiet") == ""

    def people(self):
        self.on("user", "add", "dora@example.org", "--name", "Dora Director", "--role", "director,staff", input="\n")
        said = self.on("user", "add", "dora@example.org", "--name", "Twice", "--role", "staff", input="\n", expect=REFUSED)
        assert "address already" in said, said
        self.on("user", "add", "x@example.org", "--name", "X", "--role", "king", input="\n", expect=USAGE)
        said = self.on("user", "add", "x@example.org", "--name", "X", "--role", "staff", input="short\n", expect=REFUSED)
        assert "10" in said or "long" in said, said
        self.on("user", "password", "dora@example.org", input="another few words\n")
        self.on("user", "password", "nobody@example.org", input="another few words\n", expect=REFUSED)
        assert len(self.on("user", "list").splitlines()) == 3  # a line a role

    def acts(self):
        assert "challenge.draft" in self.on("do", "--list")
        assert "(needed)" in self.on("do", "--list", "challenge")
        dora = ["--as", "dora@example.org"]
        streets = self.on("do", "organisation.add", "title=Streets", "type=department", *dora).strip()
        text = os.path.join(self.folder, "problem.txt")
        with open(text, "w") as file:
            file.write("It is dark.\n\nEvery night.")
        made = self.on("do", "challenge.draft", "title=Lamps", f"problem=@{text}", f"department_id={streets}", *dora).strip()
        said = self.on("do", "challenge.draft", "problem=None", *dora, expect=REFUSED)
        assert "title" in said and "needed" in said, said
        self.on("do", "challenge.nope", *dora, expect=REFUSED)
        self.on("do", "challenge.edit", made, "title=Lamps out", *dora)
        self.on("do", "challenge.edit", "not-an-id", "title=x", *dora, expect=USAGE)
        self.on("do", "challenge.draft", "title=x", "problem=@/no/such/file", *dora, expect=REFUSED)
        self.on("do", "challenge.draft", "title=x", expect=USAGE)  # whose act?
        self.on("do", "challenge.draft", "title=x", "--as", "nobody@example.org", expect=REFUSED)
        seen = json.loads(self.on("show", f"/challenges/{made}", *dora))
        assert "Lamps out" in json.dumps(seen), seen
        self.on("show", "/nothing/here", expect=REFUSED)
        self.on("show", f"/challenges/{made}", expect=REFUSED)  # residents don't see a draft
        rows = self.on("export", "challenge", *dora)
        assert "Lamps out" in rows and "Every night." in rows
        assert "Lamps out" in json.dumps(json.loads(self.on("export", "challenge", "--json", *dora)))
        self.on("export", "nothing", expect=USAGE)
        pilots = os.path.join(self.folder, "pilots.csv")
        with open(pilots, "w") as file:
            file.write("title,question,department,origin,stage\nZones,Do they help?,Streets,partner,closed\n,?,None,x,y\n")
        self.on("import", "pilots", pilots, *dora, "--dry-run", expect=FOUND)
        assert "Zones" not in self.on("export", "pilot", *dora)
        self.on("import", "pilots", pilots, *dora, expect=FOUND)
        assert "Zones" in self.on("export", "pilot", *dora)
        with open(pilots + ".rejected.csv") as file:
            assert len(file.readlines()) == 2
        with open(pilots, "w") as file:
            file.write("title\nx\n")
        assert "missing" in self.on("import", "pilots", pilots, *dora, expect=REFUSED)
        self.on("import", "pilots", os.path.join(self.folder, "none.csv"), *dora, expect=REFUSED)
        self.on("import", "readings", pilots, *dora, expect=USAGE)  # of which measure?
        self.on("demo", expect=REFUSED)  # never into an office that is there

    def served(self):
        process = subprocess.Popen([PILOTHOUSE, "serve", "--listen", "127.0.0.1:0", "--db", self.db, "--keys", self.keys],
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            port = re.search(r":(\d+)/", process.stdout.readline()).group(1)
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
                assert answer.status == 200
            # Beside it: acts, a look, a backup.
            self.on("do", "organisation.add", "title=Water", "type=department", "--as", "dora@example.org")
            self.on("verify")
            said = self.on("serve", "--listen", f"127.0.0.1:{port}", expect=REFUSED)
            assert port in said or "listen" in said or "in use" in said, said
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == DONE
            process.stdout.close()

    def copied(self):
        copy, place = os.path.join(self.folder, "copy"), os.path.join(self.folder, "place")
        assert "Copied" in self.on("backup", copy)
        assert "isn't there yet" in self.on("backup", copy, expect=REFUSED)
        names = os.listdir(copy)
        keys = [n for n in names if n.endswith(".key")]
        assert keys and sorted(names) == sorted(["SHA256SUMS", "database", *keys]), names
        assert all(os.stat(os.path.join(copy, n)).st_mode & 0o77 == 0 for n in names), "others may read the backup"
        subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=copy, check=True)
        back = self.database("back")
        self.run("restore", copy, "--db", back, "--keys", place)
        assert "everything agrees" in self.run("verify", "--db", back, "--keys", place)
        # What isn't whole, or isn't what it was, is refused, and leaves nothing behind.
        keys = os.path.join(self.folder, "other-keys")
        other = self.database("other")
        for break_it, words in ((lambda c: os.unlink(os.path.join(c, "SHA256SUMS")), "isn't a whole backup"),
                                (lambda c: flip(os.path.join(c, "database")), "is not as it was"),
                                (lambda c: os.unlink(os.path.join(c, [n for n in names if n.endswith(".key")][0])),
                                 "is not as it was"),
                                (lambda c: os.unlink(os.path.join(c, "database")), "There is no backup")):
            broken = tempfile.mkdtemp(dir=self.folder)
            shutil.copytree(copy, broken, dirs_exist_ok=True)
            break_it(broken)
            said = self.run("restore", broken, "--db", other, "--keys", keys, expect=REFUSED)
            assert words in said, said
            assert not os.path.exists(keys)
            assert DATABASE == "postgres" or not os.path.exists(other)
        # Neither over a database nor over another office's keys.
        said = self.run("restore", copy, "--db", back, "--keys", keys, expect=REFUSED)
        assert not os.path.exists(keys), said
        os.mkdir(keys)
        name = [n for n in names if n.endswith(".key")][0]
        with open(os.path.join(keys, name), "w") as file:
            file.write("another")
        said = self.run("restore", copy, "--db", other, "--keys", keys, expect=REFUSED)
        assert "another key" in said, said
        os.unlink(os.path.join(keys, name))
        self.run("restore", copy, "--db", other, "--keys", keys)
        assert "everything agrees" in self.run("verify", "--db", other, "--keys", keys)

    def newer(self):
        """An executable that is older than the schema touches nothing."""
        self.sql("INSERT INTO schema_migration (seq, name, checksum) VALUES (9000, '9000_later.sql', 'x')")
        for words in (["serve"], ["verify"], ["migrate"], ["do", "--list"]):
            assert "newer than this program" in self.on(*words, expect=REFUSED), words

    def end(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def flip(path):
    with open(path, "r+b") as file:
        file.seek(200)
        byte = file.read(1)
        file.seek(200)
        file.write(bytes([byte[0] ^ 1]))


def main():
    if DATABASE == "postgres" and "PILOTHOUSE_TEST_PG" not in os.environ:
        print("1..0 # SKIP PILOTHOUSE_TEST_PG is not set: run by script/with-postgres")
        return 0
    c = Cases()
    try:
        return house.run([
            ("help at every level", c.help),
            ("the man page", c.manual),
            ("slips of the command line", c.slips),
            ("no database", c.nothing_there),
            ("keys beside the database", c.beside),
            ("an office from nothing", c.made),
            ("people", c.people),
            ("acts, pages, exports, imports", c.acts),
            ("serving", c.served),
            ("backup and restore", c.copied),
            ("an older executable", c.newer)])
    finally:
        c.end()


if __name__ == "__main__":
    sys.exit(main())
