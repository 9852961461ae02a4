# SPDX-License-Identifier: GPL-2.0-or-later
"""Clients that send rubbish, too much, or nothing, and clients that do not read: a clear error, bounded memory, no stall for others."""
import json
import os
import random
import socket
import time

from umld_client import Umld, WAIT_S, run_tests


def alive(umld):
    """Somebody else's request still works."""
    c = umld.client()
    assert c.call("system.hello")["server"] == "umld"
    c.close()


def expect_error(c, line, code, reason=None):
    c.send_raw(line if line.endswith(b"\n") else line + b"\n")
    msg = c.read_message()
    assert msg is not None and "error" in msg, f"{line[:80]!r} -> {msg}"
    assert msg["error"]["code"] == code, f"{line[:80]!r} -> {msg}"
    if reason:
        assert msg["error"]["data"]["reason"] == reason, msg
    return msg


def test_malformed_lines():
    """What if a line is no request?"""
    with Umld() as umld:
        c = umld.client()
        for line in [b"hello", b"{", b'{"a":1', b'"x"', b"\xff\xfe{}", b'{"jsonrpc":"2.0","id":1,"method":"x","id":2}',
                     b'{"jsonrpc":"2.0","id":1,"method":"system.hello"} trailing']:
            msg = expect_error(c, line, -32600 if line == b'"x"' else -32700)
            assert msg["error"]["message"]
        expect_error(c, b"[]", -32600)
        expect_error(c, b'[{"jsonrpc":"2.0","id":1,"method":"system.hello"}]', -32600)
        expect_error(c, b'{"jsonrpc":"1.0","id":1,"method":"system.hello"}', -32600)
        expect_error(c, b'{"jsonrpc":"2.0","id":1,"method":7}', -32600)
        expect_error(c, b'{"jsonrpc":"2.0","id":{},"method":"system.hello"}', -32600)
        expect_error(c, b'{"jsonrpc":"2.0","id":1,"result":{}}', -32600)
        expect_error(c, b'{"jsonrpc":"2.0","id":1,"method":"system.hello","params":[1]}', -32602)
        expect_error(c, b'{"jsonrpc":"2.0","id":1,"method":"no.such"}', -32601, "unknown-method")
        expect_error(c, json.dumps({"jsonrpc": "2.0", "id": "i" * 300, "method": "system.hello"}).encode(), -32600)
        assert c.call("system.hello")["server"] == "umld"
        c.close()


def test_deep_nesting():
    """What if the JSON is nested without end?"""
    with Umld() as umld:
        for opening in (b"[", b'{"a":'):
            c = umld.client()
            c.send_raw(opening * 20000 + b"\n")
            msg = c.read_message()
            assert msg["error"]["code"] in (-32700, -32600), msg
            c.close()
        alive(umld)


def test_wrong_parameters():
    """What if parameters are unknown, missing, of the wrong type or out of range? Is the field named?"""
    with Umld() as umld:
        c = umld.client()
        e = c.error("guest.create", name="a", colour="red")
        assert (e.code, e.reason) == (2, "unknown-parameter") and "colour" in e.message, e
        e = c.error("guest.create")
        assert (e.code, e.reason) == (2, "missing-parameter") and "name" in e.message, e
        bad = {"mem": ["x", True, 1, "1P", -5], "ncpus": [0, "two", 65, 1.5], "disks": ["x", [1], ["rel"], ["/a,rw"], ["/a:b"], ["/a b"]],
               "swap": [1, "lots"], "net": ["bridge", "tap,colour=1", 5], "append": ["a\nb", 5, "x" * 2000],
               "consoles": [0, 17], "on_reboot": ["explode"], "on_crash": [1], "stop_timeout": ["soon", 1e9],
               "kernel": ["vmlinux"], "kernel_path": ["linux"], "initrd": ["x", "/a\x07"], "image": ["../x", "A"],
               "owner": [5], "start": ["yes"]}
        for field, values in bad.items():
            for value in values:
                e = c.error("guest.create", name="a", **{field: value})
                assert e.code == 2, (field, value, e)
                assert field in e.message, (field, value, e)
        for name in ["", "A", "-a", "a-", "a/b", "..", "x" * 33, 5, None]:
            e = c.error("guest.create", name=name)
            assert e.code == 2 and "name" in e.message, (name, e)
        assert c.call("guest.list") == {"guests": []}
        assert os.listdir(umld.state + "/guests") == []
        c.close()


def test_random_bytes():
    """What if a client sends noise?"""
    rnd = random.Random(20260131)
    with Umld() as umld:
        for _ in range(200):
            c = umld.client()
            try:
                c.send_raw(rnd.randbytes(rnd.randrange(1, 4000)) + b"\n")
                c.sock.shutdown(socket.SHUT_WR)
                while (line := c.read_line()) is not None:
                    assert "error" in json.loads(line)
            except (BrokenPipeError, ConnectionResetError):
                pass
            c.close()
        alive(umld)


def test_mutated_requests():
    """What if a request is almost right?"""
    rnd = random.Random(42)
    seed = b'{"jsonrpc":"2.0","id":1,"method":"guest.set","params":{"name":"a","mem":"1G","disks":["/x,ro"],"net":"none"}}'
    with Umld() as umld:
        c = umld.client()
        for i in range(2000):
            line = bytearray(seed)
            for _ in range(rnd.randrange(1, 4)):
                line[rnd.randrange(len(line))] = rnd.choice(b'{}[]",:0123456789abcnull\x00\xff')
            if b"\n" in line:
                continue
            c.send_raw(bytes(line) + b"\n")
            # A notification gets no answer; this one does.
            c.send_raw(b'{"jsonrpc":"2.0","id":"mark%d","method":"system.hello"}\n' % i)
            while True:
                msg = c.read_message()
                assert msg is not None, bytes(line)
                if msg.get("id") == f"mark{i}":
                    break
                assert "error" in msg, (bytes(line), msg)
        c.close()


def test_oversized_line():
    """What if a line never ends?"""
    with Umld() as umld:
        c = umld.client()
        try:
            c.send_raw(b"x" * (1 << 20))
        except (BrokenPipeError, ConnectionResetError):
            pass
        msg = c.read_message()
        assert msg["error"]["data"]["reason"] == "line-too-long", msg
        assert c.read_line() is None
        c.close()
        alive(umld)


def test_fragments():
    """What if requests come byte by byte, and many at once?"""
    with Umld() as umld:
        c = umld.client()
        for b in b'{"jsonrpc":"2.0","id":1,"method":"system.hello"}\r\n':
            c.send_raw(bytes([b]))
        assert c.read_message()["id"] == 1
        n = 3000
        c.send_raw(b"".join(b'{"jsonrpc":"2.0","id":%d,"method":"guest.list"}\n' % i for i in range(n)))
        assert [c.read_message()["id"] for _ in range(n)] == list(range(n))
        c.close()


def test_thousand_idle():
    """What if a thousand clients connect and say nothing? (The limit for one user is 512, for root 4096.)"""
    with Umld() as umld:
        before = umld.rss_kib()
        idle = [umld.client() for _ in range(1000 if os.getuid() == 0 else 400)]
        for c in idle:
            c.send_raw(b'{"jsonrpc":')
        alive(umld)
        grown = umld.rss_kib() - before
        # Sanitizers keep freed memory and shadow bytes: only the order of magnitude is a promise.
        assert grown < 64 * 1024, f"{grown} KiB for idle connections"
        for c in idle[::2]:
            c.close()
        alive(umld)
        for c in idle[1::2]:
            c.send_raw(b'"2.0","id":1,"method":"system.hello"}\n')
            assert c.read_message()["result"]["server"] == "umld"
            c.close()


def test_pipeliner_that_never_reads():
    """What if a client asks and asks and never reads? Others must not notice, and memory must be bounded."""
    with Umld() as umld:
        before = umld.rss_kib()
        c = umld.client()
        c.sock.setblocking(False)
        line = b'{"jsonrpc":"2.0","id":1,"method":"system.hello"}\n' * 200
        sent = 0
        try:
            while sent < 64 << 20:
                sent += c.sock.send(line)
                if sent % (1 << 20) < len(line):
                    alive(umld)
        except (BlockingIOError, BrokenPipeError, ConnectionResetError):
            pass
        assert sent < 64 << 20, "umld read everything although its answers were not read"
        alive(umld)
        assert umld.rss_kib() - before < 64 * 1024
        c.close()


def test_subscriber_that_never_reads():
    """What if a subscriber does not read? It is disconnected; those who read miss nothing."""
    with Umld() as umld:
        lazy = umld.client()
        lazy.call("events.subscribe")
        c = umld.client()  # reads its events while it waits for answers
        start = c.call("events.subscribe")["seq"]
        c.call("guest.create", name="a", image="mini")
        while "does not read" not in umld.log_text():
            for _ in range(200):
                c.call("guest.set", name="a", on_crash="stop")
            assert len(c.events) < 50000, "nobody was disconnected"
        end = c.call("events.subscribe")["seq"]
        assert [e["seq"] for e in c.events] == list(range(start + 1, end + 1)), "the sequence has gaps"
        while lazy.read_line() is not None:
            pass
        lazy.close()
        c.close()


def test_half_closed():
    """What if a client closes its sending side (printf | socat)? It gets all its answers, late ones too, then the end."""
    with Umld() as umld:
        other = umld.client()
        other.call("guest.create", name="a")
        fds = f"/proc/{umld.process.pid}/fd"
        before = len(os.listdir(fds))
        c = umld.client()
        c.send("events.subscribe")
        wait = c.send("guest.wait", {"name": "a", "state": "running"})
        c.send("guest.list")
        c.sock.shutdown(socket.SHUT_WR)
        got = [c.read_message()["id"] for _ in range(2)]
        assert sorted(got) == [wait - 1, wait + 1], got
        other.call("guest.delete", name="a")
        msg = c.read_message()
        if "method" in msg:  # an event from before umld saw the end of what c sends
            msg = c.read_message()
        assert msg["id"] == wait and msg["error"]["code"] == 3, msg
        assert c.read_line() is None
        c.close()
        # Nothing left to answer: the end comes at once. A line that was cut off is not passed over in silence.
        for data, answers in ((b"", []), (b'{"jsonrpc":"2.0","id":1,"method":"system.hello"}\n', [None]),
                              (b'{"jsonrpc":"2.0","id":1,"method":"system.hello"}', ["line-cut-off"])):
            c = umld.client()
            c.send_raw(data)
            c.sock.shutdown(socket.SHUT_WR)
            for reason in answers:
                assert c.read_message().get("error", {}).get("data", {}).get("reason") == reason
            assert c.read_line() is None
            c.close()
        # One that is gone altogether is not kept for its answer.
        other.call("guest.create", name="a")
        for half_first in (False, True):
            c = umld.client()
            c.send("guest.wait", {"name": "a", "state": "running"})
            if half_first:
                c.sock.shutdown(socket.SHUT_WR)
                alive(umld)
            c.close()
        deadline = time.monotonic() + WAIT_S
        while len(os.listdir(fds)) > before:
            assert time.monotonic() < deadline, "connections are kept for clients that are gone"
            time.sleep(0.02)
        other.close()


def test_too_many_waiting():
    """What if one connection waits a thousand times?"""
    with Umld() as umld:
        c = umld.client()
        c.call("guest.create", name="a")
        for i in range(200):
            c.send("guest.wait", {"name": "a", "state": "running"})
        codes = []
        for _ in range(200 - 128):
            msg = c.read_message()
            codes.append(msg["error"]["data"]["reason"])
        assert set(codes) == {"too-many-requests"}, set(codes)
        c.close()
        alive(umld)


def test_descriptors():
    """What if descriptors come that nobody asked for, or none where one is needed?"""
    with Umld() as umld:
        c = umld.client()
        fd_dir = f"/proc/{umld.process.pid}/fd"
        before = len(os.listdir(fd_dir))
        r, w = os.pipe()
        for _ in range(50):
            c.call("system.hello", fds=[r, w, r, w])
        assert len(os.listdir(fd_dir)) <= before + 4
        e = c.error("image.import", name="x")
        assert e.reason == "missing-descriptor", e
        e = c.error("image.import", fds=[r], name="none")
        assert e.code == 2, e
        c.call("system.hello")
        assert len(os.listdir(fd_dir)) <= before, "a descriptor was not closed"
        os.close(r)
        os.close(w)
        c.close()


if __name__ == "__main__":
    run_tests(globals())
