#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Readings as a file, through a real server: readings.py PILOTHOUSE [pg]

What a person does with a CSV that has bad rows: look at it, read what is wrong row by row, take the good rows, get the
bad ones back with reasons, mend them and send them again, undo. With "pg" on the database PILOTHOUSE_TEST_PG_FRESH names.
"""
import csv
import html
import http.cookiejar
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request

PROGRAM = sys.argv[1]
ON_POSTGRES = sys.argv[2:] == ["pg"]
number = 0


def check(name, good, why=""):
    global number
    number += 1
    print(f"{'ok' if good else 'not ok'} {number} - {name}")
    if not good and why:
        print("# " + str(why).replace("\n", "\n# "))
    sys.stdout.flush()


class Browser:
    """Just enough of one: cookies, the forms of a page as they stand, files."""

    def __init__(self, base):
        self.base = base
        self.path = "/"
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def send(self, path, data=None, headers=None):
        request = urllib.request.Request(self.base + path, data, {"Origin": self.base, **(headers or {})} if data is not None else {})
        try:
            answer = self.opener.open(request, timeout=60)
        except urllib.error.HTTPError as e:
            answer = e
        self.status, self.path = answer.status, urllib.parse.urlparse(answer.url).path
        return answer.read().decode()

    def get(self, path):
        return self.send(path)

    def post_form(self, page, action_ends, fields=None, file=None):
        """Sends the page's form whose action ends so, with its hidden fields."""
        for attributes, body in re.findall(r"<form([^>]*)>(.*?)</form>", page, re.S):
            action = html.unescape(re.search(r'action="([^"]*)"', attributes).group(1))
            if not action.endswith(action_ends):
                continue
            given = {html.unescape(n): html.unescape(v) for n, v in
                     re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', body)}
            given.update(fields or {})
            if file is None:
                return self.send(action, urllib.parse.urlencode(given).encode())
            parts = [f'--X\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in given.items()]
            parts.append(f'--X\r\nContent-Disposition: form-data; name="file"; filename="counts.csv"\r\n'
                         f'Content-Type: text/csv\r\n\r\n{file}\r\n')
            return self.send(action, ("".join(parts) + "--X--\r\n").encode(),
                             {"Content-Type": "multipart/form-data; boundary=X"})
        raise LookupError(f"no form to …{action_ends} on {self.path}")

    def sign_in(self, email, password):
        self.post_form(self.get("/sign-in"), "/sign-in", {"email": email, "password": password})


def text_of(page):
    body = re.search(r"<main.*?</main>", page, re.S).group(0)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))


MIXED = """time,unit,value
2026-03-01T12:00,U1,4
2026-03-01T12:00,U2,six
2026-13-01T12:00,U3,5
2026-03-02T12:00,U1,5
2026-03-02T12:00,<b>U2</b>,7
2026-03-02T12:00,U1,6
"""


def find_measure(browser):
    page = browser.get("/measures?state=active")
    return next(h for h, words in re.findall(r'href="(/measures/[0-9a-z]{13})"[^>]*>([^<]*)<', page)
                if "Complaints about the trucks" in html.unescape(words))


def check_upload(browser, measure):
    form = browser.get(f"{measure}/upload")
    page = browser.post_form(form, "/upload", file="")
    check("an empty file comes back as the form, with what to do", browser.status == 422 and
          browser.path.endswith("/upload") and "Look at the file" in page and "Choose a file." in text_of(page), (browser.status, text_of(page)[:400]))
    page = browser.post_form(browser.get(f"{measure}/upload"), "/upload", file=MIXED)
    batch, text = browser.path, text_of(page)
    check("the file opens its batch's page", re.fullmatch(r"/batches/[0-9a-z]{13}", batch) and browser.status == 200, batch)
    check("which says row by row what is wrong", "U2,six" in text and "2026-13-01T12:00,U3,5" in text and
          all(f" {n} " in text for n in (3, 4, 7)), text[:1500])
    check("a name with markup is text", "<b>U2</b>" not in page and "U2</b>" in text)
    check("totals before and after stand there", "Before:" in text and "With these:" in text, text[:600])
    check("nothing counts yet", "U1" not in browser.get(f"{measure}/readings.csv"))
    page = browser.get(batch)
    denied = browser.post_form(page, "/do/publish", {"choice": "all"})
    check("with bad rows not all can be published", browser.status == 400 and "Some rows are wrong" in denied, browser.status)
    page = browser.get(batch)
    check("the button takes the good ones", "Publish the good ones" in page and 'name="choice" value="good"' in page)
    browser.post_form(page, "/do/publish")
    read = list(csv.reader(browser.get(f"{measure}/readings.csv").splitlines()))
    check("then the three good rows count", browser.status == 200 and len(read) == 4, read)
    left = list(csv.reader(browser.get(f"{batch}/left-out.csv").splitlines()))
    check("the bad ones come back with the reason beside each",
          left[0][:3] == ["time", "unit", "value"] and len(left) == 4 and all(row[-1] for row in left[1:]), left)
    return batch, left


def check_mended(browser, measure, batch, left):
    mended = [left[0][:3]] + [["2026-03-01T12:00", "U2", "6"], ["2026-03-03T12:00", "U3", "5"], ["2026-03-02T12:00", "U1", "8"]]
    page = browser.post_form(browser.get(f"{measure}/upload"), "/upload", file="\n".join(",".join(r) for r in mended) + "\n")
    second, text = browser.path, text_of(page)
    check("mended rows are read, and the correction stands beside what is there", "Publish the good ones" not in page and
          re.search(r"U1 .{0,80}\b5\b.{0,20}\b8\b", text), text[:1500])
    browser.post_form(page, "/do/publish")
    values = {(r[0], r[1]): r[2] for r in csv.reader(browser.get(f"{measure}/readings.csv").splitlines())}
    check("six readings count, one of them corrected", len(values) == 6 and "8" in values.values() and "5" in values.values(), values)
    page = browser.get(f"{second}/do/undo")
    browser.post_form(page, "/do/undo", {"reason": "The sheet was another week's."})
    values = list(csv.reader(browser.get(f"{measure}/readings.csv").splitlines()))
    check("undone, the first upload counts again", len(values) == 4, values)
    check("and its trace stays", "Undone" in text_of(browser.get(second)))


def check_dropped(browser, measure):
    page = browser.post_form(browser.get(f"{measure}/upload"), "/upload", file="time,unit,value\nno,U1,x\n")
    batch, text = browser.path, text_of(page)
    check("a file without a good row can't be published", "/do/publish" not in page and "no,U1,x" in text, text[:600])
    drop = browser.get(f"{batch}/do/drop")
    browser.post_form(drop, "/do/drop", {"confirmed": "yes"})
    check("it can be dropped", "Dropped" in text_of(browser.get(batch)), text_of(browser.get(batch))[:200])


def check_api(browser, measure):
    document = json.loads(browser.get("/api/v1/openapi.json"))
    address = "/api/v1/measures/{id}/readings"
    post = document["paths"].get(address, {}).get("post", {})
    check("the bulk address is in the OpenAPI document, with both forms of readings",
          set(post.get("requestBody", {}).get("content", {})) == {"text/csv", "application/json"}, post)
    at = address.replace("{id}", measure.rsplit("/", 1)[1])
    token = re.search(r'name="csrf" value="([^"]*)"', browser.get("/me")).group(1)
    told = json.loads(browser.send(at + "?publish=good", MIXED.replace("2026-03", "2026-04").encode(),
                                   {"Content-Type": "text/csv", "X-CSRF-Token": token}))
    described = post["responses"]["201"]["content"]["application/json"]["schema"]["properties"]
    check("what it answers is what the document describes", browser.status == 201 and set(told) == set(described), told)
    check("good rows count, bad ones are told", (told.get("state"), told.get("good"), told.get("bad")) == ("published", 3, 3), told)


def main():
    fresh = os.environ.get("PILOTHOUSE_TEST_PG_FRESH")
    if ON_POSTGRES and not fresh:
        print("1..0 # SKIP there is no PostgreSQL here")
        return
    with tempfile.TemporaryDirectory(prefix="pilothouse-readings-") as folder:
        address = ["--db", fresh, "--keys", os.path.join(folder, "keys")] if ON_POSTGRES else \
            ["--db", os.path.join(folder, "office.db")]
        made = subprocess.run([PROGRAM, "demo", *address], capture_output=True, text=True, timeout=300)
        check("an office is made", made.returncode == 0, made.stderr)
        told = subprocess.run([PROGRAM, "demo", "--accounts", "--json", *address], capture_output=True, text=True, timeout=60)
        server = subprocess.Popen([PROGRAM, "serve", *address, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, text=True)
        try:
            browser = Browser(re.search(r"http://127\.0\.0\.1:\d+", server.stdout.readline()).group(0))
            browser.sign_in("staff@demo.example", json.loads(told.stdout)["password"])
            measure = find_measure(browser)
            batch, left = check_upload(browser, measure)
            check_mended(browser, measure, batch, left)
            check_dropped(browser, measure)
            check_api(browser, measure)
        finally:
            server.terminate()
            server.wait(20)
    print(f"1..{number}")


main()
