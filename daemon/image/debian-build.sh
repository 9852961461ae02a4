#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Fills TREE with a Debian (or derived) system for a guest; umld-image-worker runs it in its own namespaces, where the
# caller is root over TREE and everything else is read-only.
#
#	debian-build.sh TREE SUITE PACKAGES MIRROR
#
# PACKAGES: names separated by commas, or "". MIRROR: a URL, or "" for mmdebstrap's choice for the suite.
# The names have been checked by umld; this script adds what every guest needs (see debian-customize.sh).
set -eu
export LC_ALL=C.UTF-8
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH

tree=$1
suite=$2
packages=$3
mirror=$4

include=systemd-sysv,dbus,udev,libpam-systemd,libnss-myhostname
include=$include,iproute2,iputils-ping,netbase,ca-certificates,wget
include=$include,procps,less,nano,login
case $suite in
stretch | buster | bullseye | bionic | focal | jammy)
	# systemd-resolved is a part of the systemd package there.
	;;
*)
	include=$include,systemd-resolved
	;;
esac

if ! command -v mmdebstrap >/dev/null; then
	echo "mmdebstrap is not installed: apt install mmdebstrap" >&2
	exit 1
fi

# shellcheck disable=SC2016 # mmdebstrap's shell expands it
# --verbose: apt's and dpkg's lines are what progress is counted from, and the last of them tell what went wrong.
# The first argument after the suite is the target; no mirror means Debian's, with updates and security.
exec mmdebstrap --mode=root --format=directory --variant=minbase --verbose \
	--include="$include${packages:+,$packages}" \
	--aptopt='Acquire::Retries "3"' \
	--customize-hook='sh "$UMLD_CUSTOMIZE" "$1"' \
	"$suite" "$tree" ${mirror:+"$mirror"}
