# SPDX-License-Identifier: GPL-2.0-or-later
"""Does an attached console pass everything on, keep its own keys, and give the terminal back on every way out?"""
import json
import os
import pty
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import unittest

from fake_umld import FakeUmld, Refuse, Reply, guest

UMLCTL = sys.argv.pop(1)
DEADLINE = 30


def frame(kind, payload=b""):
    return struct.pack(">cBH", kind, 0, len(payload)) + payload


class Monitor:
    """The far end of console.attach's stream."""

    def __init__(self):
        self.ours, self.theirs = socket.socketpair()
        self.ours.settimeout(DEADLINE)
        self.buf = b""

    def send(self, *frames):
        self.ours.sendall(b"".join(frames))

    def bye(self, state, reason, text):
        self.send(frame(b"S", json.dumps({"state": state, "reason": reason}).encode()),
                  frame(b"B", text.encode()))
        self.ours.close()

    def next(self):
        """The next frame of the viewer's: (type, payload); None at the end."""
        while len(self.buf) < 4 or len(self.buf) < 4 + struct.unpack(">H", self.buf[2:4])[0]:
            data = self.ours.recv(65536)
            if not data:
                return None
            self.buf += data
        size = struct.unpack(">H", self.buf[2:4])[0]
        kind, payload, self.buf = self.buf[:1], self.buf[4:4 + size], self.buf[4 + size:]
        return kind, payload

    def input(self, n):
        """n bytes of keyboard input, other frames skipped."""
        got = b""
        while len(got) < n:
            f = self.next()
            assert f, got
            if f[0] == b"D":
                got += f[1]
        return got


class Attached:
    """umlctl on a terminal of its own."""

    def __init__(self, test, *args, handler=None):
        self.monitor = Monitor()
        self.umld = FakeUmld(handler or self.answer)
        self.master, slave = pty.openpty()
        self.slave = slave
        termios.tcsetwinsize(slave, (33, 101))
        self.before = termios.tcgetattr(slave)
        self.process = subprocess.Popen(
            [UMLCTL, "--socket", self.umld.path, *(args or ("console", "gonzo"))], stdin=slave,
            stdout=slave, stderr=slave, start_new_session=True,
            preexec_fn=lambda: __import__("fcntl").ioctl(0, termios.TIOCSCTTY, 0))
        self.out = b""
        self.test = test

    def answer(self, method, params):
        if method == "console.attach":
            return Reply({}, [os.dup(self.monitor.theirs.fileno())])
        return guest()

    def attached(self):
        """Wait for the raw terminal: the window size is sent right after."""
        self.monitor.theirs_closed = False
        while self.monitor.next()[0] != b"W":
            pass
        self.monitor.theirs.close()

    def type(self, data):
        os.write(self.master, data)

    def expect(self, text):
        while text not in self.out:
            ready, _, _ = select.select([self.master], [], [], DEADLINE)
            self.test.assertTrue(ready, (text, self.out))
            self.out += os.read(self.master, 65536)

    def is_raw(self):
        return not termios.tcgetattr(self.slave)[3] & termios.ICANON

    def end(self):
        status = self.process.wait(DEADLINE)
        self.test.assertEqual(termios.tcgetattr(self.slave), self.before)
        return status

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)
        self.monitor.ours.close()
        self.monitor.theirs.close()
        self.umld.close()


class Console(unittest.TestCase):
    def attach(self, *args, **kw):
        a = Attached(self, *args, **kw)
        self.addCleanup(a.close)
        return a

    def test_output_and_input_pass(self):
        a = self.attach()
        a.attached()
        self.assertTrue(a.is_raw())
        self.assertEqual(a.umld.requests[0],
                         ("console.attach", {"name": "gonzo", "console": 0, "readonly": False}))
        a.monitor.send(frame(b"H", b"{}"), frame(b"D", b"old\x1b[1m"), frame(b"L"), frame(b"D", b"new"))
        a.expect(b"old\x1b[1mnew")
        a.expect(b"Detach with ~.")
        a.type(b"ls\x03\r")
        self.assertEqual(a.monitor.input(4), b"ls\x03\r")
        a.type(b"~.")
        self.assertEqual(a.end(), 0)
        a.expect(b"Detached; gonzo goes on")

    def test_control_bracket_detaches(self):
        a = self.attach()
        a.attached()
        a.type(b"half a line\x1d")
        self.assertEqual(a.end(), 0)

    def test_help_key(self):
        a = self.attach()
        a.attached()
        a.type(b"~?")
        a.expect(b"~^Z  suspend")
        a.type(b"x")
        self.assertEqual(a.monitor.input(1), b"x")

    def test_window_size(self):
        a = self.attach()
        f = a.monitor.next()
        self.assertEqual(f, (b"W", struct.pack(">HH", 101, 33)))
        termios.tcsetwinsize(a.slave, (50, 200))
        self.assertEqual(a.monitor.next(), (b"W", struct.pack(">HH", 200, 50)))

    def test_orderly_end(self):
        a = self.attach()
        a.attached()
        a.monitor.bye("stopped", "poweroff", "the guest has powered off")
        self.assertEqual(a.end(), 0)
        a.expect(b"gonzo: the guest has powered off")

    def test_panic(self):
        a = self.attach()
        a.attached()
        a.monitor.bye("stopped", "panic", "the kernel panicked: \x1b[2Jno init")
        self.assertEqual(a.end(), 1)
        a.expect(b"the kernel panicked: ?[2Jno init")

    def test_stream_breaks(self):
        a = self.attach()
        a.attached()
        a.monitor.ours.close()
        self.assertEqual(a.end(), 1)
        a.expect(b"the console's stream broke; the guest is running")

    def test_guest_restarts(self):
        a = self.attach()
        a.attached()
        a.monitor.send(frame(b"S", b'{"state":"running","reason":""}'),
                       frame(b"S", b'{"state":"starting","reason":"reboot"}'),
                       frame(b"D", b"booting again"))
        a.expect(b"[gonzo is starting: reboot]")
        a.expect(b"booting again")

    def test_skipped_output(self):
        a = self.attach()
        a.attached()
        a.monitor.send(frame(b"X", struct.pack(">Q", 12345)))
        a.expect(b"[12345 bytes of output were skipped]")

    def test_umld_goes_away(self):
        a = self.attach()
        a.attached()
        a.umld.go_away()
        a.monitor.send(frame(b"D", b"still here"))
        a.expect(b"still here")
        a.type(b"k")
        self.assertEqual(a.monitor.input(1), b"k")

    def test_signals_give_the_terminal_back(self):
        for sig in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGSEGV):
            a = self.attach()
            a.attached()
            self.assertTrue(a.is_raw())
            a.process.send_signal(sig)
            status = a.end()
            self.assertNotEqual(status, 0)
            if sig != signal.SIGSEGV:  # a sanitizer may take that one and exit
                self.assertEqual(status, -sig)

    def test_suspend_and_go_on(self):
        a = self.attach()
        a.attached()
        a.type(b"~\x1a")
        _, status = os.waitpid(a.process.pid, os.WUNTRACED)
        self.assertTrue(os.WIFSTOPPED(status))
        self.assertFalse(a.is_raw())
        a.process.send_signal(signal.SIGCONT)
        self.assertEqual(a.monitor.next()[0], b"W")
        self.assertTrue(a.is_raw())
        a.type(b"~.")
        self.assertEqual(a.end(), 0)

    def test_bad_frames(self):
        for raw in (b"Z\0\0\0", b"D\1\0\0", b"D\0\xff\xff"):
            a = self.attach()
            a.attached()
            a.monitor.ours.sendall(raw)
            self.assertEqual(a.end(), 1)
            a.expect(b"cannot be understood")

    def test_a_guest_that_never_reads(self):
        a = self.attach()
        a.attached()
        a.monitor.ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        for _ in range(600):
            a.type(b"x" * 1000)
            while select.select([a.master], [], [], 0)[0]:
                os.read(a.master, 65536)
        a.type(b"\x1d")
        self.assertEqual(a.end(), 0)

    def test_read_only_sends_nothing(self):
        a = self.attach("console", "-r", "gonzo", "2")
        a.expect(b"(read-only)")
        while not a.is_raw():
            select.select([], [], [], 0.01)
        self.assertEqual(a.umld.requests[0],
                         ("console.attach", {"name": "gonzo", "console": 2, "readonly": True}))
        a.type(b"hello\r~.")
        self.assertEqual(a.end(), 0)
        a.monitor.theirs.close()
        self.assertIsNone(a.monitor.next())

    def test_refused(self):
        def handler(method, params):
            raise Refuse(4, "guest-not-running", "gonzo does not run", "umlctl start gonzo")
        a = self.attach(handler=handler)
        self.assertEqual(a.end(), 4)
        a.expect(b"umlctl: gonzo does not run")

    def test_create_and_console(self):
        a = self.attach("create", "gonzo", "--console")
        a.attached()
        self.assertEqual([m for m, _ in a.umld.requests],
                         ["guest.create", "guest.start", "console.attach"])
        a.type(b"~.")
        self.assertEqual(a.end(), 0)

    def piped(self, *args, stdin=b""):
        monitor = Monitor()

        def handler(method, params):
            if method == "console.attach":
                return Reply({}, [os.dup(monitor.theirs.fileno())])
            return guest()
        umld = FakeUmld(handler)
        p = subprocess.Popen([UMLCTL, "--socket", umld.path, *args], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        p.stdin.write(stdin)
        p.stdin.close()
        p.stdin = None
        self.addCleanup(umld.close)
        self.addCleanup(monitor.ours.close)
        self.addCleanup(monitor.theirs.close)
        self.addCleanup(p.kill)
        return monitor, p

    def test_pipe_has_no_escape_keys(self):
        monitor, p = self.piped("console", "gonzo", stdin=b"~.\x1d" + b"y" * 200000)
        got = monitor.input(200003)
        self.assertEqual(got, b"~.\x1d" + b"y" * 200000)
        monitor.send(frame(b"D", b"raw \x1b[1m"))
        monitor.bye("stopped", "poweroff", "it is off")
        out, err = p.communicate(timeout=DEADLINE)
        self.assertEqual((p.returncode, out, err), (0, b"raw \x1b[1m", b"gonzo: it is off\n"))

    def test_log_follow(self):
        monitor, p = self.piped("log", "-f", "-n", "1", "gonzo")
        monitor.send(frame(b"H", b"{}"), frame(b"D", b"one\r\ntwo\r\n"), frame(b"L"),
                     frame(b"D", b"\x1b[31mthr"), frame(b"D", b"ee\r\n"))
        monitor.bye("stopped", "panic", "the kernel panicked")
        out, err = p.communicate(timeout=DEADLINE)
        self.assertEqual((p.returncode, out, err),
                         (1, b"two\nthree\n", b"gonzo: the kernel panicked\n"))


if __name__ == "__main__":
    unittest.main()
