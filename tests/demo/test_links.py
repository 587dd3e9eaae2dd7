#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Follows the links of the demonstration office as each of its people: no page offers what it then refuses.
test_links.py PILOTHOUSE"""
import collections
import html
import http.cookiejar
import os
import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request

PROGRAM = sys.argv[1]
OF_A_SHAPE = 4  # pages of one shape, such as /pilots/*, that are opened
WHO = ["", "admin", "director", "staff", "procurement", "finance", "reviewer", "counsel", "auditor", "executive", "evaluator",
       "member", "liaison", "vendor"]
number = 0


def check(name, good, why=""):
    global number
    number += 1
    print(f"{'ok' if good else 'not ok'} {number} - {name}")
    if not good:
        print("# " + str(why).replace("\n", "\n# "))
    sys.stdout.flush()


class Reader:
    def __init__(self, base):
        self.base = base
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def get(self, path):
        try:
            answer = self.opener.open(self.base + path, timeout=30)
            is_page = "html" in answer.headers.get("Content-Type", "")
            return answer.status, answer.read().decode() if is_page else ""
        except urllib.error.HTTPError as e:
            return e.code, ""

    def sign_in(self, email, password):
        token = re.search(r'name="csrf" value="([^"]*)"', self.get("/sign-in")[1]).group(1)
        data = urllib.parse.urlencode({"csrf": token, "email": email, "password": password}).encode()
        self.opener.open(urllib.request.Request(self.base + "/sign-in", data, {"Origin": self.base}), timeout=30)


def shape(path):
    return re.sub(r"(?<=/)[0-9a-z]{13}(?=/|\.|$)", "*", path)


def follow(reader):
    """Opens what can be come to from the first page; what answered, and what didn't with where it was offered."""
    seen, dead, opened = set(), [], collections.Counter()
    waiting = collections.deque([("/", "")])
    while waiting:
        path, offered = waiting.popleft()
        if path in seen or opened[shape(path)] >= OF_A_SHAPE:
            continue
        seen.add(path)
        opened[shape(path)] += 1
        status, page = reader.get(path)
        if status != 200:
            dead.append(f"{status} {path}, offered on {offered}")
        for href in re.findall(r'<a [^>]*?href="([^"#]+)', page):
            to = urllib.parse.urljoin(reader.base + path, html.unescape(href))
            if to.startswith(reader.base + "/"):
                # What a form is given beforehand belongs to its address; a list's filter is another list of the same.
                to = to[len(reader.base):]
                waiting.append((to if "/new/" in to else to.split("?")[0], path))
    return seen, dead


with tempfile.TemporaryDirectory(prefix="pilothouse-links-") as folder:
    db = os.path.join(folder, "office.db")
    made = subprocess.run([PROGRAM, "demo", "--db", db], capture_output=True, text=True, timeout=120)
    said = subprocess.run([PROGRAM, "demo", "--accounts", "--db", db], capture_output=True, text=True, timeout=60).stdout
    password = re.search(r"password of all of them: (\S+)", said)
    check("the office is made", made.returncode == 0 and password, made.stderr + said)
    server = subprocess.Popen([PROGRAM, "serve", "--db", db, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True)
    try:
        base = re.search(r"http://\S+?(?=/?$)", server.stdout.readline().strip()).group(0)
        for who in WHO:
            reader = Reader(base)
            if who:
                reader.sign_in(f"{who}@demo.example", password.group(1))
            seen, dead = follow(reader)
            check(f"{who or 'a visitor'}: {len(seen)} pages, none a dead end", len(seen) > 50 and not dead, "\n".join(dead))
            if who == "admin":
                missing = {"/people", "/projects", "/roles", "/admin/mail"} - seen
                check("an administrator comes to the people, their roles, the inventory and the mail", not missing, missing)
    finally:
        server.terminate()
        server.wait(30)
print(f"1..{number}")
