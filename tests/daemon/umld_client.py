# SPDX-License-Identifier: GPL-2.0-or-later
"""A private umld and a plain client for the tests in this folder.

Each test starts its own umld on its own directories, as the calling user (--user), and ends it by pid. The client is
deliberately dumb: it sends what it is told, valid or not.
"""
import array
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

WAIT_S = 30  # longest wait for something that must happen; no test measures time


class RpcError(Exception):
    def __init__(self, error):
        super().__init__(json.dumps(error))
        self.code = error["code"]
        self.message = error["message"]
        self.reason = error.get("data", {}).get("reason")
        self.guest = error.get("data", {}).get("guest")
        self.hint = error.get("data", {}).get("hint")


class Client:
    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(WAIT_S)
        self.sock.connect(path)
        self.buf = b""
        self.fds = []
        self.events = []
        self.last_id = 0

    def close(self):
        for fd in self.fds:
            os.close(fd)
        self.sock.close()

    def send_raw(self, data, fds=()):
        anc = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        sent = self.sock.sendmsg([data], anc)
        if sent < len(data):
            self.sock.sendall(data[sent:])

    def read_line(self):
        """One line without its newline; None at the end of the stream."""
        while b"\n" not in self.buf:
            try:
                data, anc, _, _ = self.sock.recvmsg(65536, socket.CMSG_SPACE(16 * 4))
            except ConnectionResetError:
                return None
            if not data:
                return None
            for level, kind, payload in anc:
                if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                    fds = array.array("i")
                    fds.frombytes(payload[: len(payload) - len(payload) % 4])
                    self.fds += list(fds)
            self.buf += data
        line, self.buf = self.buf.split(b"\n", 1)
        return line

    def read_message(self):
        line = self.read_line()
        return None if line is None else json.loads(line)

    def send(self, method, params=None, fds=()):
        self.last_id += 1
        msg = {"jsonrpc": "2.0", "id": self.last_id, "method": method}
        if params is not None:
            msg["params"] = params
        self.send_raw(json.dumps(msg).encode() + b"\n", fds)
        return self.last_id

    def answer(self, wanted):
        while True:
            msg = self.read_message()
            assert msg is not None, "the connection ended instead of an answer"
            if "method" in msg:
                self.events.append(msg["params"])
                continue
            assert msg["id"] == wanted, f"answer to {msg['id']}, expected {wanted}: {msg}"
            if "error" in msg:
                raise RpcError(msg["error"])
            return msg["result"]

    def call(self, method, fds=(), **params):
        return self.answer(self.send(method, params or None, fds))

    def error(self, method, fds=(), **params):
        """The error that a call must end in."""
        try:
            result = self.call(method, fds, **params)
        except RpcError as e:
            return e
        raise AssertionError(f"{method} {params} succeeded: {result}")


class Umld:
    """A umld of our own. Paths come from the environment that CTest sets."""

    def __init__(self, config="", start=True):
        self.program = os.environ["UMLD"]
        self.dir = tempfile.mkdtemp(prefix="umld-test-", dir=os.environ.get("UMLD_TEST_DIR", "/tmp"))
        os.chmod(self.dir, 0o755)
        self.state = self.dir + "/state"
        # Short, because the longest socket name below it must fit into 108 bytes.
        self.runtime = tempfile.mkdtemp(prefix="u-", dir="/tmp")
        self.config = self.dir + "/umld.conf"
        self.log = self.dir + "/umld.log"
        self.process = None
        if "mini_image" not in config:
            image = self.dir + "/mini.img"
            with open(image, "wb") as f:
                f.truncate(1 << 20)
            config = f"[umld]\nmini_image = {image}\n" + config
        with open(self.config, "w") as f:
            f.write(config)
        if start:
            self.start()

    @property
    def socket(self):
        return self.runtime + "/umld.sock"

    def argv(self):
        return [self.program, "--user", "--state-dir", self.state, "--runtime-dir", self.runtime,
                "--config", self.config, "--foreground-log-level", "debug"]

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.argv(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + WAIT_S
        while True:
            assert self.process.poll() is None, "umld ended: " + self.log_text()
            try:
                c = self.client()
                try:
                    c.send("system.hello")
                    if c.read_line() is not None:
                        return
                finally:
                    c.close()
                # A child of a umld that was killed may still have held its socket: not ours yet.
            except (FileNotFoundError, ConnectionRefusedError, BrokenPipeError):
                pass
            assert time.monotonic() < deadline, "umld does not come up: " + self.log_text()
            time.sleep(0.02)

    def client(self):
        return Client(self.socket)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(WAIT_S)

    def stop(self):
        """A clean end; returns the exit status."""
        self.process.terminate()
        return self.process.wait(WAIT_S)

    def log_text(self):
        with open(self.log, errors="replace") as f:
            return f.read()

    def rss_kib(self):
        with open(f"/proc/{self.process.pid}/status") as f:
            for line in f:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1])
        raise AssertionError("no VmRSS")

    def monitors(self):
        """(guest, pid) of the monitors that work on our state directory."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as f:
                    argv = f.read().split(b"\0")
            except OSError:
                continue
            if argv[0].endswith(b"umld-monitor") and self.state.encode() in argv and b"--guest" in argv:
                found.append((argv[argv.index(b"--guest") + 1].decode(), int(pid)))
        return found

    def close(self):
        try:
            self.close_umld()
        finally:
            # Only after a failure is there anything left; guests die with their monitors.
            for _, pid in self.monitors():
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            shutil.rmtree(self.dir, ignore_errors=True)
            shutil.rmtree(self.runtime, ignore_errors=True)

    def close_umld(self):
        if self.process and self.process.poll() is None:
            try:
                c = self.client()
                for g in c.call("guest.list")["guests"]:
                    if g["state"] != "stopped":
                        c.call("guest.kill", name=g["name"])
                        c.call("guest.wait", name=g["name"])
                c.close()
            except (OSError, AssertionError, RpcError) as e:
                print("cleaning up:", e, file=sys.stderr)
            status = self.stop()
            assert status == 0, f"umld ended with {status}: " + self.log_text()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, tb):
        if kind is not None:
            print(self.log_text(), file=sys.stderr)
            if self.process and self.process.poll() is not None:
                print("umld's exit status:", self.process.returncode, file=sys.stderr)
        self.close()


def install_stand_ins(umld):
    """Put umld into sbin/ of a place of its own, whose bin/ has stand-ins for both kernels; that umlk knows no network."""
    fake = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fake_kernel.py")
    for name in "sbin", "bin":
        os.makedirs(f"{umld.dir}/{name}")
    umld.program = shutil.copy(umld.program, umld.dir + "/sbin/umld")
    for name in "umlk", "linux.uml":
        shutil.copy(fake, f"{umld.dir}/bin/{name}")


def run_tests(namespace):
    """Run all functions test_*; each is a question that is printed."""
    for name, fn in list(namespace.items()):
        if name.startswith("test_") and callable(fn):
            if len(sys.argv) > 1 and name not in sys.argv[1:]:
                continue
            print(f"{name}: {(fn.__doc__ or '').strip()}", flush=True)
            fn()
