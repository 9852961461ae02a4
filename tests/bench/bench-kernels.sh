# SPDX-License-Identifier: GPL-2.0-or-later
# Words are split on purpose, and what is set here is used by those who source it.
# shellcheck shell=bash disable=SC1007,SC1090,SC2034,SC2046,SC2086
# bench-kernels.sh - shared by boot-time, net-bench, mem-bench and compare (bash).
#
# A kernel is described by a small file of shell assignments:
#
#   NAME    what the tables call it (default: the file's name)
#   KIND    uml     command-line compatible with User Mode Linux (default)
#           rootfs  "$CMD DIR PROGRAM ARGS" runs a program in the mounted
#                   disk (chroot, a container runtime); it cannot boot
#   CMD     command, may contain arguments; for KIND=uml the kernel itself
#   ARGS    further kernel arguments
#   BARE    rootfs: if set, do not mount /proc and /dev in DIR
#   PIN     host CPU to pin to ("taskset -c"), empty for none
#   NET     its network device's argument, with @TAP@ for the tap's name
#   MEM     memory for benchmarks (default 1024M)
#   CONSOLE console arguments (default con0=fd:0,fd:1 con=null console=tty0)

bench_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
WORK=${WORK:-${TMPDIR:-/var/tmp}/umlk-bench}
mkdir -p "$WORK" || exit 1
LIBGB=usr/local/lib/guest-bench

die() { echo "$0: $*" >&2; exit 1; }
us() { local t=$EPOCHREALTIME; echo "${t/[.,]/}"; }

k_load() {
	NAME= KIND=uml BARE= CMD= ARGS= PIN= NET= MEM=1024M
	CONSOLE="con0=fd:0,fd:1 con=null console=tty0"
	local f=$1
	[ -f "$f" ] || f=$bench_dir/kernels/$1.env
	[ -f "$f" ] || die "no kernel description $1"
	. "$f"
	[ "$NAME" ] || { NAME=${f##*/}; NAME=${NAME%.env}; }
	[ "$CMD" ] || die "$f: no CMD"
}

# The disk benchmarks use; $BASE is set by the caller's options.
need_base() {
	export WORK BASE
	[ -f "$BASE" ] || die "no disk image; make one with make-bench-disk"
}

# In place of the disk, for the parts that need none.
need_initrd() {
	export WORK INITRD
	[ -f "$INITRD" ] || die "no initrd; make one with make-bench-initrd"
}

# What a guest or a native run is started under.  BENCH_NICE=-15 keeps other
# work on the machine from taking part in the measurement, BENCH_RT=5 (a
# real-time priority) does so on a machine that is busy all the time.
pin() {
	[ "$BENCH_RT" ] && echo "chrt -f $BENCH_RT"
	[ "$BENCH_NICE" ] && echo "nice -n $BENCH_NICE"
	[ "$PIN" ] && echo "taskset -c $PIN"
}

# g_start TAG KERNEL-ARGS...: a guest in the background.  Its pid (also its
# session id) in G_PID; its console on descriptor 9; its input held open.
g_start() {
	local tag=$1 q=$WORK/$1.$$
	shift
	rm -f "$q.in" "$q.out"
	mkfifo "$q.in" "$q.out"
	# shellcheck disable=SC2086
	setsid $NETNS $(pin) $CMD "$@" umid="$tag$$" $CONSOLE $ARGS <"$q.in" >"$q.out" 2>&1 8>&- 9>&- &
	G_PID=$!
	exec 8<>"$q.in" 9<"$q.out"
	rm -f "$q.in" "$q.out"
}

# All processes of a guest: its session, and the descendants that left it.
g_pids() {
	ps -eo pid=,ppid=,sid= | awk -v s="$1" '
		{ pid[NR] = $1; par[NR] = $2; if ($3 == s || $1 == s) in_[$1] = 1 }
		END { do { more = 0
			for (i = 1; i <= NR; i++) if (!(pid[i] in in_) && (par[i] in in_)) in_[pid[i]] = more = 1
		      } while (more)
		      for (p in in_) print p }'
}

# g_stop PID: TERM, then KILL whatever is left of it.
g_stop() {
	local p i
	local all; all=$(g_pids "$1")
	kill -TERM "$1" 2>/dev/null
	for i in 1 2 3 4 5 6 7 8 9 10; do
		kill -0 "$1" 2>/dev/null || break
		sleep 0.1
	done
	for p in $all $(g_pids "$1"); do kill -KILL "$p" 2>/dev/null; done
	wait "$1" 2>/dev/null
	exec 8>&- 9>&-
}

# g_await SECONDS MARK: read the console up to a line (or prompt) that ends in
# MARK; the time of it in G_US.
g_await() {
	local end=$(($(us) + $1 * 1000000)) left mark=$2 c last=${2: -1}
	while left=$((end - $(us))); [ $left -gt 0 ]; do
		IFS= read -r -d "$last" -t "$((left / 1000000 + 1))" -u 9 c || return 1
		[ "$LOG" ] && printf '%s%s' "$c" "$last" >> "$LOG"
		case $c$last in *"$mark") G_US=$(us); return 0 ;; esac
	done
	return 1
}

# g_bench SECONDS: copy BENCH lines from the console until it closes; adds the
# ratio of host time to the guest's own account of it.
g_bench() {
	local end=$(($(us) + $1 * 1000000)) left l h0= h1 g0 g1
	while left=$((end - $(us))); [ $left -gt 0 ]; do
		IFS= read -r -t "$((left / 1000000 + 1))" -u 9 l || { [ $? -gt 128 ] && break; return 0; }
		l=${l%$'\r'}
		[ "$LOG" ] && echo "$l" >> "$LOG"
		case $l in
		"BENCH-BEGIN "*) h0=$(us) g0=${l#* } ;;
		"BENCH-END "*)
			h1=$(us) g1=${l#* }
			[ "$h0" ] && awk -v h=$((h1 - h0)) -v g=$((g1 - g0)) \
				'BEGIN { printf "BENCH clock.host_per_guest %.3f x\n", h / (g ? g : 1) }'
			;;
		"BENCH "* | "BENCH-FAIL "*) echo "$l" ;;
		esac
	done
	echo "BENCH-FAIL timeout no result within $1 s"
	return 1
}

# A private copy of the base image, and (rootfs kinds) its mount point.
own_copy() {
	IMG=$WORK/$NAME.$$.img
	cp --sparse=always "$BASE" "$IMG" || exit
}

mount_copy() {
	if [ "$INITRD" ]; then
		mount_initrd
		return
	fi
	own_copy
	MNT=$WORK/$NAME.$$.mnt
	mkdir -p "$MNT"
	mount -o loop "$IMG" "$MNT" || exit
	[ "$BARE" ] && return
	mount -t proc proc "$MNT/proc"
	mount --bind /dev "$MNT/dev"
}

# The same for an initrd: a tmpfs, which is what its guests have.
mount_initrd() {
	MNT=$WORK/$NAME.$$.mnt
	mkdir -p "$MNT"
	mount -t tmpfs tmpfs "$MNT" || exit
	(cd "$MNT" && cpio -id --quiet <"$INITRD") || exit
	[ "$BARE" ] && return
	mount -t proc proc "$MNT/proc"
	mount --bind /dev "$MNT/dev"
}

drop_copy() {
	if [ "$MNT" ] && mountpoint -q "$MNT"; then
		[ "$BARE" ] || umount "$MNT/dev" "$MNT/proc"
		umount "$MNT"
		rmdir "$MNT"
		MNT=
	fi
	[ "$IMG" ] && rm -f "$IMG"
	IMG=
}

# Where the host finds the benchmark's own tools: gb, out of the image.
host_gb() {
	if [ "$INITRD" ]; then
		GB=$WORK/gb.initrd
		[ "$GB" -nt "$INITRD" ] || cpio -i --quiet --to-stdout usr/local/lib/guest-bench/gb <"$INITRD" >"$GB"
		chmod +x "$GB"
		[ -s "$GB" ] || die "cannot read gb out of $INITRD"
		return
	fi
	GB=$WORK/gb
	[ "$GB" -nt "$BASE" ] || { debugfs -R "dump /$LIBGB/gb $GB" "$BASE" 2>/dev/null; chmod +x "$GB"; }
	[ -s "$GB" ] || die "cannot read gb out of $BASE"
}
