#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks a ledger from outside, as any citizen could.

    verify_log.py BASE_URL VERIFIER_KEY [--previous FILE] [--contains HEX] [--content-types]

fetches BASE_URL/checkpoint, every entry bundle and every tile (C2SP tlog-tiles), works the tree out
again from the entries alone, and compares. It shares no code with the server: the hashes are Python's,
the signature is checked by OpenSSL (Debian package python3-cryptography).

Prints one line and exits with 0 when all is well; says what is wrong and exits with 1 otherwise.
"""
import argparse
import base64
import hashlib
import re
import sys
import urllib.error
import urllib.request

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

WIDTH = 256
LARGEST = WIDTH * (2 + 65535)


class Wrong(Exception):
    """What is wrong, in words."""


def unbase64(text, what):
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Wrong(f"{what} is not base64") from None
    if base64.b64encode(data).decode() != text:
        raise Wrong(f"{what} is base64 with stray bits")
    return data


class Key:
    """name+hex id+base64(0x01 ‖ Ed25519 public key)"""

    def __init__(self, text):
        try:
            self.name, key_id, key = text.split("+", 2)
        except ValueError:
            raise Wrong("the verifier key is not name+id+key") from None
        data = unbase64(key, "the verifier key")
        if len(data) != 33 or data[0] != 1:
            raise Wrong("the verifier key is not an Ed25519 key")
        self.id = hashlib.sha256(self.name.encode() + b"\n" + data).digest()[:4]
        if self.id.hex() != key_id:
            raise Wrong("the verifier key doesn't match its id")
        self.public = Ed25519PublicKey.from_public_bytes(data[1:])


class Checkpoint:
    """A signed note, opened with one key and read strictly."""

    def __init__(self, note, key):
        try:
            note = note.decode("utf-8")
        except UnicodeDecodeError:
            raise Wrong("the checkpoint is not UTF-8") from None
        if re.search(r"[\x00-\x09\x0b-\x1f]", note):
            raise Wrong("the checkpoint has control characters")
        text, blank, signatures = note.rpartition("\n\n")
        if not blank or not signatures.endswith("\n"):
            raise Wrong("the checkpoint is not text, an empty line and signatures")
        text += "\n"
        self.check_signatures(text, signatures[:-1].split("\n"), key)
        lines = text.split("\n")
        if len(lines) < 4 or "" in lines[:-1]:
            raise Wrong("the checkpoint needs three lines and no empty ones")
        self.origin = lines[0]
        if not re.fullmatch(r"0|[1-9][0-9]*", lines[1], re.ASCII):
            raise Wrong("the checkpoint's size is not a plain number")
        self.size = int(lines[1])
        self.root = unbase64(lines[2], "the root")
        if len(self.root) != 32:
            raise Wrong("the root is not 32 bytes")

    @staticmethod
    def check_signatures(text, lines, key):
        signed = False
        for line in lines:
            parts = line.split(" ")
            if len(parts) != 3 or parts[0] != "\u2014" or not parts[1] or "+" in parts[1]:
                raise Wrong(f"not a signature line: {line!r}")
            signature = unbase64(parts[2], "a signature")
            if parts[1] != key.name or signature[:4] != key.id:
                continue  # somebody else's, to be passed over
            try:
                key.public.verify(signature[4:], text.encode())
            except InvalidSignature:
                raise Wrong("the checkpoint's signature is wrong") from None
            signed = True
        if not signed:
            raise Wrong(f"the checkpoint isn't signed by {key.name}")


def leaf_hash(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def root_of(hashes):
    """The tree hash over a row of nodes of one height: pair them up; an odd one out rises."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    row = list(hashes)
    while len(row) > 1:
        above = [hashlib.sha256(b"\1" + row[i] + row[i + 1]).digest()
                 for i in range(0, len(row) - 1, 2)]
        row = above + row[len(above) * 2:]
    return row[0]


def tile_path(kind, index, width):
    groups = [f"{index % 1000:03}"]
    while index >= 1000:
        index //= 1000
        groups.insert(0, f"x{index % 1000:03}")
    return f"tile/{kind}/{'/'.join(groups)}" + (f".p/{width}" if width < WIDTH else "")


class Log:
    def __init__(self, base, content_types=False):
        self.base = base.rstrip("/")
        self.content_types = content_types

    def fetch(self, path, content_type):
        request = urllib.request.Request(
            f"{self.base}/{path}", headers={"Accept-Encoding": "identity"})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                data = answer.read(LARGEST + 1)
                got = answer.headers.get("Content-Type", "")
        except urllib.error.HTTPError as e:
            raise Wrong(f"{path}: status {e.code}") from None
        except (urllib.error.URLError, OSError) as e:
            raise Wrong(f"{path}: {e}") from None
        if len(data) > LARGEST:
            raise Wrong(f"{path}: too long")
        if self.content_types and got.replace(" ", "").lower() != content_type:
            raise Wrong(f"{path}: content type {got!r} instead of {content_type}")
        return data

    def checkpoint(self, key):
        return Checkpoint(self.fetch("checkpoint", "text/plain;charset=utf-8"), key)

    def entries(self, size):
        """All entries, bundle by bundle."""
        for start in range(0, size, WIDTH):
            width = min(WIDTH, size - start)
            path = tile_path("entries", start // WIDTH, width)
            data = self.fetch(path, "application/octet-stream")
            count = at = 0
            while at < len(data):
                length = int.from_bytes(data[at:at + 2], "big")
                entry = data[at + 2:at + 2 + length]
                if at + 2 > len(data) or len(entry) != length:
                    raise Wrong(f"{path}: cut short")
                yield entry
                at += 2 + length
                count += 1
            if count != width:
                raise Wrong(f"{path}: {count} entries instead of {width}")

    def check_tiles(self, leaves):
        """Every tile of every level against the leaves; returns how many there are."""
        row, level, tiles = leaves, 0, 0
        while row:
            for start in range(0, len(row), WIDTH):
                hashes = row[start:start + WIDTH]
                path = tile_path(level, start // WIDTH, len(hashes))
                if self.fetch(path, "application/octet-stream") != b"".join(hashes):
                    raise Wrong(f"{path}: not the hashes of the entries")
                tiles += 1
            row = [root_of(row[i:i + WIDTH]) for i in range(0, len(row) - WIDTH + 1, WIDTH)]
            level += 1
        return tiles


def verify(options):
    key = Key(options.key)
    log = Log(options.base, options.content_types)
    checkpoint = log.checkpoint(key)
    if checkpoint.origin != (options.origin or key.name):
        raise Wrong(f"the checkpoint is of another log: {checkpoint.origin}")
    entries = list(log.entries(checkpoint.size))
    leaves = [leaf_hash(entry) for entry in entries]
    if root_of(leaves) != checkpoint.root:
        raise Wrong("the entries don't add up to the signed root")
    tiles = log.check_tiles(leaves)
    if options.previous:
        with open(options.previous, "rb") as f:
            previous = Checkpoint(f.read(), key)
        if previous.origin != checkpoint.origin:
            raise Wrong("the earlier checkpoint is of another log")
        if previous.size > checkpoint.size:
            raise Wrong(f"the log shrank from {previous.size} to {checkpoint.size}")
        if root_of(leaves[:previous.size]) != previous.root:
            raise Wrong(f"the first {previous.size} entries are no longer what they were")
    for wanted in options.contains or []:
        if bytes.fromhex(wanted) not in entries:
            raise Wrong(f"{wanted} is not in the log")
    print(f"{checkpoint.origin}: {checkpoint.size} entries in {tiles} tiles, root "
          f"{checkpoint.root.hex()}, signature good")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("base", help="the log's address, as in https://city.example/ledger")
    parser.add_argument("key", help="its verifier key: name+id+key")
    parser.add_argument("--origin", help="the checkpoint's first line, if it isn't the key's name")
    parser.add_argument("--previous", help="a checkpoint kept from earlier")
    parser.add_argument("--contains", action="append", metavar="HEX", help="an entry to find")
    parser.add_argument("--content-types", action="store_true", help="check the headers as well")
    try:
        verify(parser.parse_args())
    except Wrong as e:
        print(f"verify_log: {e}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
