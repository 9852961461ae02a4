# SPDX-License-Identifier: GPL-2.0-or-later
"""Does a guest come up, answer, pause, and end as it was asked to, and does nothing survive its monitor?"""

import os
import signal
import time

from monitor_rig import RUN_ID, lock_is_held, main


def test_comes_up_and_stops(rig):
    process, peer = rig.start()
    status = peer.call("monitor.status")
    assert status["guest"] == "gonzo" and status["run_id"] == RUN_ID, status
    assert status["kernel"] == "linux.uml" and status["restarts"] == 0, status
    peer.wait_state("running")
    pid = peer.call("monitor.status")["pid"]
    with open("/proc/%d/cmdline" % pid) as f:
        assert "fake_kernel" in f.read().split("\0")[0]
    assert lock_is_held(rig.dir() + "/lock")
    assert peer.call("monitor.stop", timeout_ms=100000)["state"] == "stopping"
    note = peer.wait_state("stopped")
    assert note["end"] == "poweroff", note
    # What is told is durable before.
    assert rig.end()["end"] == "poweroff" and rig.end()["run_id"] == RUN_ID
    assert process.wait() == 0
    assert not lock_is_held(rig.dir() + "/lock")
    assert not os.path.exists(rig.run + "/monitors/gonzo.sock")
    assert not os.path.exists(rig.uml_dir())
    assert rig.processes() == []


def test_pause_and_mconsole(rig):
    _, peer = rig.start()
    peer.wait_state("running")
    assert peer.call("monitor.mconsole", command="version") == {"status": 0, "text": "fake 1.0"}
    assert peer.call("monitor.mconsole", command="x") == {"status": 1, "text": "Unknown command"}
    assert peer.error("monitor.resume")["data"]["reason"] == "wrong-state"
    assert peer.call("monitor.pause") == {"state": "paused"}
    assert peer.error("monitor.pause")["data"]["reason"] == "wrong-state"
    assert peer.call("monitor.resume") == {"state": "running"}
    # The raw command changes the state as well.
    assert peer.call("monitor.mconsole", command="stop")["status"] == 0
    assert peer.state() == "paused"
    # A paused guest is woken up to be stopped.
    peer.call("monitor.stop", timeout_ms=100000)
    assert peer.wait_state("stopped")["end"] == "poweroff"


def test_stop_deadline(rig):
    process, peer = rig.start("hang", "orphans")
    peer.wait_state("running")
    peer.call("monitor.stop", timeout_ms=200)
    note = peer.wait_state("stopped")
    assert note["end"] == "killed", note
    assert "in time" in rig.end()["message"], rig.end()
    assert rig.end()["signal"] == 9
    assert process.wait() == 0
    assert rig.processes() == []


def test_kill_leaves_nothing(rig):
    process, peer = rig.start("hang", "orphans", on_crash="restart")
    peer.wait_state("running")
    assert len(rig.processes()) >= 5, rig.processes()
    peer.call("monitor.kill")
    assert peer.wait_state("stopped")["end"] == "killed"
    assert process.wait() == 0
    assert rig.processes() == []


def test_lost_monitor_takes_all_along(rig):
    process, peer = rig.start("hang", "orphans")
    peer.wait_state("running")
    assert len(rig.processes()) >= 5, rig.processes()
    process.send_signal(signal.SIGKILL)
    process.wait()
    rig.wait_no_processes()
    # A process gives up its memory, and so its command line, a moment before its descriptors.
    while lock_is_held(rig.dir() + "/lock"):
        time.sleep(0.01)
    assert not os.path.exists(rig.dir() + "/end.json")
    # The next monitor finds a stale socket, a stale umid directory and goes on.
    _, peer = rig.start()
    peer.wait_state("running")


def test_lost_init_takes_all_along(rig):
    _, peer = rig.start("hang", "orphans")
    peer.wait_state("running")
    for pid, line in rig.processes():
        if line.startswith("umld-guest-init"):
            os.kill(pid, signal.SIGKILL)
    assert peer.wait_state("stopped")["end"] == "killed"
    rig.monitors[0].wait()
    assert rig.processes() == []


def test_lock_is_kept_until_the_last_process_is_gone(rig):
    process, peer = rig.start("hang", "orphans")
    peer.wait_state("running")
    init = [pid for pid, line in rig.processes() if line.startswith("umld-guest-init")][0]
    os.kill(init, signal.SIGSTOP)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert lock_is_held(rig.dir() + "/lock")
    os.kill(init, signal.SIGCONT)
    rig.wait_no_processes()
    # A process gives up its memory, and so its command line, a moment before its descriptors.
    while lock_is_held(rig.dir() + "/lock"):
        time.sleep(0.01)


def test_second_monitor_is_refused(rig):
    _, peer = rig.start()
    process, ready = rig.launch()
    assert process.wait() == 75
    assert ready["error"]["data"]["reason"] == "guest-running", ready
    assert peer.state() in ("starting", "running")
    assert not os.path.exists(rig.dir() + "/end.json")


def test_sigterm_stops_the_guest(rig):
    process, peer = rig.start()
    peer.wait_state("running")
    process.send_signal(signal.SIGTERM)
    assert peer.wait_state("stopped")["end"] == "poweroff"
    assert process.wait() == 0


def test_stop_before_it_is_up(rig):
    _, peer = rig.start("never-up")
    assert peer.error("monitor.mconsole", command="version")["data"]["reason"] == "guest-not-up"
    peer.call("monitor.stop", timeout_ms=200)
    assert peer.wait_state("stopped")["end"] == "killed"


def test_who_the_kernel_is(rig):
    fields = {"consoles": 2, "cpu": 0}
    if os.getuid() == 0:
        fields.update(uid=12345, gid=23456)
    _, peer = rig.start("identity", "attack", **fields)
    text = peer.attach().until(b"attack-done").decode()
    uid, gid = fields.get("uid", os.getuid()), fields.get("gid", os.getgid())
    assert "uid=%d gid=%d" % (uid, gid) in text, text
    assert "core=0" in text and "NoNewPrivs:\t1" in text, text
    assert "CapEff:\t0000000000000000" in text or os.getuid() != 0, text
    assert "SigBlk:\t0000000000000000" in text, text
    assert "SigIgn:\t0000000000000000" in text, text
    assert "Cpus_allowed_list:\t0\n" in text.replace("\r", ""), text
    # Two consoles, its own socket, nothing of the monitor's.
    fds = text.split("fds:")[1].split("\n")[0].split()
    assert sorted(map(int, fds)) == [0, 1, 2, 3, 4], fds
    if os.getuid() == 0:
        assert "groups=0" in text
        assert "kill-refused" in text and "trace-refused" in text and "root-refused" in text, text
    if not rig.options:
        assert "ppid=1 " in text, text


main([test_comes_up_and_stops, test_pause_and_mconsole, test_stop_deadline,
      test_kill_leaves_nothing, test_lost_monitor_takes_all_along, test_lost_init_takes_all_along,
      test_lock_is_kept_until_the_last_process_is_gone, test_second_monitor_is_refused,
      test_sigterm_stops_the_guest, test_stop_before_it_is_up, test_who_the_kernel_is])
