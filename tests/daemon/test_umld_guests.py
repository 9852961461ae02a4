# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests' lives on a stand-in kernel: states, conflicts, ends, restarts of umld, damaged files."""
import json
import os
import signal
import struct

from umld_client import Umld, WAIT_S, install_stand_ins, run_tests

KERNEL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fake_kernel.py")


def create(c, name, **params):
    return c.call("guest.create", name=name, kernel="linux.uml", kernel_path=KERNEL, **params)


def wait(c, name, state="stopped"):
    return c.call("guest.wait", name=name, state=state, timeout=WAIT_S)


def test_life():
    """Does a guest go the whole way?"""
    with Umld() as umld:
        c = umld.client()
        g = create(c, "gonzo", swap="64K", append="hello", consoles=2)
        assert (g["state"], g["end"], g["swap"], g["consoles"]) == ("stopped", None, 65536, 2), g
        g = c.call("guest.start", name="gonzo")
        assert g["state"] == "running" and g["pid"] > 0, g
        with open(umld.state + "/guests/gonzo/swap.img", "rb") as f:
            page = f.read(4096)
            assert page[4086:] == b"SWAPSPACE2" and struct.unpack("=III", page[1024:1036]) == (1, 15, 0)
            assert page[1052:1068].rstrip(b"\0") == b"umld-swap"
        with open(umld.state + "/guests/gonzo/disk.cow", "rb") as f:
            assert f.read(4) == b"OOOM"
        assert c.call("guest.mconsole", name="gonzo", command="version")["text"] == "Linux fake 6.1.0-fake"
        assert c.call("guest.pause", name="gonzo") == {"state": "paused"}
        assert c.error("guest.pause", name="gonzo").reason == "wrong-state"
        assert c.call("guest.resume", name="gonzo") == {"state": "running"}
        before = g["pid"]
        c.call("guest.restart", name="gonzo")
        wait(c, "gonzo", "running")
        g = c.call("guest.show", name="gonzo")
        assert g["pid"] > 0 and g["pid"] != before, g
        os.kill(g["pid"], 0)
        c.call("guest.stop", name="gonzo")
        g = wait(c, "gonzo")
        assert g["end"]["reason"] == "poweroff", g
        assert c.call("guest.stop", name="gonzo") == {"state": "stopped"}
        assert not os.path.exists(umld.runtime + "/uml/gonzo")
        c.call("guest.delete", name="gonzo")
        assert os.listdir(umld.state + "/guests") == []
        assert c.error("guest.show", name="gonzo").code == 3
        c.close()


def test_ends():
    """Are the ways to end told apart?"""
    with Umld() as umld:
        c = umld.client()
        create(c, "exit", append="fake=exit")
        e = c.error("guest.start", name="exit")
        assert e.reason == "start-failed" and "no root" in e.hint, e
        assert c.call("guest.show", name="exit")["end"]["reason"] == "failed"
        create(c, "panic", append="fake=panic")
        try:
            c.call("guest.start", name="panic")
        except Exception as e:
            assert e.reason == "start-failed", e
        assert wait(c, "panic")["end"]["reason"] == "panic"
        create(c, "kill", start=True)
        c.call("guest.kill", name="kill")
        assert wait(c, "kill")["end"]["reason"] == "killed"
        create(c, "stubborn", append="fake=stubborn", start=True)
        c.call("guest.stop", name="stubborn", timeout=1)
        assert wait(c, "stubborn")["end"]["reason"] == "killed"
        c.close()


def test_conflicts():
    """What if requests collide? One wins, the others get BUSY, and nothing is lost."""
    with Umld() as umld:
        c = umld.client()
        create(c, "a")
        ids = [c.send("guest.start", {"name": "a"}) for _ in range(2)]
        ids += [c.send(m, p) for m, p in (("guest.delete", {"name": "a"}), ("guest.rename", {"name": "a", "new_name": "b"}),
                                          ("guest.set", {"name": "a", "mem": "64M"}), ("guest.kill", {"name": "a"}))]
        got = {}
        while len(got) < len(ids):
            msg = c.read_message()
            got[msg["id"]] = msg
        assert got[ids[0]]["result"]["state"] == "running", got[ids[0]]
        for i in ids[1:]:
            assert got[i]["error"]["code"] == 4 and got[i]["error"]["data"]["hint"], got[i]
        assert c.error("guest.start", name="a").reason == "guest-running"
        assert c.error("guest.delete", name="a").reason == "guest-running"
        assert c.error("guest.rename", name="a", new_name="b").code == 4
        e = c.error("guest.set", name="a", mem="64M")
        assert e.code == 4 and e.hint, e
        c.call("guest.set", name="a", on_crash="restart", stop_timeout="5m")
        g = c.call("guest.show", name="a")
        assert (g["on_crash"], g["stop_timeout"]) == ("restart", 300)
        assert c.error("image.delete", name="mini").reason == "image-in-use"
        # Two deletions and a start at once, of a running guest.
        first = c.send("guest.delete", {"name": "a", "force": True})
        for other in (c.send("guest.delete", {"name": "a", "force": True}), c.send("guest.start", {"name": "a"})):
            msg = c.read_message()
            assert msg["id"] == other and msg["error"]["code"] == 4, msg
        assert c.answer(first) == {}
        # Two creations of the same name.
        ids = [c.send("guest.create", {"name": "twin"}) for _ in range(2)]
        msgs = {}
        while len(msgs) < 2:
            msg = c.read_message()
            msgs[msg["id"]] = msg
        assert "result" in msgs[ids[0]] and msgs[ids[1]]["error"]["data"]["reason"] == "guest-exists", msgs
        c.close()


def test_wait():
    """Do waits end when they should, in time or not?"""
    with Umld() as umld:
        c = umld.client()
        create(c, "w")
        assert c.call("guest.wait", name="w", state="settled")["state"] == "stopped"
        e = c.error("guest.wait", name="w", state="running", timeout=0.01)
        assert e.code == 6 and e.message == "guest 'w' is stopped after 0.01 s of waiting for it to be running", e
        assert c.error("guest.wait", name="w", state="happy").code == 2
        waiting = c.send("guest.wait", {"name": "w", "state": "running"})
        other = umld.client()
        other.call("guest.start", name="w")
        assert c.answer(waiting)["state"] == "running"
        waiting = c.send("guest.wait", {"name": "w", "state": "paused"})
        other.call("guest.delete", name="w", force=True)
        msg = c.read_message()
        assert msg["id"] == waiting and msg["error"]["code"] == 3, msg
        c.close()
        other.close()


def test_umld_restart():
    """Does everything go on when umld is killed, and is what happened meanwhile known?"""
    with Umld() as umld:
        c = umld.client()
        for name in ("on", "off", "lost"):
            create(c, name, start=True)
        pids = {n: c.call("guest.show", name=n)["pid"] for n in ("on", "off", "lost")}
        monitor = monitor_pid(umld, "lost")
        umld.kill()
        os.kill(pids["off"], signal.SIGKILL)
        os.kill(monitor, signal.SIGKILL)
        umld_wait_free(umld, "off")
        umld_wait_free(umld, "lost")
        umld.start()
        c = umld.client()
        g = c.call("guest.show", name="on")
        assert (g["state"], g["pid"]) == ("running", pids["on"]), g
        g = c.call("guest.show", name="off")
        assert g["state"] == "stopped" and g["end"]["reason"] == "killed", g
        g = c.call("guest.show", name="lost")
        assert g["state"] == "stopped" and g["end"]["reason"] == "killed" and "monitor" in g["end"]["message"], g
        assert os.listdir(umld.runtime + "/monitors") == ["on.sock"] and os.listdir(umld.runtime + "/uml") == ["on"]
        assert c.call("guest.start", name="off")["state"] == "running"
        assert c.error("guest.start", name="on").code == 4
        c.call("guest.stop", name="on")
        assert wait(c, "on")["end"]["reason"] == "poweroff"
        c.close()


def test_policy_reaches_the_monitor():
    """What if umld is killed after a new policy is on disk and before the monitor knows? The next umld tells it."""
    with Umld() as umld:
        c = umld.client()
        g = create(c, "p", start=True)
        c.close()
        umld.kill()
        path = umld.state + "/guests/p/guest.json"
        with open(path) as f:
            definition = json.load(f)
        assert definition["on_crash"] == "stop"
        definition["on_crash"] = "restart"
        with open(path, "w") as f:
            json.dump(definition, f)
        umld.start()
        c = umld.client()
        os.kill(c.call("guest.show", name="p")["pid"], signal.SIGKILL)
        wait_restarts(c, "p", 1)
        c.close()


def monitor_pid(umld, name):
    pids = [pid for guest, pid in umld.monitors() if guest == name]
    assert pids, "no monitor for " + name
    return pids[0]


def umld_wait_free(umld, name):
    """Until nobody holds the guest's lock. F_OFD_GETLK tells; asking again is all that can be done from outside."""
    import fcntl
    import time
    deadline = time.monotonic() + WAIT_S
    with open(f"{umld.state}/guests/{name}/lock", "r+b") as f:
        while True:
            probe = struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0)
            kind = struct.unpack("hhqqi4x", fcntl.fcntl(f, 36, probe))[0]  # F_OFD_GETLK
            if kind == fcntl.F_UNLCK:
                return
            assert time.monotonic() < deadline, f"the lock of {name} stays held"
            time.sleep(0.02)


def test_monitor_dies():
    """What if a monitor is killed under a running umld? The guest has ended, killed, and can start again."""
    with Umld() as umld:
        c = umld.client()
        create(c, "m", start=True)
        os.kill(monitor_pid(umld, "m"), signal.SIGKILL)
        g = wait(c, "m")
        assert g["end"]["reason"] == "killed", g
        assert os.listdir(umld.runtime + "/monitors") == os.listdir(umld.runtime + "/uml") == []
        assert c.call("guest.start", name="m")["state"] == "running"
        c.close()


def test_kill_at_every_step():
    """kill -9 of umld while guests are created, started, renamed and deleted: is every guest whole or gone afterwards?"""
    import random
    import time
    rnd = random.Random(7)
    umld = Umld()
    adopted = 0
    with umld:
        for round_number in range(16):
            c = umld.client()
            for i in range(4):
                name = f"g{round_number}-{i}"
                c.send("guest.create", {"name": name, "kernel": "linux.uml", "kernel_path": KERNEL, "swap": "1M", "start": i % 2 == 0})
                c.send("guest.rename", {"name": name, "new_name": name + "-x"})
                c.send("guest.delete", {"name": f"g{round_number - 1}-{i}", "force": True})
            time.sleep(rnd.random() * 0.5)
            # On a slow machine no guest may have come up so soon; the last time one has, whatever it takes.
            if round_number == 15:
                watcher = umld.client()
                deadline = time.monotonic() + WAIT_S
                while not any(g["state"] == "running" for g in watcher.call("guest.list")["guests"]):
                    assert time.monotonic() < deadline, "no guest comes up"
                    time.sleep(0.05)
                watcher.close()
            umld.kill()
            c.close()
            umld.start()
            c = umld.client()
            guests = c.call("guest.list")["guests"]
            assert sorted(g["name"] for g in guests) == sorted(os.listdir(umld.state + "/guests"))
            for g in guests:
                assert "damage" not in g, g
                settled = c.call("guest.wait", name=g["name"], state="settled", timeout=WAIT_S)
                held = lock_held(umld, g["name"])
                adopted += held
                assert held == (settled["state"] != "stopped"), (settled, held)
                left = [f for f in os.listdir(f"{umld.state}/guests/{g['name']}") if ".tmp-" in f]
                assert settled["state"] != "stopped" or not left, left
            c.close()
        # What is left must be usable.
        c = umld.client()
        for g in c.call("guest.list")["guests"]:
            if g["state"] == "stopped":
                assert c.call("guest.start", name=g["name"])["state"] == "running"
            c.call("guest.delete", name=g["name"], force=True)
        assert os.listdir(umld.state + "/guests") == []
        assert adopted > 0, "no guest ran when umld was killed: the test tests nothing"
        deadline = time.monotonic() + WAIT_S
        while umld.monitors():
            assert time.monotonic() < deadline, f"left over: {umld.monitors()}"
            time.sleep(0.05)
        c.close()


def test_kill_monitors_at_every_step():
    """kill -9 of monitors while guests start, restart, pause and stop: does each guest end once, and leave nothing?"""
    import random
    import time
    rnd = random.Random(11)
    names = [f"m{i}" for i in range(4)]
    with Umld() as umld:
        c = umld.client()
        for name in names:
            create(c, name, on_crash="restart" if name == "m0" else "stop")
        killed, asked = 0, set()
        for _ in range(25):
            for name in names:
                method = rnd.choice(["guest.start", "guest.start", "guest.restart", "guest.pause", "guest.stop"])
                asked.add(c.send(method, {"name": name}))
            time.sleep(rnd.random() * 0.2)
            running = umld.monitors()
            if running:
                try:
                    os.kill(rnd.choice(running)[1], signal.SIGKILL)
                    killed += 1
                except ProcessLookupError:
                    pass
        while asked:
            msg = c.read_message()
            assert msg is not None, "umld has gone"
            asked.remove(msg["id"])
        for name in names:
            c.call("guest.wait", name=name, state="settled", timeout=WAIT_S)
            if lock_held(umld, name):
                c.call("guest.kill", name=name)
            end = wait(c, name)["end"]
            assert end and end["message"], (name, end)
            assert not os.path.exists(f"{umld.state}/guests/{name}/next-run.json")
        assert killed > 10, "too few monitors were killed: the test tests nothing"
        deadline = time.monotonic() + WAIT_S
        while umld.monitors():
            assert time.monotonic() < deadline, f"left over: {umld.monitors()}"
            time.sleep(0.02)
        assert os.listdir(umld.runtime + "/monitors") == os.listdir(umld.runtime + "/uml") == []
        for name in names:
            assert c.call("guest.start", name=name)["state"] == "running"
        c.close()


def lock_held(umld, name):
    import fcntl
    path = f"{umld.state}/guests/{name}/lock"
    if not os.path.exists(path):
        return False
    with open(path, "r+b") as f:
        probe = struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0)
        return struct.unpack("hhqqi4x", fcntl.fcntl(f, 36, probe))[0] != fcntl.F_UNLCK


def test_restart_of_a_deaf_monitor():
    """What if umld dies before the monitor hears of a restart? The run goes on, and ends as what it is."""
    import time
    with Umld() as umld:
        c = umld.client()
        create(c, "r", start=True)
        base = umld.state + "/guests/r/"
        with open(base + "run.json") as f:
            before = f.read()
        monitor = monitor_pid(umld, "r")
        os.kill(monitor, signal.SIGSTOP)
        c.send("guest.restart", {"name": "r"})
        deadline = time.monotonic() + WAIT_S
        while not os.path.exists(base + "next-run.json"):
            assert time.monotonic() < deadline, "no next-run.json"
            time.sleep(0.01)
        with open(base + "run.json") as f:
            assert f.read() == before, "the run that there is has lost its description"
        os.kill(monitor, signal.SIGCONT)
        c.close()
        c = umld.client()
        wait_restarts(c, "r", 1)
        assert not os.path.exists(base + "next-run.json")
        with open(base + "run.json") as f:
            assert json.loads(f.read())["run_id"] != json.loads(before)["run_id"]
        c.close()


def wait_restarts(c, name, count):
    seen = c.call("events.subscribe")
    while (g := c.call("guest.show", name=name))["state"] != "running" or g["restarts"] < count:
        msg = c.read_message()
        assert msg is not None, seen


def test_thousand_guests():
    """Does a list of a thousand guests, longer than any request may be, reach its reader, and all events with it?"""
    with Umld() as umld:
        c = umld.client()
        create(c, "g", append="x" * 1000)
        create(c, "ended", append="fake=exit")
        c.error("guest.start", name="ended")
        c.close()
        assert umld.stop() == 0
        base = umld.state + "/guests/"
        with open(base + "g/guest.json") as f:
            text = f.read()
        for i in range(1000):
            os.mkdir(f"{base}g{i}")
            with open(f"{base}g{i}/guest.json", "w") as f:
                f.write(text)
        umld.start()
        c = umld.client()
        start = c.call("events.subscribe")["seq"]
        listing = c.send("guest.list")
        # It is not read yet, and more comes.
        other = umld.client()
        for i in range(100):
            other.call("guest.set", name="g", on_crash="stop")
        other.close()
        guests = c.answer(listing)["guests"]
        assert len(guests) == 1002 and len(json.dumps(guests)) > 1 << 20
        ended = [g for g in guests if g["name"] == "ended"][0]["end"]
        assert ended["reason"] == "failed" and "console_tail" not in ended, ended
        assert "no root" in c.call("guest.show", name="ended")["end"]["console_tail"]
        end = c.call("events.subscribe")["seq"]
        assert [e["seq"] for e in c.events] == list(range(start + 1, end + 1)) and end >= start + 100
        c.close()


def test_damaged_definition():
    """What if guest.json is damaged? It is reported, kept, and nothing else suffers."""
    umld = Umld()
    with umld:
        c = umld.client()
        for name in ("good", "cut", "empty", "odd"):
            create(c, name)
        c.close()
        assert umld.stop() == 0
        base = umld.state + "/guests/"
        with open(base + "cut/guest.json") as f:
            text = f.read()
        broken = {"cut": text[: len(text) // 2], "empty": "", "odd": json.dumps({**json.loads(text), "colour": "red"})}
        for name, content in broken.items():
            with open(base + name + "/guest.json", "w") as f:
                f.write(content)
        os.mkdir(base + "Not-A-Name")
        umld.start()
        c = umld.client()
        assert [g["name"] for g in c.call("guest.list")["guests"]] == ["cut", "empty", "good", "odd"]
        for name, content in broken.items():
            assert c.call("guest.show", name=name)["damage"]
            e = c.error("guest.start", name=name)
            assert e.reason == "guest-damaged" and e.hint, e
            with open(base + name + "/guest.json") as f:
                assert f.read() == content, "umld touched a file that it could not read"
        assert c.error("guest.create", name="cut").code == 4
        assert c.call("guest.start", name="good")["state"] == "running"
        c.call("guest.delete", name="cut")
        assert not os.path.exists(base + "cut")
        assert os.path.isdir(base + "Not-A-Name")
        c.close()


def test_rename_keeps_everything():
    """Does a renamed guest keep its disk, and is its old name free?"""
    with Umld() as umld:
        c = umld.client()
        g = create(c, "old", swap="1M", start=True)
        c.call("guest.kill", name="old")
        wait(c, "old")
        inode = os.stat(umld.state + "/guests/old/disk.cow").st_ino
        r = c.call("guest.rename", name="old", new_name="new")
        assert (r["name"], r["uuid"]) == ("new", g["uuid"])
        assert os.stat(umld.state + "/guests/new/disk.cow").st_ino == inode
        create(c, "old")
        assert c.error("guest.rename", name="old", new_name="new").code == 4
        assert c.call("guest.start", name="new")["state"] == "running"
        c.close()


def test_disk_files():
    """Are the named files looked at before anything changes, and disks shared safely?"""
    with Umld() as umld:
        c = umld.client()
        disk = umld.dir + "/data.img"
        with open(disk, "wb") as f:
            f.truncate(1 << 20)
        fifo = umld.dir + "/fifo"
        os.mkfifo(fifo)
        for bad in (umld.dir + "/missing", umld.dir, fifo, "/dev/null"):
            e = c.error("guest.create", name="d", disks=[bad])
            assert "disks" in e.message, e
        assert c.call("guest.list")["guests"] == []
        e = c.error("guest.create", name="d", image="nope")
        assert e.code == 3, e
        create(c, "d", disks=[disk], start=True)
        create(c, "e", disks=[disk])
        for _ in range(3):
            e = c.error("guest.start", name="e")
            assert (e.code, e.reason, e.guest) == (4, "disk-busy", "e") and disk in e.message and "'d'" in e.hint, e
            assert c.call("guest.show", name="e")["state"] == "stopped"
        create(c, "f", disks=[umld.dir + "/./data.img"])
        e = c.error("guest.restart", name="f")
        assert (e.code, e.reason) == (4, "disk-busy") and e.hint, e
        c.close()


def test_events():
    """Do events tell the whole story without gaps, to late subscribers too?"""
    with Umld() as umld:
        c = umld.client()
        first = c.call("events.subscribe")
        create(c, "ev", start=True)
        c.call("guest.kill", name="ev")
        wait(c, "ev")
        late = umld.client()
        late.call("events.subscribe", since=first["seq"], epoch=first["epoch"])
        story = []
        while not story or story[-1].get("state") != "stopped":
            story.append(late.read_message()["params"])
        assert [e["seq"] for e in story] == list(range(first["seq"] + 1, first["seq"] + 1 + len(story)))
        states = [e.get("state") for e in story]
        assert story[0]["event"] == "guest.created" and "running" in states, story
        assert story[-1]["end"] == "killed", story
        c.close()
        late.close()


def test_console():
    """Does a console's stream come straight from the monitor, and outlive umld?"""
    with Umld() as umld:
        c = umld.client()
        create(c, "con", start=True)
        c.call("console.attach", name="con")
        assert len(c.fds) == 1
        stream = os.dup(c.fds[0])
        assert os.read(stream, 1) == b"H"
        umld.kill()
        umld.start()
        c.close()
        c = umld.client()
        c.call("guest.stop", name="con")
        wait(c, "con")
        rest = b""
        while data := os.read(stream, 65536):
            rest += data
        os.close(stream)
        assert b"Power down" in rest, rest
        sizes = c.call("console.log", name="con")["sizes"]
        assert len(sizes) == len(c.fds) == 1 and sizes[0] > 0
        assert b"fake kernel" in os.read(c.fds[0], 65536)
        assert c.error("console.log", name="con", console=3).code == 3
        assert c.error("console.attach", name="con").code == 4
        c.close()


def test_kernel_choice():
    """Does a new guest get a kernel that can do what it asks for, say why, and keep it whatever the default becomes?"""
    with Umld(start=False) as umld:
        install_stand_ins(umld)
        umld.start()
        c = umld.client()
        g = c.call("guest.create", name="plain")
        assert g["kernel"] == "umlk" and "why_kernel" not in g, g
        g = c.call("guest.create", name="uml", kernel="linux.uml")
        assert g["kernel"] == "linux.uml" and "why_kernel" not in g, g

        e = c.error("guest.create", name="net", kernel="umlk", net="tap")
        assert e.reason == "kernel-lacks-network" and "linux.uml" in e.hint, e
        # With the kernel left to umld it is the network that says no: taps are root's.
        assert c.error("guest.create", name="net", net="tap").reason == "net-needs-system-mode"
        # A built image starts systemd.
        image = umld.state + "/images/built"
        os.makedirs(image)
        with open(image + "/disk.img", "wb") as f:
            f.truncate(1 << 20)
        with open(image + "/image.json", "w") as f:
            json.dump({"version": 1, "name": "built", "size": 1 << 20, "created": "2026-01-31T12:00:00Z",
                       "origin": "build", "suite": "bookworm"}, f)
        c.close()
        umld.stop()
        umld.start()
        c = umld.client()
        g = c.call("guest.create", name="debian", image="built")
        assert g["kernel"] == "linux.uml" and "systemd" in g["why_kernel"], g
        assert "why_kernel" not in c.call("guest.show", name="debian")
        assert c.call("guest.create", name="brave", image="built", kernel="umlk")["kernel"] == "umlk"
        assert c.call("guest.create", name="initrd", image="built", initrd=KERNEL)["kernel"] == "umlk"

        # One program is not the other kernel.
        e = c.error("guest.create", name="odd", kernel="linux.uml", kernel_path=umld.dir + "/bin/umlk")
        assert (e.code, e.reason) == (2, "kernel-mismatch"), e
        e = c.error("guest.set", name="uml", kernel_path=umld.dir + "/bin/umlk")
        assert e.reason == "kernel-mismatch", e
        assert c.error("guest.show", name="odd").code == 3

        # An update of umld may bring another default; guests that exist are as they were.
        before = {n: json.load(open(f"{umld.state}/guests/{n}/guest.json"))["kernel"] for n in ("plain", "uml", "debian")}
        assert before == {"plain": "umlk", "uml": "linux.uml", "debian": "linux.uml"}, before
        umld.stop()
        with open(umld.config, "a") as f:
            f.write("default_kernel = linux.uml\n")
        umld.start()
        c = umld.client()
        for name, kernel in before.items():
            assert c.call("guest.show", name=name)["kernel"] == kernel
            c.call("guest.set", name=name, mem="64M")
            assert json.load(open(f"{umld.state}/guests/{name}/guest.json"))["kernel"] == kernel
        assert c.call("guest.create", name="later")["kernel"] == "linux.uml"
        c.close()


if __name__ == "__main__":
    run_tests(globals())
