# SPDX-License-Identifier: GPL-2.0-or-later
"""Do viewers see everything, in order, however many and however slow they are, and does the log keep up?"""

import glob
import os
import socket
import struct
import subprocess

from monitor_rig import Viewer, main


def test_frames_of_a_late_joiner(rig):
    _, peer = rig.start("con1=fd:3", consoles=2)
    peer.wait_state("running")
    first = peer.attach()
    first.until(b"fake kernel is up")
    late = peer.attach()
    kind, payload = late.frame()
    assert kind == "H" and b'"guest":"gonzo"' in payload and b'"offset":0' in payload, payload
    kinds, out = [], b""
    while "L" not in kinds:
        kind, payload = late.frame()
        kinds.append(kind)
        out += payload if kind == "D" else b""
    assert set(kinds[:-1]) == {"D"} and b"fake kernel is up" in out, (kinds, out)
    # Input of one is seen by both.
    late.send("D", b"typed")
    first.until(b"typed")
    late.until(b"typed")
    other = peer.attach(1)
    other.until(b"console one")
    peer.call("monitor.stop", timeout_ms=100000)
    frames = late.rest()
    assert frames[-1][0] == "B" and b"stopped as asked" in frames[-1][1], frames
    states = [payload for kind, payload in frames if kind == "S"]
    assert b'"stopping"' in states[0] and b'"stopped"' in states[-1], states
    assert b"".join(p for k, p in frames if k == "D").endswith(b"reboot: Restarting system\r\n") or \
        b"reboot: Restarting system" in b"".join(p for k, p in frames if k == "D"), frames
    assert other.rest()[-1][0] == "B"


def test_readonly_and_window_size(rig):
    _, peer = rig.start()
    peer.wait_state("running")
    pid = peer.call("monitor.status")["pid"]

    def size():
        text = subprocess.check_output(["stty", "-F", "/proc/%d/fd/0" % pid, "size"])
        return text.split()

    watcher, typist = peer.attach(readonly=True), peer.attach()
    watcher.send("W", struct.pack(">HH", 10, 10))
    watcher.send("D", b"not this")
    typist.send("W", struct.pack(">HH", 132, 43))
    typist.send("D", b"but this")
    out = watcher.until(b"but this")
    assert b"not this" not in out, out
    assert size() == [b"43", b"132"], size()
    third = peer.attach()
    third.send("W", struct.pack(">HH", 100, 30))
    third.send("D", b"x")
    typist.until(b"x")
    assert size() == [b"30", b"100"], size()
    third.close()
    while peer.call("monitor.status")["viewers"] != 2:
        pass
    assert size() == [b"43", b"132"], size()


def test_slow_viewer_stalls_nobody(rig):
    _, peer = rig.start("spew")
    frozen = peer.attach()
    quick = peer.attach()
    seen = 0
    while seen < 8 << 20:
        kind, payload = quick.frame()
        assert kind != "EOF"
        if kind == "D":
            seen += len(payload)
    assert peer.state() == "running"
    # What the frozen one then reads is what fitted its socket, a gap that is told, and the newest output.
    kinds, position, lost = set(), 0, 0
    while not lost:
        kind, payload = frozen.frame()
        kinds.add(kind)
        assert kind != "EOF"
        if kind == "D":
            position += len(payload)
        if kind == "X":
            lost = struct.unpack(">Q", payload)[0]
    assert position < 1 << 20, position
    assert lost > 1 << 20, lost
    peer.call("monitor.kill")
    assert peer.wait_state("stopped")["end"] == "killed"


def test_frozen_viewer_does_not_delay_the_end_for_ever(rig):
    process, peer = rig.start("spew")
    frozen = peer.attach()
    quick = peer.attach()
    seen = 0
    while seen < 2 << 20:
        seen += len(quick.frame()[1])
    peer.call("monitor.kill")
    assert quick.rest()[-1][0] == "B"
    assert process.wait() == 0
    frozen.close()


def memory_of(pid):
    with open("/proc/%d/status" % pid) as f:
        for line in f:
            if line.startswith("VmRSS"):
                return int(line.split()[1]) * 1024
    return 0


def test_many_viewers(rig):
    process, peer = rig.start()
    peer.wait_state("running")
    viewers = [peer.attach() for _ in range(50)]
    assert peer.call("monitor.status")["viewers"] == 50
    viewers[17].send("D", b"for all of you")
    for viewer in viewers:
        viewer.until(b"for all of you")
    for viewer in viewers[:25]:
        viewer.close()
    while peer.call("monitor.status")["viewers"] != 25:
        pass
    viewers[30].send("D", b"and for the rest")
    for viewer in viewers[25:]:
        viewer.until(b"and for the rest")
    # Several hundred that never read cost a small fixed part each.
    before = memory_of(process.pid)
    more = [peer.attach() for _ in range(300)]
    viewers[30].send("D", b"z" * 4096)
    viewers[31].until(b"z" * 100)
    assert memory_of(process.pid) - before < 300 * 16384 + (4 << 20)
    assert len(more) == 300
    peer.call("monitor.stop", timeout_ms=100000)
    for viewer in viewers[25:]:
        assert viewer.rest()[-1][0] == "B"
    assert process.wait() == 0


def test_paste_into_a_deaf_guest(rig):
    _, peer = rig.start("deaf")
    peer.wait_state("running")
    paster, other = peer.attach(), peer.attach()
    paster.sock.setblocking(False)
    frame = struct.pack(">BBH", ord("D"), 0, 4096) + b"p" * 4096
    sent = 0
    try:
        while sent < 64 << 20:
            sent += paster.sock.send(frame)
    except BlockingIOError:
        pass
    assert sent < 16 << 20, sent
    # Everything else goes on.
    assert peer.state() == "running"
    other.until(b"fake kernel is up")
    paster.close()
    while peer.call("monitor.status")["viewers"] != 1:
        pass
    peer.call("monitor.kill")
    assert peer.wait_state("stopped")["end"] == "killed"


def test_log_and_rotation(rig):
    process, peer = rig.start("spew", log_bytes=65536)
    viewer = peer.attach()
    seen = 0
    while seen < 4 << 20:
        seen += len(viewer.frame()[1])
    peer.call("monitor.kill")
    process.wait()
    sizes = [os.stat(name).st_size for name in glob.glob(rig.dir() + "/console-0.log*")]
    assert len(sizes) == 2 and all(0 < size <= 65536 for size in sizes), sizes
    assert os.stat(rig.dir() + "/console-0.log").st_mode & 0o777 == 0o600


def test_log_goes_on_over_runs(rig):
    for _ in range(2):
        rig.define("poweroff")
        rig.launch()[0].wait()
    with open(rig.dir() + "/console-0.log", "rb") as f:
        assert f.read().count(b"reboot: Power down") == 2


def test_log_that_cannot_be_written(rig):
    rig.define()
    os.makedirs(rig.dir() + "/console-0.log")
    process, ready = rig.launch()
    assert ready == {"ok": True}
    peer = rig.peer()
    viewer = peer.attach()
    viewer.until(b"fake kernel is up")
    for _ in range(5):
        viewer.send("D", b"again")
        viewer.until(b"again")
    peer.call("monitor.stop", timeout_ms=100000)
    assert process.wait() == 0
    assert rig.log().count("cannot write console-0.log") == 1, rig.log()


def test_no_log(rig):
    rig.define("poweroff", log_bytes=0)
    rig.launch()[0].wait()
    assert not os.path.exists(rig.dir() + "/console-0.log")


def test_wrong_attach(rig):
    _, peer = rig.start()
    peer.wait_state("running")
    assert peer.error("monitor.attach")["data"]["reason"] == "missing-descriptor"
    with open("/dev/null") as null:
        reason = peer.error("monitor.attach", [null.fileno()])["data"]["reason"]
        assert reason == "invalid-descriptor", reason
    ours, theirs = socket.socketpair()
    reason = peer.error("monitor.attach", [theirs.fileno()], console=3)["data"]["reason"]
    assert reason == "console-not-found", reason
    theirs.close()
    # The refused descriptor has been closed on the other side too.
    assert Viewer(ours).frame() == ("EOF", b"")


main([test_frames_of_a_late_joiner, test_readonly_and_window_size, test_slow_viewer_stalls_nobody,
      test_frozen_viewer_does_not_delay_the_end_for_ever, test_many_viewers,
      test_paste_into_a_deaf_guest, test_log_and_rotation, test_log_goes_on_over_runs,
      test_log_that_cannot_be_written, test_no_log, test_wrong_attach], options=((),))
