# SPDX-License-Identifier: GPL-2.0-or-later
"""Does a newcomer's session work with the real umld and a real guest, also when umld is killed in the middle?"""
import json
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
import unittest

UMLCTL, UMLD = sys.argv[1:3]
del sys.argv[1:3]
DEADLINE = 120
KERNEL = os.environ.get("UMLD_KERNEL", "umlk")
if KERNEL == "linux.uml" and not shutil.which(KERNEL):
    print(f"SKIP: no {KERNEL} (apt install user-mode-linux)")
    sys.exit(77)


class Session(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory(prefix="umlctl-real-", dir="/tmp")
        self.addCleanup(self.dir.cleanup)
        self.env = {**os.environ, "UMLD_SOCKET": f"{self.dir.name}/r/umld.sock"}
        self.start_umld()
        self.addCleanup(self.clean)

    def config(self):
        path = f"{self.dir.name}/umld.conf"
        with open(path, "w", encoding="ascii") as f:
            f.write(f"[umld]\ndefault_kernel = {KERNEL}\n")
        return path

    def start_umld(self):
        read, write = os.pipe()
        for d in "sr":
            os.makedirs(f"{self.dir.name}/{d}", exist_ok=True)
        self.umld = subprocess.Popen(
            [UMLD, "--user", "--config", self.config(), "--state-dir", f"{self.dir.name}/s", "--runtime-dir", f"{self.dir.name}/r"],
            stderr=write, stdin=subprocess.DEVNULL)
        os.close(write)
        log = b""
        while b"ready: " not in log:
            self.assertTrue(select.select([read], [], [], DEADLINE)[0], log)
            data = os.read(read, 4096)
            self.assertTrue(data, log)
            log += data
        self.addCleanup(os.close, read)

    def clean(self):
        if self.umld.poll() is not None:
            self.start_umld()
        for name in self.ctl("-q", "list").split():
            self.ctl("delete", "-f", name)
        self.umld.terminate()
        self.umld.wait(DEADLINE)

    def ctl(self, *args, status=0):
        p = subprocess.run([UMLCTL, *args], env=self.env, capture_output=True, text=True,
                           stdin=subprocess.DEVNULL, timeout=DEADLINE, check=False)
        self.assertEqual(p.returncode, status, (args, p.stdout, p.stderr))
        return p.stdout if status == 0 else p.stderr

    def terminal(self, *args):
        self.master, slave = pty.openpty()
        self.addCleanup(os.close, self.master)
        self.addCleanup(os.close, slave)
        termios.tcsetwinsize(slave, (31, 91))
        self.out = b""
        p = subprocess.Popen([UMLCTL, *args], env=self.env, stdin=slave, stdout=slave, stderr=slave)
        self.addCleanup(lambda: p.poll() is None and p.kill())
        return p

    def expect(self, text):
        """Wait for text and forget what came up to its end."""
        while text not in self.out:
            self.assertTrue(select.select([self.master], [], [], DEADLINE)[0], (text, self.out[-2000:]))
            self.out += os.read(self.master, 65536)
        self.out = self.out.split(text, 1)[1]

    def type(self, line):
        os.write(self.master, line)

    def test_session(self):
        p = self.terminal("create", "gonzo", "--console")
        self.expect(b"Attached to gonzo")
        self.expect(b"login: ")
        self.type(b"root\r")
        self.expect(b"# ")
        self.type(b"stty size; echo a-$((40+2))\r")
        self.expect(b"31 91")
        self.expect(b"a-42")

        self.umld.send_signal(signal.SIGKILL)
        self.umld.wait()
        self.type(b"echo b-$((40+3))\r")
        self.expect(b"b-43")
        self.assertIn("start", self.ctl("list", status=7))

        self.start_umld()
        self.assertEqual(json.loads(self.ctl("-ojson", "wait", "gonzo", "--state", "running"))["state"],
                         "running")
        self.type(b"~.")
        self.expect(b"Detached; gonzo goes on")
        self.assertEqual(p.wait(DEADLINE), 0)

        p = self.terminal("console", "gonzo")
        self.expect(b"b-43")  # the scrollback
        self.type(b"poweroff\r")
        self.expect(b"gonzo: ")
        self.assertEqual(p.wait(DEADLINE), 0)
        self.assertEqual(self.ctl("wait", "gonzo"), "gonzo: stopped (poweroff)\n")
        self.assertIn("a-42", self.ctl("log", "gonzo"))

    def test_panic_is_told(self):
        self.ctl("create", "gonzo", "--append", "init=/nonexistent")
        p = self.terminal("start", "gonzo", "--console")
        self.assertEqual(p.wait(DEADLINE), 1)
        self.assertEqual(self.ctl("wait", "gonzo"), "gonzo: stopped (panic)\n")
        self.assertIn("/nonexistent", self.ctl("show", "gonzo"))

    def test_verbs(self):
        self.ctl("create", "a", "--start")
        self.ctl("create", "b", "--mem", "64M")
        self.ctl("start", "a", "b", status=4)  # a runs already, b is started all the same
        self.assertEqual(self.ctl("pause", "a", "b"), "a: paused\nb: paused\n")
        self.assertEqual(self.ctl("resume", "a", "b"), "a: running\nb: running\n")
        self.assertIn("6.1", self.ctl("mconsole", "a", "version"))
        self.assertEqual(self.ctl("kill", "a"), "a: stopped (killed)\n")
        self.ctl("rename", "a", "c")
        self.ctl("wait", "b", "--timeout", "0", status=6)
        self.ctl("delete", "b", status=4)
        self.ctl("delete", "-f", "b", "c")
        self.assertEqual(self.ctl("-q", "list"), "")


if __name__ == "__main__":
    unittest.main()
