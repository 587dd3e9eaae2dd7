# SPDX-License-Identifier: Apache-2.0
"""The real executable on an office that tests/office/prepare made, for tests of the whole."""
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse

import traceback

SHM = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
HOST = "test.example"


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def json(self):
        return json.loads(self.body)


class Client:
    """One connection, kept as long as the server keeps it."""

    def __init__(self, port, token=None, timeout=20):
        self.port, self.token, self.timeout, self.connection = port, token, timeout, None

    def ask(self, method, path, body=None, headers=None):
        sent = {"Host": HOST, **(headers or {})}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        for last in (False, True):
            fresh = self.connection is None
            if fresh:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
            try:
                self.connection.request(method, path, body, sent)
                response = self.connection.getresponse()
                return Answer(response.status, response.headers, response.read())
            except (http.client.HTTPException, OSError):
                self.close()
                # A kept connection may have ended meanwhile; what is only read is asked for again.
                if fresh or last or method != "GET":
                    raise

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def do(self, command, id=None, fields=None, key=None, **more):
        body = {"fields": fields or {}, **more}
        if id:
            body["id"] = id
        headers = {"Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        return self.ask("POST", f"/api/v1/do/{command}", json.dumps(body), headers)

    def close(self):
        if self.connection:
            self.connection.close()
            self.connection = None


class Office:
    """A folder with a prepared office; `serve` processes on it; the command line beside them."""

    def __init__(self, pilothouse, prepare, database="sqlite", plant=False, on_disk=False, folder=None):
        self.pilothouse = os.path.abspath(pilothouse)
        self.folder = folder or tempfile.mkdtemp(prefix="pilothouse-office-", dir=None if on_disk else SHM)
        self.own = folder is None
        self.database = None
        self.servers = []
        if database == "postgres":
            self.address = self.new_database()
        else:
            self.address = os.path.join(self.folder, "office.db")
        os.makedirs(os.path.join(self.folder, "keys"), exist_ok=True)
        made = subprocess.run([os.path.abspath(prepare), self.folder, self.address] + ([plant] if plant else []),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if made.returncode:
            raise RuntimeError(f"prepare: {made.stdout[-2000:]}{made.stderr[-2000:]}")
        self.facts = json.loads(made.stdout)

    def new_database(self):
        server = os.environ["PILOTHOUSE_TEST_PG"]
        name = f"office_{os.getpid()}_{int(time.time() * 1000) % 10**9}"
        subprocess.run(["psql", "-q", server, "-c", f"CREATE DATABASE {name}"], check=True)
        return server.rsplit("/", 1)[0] + "/" + name

    @property
    def keys(self):
        return os.path.join(self.folder, "keys")

    def command(self, *words, address=None, keys=None, timeout=60, **more):
        return subprocess.run([self.pilothouse, *words, "--db", address or self.address,
                               "--keys", keys or self.keys], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=timeout, **more)

    def serve(self, *words, **more):
        server = Server(self, words, **more)
        self.servers.append(server)
        return server

    def verify(self, **more):
        """Exit status and output of `pilothouse verify`."""
        done = self.command("verify", **more)
        return done.returncode, done.stdout + done.stderr

    def verify_key(self):
        """The ledger's public key, as an outsider finds it on the ledger's page."""
        raise NotImplementedError

    def end(self):
        for server in self.servers:
            if server.process.poll() is None:
                server.kill()
            server.log.close()
        if self.own:
            shutil.rmtree(self.folder, ignore_errors=True)


class Server:
    def __init__(self, office, words=(), preexec=None):
        self.office = office
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [office.pilothouse, "serve", "--listen", "127.0.0.1:0", "--db", office.address, "--keys",
             office.keys, *words], stdout=subprocess.PIPE, stderr=self.log, text=True, preexec_fn=preexec)
        line = self.process.stdout.readline()
        found = re.search(r":(\d+)/", line)
        if not found:
            raise RuntimeError(f"serve said {line!r}\n{self.said()}")
        self.port = int(found.group(1))

    def client(self, role=None, **more):
        return Client(self.port, self.office.facts["tokens"][role] if role else None, **more)

    def said(self):
        self.log.seek(0)
        return self.log.read().decode("utf-8", "replace")

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def terminate(self, timeout=30):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout)
        self.process.stdout.close()
        return code


def change(office, text):
    """Past the office, straight in the database, as the sealed tables' keeper."""
    if office.address.startswith("postgresql:"):
        role = subprocess.run(
            ["psql", "-qAt", office.address, "-c",
             "SELECT tableowner FROM pg_tables WHERE tablename = 'account'"],
            stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
        done = subprocess.run(["psql", "-qAt", office.address, "-v", "ON_ERROR_STOP=1", "-c", text],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode and ("permission denied" in done.stderr or "must be owner" in done.stderr):
            done = subprocess.run(["psql", "-qAt", office.address, "-v", "ON_ERROR_STOP=1", "-c",
                                   f'SET ROLE "{role}"; {text}'], stdout=subprocess.PIPE, text=True, check=True)
        assert done.returncode == 0, done.stderr
        return [line.split("|") for line in done.stdout.splitlines()]
    connection = sqlite3.connect(office.address)
    with connection:
        rows = connection.execute(text).fetchall()
    connection.close()
    return rows


class Skip(Exception):
    """Why a case can't be tried here."""


def run(cases):
    """Runs (name, function) and prints TAP."""
    print(f"1..{len(cases)}", flush=True)
    failed = 0
    for i, (name, function) in enumerate(cases, 1):
        try:
            function()
            print(f"ok {i} - {name}", flush=True)
        except Skip as why:
            print(f"ok {i} - {name} # SKIP {why}", flush=True)
        except Exception:
            failed += 1
            print(f"not ok {i} - {name}", flush=True)
            print("# " + traceback.format_exc()[-6000:].replace("\n", "\n# "), flush=True)
    return 1 if failed else 0
