# SPDX-License-Identifier: GPL-2.0-or-later
"""A umlk guest that is told what to run, and what it costs the host while it does.

The guest's init reads lines `NAME COMMAND` from the console, runs each command by sh and answers `@@END NAME STATUS`. After each the rig
can look at the kernel process from outside: resident memory, descriptors, threads, stubs. A quiet guest that has run a thing before must
not have more of any of them after it has run it again.
"""

import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

INIT = r"""#!/bin/busybox sh
export PATH=/bin:/sbin:/usr/bin:/usr/sbin HOME=/root
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mkdir -p /dev/pts /dev/shm /tmp /run
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /tmp
chmod 1777 /tmp /dev/shm
stty -opost -echo 2>/dev/null
cd /tmp
echo "@@READY"
while read -r name command; do
	sh -c "$command" </dev/null 2>&1
	status=$?
	echo
	echo "@@END $name $status"
done
poweroff -f
"""


def build_initrd(target, programs=(), dynamic=()):
    """A tree with busybox, the static `programs` in /t and `dynamic` host programs with their libraries, as cpio."""
    tree = tempfile.mkdtemp(prefix="umlk-tree.")
    try:
        for folder in "bin dev proc sys tmp etc root t run lib64 usr/bin usr/lib var".split():
            os.makedirs(os.path.join(tree, folder))
        shutil.copy(shutil.which("busybox"), os.path.join(tree, "bin/busybox"))
        with open(os.path.join(tree, "etc/passwd"), "w") as f:
            f.write("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n")
        with open(os.path.join(tree, "etc/group"), "w") as f:
            f.write("root:x:0:\nnogroup:x:65534:\n")
        for path in programs:
            shutil.copy(path, os.path.join(tree, "t"))
        for path in dynamic:
            copy_dynamic(tree, path)
        with open(os.path.join(tree, "init"), "w") as f:
            f.write(INIT)
        os.chmod(os.path.join(tree, "init"), 0o755)
        subprocess.run(
            f"cd '{tree}' && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet >'{target}'", shell=True, check=True
        )
    finally:
        shutil.rmtree(tree)


def copy_dynamic(tree, path):
    os.makedirs(os.path.join(tree, "usr/bin"), exist_ok=True)
    shutil.copy(path, os.path.join(tree, "usr/bin"))
    listing = subprocess.run(["ldd", path], capture_output=True, text=True, check=True).stdout
    for library in re.findall(r"(/\S+) \(0x", listing):
        target = tree + library
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if not os.path.exists(target):
            shutil.copy(library, target)


def children(pid):
    found = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as f:
                found += [int(word) for word in f.read().split()]
    except OSError:
        pass
    return found


class Failure(Exception):
    pass


class Guest:
    def __init__(self, umlk, initrd, *words, mem="512M", log=None):
        self.dir = tempfile.mkdtemp(prefix="umlk-soak.")
        self.log = open(log or os.path.join(self.dir, "console"), "wb")
        self.errors = open(os.path.join(self.dir, "errors"), "w+")
        self.text = b""
        command = [umlk, f"initrd={initrd}", f"mem={mem}", "con0=fd:0,fd:1", "umid=soak", f"uml_dir={self.dir}/uml/", "quiet", "noreboot"]
        env = dict(os.environ)
        env["ASAN_OPTIONS"] = "detect_leaks=0:detect_stack_use_after_return=0:handle_segv=0"
        self.process = subprocess.Popen(
            command + list(words), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, env=env
        )
        self.expect(rb"@@READY\r?\n", 60)

    def kernel_pid(self):
        for first in children(self.process.pid):
            for second in children(first):
                return second
        raise Failure("there is no kernel process")

    def expect(self, pattern, seconds):
        """Read the console until pattern; returns what came before it and the match."""
        end = time.monotonic() + seconds
        while True:
            match = re.search(pattern, self.text)
            if match:
                before, self.text = self.text[: match.start()], self.text[match.end() :]
                return before.decode(errors="replace"), match
            left = end - time.monotonic()
            if left <= 0:
                raise Failure(f"no {pattern!r} within {seconds} s; the console ends with\n{self.tail()}")
            if select.select([self.process.stdout], [], [], left)[0]:
                data = os.read(self.process.stdout.fileno(), 65536)
                if not data:
                    raise Failure(f"umlk ended with {self.process.wait()}; its last words:\n{self.tail()}")
                self.log.write(data)
                self.log.flush()
                self.text += data

    def tail(self):
        self.errors.seek(0)
        return self.text.decode(errors="replace")[-1500:] + self.errors.read()[-1500:]

    def run(self, name, command, seconds):
        """Run a command line in the guest: (exit status, its output)."""
        self.process.stdin.write(f"{name} {command}\n".encode())
        self.process.stdin.flush()
        before, match = self.expect(rb"@@END %s (\d+)\r?\n" % re.escape(name.encode()), seconds)
        return int(match.group(1)), before

    def sample(self):
        pid = self.kernel_pid()
        with open(f"/proc/{pid}/status") as f:
            status = dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
        counters = dict(
            (words[0], int(words[1]))
            for words in (line.split() for line in self.run("memory", "echo 3 >/proc/sys/vm/drop_caches; cat /proc/umlk/memory", 60)[1].splitlines())
            if len(words) == 2 and words[1].isdigit()
        )
        return {
            "rss_kib": int(status["VmRSS"].split()[0]),
            "heap_kib": counters.get("heap_bytes", 0) // 1024,
            "stacks": counters.get("kernel_stacks", 0),
            "arena_kib": counters.get("arena_bytes", 0) // 1024,
            "threads": int(status["Threads"]),
            "fds": len(os.listdir(f"/proc/{pid}/fd")),
            "stubs": len(children(pid)),
        }

    def settled(self, limits=None, seconds=10):
        """A sample of the quiet guest: deaths of stubs are noticed a moment later, so look again until it is within limits."""
        end = time.monotonic() + seconds
        while True:
            now = self.sample()
            over = {key: now[key] for key in limits or {} if now[key] > limits[key]}
            if not over or time.monotonic() > end:
                return now, over
            time.sleep(0.5)

    def poweroff(self, seconds=30):
        try:
            self.process.stdin.write(b"end poweroff -f\n")
            self.process.stdin.flush()
            status = self.process.wait(seconds)
        except (subprocess.TimeoutExpired, BrokenPipeError):
            self.kill()
            raise Failure("the guest does not power off")
        if status != 0:
            raise Failure(f"umlk ended with {status} at power-off:\n{self.tail()}")

    def kill(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def close(self, keep=False):
        self.kill()
        self.log.close()
        self.errors.close()
        if not keep:
            shutil.rmtree(self.dir, ignore_errors=True)


# What a quiet guest may have more of than it had: memory of the host's allocator is not given back at once, and pools have a size.
SLACK = {"rss_kib": 32768, "heap_kib": 1024, "stacks": 40, "arena_kib": 1024, "threads": 0, "fds": 16, "stubs": 5}


def limits_of(sample):
    return {key: sample[key] + SLACK[key] for key in sample}


def show(sample):
    return " ".join(f"{key}={value}" for key, value in sample.items())


def main(body):
    """Runs a test's body; exit status 77 is "skipped" for ctest."""
    # The kernel process shows what it holds to root only.
    if os.geteuid() != 0:
        print("SKIP: needs root to look at umlk's processes")
        sys.exit(77)
    for program in ("busybox", "cpio"):
        if not shutil.which(program):
            print(f"SKIP: no {program}")
            sys.exit(77)
    try:
        body()
    except Failure as e:
        print(f"FAILED: {e}")
        sys.exit(1)
