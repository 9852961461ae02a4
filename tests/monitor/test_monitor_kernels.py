# SPDX-License-Identifier: GPL-2.0-or-later
"""The monitor over a real kernel, UMLD_KERNEL (linux.uml or umlk), with busybox in an initrd: do the table's row and the kernel agree?"""

import os
import shutil
import signal
import sys
import tempfile

from monitor_rig import main

NAME = os.environ.get("UMLD_KERNEL", "linux.uml")
KERNEL = os.environ.get("UMLK") if NAME == "umlk" else shutil.which(NAME)
BUSYBOX = "/bin/busybox"
if not KERNEL or not os.path.exists(BUSYBOX):
    print(f"SKIP: no {NAME} (apt install user-mode-linux), or no busybox")
    sys.exit(77)
# The guest's user must reach its kernel wherever this tree is.
if NAME == "umlk":
    copies = tempfile.TemporaryDirectory(prefix="umlk-")
    os.chmod(copies.name, 0o755)
    KERNEL = shutil.copy(KERNEL, copies.name)

INIT = b"""#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t devtmpfs dev /dev
echo second console > /dev/tty1
echo guest is ready
exec /bin/busybox sh
"""


def cpio_entry(name, mode, data=b"", rdev=(0, 0)):
    head = "070701" + "".join("%08X" % field for field in (
        0, mode, 0, 0, 1, 0, len(data), 0, 0, rdev[0], rdev[1], len(name) + 1, 0))
    entry = head.encode() + name.encode() + b"\0"
    entry += b"\0" * (-len(entry) % 4) + data
    return entry + b"\0" * (-len(entry) % 4)


def make_initrd(path):
    with open(BUSYBOX, "rb") as f:
        busybox = f.read()
    with open(path, "wb") as f:
        for name in ("bin", "dev", "proc"):
            f.write(cpio_entry(name, 0o40755))
        f.write(cpio_entry("dev/console", 0o20600, rdev=(5, 1)))
        f.write(cpio_entry("dev/tty1", 0o20600, rdev=(4, 1)))
        f.write(cpio_entry("bin/busybox", 0o100755, busybox))
        f.write(cpio_entry("init", 0o100755, INIT))
        f.write(cpio_entry("TRAILER!!!", 0))


def boot(rig, *words, **fields):
    initrd = rig.base + "/initrd"
    make_initrd(initrd)
    settings = dict(program=KERNEL, kernel=NAME, consoles=2, cpu=0 if NAME == "linux.uml" else -1)
    settings.update(fields)
    process, peer = rig.start("mem=64M", "initrd=" + initrd, "con=none", "con0=fd:0,fd:1",
                              "con1=fd:3", "ssl=none", "noreboot", *words, **settings)
    return process, peer


def test_boot_type_and_power_off(rig):
    fields = {"uid": 12345, "gid": 12345} if os.getuid() == 0 else {}
    process, peer = boot(rig, **fields)
    viewer = peer.attach()
    viewer.until(b"guest is ready")
    assert peer.state() == "running"
    peer.attach(1).until(b"second console")
    answer = peer.call("monitor.mconsole", command="version")
    assert answer["status"] == 0 and answer["text"].startswith("Linux"), answer
    viewer.send("D", b"echo $((6*7))-typed\r")
    viewer.until(b"42-typed")
    assert peer.call("monitor.pause") == {"state": "paused"}
    assert peer.call("monitor.resume") == {"state": "running"}
    viewer.send("D", b"busybox poweroff -f\r".replace(b"busybox", b"/bin/busybox"))
    assert peer.wait_state("stopped")["end"] == "poweroff"
    assert process.wait() == 0
    assert rig.processes() == []


def test_reboots_and_starts_again(rig):
    _, peer = boot(rig, on_reboot="restart")
    viewer = peer.attach()
    viewer.until(b"guest is ready")
    viewer.send("D", b"/bin/busybox reboot -f\r")
    viewer.until(b"guest is ready")
    assert peer.call("monitor.status")["restarts"] == 1
    viewer.send("D", b"echo $((6*7))-again\r")
    viewer.until(b"42-again")
    # Ctrl-Alt-Del; nobody in this guest catches it, so the kernel reboots, which is what was asked for.
    peer.call("monitor.stop", timeout_ms=100000)
    assert peer.wait_state("stopped")["end"] == "poweroff"


def test_reboot_is_told_apart(rig):
    _, peer = boot(rig)
    viewer = peer.attach()
    viewer.until(b"guest is ready")
    viewer.send("D", b"/bin/busybox reboot -f\r")
    assert peer.wait_state("stopped")["end"] == "reboot"


def test_panic(rig):
    process, peer = boot(rig)
    viewer = peer.attach()
    viewer.until(b"guest is ready")
    viewer.send("D", b"echo c > /proc/sysrq-trigger\r")
    note = peer.wait_state("stopped")
    assert note["end"] == "panic", note
    assert "sysrq triggered crash" in rig.end()["message"], rig.end()
    assert process.wait() == 0
    assert rig.processes() == []


def test_no_root(rig):
    _, peer = boot(rig, "rdinit=/nowhere", "root=/dev/ubda")
    assert peer.wait_state("stopped")["end"] == "panic"
    assert "mount root" in rig.end()["console_tail"], rig.end()


def test_wrong_command_line(rig):
    rig.define("mem=nonsense", "initrd=/nowhere/initrd", "con=none", "con0=fd:0,fd:1", "noreboot",
               program=KERNEL, kernel=NAME)
    process, ready = rig.launch()
    assert ready == {"ok": True}
    assert process.wait() == 0
    assert rig.end()["end"] in ("failed", "panic"), rig.end()
    assert rig.end()["console_tail"], rig.end()


def test_kill_and_lost_monitor(rig):
    process, peer = boot(rig)
    peer.attach().until(b"guest is ready")
    assert len(rig.processes()) >= 3
    peer.call("monitor.kill")
    assert peer.wait_state("stopped")["end"] == "killed"
    assert process.wait() == 0
    assert rig.processes() == []
    process, peer = boot(rig)
    peer.attach().until(b"guest is ready")
    process.send_signal(signal.SIGKILL)
    process.wait()
    rig.wait_no_processes()
    # Stale directories do not make the next kernel choose another name.
    _, peer = boot(rig)
    peer.attach().until(b"guest is ready")
    assert peer.call("monitor.mconsole", command="version")["status"] == 0


main([test_boot_type_and_power_off, test_reboots_and_starts_again, test_reboot_is_told_apart,
      test_panic, test_no_root, test_wrong_command_line, test_kill_and_lost_monitor])
