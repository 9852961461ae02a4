# SPDX-License-Identifier: GPL-2.0-or-later
"""Can a guest's kernel, a viewer or a peer hurt the monitor by what it says?"""

import json
import os
import random
import socket
import struct
import subprocess

from monitor_rig import FAKE, Peer, main


def test_kernel_that_lies(rig):
    _, peer = rig.start("bad-notify", "bad-answers")
    peer.wait_state("running")
    error = peer.error("monitor.mconsole", command="version")
    assert error["data"]["reason"] == "mconsole-failed", error
    assert rig.log().count("no notification") == 1, rig.log()
    # Stop still ends by the deadline or the kernel's own will.
    peer.call("monitor.stop", timeout_ms=100000)
    assert peer.wait_state("stopped")["end"] == "poweroff"


def test_kernel_that_never_answers(rig):
    _, peer = rig.start("silent", "hang")
    peer.wait_state("running")
    numbers = [peer.send("monitor.mconsole", command="version") for _ in range(20)]
    # More than the queue takes is refused at once, the rest waits without harm to anybody.
    refused = 0
    while refused < 4:
        line = peer.line()
        if "error" in line:
            assert line["error"]["data"]["reason"] == "mconsole-busy", line
            refused += 1
    other = rig.peer()
    assert other.state() == "running"
    other.call("monitor.kill")
    answered = set()
    while len(answered) < 16:
        line = peer.line()
        if "id" in line:
            assert line["error"]["data"]["reason"] == "guest-ended", line
            answered.add(line["id"])
    assert answered <= set(numbers)
    assert other.wait_state("stopped")["end"] == "killed"


def test_socket_planted_in_the_guests_directory(rig):
    """The owner may replace mconsole by a link to somebody else's socket; the command must not get there."""
    if os.getuid() != 0:
        return
    victim_path = rig.base + "/victim"
    victim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    victim.bind(victim_path)
    os.chmod(victim_path, 0o600)
    victim.setblocking(False)
    os.chmod(rig.base, 0o755)
    _, peer = rig.start(uid=12345, gid=12345)
    peer.wait_state("running")
    mconsole = rig.uml_dir() + "gonzo/mconsole"
    os.unlink(mconsole)
    os.symlink(victim_path, mconsole)
    assert "data" in peer.error("monitor.mconsole", command="halt")
    try:
        data = victim.recv(1024)
    except BlockingIOError:
        data = None
    assert data is None, data
    # Nor is anything behind a link removed at the end.
    os.makedirs(rig.base + "/precious")
    os.symlink(rig.base + "/precious", rig.uml_dir() + "gonzo/link")
    open(rig.base + "/precious/file", "w").close()
    peer.call("monitor.kill")
    rig.monitors[0].wait()
    assert os.path.exists(rig.base + "/precious/file")
    assert not os.path.exists(rig.uml_dir())


def test_viewer_that_talks_rubbish(rig):
    _, peer = rig.start()
    peer.wait_state("running")
    rubbish = [b"\0\0\0\0", b"Q\0\0\0", b"D\1\0\0", b"D\0\xff\xff", b"W\0\0\3abc", b"H\0\0\0",
               struct.pack(">BBH", ord("D"), 0, 5000), b"GET / HTTP/1.0\r\n\r\n"]
    for data in rubbish:
        viewer = peer.attach()
        viewer.sock.sendall(data)
        viewer.rest()
    # Half a frame and away.
    viewer = peer.attach()
    viewer.sock.sendall(b"D\0\0\x10abc")
    viewer.close()
    while peer.call("monitor.status")["viewers"]:
        pass
    assert peer.state() == "running"


def test_peer_that_talks_rubbish(rig):
    _, peer = rig.start()
    peer.wait_state("running")
    path = "%s/monitors/gonzo.sock" % rig.run
    lines = [b"\n\n", b"rubbish\n", b"[]\n", b"{}\n", b'{"jsonrpc":"2.0","id":1,"method":"no.such"}\n',
             b'{"jsonrpc":"2.0","id":1,"method":"monitor.stop","params":{"timeout_ms":-1}}\n',
             b'{"jsonrpc":"2.0","id":1,"method":"monitor.stop","params":{"timeout_ms":"soon"}}\n',
             b'{"jsonrpc":"2.0","id":1,"method":"monitor.kill","params":{"unknown":1}}\n',
             b"[" * 1000 + b"\n", b"\xff\xfe\n"]
    for line in lines:
        bad = Peer(path)
        bad.sock.sendall(line)
        if line.strip():
            answer = bad.line()
            assert "error" in answer, (line, answer)
        bad.sock.close()
    bad = Peer(path)
    try:
        bad.sock.sendall(b"x" * (1 << 20))
        while bad.sock.recv(65536):
            pass
    except (BrokenPipeError, ConnectionResetError):
        pass
    rng = random.Random(1)
    for _ in range(50):
        bad = Peer(path)
        try:
            bad.sock.sendall(bytes(rng.randrange(256) for _ in range(rng.randrange(2000))))
        except (BrokenPipeError, ConnectionResetError):
            pass
        bad.sock.close()
    assert peer.state() == "running"
    assert not os.path.exists(rig.dir() + "/end.json")


def test_descriptors_that_nobody_asked_for(rig):
    if os.getuid() != 0:  # the monitor lets nobody else look
        return
    process, peer = rig.start()
    peer.wait_state("running")
    ours, theirs = socket.socketpair()
    for _ in range(200):
        peer.call("monitor.status", [theirs.fileno()] * 4)
    count = len(os.listdir("/proc/%d/fd" % process.pid))
    assert count < 60, count
    ours.close()
    theirs.close()


def test_peer_that_never_reads(rig):
    _, peer = rig.start()
    peer.wait_state("running")
    deaf = rig.peer()
    text = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "monitor.status"}).encode() + b"\n"
    deaf.sock.settimeout(30)
    try:
        while True:
            deaf.sock.sendall(text * 100)
    except (BrokenPipeError, ConnectionResetError):
        pass
    assert peer.state() == "running"


def test_tree_that_cannot_be_removed(rig):
    """Does a guest whose kernel left an endlessly deep tree behind start again?"""
    deep = rig.uml_dir() + "d/" * 300
    os.makedirs(deep)
    _, peer = rig.start()
    peer.wait_state("running")
    assert os.listdir(rig.uml_dir()).count("d") == 0


def test_half_closed_peer(rig):
    """One that closes its sending side gets its answers, the kernel's too, then the end; one that is gone is forgotten."""
    process, peer = rig.start()
    peer.wait_state("running")
    half = rig.peer()
    numbers = [half.send("monitor.mconsole", command="version"), half.send("monitor.status")]
    half.sock.shutdown(socket.SHUT_WR)
    got = [half.line()["id"] for _ in range(2)]
    assert sorted(got) == numbers, got
    assert half.line() is None
    for _ in range(40):  # more than there may be at the same time
        gone = rig.peer()
        gone.send("monitor.mconsole", command="version")
        gone.sock.shutdown(socket.SHUT_WR)
        gone.sock.close()
    assert peer.state() == "running"
    last = rig.peer()
    last.sock.shutdown(socket.SHUT_WR)
    assert last.line() is None
    assert rig.peer().state() == "running"


def test_too_many_peers(rig):
    _, peer = rig.start()
    crowd = [rig.peer() for _ in range(40)]
    for p in crowd:
        try:
            p.sock.sendall(b"\n")
        except (BrokenPipeError, ConnectionResetError):
            pass
    assert peer.state() in ("starting", "running")


def test_other_users_are_refused(rig):
    if os.getuid() != 0:
        return
    _, peer = rig.start()
    path = "%s/monitors" % rig.run
    os.chmod(path, 0o755)
    os.chmod(path + "/gonzo.sock", 0o666)
    script = ("import socket,sys\ns=socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\n"
              "try:\n s.sendall(b'{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"monitor.kill\"}\\n')\n"
              " d=s.recv(100)\nexcept OSError:\n d=b''\nsys.exit(len(d))")
    status = subprocess.call(["python3", "-c", script, path + "/gonzo.sock"], user=12345)
    assert status == 0, status
    assert peer.state() in ("starting", "running")


def test_wrong_options(rig):
    from monitor_rig import MONITOR
    for words in ([], ["--state", "x"], ["--state", "/x", "--runtime", "/x", "--guest", "../x"],
                  ["--state", "/x", "--runtime", "/x", "--guest", "x", "more"],
                  ["--ready-fd", "77"], ["--nonsense"]):
        assert subprocess.call([MONITOR] + words, stderr=subprocess.DEVNULL) == 2, words
    assert FAKE


main([test_kernel_that_lies, test_kernel_that_never_answers,
      test_socket_planted_in_the_guests_directory, test_viewer_that_talks_rubbish,
      test_peer_that_talks_rubbish, test_descriptors_that_nobody_asked_for,
      test_peer_that_never_reads, test_tree_that_cannot_be_removed, test_half_closed_peer, test_too_many_peers, test_other_users_are_refused,
      test_wrong_options], options=((),))
