# SPDX-License-Identifier: GPL-2.0-or-later
"""System mode, as root, on private directories: who may do what, and who the guests' kernels run as."""
import os
import pwd
import shutil
import stat
import subprocess
import sys

from umld_client import Client, RpcError, Umld, WAIT_S, install_stand_ins, run_tests

if os.getuid() != 0:
    print("needs root")
    sys.exit(77)

KERNEL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fake_kernel.py")
NOBODY = pwd.getpwnam("nobody").pw_uid
DAEMON = pwd.getpwnam("daemon").pw_uid


class SystemUmld(Umld):
    def __init__(self, config="[umld]\nmini_image = {image}\nguest_user = nobody\nsocket_group = adm\n", start=True):
        super().__init__(start=False)
        with open(self.config, "w") as f:
            f.write(config.format(image=self.dir + "/mini.img"))
        # The monitors' users must reach the stand-in kernel: a copy where everybody can.
        self.kernel = self.dir + "/kernel.py"
        with open(KERNEL) as f, open(self.kernel, "w") as g:
            g.write(f.read())
        os.chmod(self.kernel, 0o755)
        if start:
            self.start()

    def argv(self):
        return ["--system" if a == "--user" else a for a in super().argv()]


def as_user(umld, uid, groups, method, **params):
    """Call as somebody else, in a child: credentials are the process's. Returns the error's code, or 0."""
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups(groups)
            os.setgid(65534)
            os.setuid(uid)
            c = Client(umld.socket)
            try:
                c.call(method, **params)
                os._exit(0)
            except RpcError as e:
                os._exit(e.code)
        except BaseException as e:
            print(e, file=sys.stderr)
        os._exit(99)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def uid_of(pid):
    return os.stat(f"/proc/{pid}").st_uid


def test_permissions():
    """Who may do what?"""
    import grp
    adm = grp.getgrnam("adm").gr_gid
    with SystemUmld() as umld:
        c = umld.client()
        assert stat.S_IMODE(os.stat(umld.socket).st_mode) == 0o666
        assert c.call("system.hello")["admin"] is True
        c.call("guest.create", name="roots", kernel="linux.uml", kernel_path=umld.kernel)
        c.call("guest.create", name="theirs", kernel="linux.uml", kernel_path=umld.kernel, owner="daemon")
        assert as_user(umld, NOBODY, [], "system.hello") == 0
        assert as_user(umld, NOBODY, [], "guest.create", name="x") == 5
        assert as_user(umld, NOBODY, [adm], "guest.create", name="x", image="none") == 2
        assert as_user(umld, NOBODY, [adm], "guest.show", name="roots") == 0
        assert as_user(umld, DAEMON, [], "guest.show", name="roots") == 5
        assert as_user(umld, DAEMON, [], "guest.show", name="theirs") == 0
        assert as_user(umld, DAEMON, [], "guest.start", name="theirs") == 0
        assert as_user(umld, NOBODY, [], "guest.kill", name="theirs") == 5
        assert as_user(umld, DAEMON, [], "guest.delete", name="theirs", force=True) == 5
        assert as_user(umld, DAEMON, [], "guest.kill", name="theirs") == 0
        c.call("guest.wait", name="theirs", timeout=WAIT_S)
        c.close()


def test_events_of_others():
    """Does a user see the events of his own guests only, and still no gaps?"""
    with SystemUmld() as umld:
        c = umld.client()
        c.call("guest.create", name="roots", kernel="linux.uml", kernel_path=umld.kernel)
        c.call("guest.create", name="theirs", kernel="linux.uml", kernel_path=umld.kernel, owner="daemon")
        end = c.call("events.subscribe")["seq"]
        c.close()
        pid = os.fork()
        if pid == 0:
            try:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(DAEMON)
                mine = Client(umld.socket)
                mine.call("events.subscribe", since=0)
                seen = [mine.read_message()["params"] for _ in range(end)]
                assert [e["seq"] for e in seen] == list(range(1, end + 1)), seen
                assert "roots" not in repr(seen) and "hidden" in [e["event"] for e in seen], seen
                assert any(e.get("guest") == "theirs" for e in seen), seen
                assert [g["name"] for g in mine.call("guest.list")["guests"]] == ["theirs"]
                os._exit(0)
            except BaseException as e:
                print(repr(e), file=sys.stderr)
            os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_run_user():
    """Who do kernels run as, and can they reach their disks and nothing else?"""
    with SystemUmld() as umld:
        c = umld.client()
        for name, owner, uid in (("r", "root", NOBODY), ("d", "daemon", DAEMON)):
            c.call("guest.create", name=name, kernel="linux.uml", kernel_path=umld.kernel, owner=owner, swap="1M")
            g = c.call("guest.start", name=name)
            assert uid_of(g["pid"]) == uid, (name, uid_of(g["pid"]))
            base = f"{umld.state}/guests/{name}"
            for f in ("disk.cow", "swap.img"):
                st = os.stat(f"{base}/{f}")
                assert (st.st_uid, stat.S_IMODE(st.st_mode)) == (uid, 0o600), f
            assert stat.S_IMODE(os.stat(base).st_mode) == 0o711
            for f in ("guest.json", "run.json", "lock", "monitor.log"):
                st = os.stat(f"{base}/{f}")
                assert (st.st_uid, st.st_mode & 0o077) == (0, 0), f
        c.close()


def test_files_of_others():
    """Can an owner's guest name a file that the owner may not open?"""
    with SystemUmld() as umld:
        c = umld.client()
        secret = umld.dir + "/secret.img"
        with open(secret, "wb") as f:
            f.truncate(1 << 20)
        os.chmod(secret, 0o600)
        e = c.error("guest.create", name="s", kernel="linux.uml", kernel_path=umld.kernel, owner="daemon", disks=[secret])
        assert e.code == 5 and e.hint, e
        os.chown(secret, DAEMON, -1)
        c.call("guest.create", name="s", kernel="linux.uml", kernel_path=umld.kernel, owner="daemon", disks=[secret])
        os.chown(secret, 0, -1)
        assert c.error("guest.start", name="s").code == 5
        c.close()


class OwnTun(SystemUmld):
    """With a /dev/net/tun as on a host without udev, seen by this umld alone."""

    def argv(self):
        node = self.dir + "/tun"
        if not os.path.exists(node):
            os.mknod(node, 0o600 | stat.S_IFCHR, os.makedev(10, 200))
        return ["unshare", "--mount", "sh", "-c", f'mount --bind {node} /dev/net/tun && exec "$@"', "sh"] + super().argv()


def test_tun_node():
    """Is a tap refused with a sentence, before anything is started, if the guest's user could not open it?"""
    if not os.path.exists("/dev/net/tun"):
        print("no /dev/net/tun, left out")
        return
    with OwnTun() as umld:
        c = umld.client()
        c.call("guest.create", name="t", kernel="linux.uml", kernel_path=umld.kernel, net="tap")
        e = c.error("guest.start", name="t")
        assert (e.code, e.reason, e.guest) == (5, "tun-not-permitted", "t"), e
        assert "nobody" in e.message and "chmod 0666 /dev/net/tun" in e.hint, e
        g = c.call("guest.show", name="t")
        assert g["state"] == "stopped" and g["end"] is None, g
        assert not os.path.exists(umld.state + "/guests/t/run.json")
        c.close()


def test_missing_guest_user():
    """What if the configured user does not exist?"""
    with SystemUmld("[umld]\nmini_image = {image}\nguest_user = no-such-user\nsocket_group = no-such-group\n") as umld:
        assert "no-such-user" in umld.log_text() and "no-such-group" in umld.log_text()
        c = umld.client()
        c.call("guest.create", name="n", kernel="linux.uml", kernel_path=umld.kernel)
        assert uid_of(c.call("guest.start", name="n")["pid"]) == NOBODY
        c.close()


def test_second_umld():
    """What if umld is started twice on the same directories?"""
    with SystemUmld() as umld:
        second = subprocess.run(umld.argv(), capture_output=True, timeout=WAIT_S, check=False)
        assert second.returncode == 1 and b"another umld" in second.stderr, second
        c = umld.client()
        assert c.call("system.hello")["pid"] == umld.process.pid
        c.close()


def test_bad_config():
    """Does umld refuse to start on half a configuration?"""
    umld = Umld(start=False)
    for text in ("[umld]\ncolour = red\n", "[bridge x]\nnat = yes\n", "x = y\n"):
        with open(umld.config, "w") as f:
            f.write(text)
        r = subprocess.run(umld.argv(), capture_output=True, timeout=WAIT_S, check=False)
        assert r.returncode == 2 and umld.config.encode() in r.stderr, r
    umld.close()


def test_kernel_with_network():
    """Does a guest with a tap get a kernel that has a network, and is the other way refused with what to do?"""
    with SystemUmld(start=False) as umld:
        install_stand_ins(umld)
        umld.start()
        c = umld.client()
        g = c.call("guest.create", name="web", net="tap")
        assert g["kernel"] == "linux.uml" and "network" in g["why_kernel"], g
        e = c.error("guest.create", name="deaf", kernel="umlk", net="tap")
        assert (e.code, e.reason) == (2, "kernel-lacks-network") and "linux.uml" in e.hint, e
        assert c.call("guest.create", name="deaf")["kernel"] == "umlk"
        assert c.error("guest.set", name="deaf", net="tap").reason == "kernel-lacks-network"
        g = c.call("guest.set", name="deaf", net="tap", kernel="linux.uml")
        assert (g["kernel"], g["net"]["mode"]) == ("linux.uml", "tap"), g
        assert c.error("guest.set", name="web", kernel="umlk").reason == "kernel-lacks-network"
        # What its user cannot reach is not there for a guest.
        os.chmod(umld.dir + "/bin", 0o700)
        if not shutil.which("umlk"):
            c.call("guest.create", name="lost")
            e = c.error("guest.start", name="lost")
            assert e.reason == "kernel-not-found" and "nobody" in e.hint, e
        c.close()


if __name__ == "__main__":
    run_tests(globals())
