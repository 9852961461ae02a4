#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Turns a fresh Debian tree into one that boots as a guest. Run by mmdebstrap as a customize hook
# with the tree as the only argument; may also be run by hand on a tree for `umlctl image import`.
#
#   - root logs in on the console without a password (whoever reaches a guest's console owns the guest anyway; nothing
#     that listens on the network accepts an empty password: sshd refuses it by default);
#   - DHCP on eth0 or vec0 through systemd-networkd; the host name is the kernel's hostname= word;
#   - Ctrl-Alt-Del (mconsole cad, `umlctl stop`) powers off;
#   - the root file system is /dev/ubda, a disk labelled umld-swap is swap;
#   - no machine id, host keys or random seed that clones of one image would share.
set -eu
root=$1

[ -d "$root/etc" ] || {
	echo "$root is not the root of a system" >&2
	exit 1
}

units=$root/etc/systemd/system

put()
{
	mkdir -p "$root/${1%/*}"
	cat >"$root/$1"
	chmod "${2:-0644}" "$root/$1"
}

# Whether the tree has a unit. Debian before the merge of /usr keeps them in /lib.
has_unit()
{
	[ -e "$root/usr/lib/systemd/system/$1" ] || [ -e "$root/lib/systemd/system/$1" ]
}

enable_unit()
{
	if has_unit "$1"; then
		chroot "$root" systemctl enable "$1"
	fi
}

mask_unit()
{
	if has_unit "$1"; then
		ln -sf /dev/null "$units/$1"
	fi
}

mkdir -p "$units"
chroot "$root" passwd --delete root

# The console: the kernel's console is con0. tty1 and up have somebody at the other end only where the kernel was
# given con1= and so on, which the generator looks at.
enable_unit console-getty.service
rm -f "$units"/getty.target.wants/getty@tty*.service
put etc/systemd/logind.conf.d/umld.conf <<'EOF'
[Login]
NAutoVTs=0
ReserveVT=0
EOF
put etc/systemd/system-generators/umld-consoles 0755 <<'EOF'
#!/bin/sh
# A login on each further console the kernel was given (con1=fd:3 ...).
for word in $(cat /proc/cmdline); do
	case $word in
	con0=* | con=* | con*=null | con*=none)
		;;
	con[1-9]=* | con1[0-5]=*)
		number=${word%%=*}
		mkdir -p "$1/getty.target.wants"
		ln -sf /lib/systemd/system/getty@.service \
			"$1/getty.target.wants/getty@tty${number#con}.service"
		;;
	esac
done
EOF
ln -sf /lib/systemd/system/poweroff.target "$units/ctrl-alt-del.target"

# The network. resolv.conf names the DHCP server's resolver itself rather than the stub, so that other guests'
# bare names reach it.
put etc/systemd/network/80-umld.network <<'EOF'
[Match]
Name=eth0 vec0

[Link]
RequiredForOnline=routable

[Network]
DHCP=ipv4
LLMNR=no
MulticastDNS=no
LinkLocalAddressing=no
IPv6AcceptRA=no

[DHCPv4]
ClientIdentifier=mac
UseDomains=yes
EOF
put etc/systemd/system/systemd-networkd-wait-online.service.d/umld.conf <<'EOF'
# A guest without a network shall not wait two minutes for one.
[Service]
ExecStart=
ExecStart=/lib/systemd/systemd-networkd-wait-online --any --timeout=15
EOF
enable_unit systemd-networkd.service
enable_unit systemd-resolved.service
ln -sf /run/systemd/resolve/resolv.conf "$root/etc/resolv.conf"
rm -f "$root/etc/hostname"
put etc/hosts <<'EOF'
127.0.0.1	localhost
::1		localhost ip6-localhost ip6-loopback
EOF

put etc/fstab <<'EOF'
/dev/ubda	/	ext4	errors=remount-ro	0	1
EOF
# Not in fstab: a guest without such a disk would wait for it and complain.
put etc/udev/rules.d/80-umld-swap.rules <<'EOF'
ACTION!="remove", SUBSYSTEM=="block", ENV{ID_FS_TYPE}=="swap", ENV{ID_FS_LABEL}=="umld-swap", TAG+="systemd", ENV{SYSTEMD_WANTS}+="umld-swap.service"
EOF
put etc/systemd/system/umld-swap.service <<'EOF'
[Unit]
Description=Swap on the disk labelled umld-swap
DefaultDependencies=no

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/sbin/swapon -L umld-swap
EOF
[ -e "$root/etc/default/locale" ] || put etc/default/locale <<'EOF'
LANG=C.UTF-8
EOF

# Periodic work of a server that only gets in the way of a guest that lives for minutes.
mask_unit apt-daily.timer
mask_unit apt-daily-upgrade.timer
mask_unit e2scrub_all.timer
mask_unit e2scrub_reap.service
mask_unit fstrim.timer

# Clones must not share secrets or identities. An empty machine-id is filled at the first boot; host keys are made
# then as well if sshd is there.
: >"$root/etc/machine-id"
rm -f "$root/var/lib/dbus/machine-id" "$root/var/lib/systemd/random-seed" \
	"$root"/etc/ssh/ssh_host_*_key "$root"/etc/ssh/ssh_host_*_key.pub
if [ -x "$root/usr/bin/ssh-keygen" ] && [ -x "$root/usr/sbin/sshd" ]; then
	put etc/systemd/system/umld-ssh-keys.service <<'EOF'
[Unit]
Description=Make the host keys of this guest
ConditionPathExistsGlob=!/etc/ssh/ssh_host_*_key
Before=ssh.service ssh.socket

[Service]
Type=oneshot
ExecStart=/usr/bin/ssh-keygen -A

[Install]
WantedBy=multi-user.target
EOF
	chroot "$root" systemctl enable umld-ssh-keys.service
fi
