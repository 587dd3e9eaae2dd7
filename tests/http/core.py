#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The core over HTTP: lists, records, forms, the API, files, languages, the page cache. Prints TAP.

    core.py COREAPP sqlite|postgres [part of a test's name]

With postgres it runs in the database that PILOTHOUSE_TEST_PG names (script/with-postgres).
"""
import csv
import http.client
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse

COREAPP = DATABASE = None
SHARED = pathlib.Path(os.environ.get("PILOTHOUSE_SHARED",
                                     pathlib.Path(__file__).resolve().parents[2].parent / "shared"))
DIRECTOR, STAFF, APPLICANT = "director-cookie", "staff-cookie", "applicant-cookie"
MARKERS = ("MARKER", "marker@secret")
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 1200


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)

    def cookies(self):
        """What a browser would keep: {name: value}, "" when it is deleted."""
        pairs = (line.split(";")[0].split("=", 1) for line in self.headers.get_all("Set-Cookie") or [])
        return dict(pairs)

    def hidden(self, name):
        found = re.search(rf'name="{name}" value="([^"]*)"', self.text)
        return found.group(1) if found else None

    def rows(self):
        """The first cell of each row of the table: [(href, title)]."""
        return re.findall(r'<th scope="row"[^>]*><a href="([^"]*)">([^<]*)</a>', self.text)

    def next(self):
        found = re.search(r'<a href="([^"]*)" rel="next">', self.text)
        return found.group(1).replace("&amp;", "&") if found else None


class CoreTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="pilothouse-core-")
        cls.log = open(os.path.join(cls.folder, "log"), "w+b")
        environment = dict(os.environ)
        if DATABASE == "postgres":
            server = os.environ["PILOTHOUSE_TEST_PG"]
            name = f"core_{os.getpid()}"
            subprocess.run(["psql", "-q", server, "-c", f"CREATE DATABASE {name}"], check=True)
            environment["PILOTHOUSE_TEST_PG"] = server.rsplit("/", 1)[0] + "/" + name
        cls.app = subprocess.Popen([COREAPP, cls.folder, DATABASE], env=environment, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=cls.log)
        line = cls.app.stdout.readline()
        if not line:
            cls.log.seek(0)
            raise RuntimeError(cls.log.read().decode())
        cls.facts = json.loads(line)

    @classmethod
    def tearDownClass(cls):
        cls.app.stdin.close()
        code = cls.app.wait(20)
        cls.app.stdout.close()
        cls.log.seek(0)
        log = cls.log.read().decode()
        cls.log.close()
        shutil.rmtree(cls.folder)
        if code != 0:
            raise RuntimeError(f"the office ended with {code}:\n{log}")

    # ---- asking

    def ask(self, method, path, body=None, cookie=None, token=None, headers=None, cookies=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.facts["port"], timeout=20)
        sent = dict(headers or {})
        jar = dict(cookies or {})
        if cookie:
            jar["ph"] = cookie
        if jar:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
        if token:
            sent["Authorization"] = f"Bearer {token}"
        connection.request(method, path, body, sent)
        answer = Answer(connection.getresponse())
        connection.close()
        return answer

    def get(self, path, cookie=None, **more):
        return self.ask("GET", path, cookie=cookie, **more)

    def post(self, path, fields, cookie=DIRECTOR, csrf=True, **more):
        pairs = list(fields.items()) if isinstance(fields, dict) else list(fields)
        if csrf and cookie:
            pairs.append(("csrf", f"csrf-of-{cookie}"))
        headers = {"Content-Type": "application/x-www-form-urlencoded", **more.pop("headers", {})}
        return self.ask("POST", path, urllib.parse.urlencode(pairs), cookie=cookie, headers=headers,
                        **more)

    def call(self, command, body, token="director-token", **more):
        headers = {"Content-Type": "application/json", **more.pop("headers", {})}
        return self.ask("POST", f"/api/v1/do/{command}", json.dumps(body), token=token,
                        headers=headers, **more)

    def new_note(self, title, **fields):
        answer = self.call("note.draft", {"fields": {"title": title, **fields}})
        self.assertEqual(answer.status, 201, answer.text)
        return answer.json["id"]

    def published_note(self, title, **fields):
        fields.setdefault("body", "Words.")
        note = self.new_note(title, **fields)
        self.assertEqual(self.call("note.publish", {"id": note}).status, 200)
        return note

    def pages(self, path, cookie=None):
        """All rows of a list, page by page: [(href, title)]."""
        rows = []
        for _ in range(40):
            answer = self.get(path, cookie)
            self.assertEqual(answer.status, 200)
            self.assertLessEqual(len(answer.rows()), 25)
            rows += answer.rows()
            path = answer.next()
            if not path:
                return rows
        self.fail("the list has no end")

    def assert_no_markers(self, answer):
        for marker in MARKERS:
            self.assertNotIn(marker, answer.text)

    # ---- lists

    def test_list_goes_on_by_key(self):
        rows = self.pages("/notes")
        plain = [title for _, title in rows if title.startswith("Plain")]
        self.assertEqual(len(plain), 130)
        self.assertEqual(len(set(href for href, _ in rows)), len(rows))

    def test_sorted_lists_are_whole_and_in_order(self):
        everything = set(self.pages("/notes"))
        for sort in ("title", "-title", "due_on", "-due_on", "amount_cents", "-amount_cents",
                     "state", "-state", "changed_at", "-changed_at"):
            rows = self.pages(f"/notes?sort={sort}")
            self.assertEqual(len(rows), len(set(rows)), sort)
            self.assertLessEqual(everything - set(rows), set(), sort)
        titles = [title for _, title in self.pages("/notes?sort=title")]
        self.assertEqual(titles, sorted(titles))
        self.assertEqual([title for _, title in self.pages("/notes?sort=-title")],
                         sorted(titles, reverse=True))

    def test_rows_without_a_value_come_last_both_ways(self):
        for sort in ("due_on", "-due_on"):
            items, path = [], f"/notes.json?sort={sort}"
            while path:
                answer = self.get(path).json
                items += answer["items"]
                path = answer["next"]
            dates = [item["due_on"] for item in items]
            given = [date for date in dates if date]
            self.assertEqual(dates[len(given):], [None] * (len(dates) - len(given)))
            self.assertEqual(given, sorted(given, reverse=sort.startswith("-")))
            self.assertGreater(len(given), 80)
            self.assertEqual(len(set(item["id"] for item in items)), len(items))

    def test_filters(self):
        rows = self.pages("/notes?topic=water")
        self.assertEqual(len([r for r in rows if r[1].startswith("Plain")]), 65)
        both = self.get("/notes?topic=water&state=archived")
        self.assertEqual(both.rows(), [])
        self.assertIn("Nothing found", both.text)
        self.assertEqual(self.get("/notes?topic=fire").status, 400)
        self.assertEqual(self.get("/notes?above_id=x").status, 400)

    def test_filters_of_several_choices_match_whole_words(self):
        one = self.published_note("Tagged a_b", tags=["a_b", "c"])
        other = self.published_note("Tagged axb", tags=["axb"])
        found = [href for href, _ in self.pages("/notes?tags=a_b")]
        self.assertIn(f"/notes/{one}", found)
        self.assertNotIn(f"/notes/{other}", found)

    def test_damaged_keys_and_unknown_orders(self):
        for after in ("x", "0000000000000", "'; DROP TABLE note", "%00"):
            answer = self.get("/notes?after=" + urllib.parse.quote(after))
            self.assertIn(answer.status, (200, 400, 400), after)
        self.assertEqual(self.get("/notes?after=x").status, 400)
        for sort in ("remark", "writer_email", "body", "id;--", "t.title", "-"):
            answer = self.get("/notes?sort=" + urllib.parse.quote(sort))
            self.assertEqual(answer.status, 200)
            self.assertEqual(answer.rows(), self.get("/notes").rows())

    def test_columns_that_an_audience_lacks(self):
        self.assertNotIn("Remark for the office", self.get("/notes").text)
        self.assertIn("Remark for the office", self.get("/notes", STAFF).text)

    # ---- what the public must not see

    def test_nothing_of_the_office_is_shown_outside(self):
        published, draft = self.facts["published"], self.facts["draft"]
        for path in ("/", "/index.json", "/notes", "/notes.json", "/notes.csv", "/fr/notes",
                     f"/notes/{published}", f"/notes/{published}.json", f"/notes/{draft}",
                     f"/notes/{draft}.json", f"/notes/{draft}.csv", f"/notes/{draft}/do/edit", "/search?q=lamps",
                     "/search?q=marker", "/api/v1/openapi.json"):
            for cookie in (None, APPLICANT):
                answer = self.get(path, cookie)
                self.assertLess(answer.status, 500, path)
                if cookie is None:
                    self.assert_no_markers(answer)
                self.assertNotIn("MARKER-DRAFT", answer.text)
                self.assertNotIn("MARKER-WRITER", answer.text)
                self.assertNotIn("marker@secret", answer.text)
        self.assertEqual(self.get(f"/notes/{draft}").status, 404)
        self.assertEqual(self.get(f"/notes/{draft}", APPLICANT).status, 404)
        self.assertEqual(self.get(f"/notes/{draft}", STAFF).status, 200)
        self.assertEqual(self.get(f"/notes/{draft}.csv").status, 404)
        self.assertEqual(self.get("/inside").status, 401)
        self.assertEqual(self.get("/inside", APPLICANT).status, 403)
        self.assertEqual(self.get("/inside", STAFF).status, 200)

    def test_errors_say_what_to_do_in_the_look_of_the_page(self):
        answer = self.get("/nothing/here")
        self.assertEqual(answer.status, 404)
        self.assertIn("<h1>", answer.text)
        self.assertIn("/sign-in?next=%2Fnothing%2Fhere", answer.text)
        as_json = self.get("/nothing/here", headers={"Accept": "application/json"})
        self.assertEqual(as_json.headers["Content-Type"], "application/problem+json")
        self.assertEqual(as_json.json["status"], 404)
        self.assertEqual(self.ask("DELETE", "/notes").status, 405)

    def test_titles_are_escaped(self):
        answer = self.get(f"/notes/{self.facts['published']}")
        self.assertIn("Lamps &lt;b&gt;out&lt;/b&gt; &amp; dark", answer.text)
        self.assertNotIn("<b>out</b>", answer.text)
        self.assertIn("<strong>lamps</strong>", answer.text)

    # ---- JSON and CSV

    def test_json(self):
        item = self.get(f"/notes/{self.facts['published']}.json").json
        self.assertEqual(item["title"], "Lamps <b>out</b> & dark")
        self.assertEqual(item["state"], "published")
        self.assertNotIn("remark", item)
        self.assertNotIn("rev", item)
        inside = self.get(f"/notes/{self.facts['published']}.json", STAFF).json
        self.assertEqual(inside["remark"], "MARKER-OFFICE-ONLY")
        self.assertGreater(inside["rev"], 0)
        page = self.get("/index.json").json
        self.assertEqual(set(page), {"version", "notes"})
        self.assertEqual(set(page["notes"][0]), {"id", "title"})
        self.assertEqual(self.get("/inside.json", STAFF).status, 404)

    def test_a_record_is_one_row_of_csv(self):
        page = f"/notes/{self.facts['published']}"
        for address in (f'href="{page}.json"', f'href="{page}.csv"'):
            self.assertIn(address, self.get(page).text)
        for viewer in (None, STAFF):
            answer = self.get(f"{page}.csv", viewer)
            self.assertIn("attachment", answer.headers["Content-Disposition"])
            rows = list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"))))
            self.assertEqual([row["title"] for row in rows], ["Lamps <b>out</b> & dark"])
            self.assertEqual(rows[0].get("remark"), "MARKER-OFFICE-ONLY" if viewer else None)

    def test_csv_is_whole_and_harmless(self):
        self.published_note("=1+1")
        answer = self.get("/notes.csv")
        self.assertIn('href="/notes.csv"', self.get("/notes").text)
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        rows = list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"))))
        self.assertGreaterEqual(len(rows), 131)
        self.assertEqual(len(set(row["id"] for row in rows)), len(rows))
        self.assertNotIn("remark", rows[0])
        self.assertIn("'=1+1", [row["title"] for row in rows])
        plain = next(row for row in rows if row["title"] == "Plain note 037")
        self.assertEqual(plain["amount_cents"], "1.00")
        self.assertEqual(plain["due_on"], "2024-10-11")
        inside = list(csv.DictReader(io.StringIO(self.get("/notes.csv?topic=tree", STAFF)
                                                 .body.decode("utf-8-sig"))))
        self.assertEqual(len(inside), 65)
        self.assertEqual(inside[0]["remark"], "MARKER-OFFICE-ONLY")
        self.assertNotIn("writer_name", inside[0])

    # ---- forms

    def test_a_form_comes_back_with_every_word(self):
        answer = self.post("/notes/new/draft", {"title": "", "body": "Kept <words>", "due_on": "soon"})
        self.assertEqual(answer.status, 400)
        self.assertIn("Kept &lt;words&gt;", answer.text)
        self.assertIn('value="soon"', answer.text)
        self.assertIn('href="#f-title"', answer.text)
        self.assertIn('id="e-due_on"', answer.text)
        self.assertIn("no-store", answer.headers["Cache-Control"])

    def test_a_record_is_made_and_said_so_once(self):
        form = self.get("/notes/new/draft", DIRECTOR)
        answer = self.post("/notes/new/draft", {"title": "Made by hand", "amount_cents": "1,234.50",
                                                "idempotency": form.hidden("idempotency")})
        self.assertEqual(answer.status, 303, answer.text)
        flash = answer.cookies()["flash"]
        page = self.get(answer.headers["Location"], DIRECTOR, cookies={"flash": flash})
        self.assertIn("Done: Write a note", page.text)
        self.assertEqual(page.cookies()["flash"], "")
        self.assertIn("$1,234.50", page.text)
        self.assertNotIn("Done:", self.get(answer.headers["Location"], DIRECTOR).text)
        for forged in ("done~<script>", "done~note.nothing", "x", "~", "done~"):
            page = self.get("/notes", DIRECTOR, cookies={"flash": forged})
            self.assertEqual(page.status, 200)
            self.assertNotIn("ph-flash", page.text)
        for key, said in (("done", "We will answer here."), ("again", "This was done already: Ask something")):
            self.assertIn(said, self.get("/notes", DIRECTOR, cookies={"flash": key + "~note.ask"}).text)

    def test_a_double_click_is_one_act(self):
        key = self.get("/notes/new/draft", DIRECTOR).hidden("idempotency")
        self.assertGreaterEqual(len(key), 20)
        fields = {"title": "Clicked twice", "idempotency": key}
        first = self.post("/notes/new/draft", fields)
        second = self.post("/notes/new/draft", fields)
        self.assertEqual((first.status, second.status), (303, 303))
        self.assertEqual(first.headers["Location"], second.headers["Location"])
        self.assertIn("again~", second.cookies()["flash"])
        other = self.get("/notes/new/draft", DIRECTOR).hidden("idempotency")
        self.assertNotEqual(other, key)

    def test_a_stale_edit_shows_what_changed(self):
        note = self.new_note("Old title", body="Old body")
        path = f"/notes/{note}/do/edit"
        rev = self.get(path, DIRECTOR).hidden("rev")
        self.assertEqual(self.post(path, {"title": "Title by staff", "rev": rev}, STAFF).status, 303)
        late = self.post(path, {"title": "Title by director", "body": "My words", "rev": rev})
        self.assertEqual(late.status, 409)
        self.assertIn("Old title", late.text)
        self.assertIn("Title by staff", late.text)
        self.assertIn("(staff", late.text)
        self.assertIn("My words", late.text)
        self.assertIn('value="Title by director"', late.text)
        self.assertNotEqual(late.hidden("rev"), rev)
        again = self.post(path, {"title": "Title by director", "body": "My words",
                                 "rev": late.hidden("rev"),
                                 "idempotency": late.hidden("idempotency")})
        self.assertEqual(again.status, 303)
        page = self.get(f"/notes/{note}", DIRECTOR)
        self.assertIn("Title by director", page.text)
        self.assertIn("My words", page.text)

    def test_a_guard_says_its_reason(self):
        note = self.new_note("No body yet")
        page = self.get(f"/notes/{note}", DIRECTOR)
        self.assertIn("First write what it says.", page.text)
        self.assertNotIn(f"/notes/{note}/do/publish", page.text)
        form = self.get(f"/notes/{note}/do/publish", DIRECTOR)
        self.assertEqual(form.status, 409)
        self.assertIn("First write what it says.", form.text)
        posted = self.post(f"/notes/{note}/do/publish", {})
        self.assertEqual(posted.status, 409)
        self.assertIn("First write what it says.", posted.text)

    def test_who_may_not_is_told_and_keeps_the_words(self):
        note = self.published_note("For the director only")
        page = self.get(f"/notes/{note}", STAFF)
        self.assertNotIn("do/archive", page.text)
        self.assertEqual(self.get(f"/notes/{note}/do/archive", STAFF).status, 403)
        answer = self.post(f"/notes/{note}/do/archive",
                           {"reason": "Long words", "confirmed": "yes"}, STAFF)
        self.assertEqual(answer.status, 403)
        self.assertIn("Long words", answer.text)
        self.assertEqual(self.get(f"/notes/{note}/do/archive").status, 401)

    def test_some_acts_ask_once_more_and_for_a_reason(self):
        note = self.published_note("To be put away")
        path = f"/notes/{note}/do/archive"
        self.assertEqual(self.post(path, {"topic": "water"}).status, 400)
        long = self.post(path, {"topic": "water", "reason": "y" * 2001})
        self.assertEqual(long.status, 400)
        self.assertIn("Shorten this to 2,000 characters; it has 2,001 now.", long.text)
        self.assertIn('href="#f-reason"', long.text)
        self.assertIn("y" * 2001, long.text)
        sure = self.post(path, {"topic": "water", "reason": "Done & over"})
        self.assertEqual(sure.status, 200)
        self.assertIn("Topic: Water", sure.text)
        self.assertEqual(sure.hidden("confirmed"), "yes")
        self.assertEqual(sure.hidden("reason"), "Done &amp; over")
        self.assertIn("published", self.get(f"/notes/{note}.json", DIRECTOR).text)
        done = self.post(path, {"topic": "water", "reason": "Done & over", "confirmed": "yes",
                                "rev": sure.hidden("rev")})
        self.assertEqual(done.status, 303)
        self.assertEqual(self.get(f"/notes/{note}.json", DIRECTOR).json["state"], "archived")
        self.assertIn("Done &amp; over", self.get(f"/notes/{note}", DIRECTOR).text)

    def test_forged_posts(self):
        fields = {"title": "Forged"}
        self.assertEqual(self.post("/notes/new/draft", fields, csrf=False).status, 403)
        self.assertEqual(self.post("/notes/new/draft", {**fields, "csrf": "csrf-of-staff-cookie"},
                                   csrf=False).status, 403)
        self.assertEqual(self.post("/notes/new/draft", fields,
                                   headers={"Origin": "https://evil.example"}).status, 403)
        self.assertEqual(self.post("/notes/new/draft", fields,
                                   headers={"Sec-Fetch-Site": "cross-site"}).status, 403)
        self.assertNotIn("Forged", self.get("/notes", DIRECTOR).text)

    def test_anybody_may_ask(self):
        form = self.get(f"/notes/new/ask?above_id={self.facts['published']}")
        self.assertEqual(form.status, 200)
        self.assertIn("no-store", form.headers["Cache-Control"])
        self.assertIn(f'<option value="{self.facts["published"]}" selected>', form.text)
        jar = form.cookies()
        fields = {"title": "Asked by nobody", "csrf": form.hidden("csrf"),
                  "above_id": self.facts["published"]}
        self.assertEqual(self.post("/notes/new/ask", fields, cookie=None).status, 403)
        answer = self.post("/notes/new/ask", fields, cookie=None, cookies=jar)
        self.assertEqual(answer.status, 303, answer.text)
        self.assertEqual(answer.headers["Location"], f"/notes/{self.facts['published']}")
        self.assertIn("Asked by nobody", self.get("/notes", STAFF).text)
        self.assertNotIn("Asked by nobody", self.get("/notes").text)

    def test_the_trail_leads_up(self):
        top = self.published_note("Top of the trail")
        middle = self.published_note("Middle of the trail", above_id=top)
        page = self.get(f"/notes/{middle}")
        self.assertIn(f'<a href="/notes/{top}">Top of the trail</a>', page.text)
        hidden = self.new_note("Hidden top")
        below = self.published_note("Below the hidden", above_id=hidden)
        page = self.get(f"/notes/{below}")
        self.assertNotIn("Hidden top", page.text)
        self.assertNotIn("Hidden top", self.get("/notes").text)
        self.assertIn("Hidden top", self.get(f"/notes/{below}", STAFF).text)

    # ---- the API

    def test_api_answers(self):
        made = self.call("note.draft", {"fields": {
            "title": "By API", "points": ["one", "two"], "tags": ["c", "a_b"], "is_urgent": True,
            "seen_n": 7, "weight_num": 0.125, "due_on": "2026-12-01",
            "amount_cents": {"amount": "12.50", "currency": "USD"}}})
        self.assertEqual(made.status, 201, made.text)
        self.assertEqual(made.headers["Location"], made.json["href"])
        self.assertEqual(made.json["state"], "draft")
        item = self.get(made.json["href"] + ".json", token="director-token").json
        self.assertEqual(item["points"], ["one", "two"])
        self.assertEqual(item["tags"], ["a_b", "c"])
        self.assertIs(item["is_urgent"], True)
        self.assertEqual((item["seen_n"], item["weight_num"]), (7, 0.125))
        self.assertEqual(item["amount_cents"], {"amount": "12.50", "currency": "USD"})
        self.assertEqual(item["due_on"], "2026-12-01")
        edited = self.call("note.edit", {"id": made.json["id"], "rev": made.json["rev"],
                                         "fields": {"title": "By API twice"}})
        self.assertEqual(edited.status, 200, edited.text)
        self.assertEqual(edited.json["rev"], made.json["rev"] + 1)
        stale = self.call("note.edit", {"id": made.json["id"], "rev": made.json["rev"],
                                        "fields": {"title": "Too late"}})
        self.assertEqual(stale.status, 409)
        self.assertEqual(stale.json["errors"][0]["name"], "title")

    def test_api_problems(self):
        def problem(answer, status):
            self.assertEqual(answer.status, status, answer.text)
            self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
            self.assertEqual(answer.json["status"], status)
            return answer.json

        wrong = problem(self.call("note.draft", {"fields": {"title": "", "due_on": "x"}}), 400)
        self.assertEqual(sorted(e["name"] for e in wrong["errors"]), ["due_on", "title"])
        problem(self.call("note.draft", {"fields": {"nonsense": "x"}}), 400)
        problem(self.call("note.draft", {"id": self.facts["draft"], "fields": {"title": "x"}}), 400)
        problem(self.call("note.edit", {"fields": {"title": "x"}}), 400)
        problem(self.call("note.edit", {"id": "x"}), 400)
        act = self.call("note.draft", {"fields": {"title": "An id of something else"}}).json["act"]
        problem(self.call("note.edit", {"id": act, "fields": {"title": "x"}}), 404)
        problem(self.call("note.nothing", {}), 404)
        problem(self.call("note.expire", {"id": self.facts["published"]}), 404)
        problem(self.call("note.draft", {"fields": {"title": "x"}}, token=None), 401)
        problem(self.call("note.draft", {"fields": {"title": "x"}}, token="no-such-token"), 401)
        problem(self.call("note.draft", {"fields": {"title": "x"}}, token="applicant-token"), 403)
        problem(self.call("note.edit", {"id": self.facts["draft"], "fields": {"title": "x"}},
                          token="applicant-token"), 404)
        for body in ("", "{", "[]", '{"fields":{"title":"a"}} x', '{"fields":{"title":{"x":1}}}',
                     '{"a":1,"a":2}'):
            problem(self.ask("POST", "/api/v1/do/note.draft", body, token="director-token",
                             headers={"Content-Type": "application/json"}), 400)
        problem(self.ask("POST", "/api/v1/do/note.draft", "<x/>", token="director-token",
                         headers={"Content-Type": "text/xml"}), 415)

    def test_api_by_cookie_needs_the_token_of_the_form(self):
        body = {"fields": {"title": "By cookie"}}
        self.assertEqual(self.call("note.draft", body, token=None, cookie=DIRECTOR).status, 403)
        answer = self.call("note.draft", body, token=None, cookie=DIRECTOR,
                           headers={"X-CSRF-Token": f"csrf-of-{DIRECTOR}"})
        self.assertEqual(answer.status, 201, answer.text)

    def test_api_repeated_with_the_same_key(self):
        key = {"Idempotency-Key": "the-same-key"}
        first = self.call("note.draft", {"fields": {"title": "Once"}}, headers=key)
        second = self.call("note.draft", {"fields": {"title": "Once"}}, headers=key)
        self.assertEqual((first.status, second.status), (201, 200))
        self.assertEqual(first.json["id"], second.json["id"])
        self.assertFalse(first.json["repeated"])
        self.assertTrue(second.json["repeated"])

    def test_openapi_is_valid(self):
        document = self.get("/api/v1/openapi.json").json
        self.assertIn("/api/v1/do/note.publish", document["paths"])
        self.assertNotIn("/api/v1/do/note.expire", document["paths"])
        body = document["paths"]["/api/v1/do/note.draft"]["post"]["requestBody"]
        fields = body["content"]["application/json"]["schema"]["properties"]["fields"]
        self.assertEqual(fields["required"], ["title"])
        self.assertEqual(fields["properties"]["topic"]["enum"], ["street", "water", "tree"])
        schema = SHARED / "schemas/openapi-3.1/schema.json"
        try:
            import jsonschema
        except ImportError:
            self.skipTest("python3-jsonschema is not installed")
        if not schema.exists():
            self.skipTest(f"{schema} is not there")
        jsonschema.Draft202012Validator(json.loads(schema.read_text())).validate(document)
        ids = [method["operationId"] for path in document["paths"].values()
               for method in path.values()]
        self.assertEqual(len(ids), len(set(ids)))

    # ---- files

    def upload(self, note, name, data, cookie=DIRECTOR):
        boundary = "----------------boundary"
        parts = []
        for field in (("csrf", f"csrf-of-{cookie}"), ("idempotency", os.urandom(9).hex())):
            parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{field[0]}"'
                         f"\r\n\r\n{field[1]}\r\n".encode())
        parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="paper_id"; '
                     f'filename="{name}"\r\nContent-Type: text/html\r\n\r\n'.encode() + data + b"\r\n")
        parts.append(f"--{boundary}--\r\n".encode())
        return self.ask("POST", f"/notes/{note}/do/attach", b"".join(parts), cookie=cookie,
                        headers={"Content-Type": f"multipart/form-data; boundary={boundary}"})

    def test_files_too_large_or_empty_or_odd_are_said(self):
        note = self.new_note("With papers", body="See the papers.")
        large = self.upload(note, "large.pdf", PDF + b"\0" * (26 << 20))
        self.assertEqual(large.status, 400)
        self.assertIn("at most 25 MB", large.text)
        for name, data in (("empty.zip", b""), ("nothing.zip", b"PK\5\6" + b"\0" * 18), ("not.zip", b"PK"),
                           ("script.html", b"<!doctype html><script>alert(1)</script>"),
                           ("picture.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'),
                           ("text.txt", b"plain\0binary"), ("program", b"\x7fELF\2\1\1\0"),
                           ("picture.png", b"\x89PNG"), ("paper.pdf", b"GIF89a<script>")):
            refused = self.upload(note, name, data)
            self.assertEqual(refused.status, 400, name)
            self.assertIn('href="#f-paper_id"', refused.text, name)

    def test_files_go_in_by_their_bytes_and_out_as_downloads(self):
        note = self.new_note("With a paper", body="See the paper.")
        refused = self.upload(note, "paper.pdf", b"<html><script>alert(1)</script>")
        self.assertEqual(refused.status, 400)
        self.assertIn('href="#f-paper_id"', refused.text)
        self.assertEqual(self.upload(note, "paper.pdf", b"").status, 400)
        done = self.upload(note, "../pl\u00e4n.exe", PDF)
        self.assertEqual(done.status, 303, done.text)
        href = re.search(r'href="(/files/[^"]*)"', self.get(f"/notes/{note}", DIRECTOR).text).group(1)
        file = self.get(href, DIRECTOR)
        self.assertEqual(file.status, 200)
        self.assertEqual(file.body, PDF)
        self.assertEqual(file.headers["Content-Type"], "application/pdf")
        self.assertIn("attachment", file.headers["Content-Disposition"])
        self.assertEqual(file.headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(self.get(href).status, 404)
        self.assertEqual(self.get(href, APPLICANT).status, 404)
        self.assertEqual(self.call("note.publish", {"id": note}).status, 200)
        self.assertEqual(self.get(href).body, PDF)
        self.assertEqual(self.get("/files/0000000000000").status, 404)
        self.assertEqual(self.upload(note, "paper.pdf", PDF, APPLICANT).status, 403)

    # ---- search

    def test_search(self):
        self.published_note("Streetlight in the park", body="A flickering lantern")
        self.new_note("Unpublished lantern")
        page = self.get("/search?q=lantern")
        self.assertIn("Streetlight in the park", page.text)
        self.assertIn("<mark>", page.text)
        self.assertNotIn("Unpublished", page.text)
        self.assertIn("1 found", page.text)
        inside = self.get("/search?q=lantern", STAFF)
        self.assertIn("Unpublished lantern", inside.text)
        self.assertIn("Streetlight", self.get("/notes?q=flickering").text)
        self.assertEqual(self.get("/notes?q=flickering&topic=tree").rows(), [])
        self.assertEqual(self.get("/search?q=" + "x" * 5000).status, 400)
        for q in ('"', "*", "a OR", "lamp)", "'", "\\", "NEAR(", "%"):
            self.assertEqual(self.get("/search?q=" + urllib.parse.quote(q)).status, 200, q)
        self.assertEqual(self.get("/search").status, 200)

    # ---- languages

    def test_languages(self):
        self.assertIn("<h1>Notes</h1>", self.get("/notes").text)
        french = self.get("/fr/notes")
        self.assertIn("<h1>Remarques</h1>", french.text)
        self.assertIn('<html lang="fr"', french.text)
        self.assertIn('href="/fr/notes/', french.text)
        self.assertEqual(french.headers["Content-Language"], "fr")
        wished = self.get("/notes", headers={"Accept-Language": "fr-CA,fr;q=0.9,en;q=0.5"})
        self.assertIn("<h1>Remarques</h1>", wished.text)
        chosen = self.get("/notes?lang=fr")
        self.assertEqual(chosen.cookies()["lang"], "fr")
        self.assertIn("<h1>Remarques</h1>", self.get("/notes", cookies={"lang": "fr"}).text)
        self.assertIn("<h1>Notes</h1>", self.get("/notes", cookies={"lang": "xx"}).text)
        self.assertIn("<h1>Remarques</h1>", self.get("/notes", STAFF, cookies={"lang": "fr"}).text)
        self.assertIn("Titre", self.get("/fr/notes/new/ask").text)
        self.assertEqual(self.get("/fr").status, 200)
        for path, to in (("/fr/", "/fr"), ("/fr/notes/?page=1", "/fr/notes?page=1"), ("/notes/", "/notes")):
            moved = self.get(path)
            self.assertEqual((moved.status, moved.headers["Location"]), (301, to))
        self.assertEqual(self.get("/xx/notes").status, 404)

    # ---- the cache

    def from_cache(self, path, **more):
        """Pages from the cache were answered by no worker, so they carry no request id."""
        return self.get(path, **more).headers["X-Request-Id"] is None

    def test_public_pages_are_cached_until_a_public_act(self):
        for path in ("/", "/notes", "/fr/notes", f"/notes/{self.facts['published']}"):
            self.get(path)
            self.assertTrue(self.from_cache(path), path)
        self.assertFalse(self.from_cache("/notes", cookie=STAFF))
        self.assertFalse(self.from_cache("/notes?topic=tree"))
        self.published_note("Fresh from the press")
        self.assertIn("Fresh from the press", self.get("/").text)
        self.assertIn("Fresh from the press", self.get("/fr/notes").text)

    def test_languages_are_cached_apart(self):
        for _ in range(2):
            self.assertIn("<h1>Notes</h1>", self.get("/notes").text)
            self.assertIn("<h1>Remarques</h1>",
                          self.get("/notes", headers={"Accept-Language": "fr"}).text)
            self.assertIn("<h1>Remarques</h1>", self.get("/notes", cookies={"lang": "fr"}).text)
        self.assertTrue(self.from_cache("/notes", cookies={"lang": "fr"}))

    def test_json_is_answered_beside_a_cached_page(self):
        self.get("/notes")
        self.assertTrue(self.from_cache("/notes"))
        answer = self.get("/notes", headers={"Accept": "application/json"})
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        self.assertIn("items", answer.json)

    def test_what_is_somebodys_is_not_stored(self):
        self.assertIn("no-store", self.get("/notes", STAFF).headers["Cache-Control"])
        self.assertIn("no-store", self.get("/notes.json", STAFF).headers["Cache-Control"])
        self.assertIn("no-store", self.get("/notes.csv", STAFF).headers["Cache-Control"])


class Tap(unittest.TestResult):
    """One line a test."""

    def line(self, word, test, note=""):
        print(f"{word} {self.testsRun} - {getattr(test, '_testMethodName', test)}{note}", flush=True)

    def told(self, test, error):
        self.line("not ok", test)
        print("# " + self._exc_info_to_string(error, test)[:3000].replace("\n", "\n# "), flush=True)

    def addSuccess(self, test):
        self.line("ok", test)

    def addSkip(self, test, reason):
        self.line("ok", test, f" # SKIP {reason}")

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.told(test, error)

    def addError(self, test, error):
        super().addError(test, error)
        self.told(test, error)


def main():
    global COREAPP, DATABASE
    COREAPP, DATABASE, part = sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else ""
    if DATABASE == "postgres" and "PILOTHOUSE_TEST_PG" not in os.environ:
        print("1..0 # SKIP PILOTHOUSE_TEST_PG is not set: run by script/with-postgres")
        return 0
    names = [n for n in unittest.TestLoader().getTestCaseNames(CoreTest) if part in n]
    print(f"1..{len(names)}", flush=True)
    result = Tap()
    unittest.TestSuite(map(CoreTest, names)).run(result)
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
