# SPDX-License-Identifier: GPL-2.0-or-later
"""Do the manual pages say what the programs do?

umlctl(1) is compared with umlctl's verb table, umld-rpc(7) with umld's request table (if umld was built), and all pages
must pass mandoc's checks (if mandoc is there).
"""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import unittest

PROGRAMS = [a for a in sys.argv[1:] if not a.startswith("-")]
sys.argv[1:] = [a for a in sys.argv[1:] if a.startswith("-")]
UMLCTL = PROGRAMS[0]
UMLD = PROGRAMS[1] if len(PROGRAMS) > 1 else None
MAN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../man")


def run(*args):
    return subprocess.run(args, capture_output=True, text=True, check=True, timeout=60).stdout


def page(name):
    with open(os.path.join(MAN, name), encoding="utf-8") as f:
        return f.read()


def section(text, title):
    """A section up to the next one."""
    return re.split(r"^\.Sh ", text.split(f"\n.Sh {title}\n", 1)[1], maxsplit=1, flags=re.M)[0]


def documented_options(text):
    return set(re.findall(r"\bFl Fl ([a-z-]+)", text))


def documented_verbs():
    """Verb to its entry's text. An entry ends where a line of the same list begins the next."""
    verbs, depth, name = {}, 0, None
    for line in section(page("umlctl.1"), "VERBS").splitlines():
        depth += line.startswith(".Bl") - line.startswith(".El")
        m = re.match(r"\.It Cm ([a-z]+(?: [a-z]+)?)\b", line) if depth == 1 else None
        if m:
            name = m.group(1)
            verbs[name] = ""
        if name:
            verbs[name] += line + "\n"
    return verbs


def request_table():
    """umld's requests: method to (permission, {parameter: kind, with ! if required})."""
    text = run(UMLD, "--list-requests")
    table = {}
    if text.lstrip().startswith(("[", "{")):
        for row in json.loads(text):
            table[row["method"]] = (row["permission"], {
                p["name"]: p["kind"] + ("!" if p["required"] else "") for p in row["params"]})
        return table
    for line in text.splitlines():
        method, permission, *args = line.split()
        table[method] = (permission, dict(a.split(":") for a in args))
    return table


def documented_requests():
    table, method = {}, None
    for line in section(page("umld-rpc.7"), "METHODS").splitlines():
        if m := re.fullmatch(r"\.Ss (\S+)", line):
            method = m.group(1)
            table[method] = (None, {})
        elif m := re.fullmatch(r"\.It Em permission : Cm (\w+)", line):
            table[method] = (m.group(1), table[method][1])
        elif m := re.fullmatch(r"\.It Va (\w+) Pq (\w+)(, required)?", line):
            table[method][1][m.group(1)] = m.group(2) + ("!" if m.group(3) else "")
    return table


class Pages(unittest.TestCase):
    maxDiff = None

    def test_verbs(self):
        self.assertEqual(set(documented_verbs()), set(run(UMLCTL, "help", "--list").splitlines()))

    def test_options(self):
        umlctl = page("umlctl.1")
        guest = documented_options(section(umlctl, "GUEST OPTIONS"))
        general = documented_options(section(umlctl, "GLOBAL OPTIONS"))
        for verb, text in documented_verbs().items():
            known = set(re.findall(r"^--(\S+)", run(UMLCTL, "help", "--options", *verb.split()), re.M))
            documented = documented_options(text) | general
            if "GUEST OPTIONS" in text:
                documented |= guest
            self.assertEqual(known - documented, set(), f"{verb}: not in umlctl(1)")
            # Prose may name options of other verbs; headings may not.
            headings = "\n".join(line for line in text.splitlines() if line.startswith(".It"))
            self.assertEqual(documented_options(headings) - known, set(), f"{verb}: in umlctl(1) only")

    def test_requests_form(self):
        table = documented_requests()
        self.assertGreater(len(table), 20)
        for method, (permission, _) in table.items():
            self.assertIn(permission, ("any", "owner", "admin"), method)

    @unittest.skipUnless(UMLD, "umld was not built")
    def test_requests(self):
        self.assertEqual(documented_requests(), request_table())

    def test_references(self):
        pages = set(map(os.path.basename, glob.glob(os.path.join(MAN, "*.[1-8]"))))
        for p in sorted(pages):
            named = set(re.findall(r"^\.Xr (uml[^_\s]*) (\d)", page(p), re.M))
            self.assertEqual({f"{n}.{s}" for n, s in named} - pages, set(), p)

    @unittest.skipUnless(shutil.which("mandoc"), "mandoc is not installed")
    def test_lint(self):
        pages = sorted(glob.glob(os.path.join(MAN, "*.[1-8]")))
        self.assertEqual(sorted(map(os.path.basename, pages)),
                         sorted(re.findall(r"\b[a-z.-]+\.[1-8]\b", page("CMakeLists.txt"))))
        # Whether pages of others are installed is this machine's affair; a page of ours that does not exist is test_references' work.
        for p in pages:
            out = subprocess.run(["mandoc", "-Tlint", p], capture_output=True, text=True, check=False,
                                 timeout=60).stdout
            bad = [line for line in out.splitlines()
                   if "referenced manual not found: Xr" not in line
                   and "mandoc.db" not in line]
            self.assertEqual(bad, [], p)


if __name__ == "__main__":
    unittest.main()
