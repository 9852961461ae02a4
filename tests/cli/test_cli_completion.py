# SPDX-License-Identifier: GPL-2.0-or-later
"""Does bash complete verbs, options, choices, files and the names that umld knows?"""
import os
import subprocess
import sys
import tempfile
import unittest

from fake_umld import FakeUmld, guest

UMLCTL = os.path.abspath(sys.argv.pop(1))
SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../cli/umlctl.bash")


def answer(method, params):
    if method == "guest.list":
        return {"guests": [guest("gonzo"), guest("web")]}
    if method == "image.list":
        return {"images": [{"name": "mini"}, {"name": "debian"}]}
    return {"jobs": [{"job": 7}, {"job": 12}]}


class Completion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.umld = FakeUmld(answer)
        cls.dir = tempfile.TemporaryDirectory()
        open(os.path.join(cls.dir.name, "disk.img"), "w").close()

    @classmethod
    def tearDownClass(cls):
        cls.umld.close()
        cls.dir.cleanup()

    def complete(self, *words, env=None):
        """What bash offers for the last word."""
        code = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _umlctl; '
                'printf "%s\\n" "${COMPREPLY[@]}"')
        path = os.path.dirname(UMLCTL) + ":" + os.environ["PATH"]
        p = subprocess.run(["bash", "--norc", "-c", code, "bash", SCRIPT, "umlctl", *words],
                           env={**os.environ, "PATH": path, "UMLD_SOCKET": self.umld.path, **(env or {})},
                           capture_output=True, text=True, timeout=60, check=True, cwd=self.dir.name)
        self.assertEqual(p.stderr, "")
        return sorted(p.stdout.split())

    def test_verbs(self):
        self.assertEqual(self.complete("st"), ["start", "stop"])
        self.assertIn("image", self.complete(""))
        self.assertEqual(self.complete("image", "b"), ["build"])
        self.assertEqual(self.complete("job", ""), ["cancel", "list", "show", "wait"])

    def test_options(self):
        self.assertEqual(self.complete("create", "x", "--on"), ["--on-crash", "--on-reboot"])
        self.assertIn("--socket", self.complete("--"))
        self.assertIn("--suite", self.complete("image", "build", "x", "--"))

    def test_choices(self):
        self.assertEqual(self.complete("create", "x", "--on-crash", ""), ["restart", "stop"])
        self.assertEqual(self.complete("create", "x", "--on-crash", "=", "r"), ["restart"])
        self.assertEqual(self.complete("-o", "j"), ["json"])
        self.assertEqual(self.complete("-o", "json", "sho"), ["show"])

    def test_names(self):
        self.assertEqual(self.complete("stop", "g"), ["gonzo"])
        self.assertEqual(self.complete("stop", "gonzo", ""), ["gonzo", "web"])
        self.assertEqual(self.complete("create", "x", "--image", ""), ["debian", "mini"])
        self.assertEqual(self.complete("image", "show", "d"), ["debian"])
        self.assertEqual(self.complete("job", "wait", ""), ["12", "7"])
        self.assertEqual(self.complete("help", "unk"), [])

    def test_files(self):
        self.assertEqual(self.complete("create", "x", "--disk", "di"), ["disk.img"])
        self.assertEqual(self.complete("image", "import", "x", "di"), ["disk.img"])

    def test_another_socket(self):
        self.assertEqual(self.complete("--socket", self.umld.path, "stop", "w",
                                       env={"UMLD_SOCKET": "/nonexistent"}), ["web"])
        self.assertEqual(self.complete("--socket", "/nonexistent", "stop", "w"), [])


if __name__ == "__main__":
    unittest.main()
