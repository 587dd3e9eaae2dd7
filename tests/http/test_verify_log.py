#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The tiles that the C code writes, served as plain files, held against verify_log.py; then the same
with every kind of file tampered with.

    test_verify_log.py WRITE_LOG
"""
import functools
import hashlib
import http.server
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

try:
    import cryptography  # noqa: F401
except ImportError:
    print("python3-cryptography is not installed; skipped")
    sys.exit(77)

WRITE_LOG = None
VERIFY_LOG = pathlib.Path(__file__).with_name("verify_log.py")
SIZES = [0, 1, 2, 255, 256, 257, 600, 65536, 66000]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


def entry(seed, index):
    """What write_log puts at INDEX: SHA-256(salt ‖ act), both from little-endian numbers."""
    salt = seed.to_bytes(8, "little") + bytes(24)
    return hashlib.sha256(salt + index.to_bytes(8, "little")).digest()


class VerifyLog(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = pathlib.Path(tempfile.mkdtemp(prefix="verify-log-"))
        cls.key = cls.write("log", 1, SIZES)
        cls.write("other", 2, SIZES)
        cls.small = cls.root / "small"
        cls.write("small", 1, [3, 600])
        handler = functools.partial(Quiet, directory=str(cls.root))
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.server.server_close()
        shutil.rmtree(cls.root)

    @classmethod
    def write(cls, name, seed, sizes):
        (cls.root / name).mkdir()
        done = subprocess.run([WRITE_LOG, cls.root / name, str(seed), *map(str, sizes)],
                              check=True, capture_output=True, text=True, timeout=120)
        return done.stdout.strip()

    def run_verify(self, name, *options, key=None):
        base = f"http://127.0.0.1:{self.server.server_port}/{name}"
        return subprocess.run([sys.executable, VERIFY_LOG, base, key or self.key, *options],
                              capture_output=True, text=True, timeout=120)

    def assert_good(self, *args, **kwargs):
        done = self.run_verify(*args, **kwargs)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def assert_wrong(self, words, *args, **kwargs):
        done = self.run_verify(*args, **kwargs)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn(words, done.stderr)

    def tampered(self, path, data, words):
        """DATA (None: nothing at all) in the place of a file of the small log is noticed."""
        file = self.small / path
        before = file.read_bytes()
        try:
            if data is None:
                file.unlink()
            else:
                self.assertNotEqual(data, before)
                file.write_bytes(data)
            self.assert_wrong(words, "small")
        finally:
            file.write_bytes(before)

    def test_whole_log(self):
        self.assertIn("66000 entries in 261 tiles", self.assert_good("log"))

    def test_every_size(self):
        for size in SIZES:
            folder = self.root / f"size-{size}"
            folder.mkdir()
            (folder / "tile").symlink_to(self.root / "log" / "tile")
            (folder / "checkpoint").symlink_to(self.root / "log" / f"checkpoint.{size}")
            with self.subTest(size=size):
                self.assertIn(f": {size} entries", self.assert_good(f"size-{size}"))

    def test_growth(self):
        for size in (0, 1, 257, 66000):
            self.assert_good("log", "--previous", str(self.root / "log" / f"checkpoint.{size}"))
        fork = str(self.root / "other" / "checkpoint.257")
        self.assert_wrong("no longer what they were", "log", "--previous", fork)
        longer = str(self.root / "log" / "checkpoint.66000")
        self.assert_wrong("shrank", "small", "--previous", longer)

    def test_contains(self):
        self.assert_good("small", "--contains", entry(1, 0).hex(), "--contains", entry(1, 599).hex())
        self.assert_wrong("not in the log", "small", "--contains", entry(1, 600).hex())

    def test_another_key(self):
        # The published example key of the signed note format.
        self.assert_wrong("isn't signed by", "small",
                          key="PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
        self.assert_wrong("doesn't match its id", "small", key=self.key.replace("+7d", "+7e"))
        self.assert_wrong("another log", "small", "--origin", "city.example/elsewhere")

    def test_tampered_checkpoint(self):
        note = (self.small / "checkpoint").read_bytes()
        self.tampered("checkpoint", note.replace(b"\n600\n", b"\n599\n"), "signature is wrong")
        self.tampered("checkpoint", note.replace(b"\n600\n", b"\n0600\n"), "signature is wrong")
        self.tampered("checkpoint", note[:-1], "not text, an empty line and signatures")
        self.tampered("checkpoint", note.partition(b"\n\n")[0] + b"\n", "not text, an empty line")
        self.tampered("checkpoint", None, "status 404")

    def test_tampered_files(self):
        for path, words in (("tile/0/000", "not the hashes"), ("tile/0/002.p/88", "not the hashes"),
                            ("tile/1/000.p/2", "not the hashes"),
                            ("tile/entries/000", "add up"), ("tile/entries/002.p/88", "add up")):
            with self.subTest(path=path):
                data = (self.small / path).read_bytes()
                self.tampered(path, data[:-1] + bytes([data[-1] ^ 1]), words)
                cut = "cut short" if "entries" in path else words
                self.tampered(path, data[:-1], cut)
                self.tampered(path, data + b"\0", cut)
                self.tampered(path, None, "status 404")
        data = (self.small / "tile/entries/000").read_bytes()
        self.tampered("tile/entries/000", data[:-34], "255 entries instead of 256")
        self.tampered("tile/entries/000", data[34:68] + data[:34] + data[68:], "add up")

    def test_another_history_under_an_honest_signature(self):
        folder = self.root / "forged"
        folder.mkdir()
        (folder / "tile").symlink_to(self.root / "other" / "tile")
        (folder / "checkpoint").symlink_to(self.root / "log" / "checkpoint.600")
        self.assert_wrong("add up", "forged")


if __name__ == "__main__":
    WRITE_LOG = sys.argv.pop(1)
    unittest.main()
