#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Mail from the queue to a real server (aiosmtpd, Debian's python3-aiosmtpd) and what it looks like there.

    test_mail.py MAILOFFICE
"""
import email
import email.policy
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

DAY = 86400


class Sink:
    """Keeps what arrives; `answers` are said, in turn, instead of taking a message."""

    def __init__(self):
        self.messages, self.rcpt_answers, self.data_answers = [], [], []
        self.arrived = threading.Event()
        self.hold = None  # an Event: the answer to DATA waits for it

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.rcpt_answers:
            answer = self.rcpt_answers.pop(0)
            if not answer.startswith("250"):
                return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.data_answers:
            answer = self.data_answers.pop(0)
            if not answer.startswith("250"):
                return answer
        self.messages.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        self.arrived.set()
        if self.hold:
            import asyncio
            for _ in range(600):
                if self.hold.is_set():
                    break
                await asyncio.sleep(0.05)
        return "250 Message accepted for delivery"


class FreePort(Controller):
    """On a port that the system chooses."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class MailTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="pilothouse-mail-")
        self.db = os.path.join(self.folder.name, "office.db")
        os.mkdir(self.db + ".keys", 0o700)
        self.sink, self.env = Sink(), {}
        self.server = FreePort(self.sink, hostname="127.0.0.1", port=0)
        self.server.start()
        self.smtp = f"smtp://127.0.0.1:{self.server.port}"
        self.office("new")

    def tearDown(self):
        self.stop_server()
        self.folder.cleanup()

    def stop_server(self):
        if self.server:
            self.server.stop()
            self.server = None

    def office(self, *words, offset=0, check=True):
        env = dict(os.environ, PILOTHOUSE_CLOCK_OFFSET=str(offset), **self.env)
        done = subprocess.run([MAILOFFICE, self.db, *words], env=env, capture_output=True, timeout=120)
        self.log = done.stderr.decode()
        if check and done.returncode:
            raise AssertionError(f"{words}: {self.log}")
        return done.stdout.decode()

    def run_jobs(self, offset=0):
        self.office("run", self.smtp, offset=offset)
        self.run_log = self.log

    def show(self):
        return json.loads(self.office("show"))

    def only_mail(self):
        mails = self.show()["mails"]
        self.assertEqual(len(mails), 1)
        return mails[0]

    def all_arrived(self):
        return [email.message_from_bytes(content, policy=email.policy.default)
                for _, _, content in self.sink.messages]

    def arrived(self):
        """Without digests, which come when it happens to be morning in New York."""
        return [m for m in self.all_arrived() if " of news" not in m["Subject"]]

    # ---- what arrives

    def test_sends_a_notice(self):
        self.office("notice", "Ponte Vecchio: 5 → 10 €")
        self.run_jobs()
        sender, recipients, raw = self.sink.messages[0]
        self.assertEqual((sender, recipients), ("office@test.example", ["zoe@example.org"]))
        for line in raw.split(b"\r\n"):
            self.assertLessEqual(len(line), 78)
            line.decode("ascii")
        self.assertNotIn(b"\n", raw.replace(b"\r\n", b""))
        message = self.arrived()[0]
        self.assertEqual(message["Subject"],
                         "“Ponte Vecchio: 5 → 10 €” was approved: $1,234.56 until Oct 4, 2024")
        self.assertEqual(message["From"].addresses[0].display_name, "Büro, Test & Söhne")
        self.assertEqual(message["From"].addresses[0].addr_spec, "office@test.example")
        self.assertEqual(message["To"].addresses[0].addr_spec, "zoe@example.org")
        self.assertEqual(message["Auto-Submitted"], "auto-generated")
        self.assertLess(abs(message["Date"].datetime.timestamp() - time.time()), 60)
        self.assertRegex(message["Message-ID"], r"^<[0-9a-f]{32}@test\.example>$")
        body = message.get_content()
        self.assertIn("https://office.test.example/people/", body)
        self.assertIn("Questions? Reply to this mail.", body)
        mail = self.only_mail()
        self.assertEqual((mail["state"], mail["address"], mail["body"]), ("sent", None, ""))
        self.assertEqual(self.show()["jobs"], [])

    def test_sends_once(self):
        self.office("notice", "once")
        for _ in range(3):
            self.run_jobs()
        self.run_jobs(offset=3 * DAY)
        self.assertEqual(len(self.sink.messages), 1)

    def test_a_link_is_only_in_the_mail(self):
        self.office("link")
        self.run_jobs()
        body = self.arrived()[0].get_content()
        links = re.findall(r"https://office\.test\.example/link/([A-Za-z0-9_-]{43})", body)
        self.assertEqual(len(links), 1)
        self.assertIn("works once", body)
        self.assertNotIn(links[0], self.office("show"))

    def test_bodies_survive(self):
        body = "\n".join([".", "..dots", "From here", "a = b", "trailing space ", "tab\t", "x" * 2000,
                          "日本語" * 100, "", "end"])
        self.office("add", "a@example.org", "Body", body)
        self.run_jobs()
        got = self.arrived()[0].get_content().replace("\r\n", "\n")
        self.assertEqual(got, body + "\n")

    def test_long_and_odd_subjects(self):
        subjects = ["plain", "x" * 190, "word " * 38 + "end", "é" * 95, "=?UTF-8?Q?not_encoded?=",
                    "日本語のとても長い件名です" * 5, "ends with space ", "tab\tinside", "=20", "a=?b"]
        for subject in subjects:
            self.office("add", "a@example.org", subject, "body")
        self.run_jobs()
        got = [m["Subject"] for m in self.arrived()]
        self.assertEqual(len(got), len(subjects))
        for expected, subject in zip(subjects, got):
            self.assertEqual(subject, re.sub(r"\s", " ", expected).strip())

    def test_hostile_words_make_no_header(self):
        hostile = ["x\r\nBcc: evil@example.org", "x\nBcc: evil@example.org\n\nbody", "x\rBcc: e@example.org",
                   "\r\n\r\n.\r\nMAIL FROM:<evil@example.org>"]
        for subject in hostile:
            self.office("add", "a@example.org", subject, "body")
        self.run_jobs()
        self.assertEqual(len(self.sink.messages), len(hostile))
        for (_, recipients, raw), message in zip(self.sink.messages, self.arrived()):
            self.assertEqual(recipients, ["a@example.org"])
            self.assertIsNone(message["Bcc"])
            self.assertNotIn(b"\nBcc", raw)
            self.assertEqual(message.get_content().strip(), "body")

    def test_hostile_addresses_go_nowhere(self):
        hostile = ["a@example.org\r\nRCPT TO:<evil@example.org>", "a@example.org>, <evil@example.org",
                   "a@example.org\nBcc: evil@example.org", "two@example.org,evil@example.org", "@", "a@", "@b",
                   "", "no address", "a b@example.org", "<evil@example.org>", "-odq@example.org",
                   "a@b@example.org", "a" * 300 + "@example.org"]
        for address in hostile:
            self.office("add", address, "Subject", "body")
        self.run_jobs()
        self.assertEqual(self.arrived(), [])
        mails = self.show()["mails"]
        self.assertEqual({m["state"] for m in mails if m["subject"] == "Subject"}, {"bounced"})

    def test_office_names_are_quoted(self):
        # The office's name holds a comma: unquoted it would be two addresses.
        self.office("notice", "x")
        self.run_jobs()
        self.assertEqual(len(self.arrived()[0]["From"].addresses), 1)

    # ---- when something is wrong

    def test_waits_while_the_server_is_away(self):
        port = self.server.port
        self.stop_server()
        self.office("notice", "patience")
        self.run_jobs()
        mail = self.only_mail()
        self.assertEqual((mail["state"], mail["attempts_n"]), ("waiting", 1))
        self.assertTrue(mail["error"])
        self.assertIn("mail-server-away", self.run_log)
        self.run_jobs()  # not due again yet
        self.assertEqual(self.only_mail()["attempts_n"], 1)
        self.run_jobs(offset=70)
        self.assertEqual(self.only_mail()["attempts_n"], 2)
        self.server = FreePort(self.sink, hostname="127.0.0.1", port=port)
        self.server.start()
        self.run_jobs(offset=3600)
        self.assertEqual(self.only_mail()["state"], "sent")
        self.assertEqual(len(self.sink.messages), 1)

    def test_without_a_server_mail_waits(self):
        self.office("notice", "no server named")
        self.office("run")
        self.assertEqual(self.only_mail()["state"], "waiting")
        self.run_jobs(offset=600)
        self.assertEqual(self.only_mail()["state"], "sent")

    def test_later_means_later(self):
        for place in ("rcpt_answers", "data_answers"):
            with self.subTest(place=place):
                self.sink.messages.clear()
                setattr(self.sink, place, ["451 Greylisted, come back", "450 Mailbox busy"])
                self.office("add", "a@example.org", place, "body")
                before = {m["subject"]: m["message_text"] for m in self.show()["mails"]}[place]
                self.run_jobs()
                self.assertEqual(self.sink.messages, [])
                self.run_jobs(offset=100)
                self.assertEqual(self.sink.messages, [])
                self.run_jobs(offset=1000)
                self.assertEqual(len(self.sink.messages), 1)
                self.assertEqual(self.arrived()[0]["Message-ID"], f"<{before}>")

    def test_gives_up_after_two_days(self):
        self.sink.rcpt_answers = ["451 Still not now"] * 100
        self.office("add", "a@example.org", "Never", "body")
        for hours in (0, 1, 6, 12, 24, 36, 47):
            self.run_jobs(offset=hours * 3600)
        self.assertEqual(self.show()["mails"][0]["state"], "waiting")
        self.run_jobs(offset=53 * 3600)
        mail = self.show()["mails"][0]
        self.assertEqual((mail["state"], mail["address"]), ("failed", None))
        self.assertIn("Still not now", mail["error"])

    def test_refused_for_good(self):
        self.sink.rcpt_answers = ["550 5.1.1 No such user here"]
        self.office("add", "gone@example.org", "Your pilot", "body")
        self.run_jobs()
        mail = self.show()["mails"][0]
        self.assertEqual((mail["state"], mail["address"], mail["body"]), ("bounced", None, ""))
        self.assertIn("No such user here", mail["error"])
        told = self.office("told")
        self.assertIn("“Your pilot”", told)
        self.assertIn("No such user here", told)
        self.assertEqual(told.count("Your pilot"), 1)
        self.run_jobs(offset=DAY // 2)
        self.assertEqual(self.arrived(), [])

    def test_one_refused_does_not_hold_up_the_others(self):
        self.sink.rcpt_answers = ["250", "550 No", "250"]
        for i in range(3):
            self.office("add", f"a{i}@example.org", f"Mail {i}", "body")
        self.run_jobs()
        self.assertEqual([m["Subject"] for m in self.arrived()], ["Mail 0", "Mail 2"])

    def test_two_processes_send_each_mail_once(self):
        for i in range(20):
            self.office("add", f"a{i}@example.org", f"Mail {i}", "body")
        runs = [subprocess.Popen([MAILOFFICE, self.db, "run", self.smtp], stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL) for _ in range(2)]
        for run in runs:
            self.assertEqual(run.wait(60), 0)
        self.run_jobs()
        self.assertEqual(sorted(m["Subject"] for m in self.arrived()),
                         sorted(f"Mail {i}" for i in range(20)))

    def test_killed_between_sending_and_noting(self):
        self.sink.hold = threading.Event()
        self.office("notice", "killed")
        run = subprocess.Popen([MAILOFFICE, self.db, "run", self.smtp], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
        self.assertTrue(self.sink.arrived.wait(30))
        run.send_signal(signal.SIGKILL)
        run.wait(10)
        self.sink.hold.set()
        self.assertEqual(self.only_mail()["state"], "waiting")
        self.run_jobs(offset=30)  # whoever else is there leaves it alone for a while
        self.assertEqual(len(self.sink.messages), 1)
        self.run_jobs(offset=3600)
        self.assertEqual(self.only_mail()["state"], "sent")
        first, second = self.arrived()
        self.assertEqual(first["Message-ID"], second["Message-ID"])
        self.assertEqual(first["Date"], second["Date"])

    # ---- over TLS, signed in

    def certificate(self, name="127.0.0.1"):
        """A certificate for NAME that nobody vouches for; the files of its key and of itself."""
        key, path = (os.path.join(self.folder.name, n) for n in ("key.pem", "certificate.pem"))
        kind = "IP" if name[0].isdigit() else "DNS"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                        "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName={kind}:{name}",
                        "-keyout", key, "-out", path], check=True, stderr=subprocess.DEVNULL)
        return key, path

    def secure_server(self, name="127.0.0.1", from_the_start=False, trusted=True):
        """In place of the plain one: TLS, and nobody sends without signing in."""
        self.stop_server()
        key, path = self.certificate(name)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path, key)
        self.signed_in = []

        def authenticate(server, session, envelope, mechanism, data):
            good = (data.login, data.password) == (b"office", "pass wörd".encode())
            self.signed_in.append((mechanism, data.login, good, session.ssl is not None or from_the_start))
            return AuthResult(success=good, handled=good)

        more = {"ssl_context": context} if from_the_start else {"tls_context": context, "require_starttls": True}
        self.server = FreePort(self.sink, hostname="127.0.0.1", port=0, authenticator=authenticate,
                               auth_required=True, auth_require_tls=not from_the_start, **more)
        self.server.start()
        self.smtp = f"smtp{'s' if from_the_start else ''}://127.0.0.1:{self.server.port}"
        self.env = {"PILOTHOUSE_SMTP_USER": "office", "PILOTHOUSE_SMTP_PASSWORD": "pass wörd"}
        if trusted:
            self.env["PILOTHOUSE_SMTP_CA_FILE"] = path

    def test_signs_in_over_starttls(self):
        self.secure_server()
        self.office("notice", "secret")
        self.run_jobs()
        self.assertEqual(self.only_mail()["state"], "sent")
        self.assertEqual(len(self.arrived()), 1)
        self.assertTrue(self.signed_in)
        for mechanism, login, good, is_tls in self.signed_in:
            self.assertEqual((login, good, is_tls), (b"office", True, True))
        self.assertNotIn("pass wörd", self.run_log)

    def test_signs_in_over_smtps(self):
        self.secure_server(from_the_start=True)
        self.office("notice", "secret")
        self.run_jobs()
        self.assertEqual(self.only_mail()["state"], "sent")
        self.assertTrue(self.signed_in[0][2])

    def test_the_password_may_be_in_a_file(self):
        self.secure_server()
        path = os.path.join(self.folder.name, "password")
        with open(path, "w") as file:
            file.write("pass wörd\n")
        del self.env["PILOTHOUSE_SMTP_PASSWORD"]
        self.env["PILOTHOUSE_SMTP_PASSWORD_FILE"] = path
        self.office("notice", "secret")
        self.run_jobs()
        self.assertEqual(self.only_mail()["state"], "sent")

    def test_a_wrong_password_is_shown_and_tried_again(self):
        self.secure_server()
        self.env["PILOTHOUSE_SMTP_PASSWORD"] = "wrong-one"
        self.office("notice", "secret")
        self.run_jobs()
        mail = self.only_mail()
        self.assertEqual((mail["state"], mail["attempts_n"]), ("waiting", 1))
        self.assertIn("doesn't take the user name and password", mail["error"])
        self.assertIn("535", mail["error"])
        self.assertIn("mail-server-away", self.run_log)
        self.assertNotIn("wrong-one", self.run_log + mail["error"])
        self.assertIn("535", self.office("waiting"))  # what /admin/mail shows
        self.env["PILOTHOUSE_SMTP_PASSWORD"] = "pass wörd"
        self.run_jobs(offset=600)
        self.assertEqual(self.only_mail()["state"], "sent")
        self.assertEqual(len(self.arrived()), 1)
        self.assertEqual(self.office("waiting").strip(), "")

    def nothing_was_told(self, words):
        self.office("notice", "secret")
        self.run_jobs()
        mail = self.only_mail()
        self.assertEqual((mail["state"], mail["attempts_n"]), ("waiting", 1))
        self.assertIn(words, mail["error"])
        self.assertEqual((self.sink.messages, self.signed_in), ([], []))

    def test_a_certificate_that_nobody_vouches_for_is_refused(self):
        for from_the_start in (False, True):
            with self.subTest(from_the_start=from_the_start):
                self.tearDown()
                self.setUp()
                self.secure_server(from_the_start=from_the_start, trusted=False)
                self.nothing_was_told("certificate isn't trusted")

    def test_a_certificate_for_another_name_is_refused(self):
        self.secure_server(name="mail.elsewhere.example")
        self.nothing_was_told("certificate isn't trusted")

    def test_no_password_goes_out_in_the_clear(self):
        self.signed_in = []
        self.env = {"PILOTHOUSE_SMTP_USER": "office", "PILOTHOUSE_SMTP_PASSWORD": "pass wörd"}
        self.nothing_was_told("offers no TLS")

    def test_a_missing_file_of_authorities_is_said(self):
        self.secure_server()
        self.env["PILOTHOUSE_SMTP_CA_FILE"] = os.path.join(self.folder.name, "nowhere.pem")
        self.nothing_was_told("PILOTHOUSE_SMTP_CA_FILE names can't be read")

    # ---- the daily digest

    def test_the_morning_brings_what_was_not_read(self):
        for name in ("one", "two", "three"):
            self.office("later", name)
        self.run_jobs()
        # Some time today or tomorrow it is past seven; by then it has come, once.
        for hours in range(0, 36, 3):
            self.run_jobs(offset=hours * 3600)
        mails = self.all_arrived()
        self.assertEqual([m["Subject"] for m in mails], ["Büro, Test & Söhne: 3 pieces of news"])
        body = mails[0].get_content()
        for name in ("one", "two", "three"):
            self.assertIn(f"“{name}” was approved: $1,234.56", body)
        self.office("later", "four")
        for hours in range(36, 66, 3):
            self.run_jobs(offset=hours * 3600)
        self.assertEqual([m["Subject"] for m in self.all_arrived()][1:],
                         ["Büro, Test & Söhne: one piece of news"])


class Tap(unittest.TextTestResult):
    n = 0

    def line(self, good, test, note=""):
        Tap.n += 1
        print(f"{'ok' if good else 'not ok'} {Tap.n} - {test.id().split('.')[-1]}{note}", flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.line(True, test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.line(False, test)

    def addError(self, test, err):
        super().addError(test, err)
        self.line(False, test)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err:
            self.line(False, test)


if __name__ == "__main__":
    MAILOFFICE = sys.argv.pop(1)
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    if len(sys.argv) > 1:
        suite = unittest.defaultTestLoader.loadTestsFromNames(sys.argv[1:], sys.modules["__main__"])
    print(f"1..{suite.countTestCases()}")
    result = unittest.TextTestRunner(stream=sys.stderr, resultclass=Tap).run(suite)
    sys.exit(not result.wasSuccessful())
