#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A stand-in for linux.uml, or for a umlk without a network if it is called so: takes its command line, announces its mconsole, answers a few commands, ends as it would.

Words of its own in the command line: fake=silent (never announces itself), fake=panic (aborts after the announcement), fake=exit (ends at once),
fake=stubborn (ignores cad).
"""
import os
import signal
import socket
import struct
import sys

HELP = "eth[0-9]+=<transport>,<options>\n    eth0=tuntap,tap0\nvec[0-9]*:<option>=<value>\nmem=<Amount of desired ram>\n"
MAGIC, VERSION = 0xCAFEBABE, 2
AS_UMLK = os.path.basename(sys.argv[0]) == "umlk"


def main():
    args = sys.argv[1:]
    if "--help" in args:
        print("mem= memory\nncpus= processors" if AS_UMLK else HELP)
        return 0
    if "--version" in args:
        print("umlk 0.0-fake" if AS_UMLK else "6.1.0-fake")
        return 0
    words = dict(a.split("=", 1) for a in args if "=" in a)
    fake = {a.split("=", 1)[1] for a in args if a.startswith("fake=")}
    print("fake kernel: " + " ".join(args), flush=True)
    if "exit" in fake:
        print("fake kernel: no root", flush=True)
        return 1
    directory = os.path.join(words["uml_dir"], words["umid"])
    os.makedirs(directory)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.bind(directory + "/mconsole")
    with open(directory + "/pid", "w") as f:
        f.write(f"{os.getpid()}\n")
    if "silent" in fake:
        signal.pause()
    target = [a for a in args if a.startswith("mconsole=notify:")][0].split(":", 1)[1]
    path = (directory + "/mconsole").encode() + b"\0"
    sock.sendto(struct.pack("=IIiI", MAGIC, VERSION, 0, len(path)) + path.ljust(512, b"\0"), target)
    if "panic" in fake:
        print("Kernel panic - not syncing: fake", flush=True)
        text = b"fake\0"
        sock.sendto(struct.pack("=IIiI", MAGIC, VERSION, 1, len(text)) + text.ljust(512, b"\0"), target)
        os.abort()
    while True:
        data, peer = sock.recvfrom(2048)
        _, _, length = struct.unpack("=III", data[:12])
        command = data[12:12 + length].decode(errors="replace").rstrip("\0")
        answer = {"stop": "stopped", "version": "Linux fake 6.1.0-fake"}.get(command, "")
        text = answer.encode() + b"\0"
        sock.sendto(struct.pack("=III", 0, 0, len(text)) + text, peer)
        if command == "halt" or (command == "cad" and "stubborn" not in fake):
            print("reboot: Power down", flush=True)
            return 0


if __name__ == "__main__":
    sys.exit(main())
