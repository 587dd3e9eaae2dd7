# SPDX-License-Identifier: Apache-2.0
"""Requests, chunks and uploads that two readers could take differently; for hostile.py."""

SMUGGLED = b"GET /echo/smuggled HTTP/1.1\r\nHost: test\r\n\r\n"

SMUGGLING = {
    "CL beside TE": b"POST /echo/1 HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "TE beside CL": b"POST /echo/1 HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "two CL that differ": b"POST /echo/1 HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\nContent-Length: 44\r\n\r\n",
    "two CL alike": b"POST /echo/1 HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
    "list of CL": b"POST /echo/1 HTTP/1.1\r\nHost: t\r\nContent-Length: 0, 0\r\n\r\n",
    "signed CL": b"POST /echo/1 HTTP/1.1\r\nHost: t\r\nContent-Length: +0\r\n\r\n",
    "negative CL": b"POST /echo/1 HTTP/1.1\r\nHost: t\r\nContent-Length: -1\r\n\r\n",
    "hex CL": b"POST /echo/1 HTTP/1.1\r\nHost: t\r\nContent-Length: 0x0\r\n\r\n",
    "huge CL": b"POST /echo/1 HTTP/1.1\r\nHost: t\r\nContent-Length: 18446744073709551616\r\n\r\n",
    "empty CL": b"POST /echo/1 HTTP/1.1\r\nHost: t\r\nContent-Length: \r\n\r\n",
    "unknown TE": b"POST /echo/1 HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "TE list": b"POST /echo/1 HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "TE identity": b"POST /echo/1 HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: identity\r\n\r\n",
    "two TE": b"POST /echo/1 HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "TE with a tab": b"POST /echo/1 HTTP/1.1\r\nHost: t\r\nTransfer-Encoding:\tchunked \x0b\r\n\r\n0\r\n\r\n",
    "TE in HTTP/1.0": b"POST /echo/1 HTTP/1.0\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "space before colon": b"POST /echo/1 HTTP/1.1\r\nHost: t\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "folded header": b"GET / HTTP/1.1\r\nHost: t\r\nX-A: b\r\n c\r\n\r\n",
    "folded TE": b"POST /echo/1 HTTP/1.1\r\nHost: t\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: t\r\nHost: u\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "bad host": b"GET / HTTP/1.1\r\nHost: t/evil\r\n\r\n",
    "host with user": b"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n",
    "GET with a body": b"GET / HTTP/1.1\r\nHost: t\r\nContent-Length: 44\r\n\r\n",
    "GET with chunks": b"GET / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "NUL in a value": b"GET / HTTP/1.1\r\nHost: t\r\nX-A: a\0b\r\n\r\n",
    "NUL in a name": b"GET / HTTP/1.1\r\nHost: t\r\nX\0A: b\r\n\r\n",
    "control in a value": b"GET / HTTP/1.1\r\nHost: t\r\nX-A: a\x01b\r\n\r\n",
    "bare CR in a value": b"GET / HTTP/1.1\r\nHost: t\r\nX-A: a\rX-B: c\r\n\r\n",
    "bare CR smuggling TE": b"POST /echo/1 HTTP/1.1\r\nHost: t\r\nX-A: a\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "bare LF in headers": b"GET / HTTP/1.1\r\nHost: t\nX-A: b\r\n\r\n",
    "bare LF throughout": b"GET / HTTP/1.1\nHost: t\n\n",
    "no colon": b"GET / HTTP/1.1\r\nHost: t\r\nX-A\r\n\r\n",
    "empty name": b"GET / HTTP/1.1\r\nHost: t\r\n: b\r\n\r\n",
    "bad name": b"GET / HTTP/1.1\r\nHost: t\r\nX(A): b\r\n\r\n",
    "two content types": b"POST /echo/1 HTTP/1.1\r\nHost: t\r\nContent-Type: a/b\r\nContent-Type: c/d\r\nContent-Length: 0\r\n\r\n",
    "two cookies": b"GET / HTTP/1.1\r\nHost: t\r\nCookie: a=b\r\nCookie: c=d\r\n\r\n",
    "HTTP/2.0": b"GET / HTTP/2.0\r\nHost: t\r\n\r\n",
    "HTTP/1.2": b"GET / HTTP/1.2\r\nHost: t\r\n\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "lower-case version": b"GET / http/1.1\r\nHost: t\r\n\r\n",
    "bad method": b"G@T / HTTP/1.1\r\nHost: t\r\n\r\n",
    "space in target": b"GET /a b HTTP/1.1\r\nHost: t\r\n\r\n",
    "two spaces": b"GET  / HTTP/1.1\r\nHost: t\r\n\r\n",
    "leading space": b" GET / HTTP/1.1\r\nHost: t\r\n\r\n",
    "tab for space": b"GET\t/\tHTTP/1.1\r\nHost: t\r\n\r\n",
    "NUL in target": b"GET /\0 HTTP/1.1\r\nHost: t\r\n\r\n",
    "TLS hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(64)),
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "expectation unknown": b"POST /echo/1 HTTP/1.1\r\nHost: t\r\nExpect: 200-maybe\r\nContent-Length: 0\r\n\r\n",
}

BAD_CHUNKS = {
    "not hex": b"zz\r\nabc\r\n0\r\n\r\n",
    "negative": b"-1\r\na\r\n0\r\n\r\n",
    "prefixed": b"0x1\r\na\r\n0\r\n\r\n",
    "too short": b"5\r\nabc\r\n0\r\n\r\n",
    "too long": b"1\r\nabc\r\n0\r\n\r\n",
    "overflowing": b"fffffffffffffffffffff\r\nabc\r\n0\r\n\r\n",
    "empty size": b"\r\nabc\r\n0\r\n\r\n",
}


def multipart(*parts, boundary=b"XX", end=b"--XX--\r\n"):
    return b"".join(b"--" + boundary + b"\r\n" + p + b"\r\n" for p in parts) + end


FIELD = b'Content-Disposition: form-data; name="a"\r\n\r\nb'

WHOLE = multipart(FIELD)

MALFORMED_UPLOADS = {
    "truncated headers": ("XX", b'--XX\r\nContent-Disposition: form-data; name="a"'),
    "truncated data": ("XX", b"--XX\r\n" + FIELD),
    "truncated boundary": ("XX", WHOLE[:-5]),
    "no end": ("XX", WHOLE[:-4]),
    "empty": ("XX", b"\r\n"),
    "no boundary": ("", WHOLE),
    "long boundary": ("X" * 71, multipart(FIELD, boundary=b"X" * 71, end=b"--" + b"X" * 71 + b"--")),
    "bad boundary": ('"X<X"', WHOLE),
    "open boundary": ('"XX', WHOLE),
    "preamble": ("XX", b"hello\r\n" + WHOLE),
    "epilogue": ("XX", WHOLE + b"hello"),
    "no name": ("XX", multipart(b"Content-Disposition: form-data\r\n\r\nb")),
    "no disposition": ("XX", multipart(b"X-A: b\r\n\r\nb")),
    "two dispositions": ("XX", multipart(b'Content-Disposition: form-data; name="b"\r\n' + FIELD)),
    "bad disposition": ("XX", multipart(b'Content-Disposition: file; name="b"\r\n\r\n')),
    "open name": ("XX", multipart(b'Content-Disposition: form-data; name="b\r\n\r\n')),
    "long headers": ("XX", multipart(b"X-A: " + b"b" * 5000 + b"\r\n" + FIELD)),
    "NUL in headers": ("XX", multipart(b"X-A: \0\r\n" + FIELD)),
    "bad UTF-8": ("XX", multipart(FIELD + b"\xff")),
    "NUL in a field": ("XX", multipart(FIELD + b"\0")),
    "base64": ("XX", multipart(b"Content-Transfer-Encoding: base64\r\n" + FIELD)),
    "bare LF": ("XX", WHOLE.replace(b"\r\n", b"\n")),
}
