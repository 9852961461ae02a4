#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the embedded default image from a busybox binary: mini.img (ext4) and mini.cpio (the same tree as
# an initial RAM disk). Needs neither network nor root, and the same inputs give the same bytes.
#
#	build-mini.sh BUSYBOX SOURCE-TREE MINI_PACK OUTPUT-DIR
set -eu
export LC_ALL=C TZ=UTC
PATH=$PATH:/usr/sbin:/sbin
umask 022

busybox=$1
source=$2
pack=$3
output=$4

size_mib=32
uuid=6d696e69-756d-4c64-8000-000000000001
time=${SOURCE_DATE_EPOCH:-1767225600}
# mke2fs and debugfs: the clock of everything they write.
export E2FSPROGS_FAKE_TIME="$time"

fail()
{
	echo "build-mini: $*" >&2
	exit 1
}

"$busybox" --list | grep -qx init || fail "$busybox has no init applet: apt install busybox-static"
if ldd "$busybox" >/dev/null 2>&1; then
	fail "$busybox is not static: apt install busybox-static"
fi

mkdir -p "$output"
work=$(mktemp -d "$output/mini-work.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
tree=$work/tree

mkdir "$tree"
for dir in bin dev etc home home/guest mnt proc root run sbin sys tmp usr usr/bin usr/sbin var var/log; do
	mkdir "$tree/$dir"
done
cp -R "$source/." "$tree/"
find "$tree" -type d -exec chmod 0755 {} +
find "$tree" -type f -exec chmod 0644 {} +
chmod 0755 "$tree"/etc/init.d/* "$tree/usr/share/udhcpc/default.script"
chmod 0600 "$tree/etc/shadow"
chmod 0700 "$tree/root" "$tree/home/guest"
chmod 1777 "$tree/tmp"
cp "$busybox" "$tree/bin/busybox"
chmod 0755 "$tree/bin/busybox"

# Applets that would only mislead here (Debian's package manager, kernel modules, firmware updates).
"$busybox" --list-full | grep -Ev '/(rpm|rpm2cpio|dpkg|dpkg-deb|nuke|resume|run-init|ubirename|svc|svok|bootchartd)$' |
	while read -r path; do
		name=${path##*/}
		case $path in
		bin/busybox | linuxrc | '') continue ;;
		bin/*) target=busybox ;;
		sbin/*) target=../bin/busybox ;;
		*) target=../../bin/busybox ;;
		esac
		ln -s "$target" "$tree/$path" || fail "cannot link $name"
	done
ln -s sbin/init "$tree/init"
ln -s /run/resolv.conf "$tree/etc/resolv.conf"
ln -s /proc/mounts "$tree/etc/mtab"
ln -s /run "$tree/var/run"
ln -s /tmp "$tree/var/tmp"

"$pack" "$tree" "$work/mini.cpio" "$work/commands" "$time"

mke2fs -q -F -t ext4 -b 4096 -L umld-mini -U "$uuid" -J size=4 -m 0 -N 4096 \
	-O ^resize_inode,^metadata_csum_seed,^orphan_file \
	-E root_owner=0:0,hash_seed="$uuid",lazy_itable_init=1,lazy_journal_init=1 \
	"$work/mini.img" "${size_mib}M" >"$work/log" 2>"$work/errors" || fail "$(cat "$work/errors")"
# debugfs goes on after an error and exits with 0: anything it says besides its version is one.
debugfs -w -f "$work/commands" "$work/mini.img" >"$work/log" 2>"$work/errors"
if grep -v '^debugfs 1\.' "$work/errors" >&2; then
	fail "debugfs could not fill the image"
fi
e2fsck -fn "$work/mini.img" >"$work/log" 2>&1 || fail "$(cat "$work/log")"

mv "$work/mini.img" "$output/mini.img"
mv "$work/mini.cpio" "$output/mini.cpio"
