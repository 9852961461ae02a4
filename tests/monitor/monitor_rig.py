# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of umld-monitor share: a state and runtime directory of their own, monitors as umld starts them,
a JSON-RPC client, a viewer. No test depends on how fast the machine is: every wait is for something that must come, and
the test's own time limit is the only clock."""

import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

MONITOR = os.environ["UMLD_MONITOR"]
FAKE = os.environ["FAKE_KERNEL"]
RUN_ID = "0123456789abcdef"


class Viewer:
    """One end of a console stream."""

    def __init__(self, sock):
        self.sock = sock
        self.buf = b""

    def frame(self):
        """The next frame as (type, payload); ("EOF", b"") at the end."""
        while True:
            if len(self.buf) >= 4:
                kind, zero, size = struct.unpack(">BBH", self.buf[:4])
                assert zero == 0 and size <= 4096, self.buf[:4]
                if len(self.buf) >= 4 + size:
                    payload = self.buf[4:4 + size]
                    self.buf = self.buf[4 + size:]
                    return chr(kind), payload
            try:
                data = self.sock.recv(65536)
            except ConnectionResetError:
                data = b""
            if not data:
                return "EOF", b""
            self.buf += data

    def until(self, text):
        """Frames up to the one after whose DATA the text has been seen; the output so far."""
        out = b""
        while text not in out:
            kind, payload = self.frame()
            assert kind != "EOF", (text, out[-500:])
            if kind == "D":
                out += payload
        return out

    def rest(self):
        """All frames to the end."""
        frames = []
        while True:
            kind, payload = self.frame()
            if kind == "EOF":
                return frames
            frames.append((kind, payload))

    def send(self, kind, payload=b""):
        self.sock.sendall(struct.pack(">BBH", ord(kind), 0, len(payload)) + payload)

    def close(self):
        self.sock.close()


class Peer:
    """A connection to a monitor's socket."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(path)
        self.buf = b""
        self.last = 0
        self.notes = []

    def line(self):
        while b"\n" not in self.buf:
            data = self.sock.recv(65536)
            if not data:
                return None
            self.buf += data
        line, self.buf = self.buf.split(b"\n", 1)
        return json.loads(line)

    def send(self, method, fds=(), **params):
        self.last += 1
        text = json.dumps({"jsonrpc": "2.0", "id": self.last, "method": method, "params": params})
        socket.send_fds(self.sock, [text.encode() + b"\n"], list(fds))
        return self.last

    def answer(self, number):
        while True:
            line = self.line()
            assert line is not None, "the monitor closed the connection"
            if "id" in line:
                assert line["id"] == number, line
                return line
            self.notes.append(line["params"])

    def call(self, method, fds=(), **params):
        line = self.answer(self.send(method, fds, **params))
        assert "error" not in line, line
        return line["result"]

    def error(self, method, fds=(), **params):
        line = self.answer(self.send(method, fds, **params))
        assert "error" in line, line
        return line["error"]

    def state(self):
        return self.call("monitor.status")["state"]

    def wait_state(self, state):
        """Wait for the notification of a state, unless it is that already. Returns it."""
        for note in self.notes:
            if note["state"] == state:
                self.notes = self.notes[self.notes.index(note) + 1:]
                return note
        self.notes = []
        status = self.call("monitor.status")
        if status["state"] == state:
            return status
        while True:
            if self.notes:
                note = self.notes.pop(0)
            else:
                line = self.line()
                assert line is not None, "no state '%s' before the end" % state
                note = line["params"]
            if note["state"] == state:
                return note

    def next_note(self):
        if self.notes:
            return self.notes.pop(0)
        line = self.line()
        return line["params"] if line else None

    def attach(self, console=0, readonly=False):
        ours, theirs = socket.socketpair()
        self.call("monitor.attach", [theirs.fileno()], console=console, readonly=readonly)
        theirs.close()
        return Viewer(ours)


class Rig:
    """Directories, guests and their monitors; everything is gone at the end."""

    def __init__(self, options=()):
        self.base = tempfile.mkdtemp(prefix="umld-monitor-test-")
        os.chmod(self.base, 0o755)
        self.state = self.base + "/state"
        self.run = self.base + "/run"
        os.makedirs(self.state + "/guests")
        os.makedirs(self.run)
        self.options = list(options)
        self.monitors = []

    def dir(self, guest="gonzo"):
        return "%s/guests/%s" % (self.state, guest)

    def uml_dir(self, guest="gonzo"):
        return "%s/uml/%s/" % (self.run, guest)

    def kernel_words(self, guest="gonzo"):
        return ["umid=" + guest, "uml_dir=" + self.uml_dir(guest),
                "mconsole=notify:" + self.uml_dir(guest) + "notify"]

    def define(self, *words, guest="gonzo", program=FAKE, file="run.json", **fields):
        run = {"version": 1, "guest": guest, "run_id": RUN_ID, "boot_id": "x",
               "started": "2026-01-31T12:00:00Z", "kernel": "linux.uml",
               "argv": [program] + self.kernel_words(guest) + list(words), "env": ["TMPDIR=/dev/shm"],
               "uid": os.getuid(), "gid": os.getgid(), "cpu": -1, "consoles": 1,
               "uml_dir": self.uml_dir(guest), "umid": guest, "locks": [],
               "on_reboot": "stop", "on_crash": "stop", "boot_timeout_ms": 120000,
               "log_bytes": 1 << 20}
        run.update(fields)
        os.makedirs(self.dir(guest), exist_ok=True)
        with open(self.dir(guest) + "/" + file, "w") as f:
            json.dump(run, f)
        return run

    def launch(self, guest="gonzo"):
        """Start a monitor; the process and what it wrote to the ready descriptor."""
        reader, writer = os.pipe()
        with open(self.base + "/monitor.log", "ab") as log:
            process = subprocess.Popen(
                [MONITOR, "--state", self.state, "--runtime", self.run, "--guest", guest,
                 "--ready-fd", str(writer)] + self.options,
                pass_fds=[writer], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.monitors.append(process)
        os.close(writer)
        text = b""
        while True:
            data = os.read(reader, 4096)
            if not data:
                break
            text += data
        os.close(reader)
        return process, json.loads(text) if text else None

    def start(self, *words, guest="gonzo", **fields):
        """Define and start; the process and a peer."""
        self.define(*words, guest=guest, **fields)
        process, ready = self.launch(guest)
        assert ready == {"ok": True}, ready
        return process, self.peer(guest)

    def peer(self, guest="gonzo"):
        return Peer("%s/monitors/%s.sock" % (self.run, guest))

    def end(self, guest="gonzo"):
        with open(self.dir(guest) + "/end.json") as f:
            return json.load(f)

    def log(self):
        with open(self.base + "/monitor.log", errors="replace") as f:
            return f.read()

    def processes(self):
        """(pid, command line) of everything that has this rig's directory on its command line."""
        found = []
        for name in os.listdir("/proc"):
            if not name.isdigit():
                continue
            try:
                with open("/proc/%s/cmdline" % name, "rb") as f:
                    line = f.read()
                with open("/proc/%s/stat" % name) as f:
                    state = f.read().rsplit(")", 1)[1].split()[0]
            except OSError:
                continue
            if self.base.encode() in line and state not in "ZX":
                found.append((int(name), line.replace(b"\0", b" ").decode(errors="replace")))
        return found

    def wait_no_processes(self):
        """There is nothing to wait on for the death of a stranger's children but looking."""
        while self.processes():
            time.sleep(0.02)

    def close(self):
        for process in self.monitors:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait()
        for pid, _ in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        shutil.rmtree(self.base, ignore_errors=True)


def lock_is_held(path):
    import fcntl
    with open(path, "r+b") as f:
        query = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        kind = struct.unpack("hhqqi4x", fcntl.fcntl(f, 36, query))[0]  # F_OFD_GETLK
    return kind != fcntl.F_UNLCK


def main(tests, options=((), ("--no-pid-namespace",))):
    """Run each test in a rig of its own, with and without a PID namespace. Names on the command line select."""
    failed = 0
    for test in tests:
        if len(sys.argv) > 1 and test.__name__ not in sys.argv[1:]:
            continue
        for opts in options:
            rig = Rig(opts)
            name = test.__name__ + (" " + " ".join(opts) if opts else "")
            print("#", name, flush=True)
            try:
                test(rig)
                log = rig.log() if os.path.exists(rig.base + "/monitor.log") else ""
                assert "Sanitizer" not in log and "runtime error" not in log, log
                print("ok", name, flush=True)
            except Exception:  # pylint: disable=broad-except
                failed += 1
                import traceback
                traceback.print_exc()
                print("FAILED", name)
                print(rig.log() if os.path.exists(rig.base + "/monitor.log") else "")
            finally:
                rig.close()
    sys.exit(1 if failed else 0)
