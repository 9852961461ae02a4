# SPDX-License-Identifier: GPL-2.0-or-later
"""Is every end told apart, written down, and followed by a restart where the policy says so?"""

import json
import os
import signal

from monitor_rig import RUN_ID, main


def end_of(rig, *words, **fields):
    process, peer = rig.start(*words, **fields)
    note = peer.wait_state("stopped")
    end = rig.end()
    assert note["end"] == end["end"] and note["message"] == end["message"], (note, end)
    assert end["run_id"] == RUN_ID and end["version"] == 1
    assert process.wait() == 0
    assert rig.processes() == []
    return end


def test_poweroff(rig):
    end = end_of(rig, "poweroff", on_reboot="restart", on_crash="restart")
    assert end["end"] == "poweroff" and end["status"] == 0 and end["signal"] == 0, end
    assert end["console_tail"].endswith("reboot: Power down\n"), end
    # Also what the kernel says on standard error is on its console.
    assert "stderr line\n" in end["console_tail"], end


def test_reboot_with_policy_stop(rig):
    assert end_of(rig, "reboot")["end"] == "reboot"


def test_panic(rig):
    end = end_of(rig, "panic")
    assert end["end"] == "panic" and end["signal"] == signal.SIGABRT, end
    assert "VFS: no root" in end["message"], end


def test_crash(rig):
    end = end_of(rig, "crash")
    assert end["end"] == "panic" and end["signal"] == signal.SIGSEGV, end


def test_killed_from_outside(rig):
    _, peer = rig.start()
    peer.wait_state("running")
    os.kill(peer.call("monitor.status")["pid"], signal.SIGKILL)
    assert peer.wait_state("stopped")["end"] == "killed"
    assert "outside" in rig.end()["message"], rig.end()


def test_failed_before_it_was_up(rig):
    # It may be over before we can connect, so only the file counts.
    rig.define("early-exit", on_crash="restart")
    process, ready = rig.launch()
    assert ready == {"ok": True}
    assert process.wait() == 0
    end = rig.end()
    assert end["end"] == "failed" and end["status"] == 1, end
    assert "fake: cannot allocate anything" in end["message"], end
    assert "fake: cannot allocate anything" in end["console_tail"], end


def test_boot_timeout(rig):
    end = end_of(rig, "never-up", boot_timeout_ms=300)
    assert end["end"] == "failed" and "come up" in end["message"], end


def test_cannot_execute(rig):
    rig.define(program="/nowhere/linux")
    process, ready = rig.launch()
    assert "/nowhere/linux" in ready["error"]["message"], ready
    assert ready["error"]["data"]["reason"] == "not-found", ready
    assert process.wait() == 0
    assert rig.end()["end"] == "failed" and rig.end()["run_id"] == RUN_ID


def test_broken_run_file(rig):
    rig.define()
    with open(rig.dir() + "/run.json", "w") as f:
        f.write("{\"version\":1")
    process, ready = rig.launch()
    assert ready["error"]["message"].startswith("run.json"), ready
    process.wait()
    assert rig.end()["end"] == "failed"


def test_no_guest(rig):
    process, ready = rig.launch("nobody")
    assert ready["error"]["code"] == 3, ready
    assert process.wait() == 1


def test_guest_reboots_and_starts_again(rig):
    _, peer = rig.start("reboot", "once=%s/once" % rig.base, on_reboot="restart")
    viewer = None
    while viewer is None:
        if peer.state() == "running" and peer.call("monitor.status")["restarts"] == 1:
            viewer = peer.attach()
        elif not peer.notes:
            peer.notes.append(peer.line()["params"])
        else:
            peer.notes.pop(0)
    text = viewer.until(b"fake kernel is up")
    # The console has both runs, and the pty still works.
    assert text.count(b"stderr line") == 2, text
    viewer.send("D", b"hello again")
    viewer.until(b"hello again")
    peer.call("monitor.kill")
    assert peer.wait_state("stopped")["end"] == "killed"
    assert rig.end()["restarts"] == 1
    # The tail is the last run's alone.
    assert rig.end()["console_tail"].count("stderr line") == 1, rig.end()


def test_crash_restarts_by_policy(rig):
    _, peer = rig.start("panic", "once=%s/once" % rig.base, on_crash="restart")
    while peer.call("monitor.status")["restarts"] != 1:
        peer.line()
    peer.wait_state("running")
    peer.call("monitor.stop", timeout_ms=100000)
    assert peer.wait_state("stopped")["end"] == "poweroff"


def test_policy_changes_while_it_runs(rig):
    _, peer = rig.start(on_crash="restart")
    peer.wait_state("running")
    assert peer.error("monitor.policy", on_crash="perhaps")["code"] == 2
    assert peer.call("monitor.policy", on_crash="stop") == {}
    os.kill(peer.call("monitor.status")["pid"], signal.SIGSEGV)
    assert peer.wait_state("stopped")["end"] == "panic"


def test_stop_while_waiting_for_the_next_start(rig):
    # Panics for ever: the third start waits a second and more, time enough to be asked.
    _, peer = rig.start("panic", on_crash="restart")
    while peer.call("monitor.status")["restarts"] < 1 or peer.call("monitor.status")["pid"]:
        pass
    peer.call("monitor.stop", timeout_ms=100000)
    note = peer.wait_state("stopped")
    assert note["end"] in ("panic", "poweroff"), note


def test_restart_takes_the_new_run_file(rig):
    process, peer = rig.start()
    peer.wait_state("running")
    rig.define("identity", run_id="fedcba9876543210", consoles=2, file="next-run.json")
    peer.call("monitor.stop", timeout_ms=100000, restart=True)
    peer.wait_state("starting")
    peer.wait_state("running")
    status = peer.call("monitor.status")
    assert status["run_id"] == "fedcba9876543210" and status["restarts"] == 1, status
    assert status["state"] == "running"
    peer.attach(1)
    peer.call("monitor.kill")
    peer.wait_state("stopped")
    assert rig.end()["run_id"] == "fedcba9876543210"
    assert process.wait() == 0
    with open(rig.dir() + "/run.json") as f:
        assert json.load(f)["run_id"] == "fedcba9876543210"
    assert not os.path.exists(rig.dir() + "/next-run.json")


def test_next_run_file_that_nobody_told_of(rig):
    """umld died between writing it and telling the monitor: the run that there is keeps its own name and end."""
    process, peer = rig.start()
    peer.wait_state("running")
    old = peer.call("monitor.status")["run_id"]
    rig.define(run_id="fedcba9876543210", file="next-run.json")
    peer.call("monitor.stop", timeout_ms=100000)
    peer.wait_state("stopped")
    assert process.wait() == 0
    with open(rig.dir() + "/run.json") as f:
        assert json.load(f)["run_id"] == old == rig.end()["run_id"]


def test_restart_also_when_the_deadline_kills(rig):
    _, peer = rig.start("hang")
    peer.wait_state("running")
    rig.define()
    peer.call("monitor.stop", timeout_ms=100, restart=True)
    peer.wait_state("starting")
    peer.wait_state("running")
    assert peer.call("monitor.status")["restarts"] == 1


def test_restart_with_a_broken_run_file(rig):
    _, peer = rig.start()
    peer.wait_state("running")
    old = peer.call("monitor.status")["run_id"]
    with open(rig.dir() + "/next-run.json", "w") as f:
        json.dump({"version": 1}, f)
    peer.call("monitor.stop", timeout_ms=100000, restart=True)
    assert peer.wait_state("stopped")["end"] == "failed"
    with open(rig.dir() + "/run.json") as f:
        assert json.load(f)["run_id"] == old == rig.end()["run_id"]


def test_end_is_written_when_the_disk_is_there_again(rig):
    _, peer = rig.start()
    peer.wait_state("running")
    # A directory cannot be replaced by a file: the first try fails.
    os.makedirs(rig.dir() + "/end.json/x")
    peer.call("monitor.kill")
    while "trying again" not in rig.log():
        pass
    os.rename(rig.dir() + "/end.json", rig.base + "/away")
    assert peer.wait_state("stopped")["end"] == "killed"
    assert rig.end()["end"] == "killed"


main([test_poweroff, test_reboot_with_policy_stop, test_panic, test_crash, test_killed_from_outside,
      test_failed_before_it_was_up, test_boot_timeout, test_cannot_execute, test_broken_run_file,
      test_no_guest, test_guest_reboots_and_starts_again, test_crash_restarts_by_policy,
      test_policy_changes_while_it_runs, test_stop_while_waiting_for_the_next_start,
      test_restart_takes_the_new_run_file, test_next_run_file_that_nobody_told_of, test_restart_also_when_the_deadline_kills,
      test_restart_with_a_broken_run_file, test_end_is_written_when_the_disk_is_there_again])
