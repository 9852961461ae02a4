# SPDX-License-Identifier: GPL-2.0-or-later
"""A umld for tests: answers requests by a function of the test's and remembers them.

handler(method, params) returns a result, raises Refuse, or returns Reply with descriptors, events or a hang-up, or is silent.
"""
import array
import json
import os
import socket
import subprocess
import tempfile
import threading


class Refuse(Exception):
    def __init__(self, code, reason, message, hint=None, guest=None):
        super().__init__(message)
        data = {"reason": reason}
        if hint:
            data["hint"] = hint
        if guest:
            data["guest"] = guest
        self.error = {"code": code, "message": message, "data": data}


class Reply:
    def __init__(self, result=None, fds=(), events=(), hang_up=False, raw=None,
                 silent=False):
        self.result, self.fds, self.events = result or {}, fds, events
        self.hang_up, self.raw, self.silent = hang_up, raw, silent


class FakeUmld:
    def __init__(self, handler):
        self.handler = handler
        self.requests = []
        self.received_fds = []
        self.dir = tempfile.TemporaryDirectory(prefix="umlctl-test-")
        self.path = os.path.join(self.dir.name, "umld.sock")
        self.listen()

    def listen(self):
        if os.path.exists(self.path):
            os.unlink(self.path)
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.bind(self.path)
        self.sock.listen()
        self.acceptor = threading.Thread(target=self.accept, args=(self.sock,), daemon=True)
        self.acceptor.start()

    def go_away(self):
        """Stop listening. The thread must be gone before its descriptor's number can be another server's."""
        self.sock.shutdown(socket.SHUT_RDWR)
        self.acceptor.join()
        self.sock.close()

    def accept(self, sock):
        while True:
            try:
                conn, _ = sock.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(conn,), daemon=True).start()

    def serve(self, conn):
        buf = b""
        with conn:
            while True:
                data, anc, _, _ = conn.recvmsg(65536, socket.CMSG_SPACE(16))
                for _, _, raw in anc:
                    fds = array.array("i")
                    fds.frombytes(raw)
                    self.received_fds += list(fds)
                if not data:
                    return
                buf += data
                while b"\n" in buf:
                    line, buf = buf.split(b"\n", 1)
                    if not self.answer(conn, json.loads(line)):
                        return

    def answer(self, conn, request):
        assert request["jsonrpc"] == "2.0", request
        params = request.get("params", {})
        self.requests.append((request["method"], params))
        reply = {"jsonrpc": "2.0", "id": request["id"]}
        fds = ()
        try:
            result = self.handler(request["method"], params)
            if isinstance(result, Reply):
                for event in result.events:
                    note = {"jsonrpc": "2.0", "method": "event", "params": event}
                    conn.sendall(json.dumps(note).encode() + b"\n")
                if result.raw is not None:
                    conn.sendall(result.raw)
                if result.hang_up:
                    return False
                if result.silent:
                    return True
                fds = result.fds
                result = result.result
            reply["result"] = result
        except Refuse as e:
            reply["error"] = e.error
        line = json.dumps(reply).encode() + b"\n"
        if fds:
            socket.send_fds(conn, [line], list(fds))
            for fd in fds:
                os.close(fd)
        else:
            conn.sendall(line)
        return True

    def close(self):
        if self.sock.fileno() >= 0:
            self.go_away()
        for fd in self.received_fds:
            os.close(fd)
        self.dir.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def run(self, program, *args, stdin=None):
        """umlctl ARGS against this server: (exit status, stdout, stderr)."""
        p = subprocess.run([program, "--socket", self.path, *args], input=stdin,
                           stdin=subprocess.DEVNULL if stdin is None else None,
                           capture_output=True, text=True, timeout=60, check=False)
        return p.returncode, p.stdout, p.stderr


def guest(name="gonzo", state="running", end=None, **more):
    g = {"name": name, "uuid": "u", "created": "2026-01-31T12:00:00Z", "owner": "root",
         "state": state, "since": "2026-01-31T12:00:00Z", "pid": 0, "restarts": 0, "end": end,
         "kernel": "linux.uml", "kernel_path": "", "image": "mini", "initrd": "",
         "mem": 134217728, "ncpus": 1, "disks": [], "swap": 0,
         "net": {"mode": "none"}, "append": "", "consoles": 1,
         "on_reboot": "restart", "on_crash": "stop", "stop_timeout": 90}
    g.update(more)
    return g
