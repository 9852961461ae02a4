# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the file system tests share: a guest that runs a script with disks, and images that are looked at on the host.
# The caller has set build (the build folder) and dir (a scratch directory); it calls fs_cleanup at the end.

# shellcheck disable=SC2154 # build and dir are the caller's
fs_programs=$build/tests/filesystem/programs
umlk=$build/guest-kernel/boot/umlk

fs_need() {
	[ -x "$umlk" ] || { echo "no umlk at $umlk" >&2; exit 2; }
	[ -x "$fs_programs/fs_tree" ] || { echo "no programs in $fs_programs" >&2; exit 2; }
	# Exit status 77 is "skipped" for ctest.
	[ "$(id -u)" -eq 0 ] || { echo "SKIP: needs root for loop mounts"; exit 77; }
	local p
	for p in busybox cpio mke2fs e2fsck pgrep uml_moo; do command -v "$p" >/dev/null || { echo "SKIP: no $p"; exit 77; }; done
	mkdir -p "$dir/mnt" && truncate -s 8M "$dir/probe.img" && mke2fs -q -F "$dir/probe.img" || exit 1
	mount -o loop "$dir/probe.img" "$dir/mnt" 2>/dev/null || { echo "SKIP: no loop mounts here"; exit 77; }
	umount "$dir/mnt"
	rm "$dir/probe.img"
}

# fs_mount IMAGE [mount options]: at $dir/mnt. Others may take the loop device between its choice and its use.
fs_mount() {
	local image=$1
	shift
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		mount "$@" "$image" "$dir/mnt" 2>"$dir/mount.err" && return
		sleep 0.2
	done
	cat "$dir/mount.err" >&2
	return 1
}

fs_cleanup() {
	mountpoint -q "$dir/mnt" && umount "$dir/mnt"
	if [ "${keep:-}" ]; then echo "kept $dir"; else rm -rf "$dir"; fi
}

# fs_image FILE SIZE [mke2fs options]: a fresh file system whose first directory sizes and hashes are the same each time.
fs_image() {
	local file=$1 size=$2
	shift 2
	rm -f "$file"
	truncate -s "$size" "$file" &&
		mke2fs -q -F -t ext4 -E hash_seed=12345678-1234-1234-1234-123456789abc "$@" "$file"
}

# fs_image_used FILE SIZE [mke2fs options]: the same on a disk whose first 16 MiB hold what files had before, so that blocks shown too early are seen.
fs_image_used() {
	local file=$1 size=$2
	shift 2
	rm -f "$file"
	yes 'old data of a file that is gone' | head -c 16M >"$file" && truncate -s "$size" "$file" &&
		mke2fs -q -F -t ext4 -E nodiscard,hash_seed=12345678-1234-1234-1234-123456789abc "$@" "$file"
}

# fs_initrd SCRIPT: $dir/initrd.cpio whose init runs the script and powers off.
fs_initrd() {
	local tree=$dir/tree
	rm -rf "$tree"
	mkdir -p "$tree"/{bin,dev,proc,sys,tmp,mnt}
	cp "$(command -v busybox)" "$tree/bin/busybox" && cp "$fs_programs"/fs_* "$tree/bin/" || return 1
	{
		cat <<-'END'
			#!/bin/busybox sh
			/bin/busybox --install /bin
			export PATH=/bin
			mount -t proc proc /proc
			mount -t devtmpfs devtmpfs /dev 2>/dev/null
			stty -opost -echo 2>/dev/null
		END
		printf '%s\n' "$1"
		echo 'echo @@DONE; poweroff -f'
	} >"$tree/init"
	chmod +x "$tree/init"
	(cd "$tree" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet >"$dir/initrd.cpio")
}

# fs_guest OUTPUT WORD…: boots umlk with the initrd; its console goes to OUTPUT. Its exit status.
fs_guest() {
	local out=$1
	shift
	timeout -k 5 "${FS_SECONDS:-300}" "$umlk" "initrd=$dir/initrd.cpio" mem=256M con0=fd:0,fd:1 "umid=fs$$" \
		"uml_dir=$dir/uml/" quiet noreboot "$@" </dev/null >"$out" 2>"$out.err"
}
