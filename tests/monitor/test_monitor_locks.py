# SPDX-License-Identifier: GPL-2.0-or-later
"""Is one image never writable in two guests, and opened with no more rights than its owner has?"""

import os

from monitor_rig import main


def image(rig, name="disk.img"):
    path = rig.base + "/" + name
    with open(path, "wb") as f:
        f.truncate(4096)
    os.chmod(path, 0o644)
    return path


def lock(path, writable=True):
    return {"path": path, "writable": writable}


def test_writable_once(rig):
    disk = image(rig)
    process, peer = rig.start(locks=[lock(disk)])
    for writable in (True, False):
        rig.define(guest="other", locks=[lock(disk, writable)])
        second, ready = rig.launch("other")
        assert ready["error"]["code"] == 4 and disk in ready["error"]["message"], ready
        assert second.wait() == 0
        assert rig.end("other")["end"] == "failed"
    peer.call("monitor.kill")
    peer.wait_state("stopped")
    process.wait()
    rig.start(guest="other", locks=[lock(disk)])


def test_shared_by_readers(rig):
    base = image(rig)
    rig.start(guest="a1", locks=[lock(base, False)])
    rig.start(guest="a2", locks=[lock(base, False), lock(base, False)])
    rig.define(guest="a3", locks=[lock(base, True)])
    assert rig.launch("a3")[1]["error"]["code"] == 4


def test_twice_in_one_guest(rig):
    disk = image(rig)
    rig.define(locks=[lock(disk), lock(disk)])
    assert rig.launch()[1]["error"]["code"] == 4


def test_kept_over_a_restart(rig):
    disk = image(rig)
    _, peer = rig.start(locks=[lock(disk)])
    peer.wait_state("running")
    peer.call("monitor.stop", timeout_ms=100000, restart=True)
    peer.wait_state("starting")
    peer.wait_state("running")
    rig.define(guest="other", locks=[lock(disk)])
    assert rig.launch("other")[1]["error"]["code"] == 4


def test_not_a_disk(rig):
    fifo = rig.base + "/fifo"
    os.mkfifo(fifo)
    for path, code in ((fifo, 2), (rig.base, 2), (rig.base + "/nowhere", 3), ("/dev/null", 2)):
        rig.define(locks=[lock(path)])
        process, ready = rig.launch()
        assert ready["error"]["code"] == code, (path, ready)
        process.wait()


def test_owners_rights(rig):
    if os.getuid() != 0:
        return
    disk = image(rig)
    os.chmod(disk, 0o600)
    rig.define(uid=12345, gid=12345, locks=[lock(disk)])
    process, ready = rig.launch()
    process.wait()
    assert ready["error"]["code"] == 5, ready
    # Who may only read an image must not keep others from it.
    os.chmod(disk, 0o644)
    rig.define(uid=12345, gid=12345, locks=[lock(disk)])
    process, ready = rig.launch()
    process.wait()
    assert ready["error"]["code"] == 5, ready
    rig.start(guest="reader", uid=12345, gid=12345, locks=[lock(disk, False)])
    rig.peer("reader").call("monitor.kill")
    rig.monitors[-1].wait()
    # A directory swapped for a link leads no further than the owner could go.
    os.mkdir(rig.base + "/private", 0o700)
    os.symlink(rig.base + "/private", rig.base + "/swapped")
    with open(rig.base + "/private/disk.img", "wb") as f:
        f.truncate(4096)
    os.chmod(rig.base + "/private/disk.img", 0o666)
    rig.define(uid=12345, gid=12345, locks=[lock(rig.base + "/swapped/disk.img")])
    process, ready = rig.launch()
    process.wait()
    assert ready["error"]["code"] == 5, ready
    os.chown(disk, 12345, 12345)
    rig.start(uid=12345, gid=12345, locks=[lock(disk)])


main([test_writable_once, test_shared_by_readers, test_twice_in_one_guest, test_kept_over_a_restart,
      test_not_a_disk, test_owners_rights], options=((),))
