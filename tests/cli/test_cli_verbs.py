# SPDX-License-Identifier: GPL-2.0-or-later
"""Does every verb send the right requests, print what people and scripts need, and exit with the right status?"""
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

from fake_umld import FakeUmld, Refuse, Reply, guest

UMLCTL = sys.argv.pop(1)


def refuse_all(method, params):
    raise Refuse(3, "guest-not-found", "there is no guest nobody", "umlctl list shows all", "nobody")


class Verbs(unittest.TestCase):
    maxDiff = None

    def run_with(self, handler, *args, **kw):
        with FakeUmld(handler) as umld:
            status, out, err = umld.run(UMLCTL, *args, **kw)
            return status, out, err, umld.requests

    def test_create_is_one_request(self):
        status, out, err, requests = self.run_with(lambda m, p: guest(state="stopped"), "create", "gonzo")
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(requests, [("guest.create", {"name": "gonzo"})])
        self.assertIn("gonzo: created on image mini, 128M of memory, kernel linux.uml\n", out)

    def test_create_sends_all_options(self):
        _, _, _, requests = self.run_with(
            lambda m, p: guest(state="stopped"), "create", "web", "--image", "debian", "--kernel",
            "umlk", "--kernel-path", "/k", "--initrd", "/i", "--mem", "1G", "--ncpus", "2", "--disk",
            "/d,ro", "--swap", "64M", "--net", "tap,bridge=umlbr0", "--append", "a b", "--consoles",
            "2", "--on-reboot", "stop", "--on-crash", "restart", "--stop-timeout", "5m", "--owner",
            "alice")
        self.assertEqual(requests, [("guest.create", {
            "name": "web", "image": "debian", "kernel": "umlk", "kernel_path": "/k", "initrd": "/i",
            "mem": "1G", "ncpus": 2, "disks": ["/d,ro"], "swap": "64M", "net": "tap,bridge=umlbr0",
            "append": "a b", "consoles": 2, "on_reboot": "stop", "on_crash": "restart",
            "stop_timeout": "5m", "owner": "alice"})])

    def test_create_start_as_json_is_one_document(self):
        def handler(method, params):
            return guest(state="running" if method == "guest.start" else "stopped")
        status, out, _, requests = self.run_with(handler, "create", "gonzo", "--start", "-o", "json")
        self.assertEqual(status, 0)
        self.assertEqual(json.loads(out)["state"], "running")
        self.assertEqual([m for m, _ in requests], ["guest.create", "guest.start"])

    def test_error_is_printed_unchanged(self):
        status, out, err, _ = self.run_with(refuse_all, "show", "nobody")
        self.assertEqual((status, out), (3, ""))
        self.assertEqual(err, "umlctl: there is no guest nobody\n  umlctl list shows all\n")

    def test_hint_of_several_lines(self):
        def handler(method, params):
            raise Refuse(1, "start-failed", "it did not come up", "its console said:\none\x1b[2J\n\ntwo\n")
        self.assertEqual(self.run_with(handler, "start", "x")[2],
                         "umlctl: it did not come up\n  its console said:\n  one?[2J\n  two\n")

    def test_error_as_json(self):
        status, out, err, _ = self.run_with(refuse_all, "-o", "json", "show", "nobody")
        self.assertEqual((status, out), (3, ""))
        self.assertEqual(json.loads(err), {"error": {
            "code": 3, "reason": "guest-not-found", "message": "there is no guest nobody",
            "guest": "nobody", "hint": "umlctl list shows all"}})

    def test_usage_error_as_json(self):
        status, _, err, _ = self.run_with(refuse_all, "shwo", "-o", "json")
        self.assertEqual(status, 2)
        self.assertEqual(json.loads(err)["error"]["reason"], "unknown-verb")

    def test_every_code_is_the_exit_status(self):
        for code in range(1, 7):
            def handler(method, params, code=code):
                raise Refuse(code, "x", "y")
            self.assertEqual(self.run_with(handler, "show", "x")[0], code)

    def test_invalid_params_code_is_usage(self):
        def handler(method, params):
            raise Refuse(-32602, "invalid-parameter", "mem is wrong")
        self.assertEqual(self.run_with(handler, "create", "x", "--mem", "q")[0], 2)

    def test_several_names_go_on_after_a_failure(self):
        def handler(method, params):
            if params["name"] == "b":
                raise Refuse(4, "guest-busy", "b is busy")
            if params["name"] == "c":
                raise Refuse(3, "guest-not-found", "no c")
            return guest(params["name"])
        status, out, err, _ = self.run_with(handler, "start", "a", "b", "c", "d")
        self.assertEqual(status, 4)
        self.assertEqual(out, "a: running\nd: running\n")
        self.assertEqual(err, "umlctl: b is busy\numlctl: no c\n")

    def test_several_names_as_json(self):
        status, out, _, _ = self.run_with(lambda m, p: guest(p["name"]), "-ojson", "pause", "a", "b")
        self.assertEqual(status, 0)
        self.assertEqual([g["name"] for g in json.loads(out)], ["a", "b"])

    def test_stop_waits(self):
        def handler(method, params):
            if method == "guest.stop":
                return {"state": "stopping"}
            return guest(state="stopped", end={"reason": "poweroff", "message": "", "time": ""})
        status, out, _, requests = self.run_with(handler, "stop", "gonzo", "--timeout", "30s")
        self.assertEqual((status, out), (0, "gonzo: stopped (poweroff)\n"))
        self.assertEqual(requests, [("guest.stop", {"name": "gonzo", "timeout": "30s"}),
                                    ("guest.wait", {"name": "gonzo", "state": "stopped"})])

    def test_stop_no_wait(self):
        status, out, _, requests = self.run_with(lambda m, p: {"state": "stopping"}, "stop",
                                                 "--no-wait", "gonzo")
        self.assertEqual((status, out), (0, "gonzo: stopping\n"))
        self.assertEqual(len(requests), 1)

    def test_wait_survives_a_restart_of_umld(self):
        calls = []

        def handler(method, params):
            calls.append(method)
            if len(calls) == 1:
                umld.go_away()
                os.unlink(umld.path)
                umld.listen()
                return Reply(hang_up=True)
            return guest(state="stopped", end={"reason": "panic"})
        with FakeUmld(handler) as umld:
            status, out, err = umld.run(UMLCTL, "wait", "gonzo")
        self.assertEqual((status, out, err), (0, "gonzo: stopped (panic)\n", ""))
        self.assertEqual(calls, ["guest.wait", "guest.wait"])

    def test_other_requests_are_not_repeated(self):
        status, _, err, requests = self.run_with(lambda m, p: Reply(hang_up=True), "start", "gonzo")
        self.assertEqual(status, 7)
        self.assertIn("umld closed the connection", err)
        self.assertEqual(len(requests), 1)

    def test_restart_that_fails(self):
        def handler(method, params):
            if method == "guest.restart":
                return {"state": "stopping"}
            return guest(state="stopped", end={"reason": "failed", "message": "no root"})
        status, _, err, _ = self.run_with(handler, "restart", "gonzo")
        self.assertEqual((status, err), (1, "umlctl: gonzo did not come up again: no root\n"))

    def test_list_is_clean_and_aligned(self):
        def handler(method, params):
            return {"guests": [guest("a", mem=1 << 30), guest("long-name", state="stopped",
                               end={"reason": "panic\x1b[2J"}, image="x\u009b31m")]}
        status, out, _, _ = self.run_with(handler, "list")
        self.assertEqual(status, 0)
        self.assertNotIn("\x1b", out)
        self.assertNotIn("\u009b", out)
        lines = out.splitlines()
        self.assertEqual(len(lines), 3)
        self.assertEqual(lines[0].split()[:2], ["NAME", "STATE"])
        self.assertEqual(lines[1].index("running"), lines[2].index("stopped"))

    def test_list_json_escapes_terminal_controls(self):
        _, out, _, _ = self.run_with(lambda m, p: {"guests": [guest(image="x\u009b\x7f\x1b")]},
                                     "-ojson", "list")
        self.assertEqual(json.loads(out)["guests"][0]["image"], "x\u009b\x7f\x1b")
        self.assertTrue(out.isascii())

    def test_list_quiet(self):
        _, out, _, _ = self.run_with(lambda m, p: {"guests": [guest("a"), guest("b")]}, "-q", "list")
        self.assertEqual(out, "a\nb\n")

    def test_list_empty(self):
        status, out, err, _ = self.run_with(lambda m, p: {"guests": []}, "list")
        self.assertEqual((status, out), (0, ""))
        self.assertIn("umlctl create", err)

    def test_show(self):
        end = {"reason": "panic", "message": "no init", "time": "2026-01-31T12:00:00Z",
               "console_tail": "line one\nline \x1b[31mtwo\n"}
        net = {"mode": "tap", "tap": "t0", "bridge": "umlbr0", "mac": "02:00:00:00:00:01",
               "address": "10.155.0.2"}
        _, out, _, _ = self.run_with(lambda m, p: guest(state="stopped", end=end, net=net,
                                                        disks=["/a", "/b,ro"]), "show", "gonzo")
        self.assertRegex(out, r"last end     panic: no init \(\d+ (h|days) ago\)\n")
        self.assertIn("last output  line one\n             line ?[31mtwo\n", out)
        self.assertIn("network      tap, tap t0, bridge umlbr0, mac 02:00:00:00:00:01, "
                      "address 10.155.0.2\n", out)
        self.assertIn("disk         /a\ndisk         /b,ro\n", out)

    def test_rename_delete_set(self):
        self.assertEqual(self.run_with(lambda m, p: guest("b"), "rename", "a", "b")[3],
                         [("guest.rename", {"name": "a", "new_name": "b"})])
        status, out, _, requests = self.run_with(lambda m, p: {}, "delete", "-f", "a")
        self.assertEqual((status, out), (0, "a: deleted\n"))
        self.assertEqual(requests, [("guest.delete", {"name": "a", "force": True})])
        self.assertEqual(self.run_with(lambda m, p: guest(), "set", "a", "--mem", "64M")[3],
                         [("guest.set", {"name": "a", "mem": "64M"})])
        self.assertEqual(self.run_with(refuse_all, "set", "a")[0], 2)

    def test_mconsole(self):
        status, out, _, requests = self.run_with(lambda m, p: {"status": 0, "text": "OK 6.1"},
                                                 "mconsole", "gonzo", "config", "eth0")
        self.assertEqual((status, out), (0, "OK 6.1\n"))
        self.assertEqual(requests, [("guest.mconsole", {"name": "gonzo", "command": "config eth0"})])
        status, out, err, _ = self.run_with(lambda m, p: {"status": 22, "text": "bad"}, "mconsole",
                                            "gonzo", "x")
        self.assertEqual((status, out, err), (1, "", "bad\n"))

    def log_handler(self, *parts):
        def handler(method, params):
            fds = []
            for part in parts:
                f = tempfile.TemporaryFile()
                f.write(part)
                f.flush()
                f.seek(0)
                fds.append(os.dup(f.fileno()))
                f.close()
            return Reply({"sizes": [len(p) for p in parts]}, fds)
        return handler

    def test_log_joins_and_filters(self):
        handler = self.log_handler(b"one\r\ntw", b"o\r\n\x1b[31mthree\x1b[0m\r\n")
        self.assertEqual(self.run_with(handler, "log", "gonzo")[1], "one\ntwo\nthree\n")
        self.assertEqual(self.run_with(handler, "log", "gonzo", "-n", "2")[1], "two\nthree\n")
        self.assertEqual(self.run_with(handler, "log", "gonzo", "-n0")[1], "")
        self.assertEqual(self.run_with(handler, "log", "gonzo", "-n9")[1], "one\ntwo\nthree\n")
        with FakeUmld(handler) as umld:
            raw = subprocess.run([UMLCTL, "--socket", umld.path, "log", "gonzo", "--raw", "1"],
                                 capture_output=True, check=True, timeout=60).stdout
            self.assertEqual(umld.requests, [("console.log", {"name": "gonzo", "console": 1})])
        self.assertEqual(raw, b"one\r\ntwo\r\n\x1b[31mthree\x1b[0m\r\n")

    def job(self, **more):
        j = {"job": 7, "kind": "image.build", "subject": "deb", "state": "running", "progress": 0,
             "phase": "", "error": None, "result": None}
        j.update(more)
        return j

    def test_image_build(self):
        def handler(method, params):
            if method == "job.wait":
                return self.job(state="done", progress=1000, result={"image": "deb"})
            if method == "events.subscribe":
                return Reply({}, events=[{"event": "job", "seq": 1, "epoch": "e", "job": 7,
                                          "progress": 500, "phase": "unpack"}])
            return self.job()
        status, out, err, requests = self.run_with(
            handler, "image", "build", "deb", "--suite", "bookworm", "--include", "a,b", "--size", "1G")
        self.assertEqual((status, out, err), (0, "deb: built\n", ""))
        self.assertEqual(requests[0], ("image.build", {"name": "deb", "suite": "bookworm",
                                                       "include": ["a", "b"], "size": "1G"}))
        self.assertEqual(requests[-1], ("job.wait", {"job": 7}))

    def test_image_build_failure(self):
        def handler(method, params):
            if method == "job.wait":
                return self.job(state="failed", error={
                    "code": 1, "reason": "no-space", "message": "the disk is full", "hint": "free some"})
            return self.job()
        status, _, err, _ = self.run_with(handler, "image", "build", "deb", "--suite", "bookworm")
        self.assertEqual((status, err), (1, "umlctl: the disk is full\n  free some\n"))

    def test_interrupt_cancels_a_build(self):
        waiting, cancelled = threading.Event(), threading.Event()

        def handler(method, params):
            if method == "job.cancel":
                cancelled.set()
            elif method == "job.wait":
                waiting.set()
                if not cancelled.is_set():
                    return Reply(silent=True)
                return self.job(state="cancelled")
            return self.job()
        for sig in (signal.SIGINT, signal.SIGTERM):
            waiting.clear()
            cancelled.clear()
            with FakeUmld(handler) as umld:
                p = subprocess.Popen([UMLCTL, "--socket", umld.path, "image", "build", "deb", "--suite",
                                      "bookworm"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                self.assertTrue(waiting.wait(60))
                p.send_signal(sig)
                out, err = p.communicate(timeout=60)
            self.assertEqual((p.returncode, out), (1, b""))
            self.assertEqual(err, b"cancelling job 7\numlctl: job 7 was cancelled\n")

    def test_image_import_sends_a_descriptor(self):
        with tempfile.NamedTemporaryFile() as f:
            f.write(b"content")
            f.flush()
            with FakeUmld(lambda m, p: self.job()) as umld:
                status, out, _ = umld.run(UMLCTL, "image", "import", "x", f.name, "--no-wait")
                self.assertEqual((status, out), (0, "7\n"))
                self.assertEqual(umld.requests, [("image.import", {"name": "x"})])
                self.assertEqual(len(umld.received_fds), 1)
                self.assertEqual(os.pread(umld.received_fds[0], 100, 0), b"content")

    def test_image_import_of_nothing(self):
        status, _, err, requests = self.run_with(refuse_all, "image", "import", "x", "/nonexistent")
        self.assertEqual((status, requests), (3, []))
        self.assertIn("/nonexistent", err)

    def test_images_and_jobs(self):
        images = {"images": [{"name": "mini", "size": 8 << 20, "disk_bytes": 3 << 20, "suite": "",
                              "origin": "mini", "created": "2026-01-31T12:00:00Z"}]}
        self.assertIn("mini  8.0M     3.0M", self.run_with(lambda m, p: images, "image", "list")[1])
        out = self.run_with(lambda m, p: {"jobs": [self.job(progress=420)]}, "job", "list")[1]
        self.assertIn("7  image.build  deb", out)
        self.assertIn("42%", out)
        self.assertEqual(self.run_with(refuse_all, "job", "show", "x7")[0], 2)

    def test_events(self):
        events = [{"seq": 1, "epoch": "e", "time": "T", "event": "guest.state", "guest": "a",
                   "state": "running"},
                  {"seq": 2, "epoch": "e", "time": "T", "event": "guest.state", "guest": "b",
                   "state": "x\x1b[2J"}]

        def handler(method, params):
            return Reply({"seq": 2, "epoch": "e", "oldest": 1}, events=events)
        status, out, _, requests = self.run_with(handler, "events", "--since", "0", "--count", "2")
        self.assertEqual(status, 0)
        self.assertEqual(out, "T  guest.state    a state=running\nT  guest.state    b state=x?[2J\n")
        self.assertEqual(requests, [("events.subscribe", {"since": 0})])
        out = self.run_with(handler, "events", "-ojson", "--count", "1", "b")[1]
        self.assertEqual(json.loads(out)["guest"], "b")

    def test_rpc(self):
        status, out, _, requests = self.run_with(lambda m, p: {"x": [1]}, "rpc", "a.b", '{"c":1}')
        self.assertEqual((status, json.loads(out)), (0, {"x": [1]}))
        self.assertEqual(requests, [("a.b", {"c": 1})])
        self.assertEqual(self.run_with(lambda m, p: {}, "rpc", "m", "-", stdin='{"d":2}')[3],
                         [("m", {"d": 2})])
        for bad in ("[]", "{", '{"a":1,"a":2}', "1"):
            self.assertEqual(self.run_with(refuse_all, "rpc", "m", bad)[0::3], (2, []), bad)

    def test_hostile_answers(self):
        for raw in (b"garbage\n", b"[]\n", b'{"jsonrpc":"2.0","id":1}\n', b"\xff\xfe\n",
                    b'{"a":' * 100 + b"\n", b"x" * 300000 + b"\n"):
            status, out, err, _ = self.run_with(
                lambda m, p, raw=raw: Reply(raw=raw, hang_up=True), "show", "gonzo")
            self.assertIn(status, (1, 7), raw[:20])
            self.assertEqual(out, "")
            self.assertTrue(err.startswith("umlctl: "), err)

    def test_odd_types_do_not_crash(self):
        for result in ([], 5, "x", None, {"guests": 5}, {"guests": [1, None, {"name": 7}]},
                       {"guests": [{"name": {}, "end": "x", "net": 3, "mem": -1, "state": []}]}):
            for verb in (["list"], ["show", "x"], ["image", "list"], ["job", "list"]):
                status, _, _, _ = self.run_with(lambda m, p, result=result: result, *verb)
                self.assertIn(status, (0, 1), (verb, result))

    def test_unreachable(self):
        p = subprocess.run([UMLCTL, "--socket", "/nonexistent/s", "list"], capture_output=True,
                           text=True, check=False, timeout=60)
        self.assertEqual(p.returncode, 7)
        self.assertIn("umld cannot be reached at /nonexistent/s", p.stderr)
        self.assertIn("start", p.stderr.splitlines()[1])

    def test_version(self):
        hello = {"server": "umld", "version": "9.9", "mode": "user", "pid": 5, "state_dir": "/s"}
        self.assertIn("umld 9.9, user mode, pid 5, state in /s\n",
                      self.run_with(lambda m, p: hello, "version")[1])

    def test_help_of_every_verb(self):
        run = lambda *a: subprocess.run([UMLCTL, *a], capture_output=True, text=True, check=True,
                                        timeout=60).stdout
        verbs = run("help", "--list").splitlines()
        self.assertGreater(len(verbs), 25)
        overview = run("help")
        for verb in verbs:
            self.assertIn(f"  {verb}", overview)
            self.assertTrue(run("help", *verb.split()).startswith(f"usage: umlctl {verb}"))
            self.assertEqual(run(*verb.split(), "--help"), run("help", *verb.split()))
            self.assertLess(max(map(len, run("help", *verb.split()).splitlines())), 80, verb)


if __name__ == "__main__":
    unittest.main()
