# SPDX-License-Identifier: Apache-2.0
"""The test application, a reader of responses and a well-behaved client, for hostile.py."""
import contextlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

PROMPT = 2.0  # seconds in which a well-behaved client has its answer, on a machine that does other work too
HEADER, BODY, QUEUE, IDLE = 1.0, 1.5, 1.0, 1.5  # the deadlines that the application is started with
SLACK = 2.0


class App:
    def __init__(self, **options):
        defaults = dict(header_ms=int(HEADER * 1000), body_ms=int(BODY * 1000),
                        queue_ms=int(QUEUE * 1000), idle_ms=int(IDLE * 1000), max_form=65536,
                        max_upload=4 << 20, workers=4, slow_workers=2, max_under_way=256)
        defaults.update(options)
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen([sys.argv[1]] + [f"{k}={v}" for k, v in defaults.items()],
                                        stdout=subprocess.PIPE, stderr=self.log)
        self.port = int(self.process.stdout.readline().split()[1])

    def connect(self, source=None, timeout=10):
        s = socket.socket()
        s.settimeout(timeout)
        if source:
            s.bind((source, 0))
        s.connect(("127.0.0.1", self.port))
        return s

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def wait(self):
        status = self.process.wait(timeout=15)
        self.process.stdout.close()
        return status

    def stop(self):
        self.terminate()
        status = self.wait()
        assert status == 0, f"the application ended with {status}:\n{self.tail()}"

    def lines(self):
        self.log.seek(0)
        return self.log.read().decode("utf-8", "replace")

    def tail(self):
        return "\n".join(line for line in self.lines().split("\n") if "event=answered" not in line)[-3000:]


class Response:
    def __init__(self, status, headers, body, whole):
        self.status, self.headers, self.body, self.whole = status, headers, body, whole

    def __getitem__(self, name):
        return self.headers.get(name.lower())


def read_response(stream, head=False):
    """One response from a file of the socket; None when the connection ended before it."""
    line = stream.readline()
    if not line:
        return None
    match = re.fullmatch(rb"HTTP/1\.1 (\d{3}) [^\r\n]*\r\n", line)
    assert match, f"not a status line: {line!r}"
    status, headers = int(match[1]), {}
    while True:
        line = stream.readline()
        if line == b"\r\n":
            break
        assert line.endswith(b"\r\n"), f"not a header: {line!r}"
        name, value = line[:-2].decode("latin-1").split(": ", 1)
        name = name.lower()
        headers[name] = headers[name] + "\n" + value if name in headers else value
    if status == 100:
        return Response(status, headers, b"", True)
    if head or status in (204, 304):
        return Response(status, headers, b"", True)
    if headers.get("transfer-encoding") == "chunked":
        body, whole = b"", False
        while True:
            size = stream.readline()
            if not size.endswith(b"\r\n"):
                break
            n = int(size, 16)
            piece = stream.read(n + 2)
            if len(piece) < n + 2:
                break
            if n == 0:
                whole = True
                break
            body += piece[:-2]
        return Response(status, headers, body, whole)
    length = int(headers["content-length"])
    body = stream.read(length)
    return Response(status, headers, body, len(body) == length)


def exchange(app, data, source=None, head=False, timeout=10):
    """Sends bytes on a connection of their own; the responses until it is closed or quiet."""
    with app.connect(source, timeout) as s:
        return talk(s, data, head)


def talk(s, data, head=False):
    with contextlib.suppress(ConnectionError):
        s.sendall(data)
    stream, answers = s.makefile("rb"), []
    with contextlib.suppress(ConnectionError, TimeoutError):
        while True:
            r = read_response(stream, head)
            if r is None:
                break
            answers.append(r)
            # libmicrohttpd's own refusals may come with a second head; who reads stops at "close".
            if r["connection"] == "close" and r["date"] and not r["content-security-policy"]:
                break
    return answers


def request(method="GET", path="/", headers=(), body=b"", close=True):
    lines = [f"{method} {path} HTTP/1.1", "Host: test"] + list(headers)
    if body:
        lines.append(f"Content-Length: {len(body)}")
    if close:
        lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


def get(app, path="/", headers=(), method="GET", body=b"", source=None, head=False):
    answers = exchange(app, request(method, path, headers, body), source, head or method == "HEAD")
    assert len(answers) == 1, f"{len(answers)} answers to {path}"
    return answers[0]


def metric(app, name):
    text = get(app, "/metrics").body.decode()
    return int(re.search("^" + re.escape(name) + r" (\d+)$", text, re.M)[1])


@contextlib.contextmanager
def polite(app, path="/"):
    """A well-behaved client, from an address of its own, once every 20 ms."""
    stop, worst, wrong = threading.Event(), [0.0], []

    def run():
        while not stop.is_set():
            begun = time.monotonic()
            try:
                r = get(app, path, source="127.0.0.200")
                if r.status != 200 or not r.whole:
                    wrong.append(r.status)
            except Exception as e:  # whatever goes wrong counts
                wrong.append(repr(e))
            worst[0] = max(worst[0], time.monotonic() - begun)
            stop.wait(0.02)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    assert not wrong, f"the well-behaved client got {wrong[:5]}"
    assert worst[0] < PROMPT, f"the well-behaved client waited {worst[0]:.2f} s"


def closed_within(s, seconds, received=None):
    """Seconds until the peer closes; fails when it doesn't within the time."""
    begun = time.monotonic()
    s.settimeout(seconds)
    try:
        while True:
            data = s.recv(65536)
            if not data:
                break
            if received is not None:
                received.append(data)
    except ConnectionError:
        pass
    except TimeoutError:
        raise AssertionError(f"still open after {seconds} s")
    return time.monotonic() - begun


def drip(app, first, rest, limit, pause=0.05):
    """Sends FIRST at once and REST byte by byte; the server must end it within LIMIT."""
    with app.connect() as s:
        s.sendall(first)
        begun = time.monotonic()
        s.setblocking(False)
        answer = b""
        for byte in rest:
            if time.monotonic() - begun > limit:
                raise AssertionError(f"still open after {limit} s")
            try:
                s.send(bytes([byte]))
                answer += s.recv(4096) or b"END"
            except BlockingIOError:
                pass
            except ConnectionError:
                return answer
            if answer.endswith(b"END"):
                return answer
            time.sleep(pause)
        raise AssertionError("it took all")


def run_threads(n, target):
    results = [None] * n

    def run(i):
        try:
            results[i] = target(i)
        except Exception as e:  # shown by who looks at the results
            results[i] = e

    threads = [threading.Thread(target=run, args=(i,)) for i in range(n)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return results
