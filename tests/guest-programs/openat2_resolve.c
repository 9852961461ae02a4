// SPDX-License-Identifier: GPL-2.0-or-later
/* openat2: every RESOLVE_ flag, unknown bits, structure sizes. */
#include <linux/openat2.h>

#include "guest_helpers.h"

static int dir;

static void try(const char *label, const char *path, unsigned long flags, unsigned long resolve)
{
	struct open_how how = { .flags = flags, .resolve = resolve };
	long fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));

	result(label, fd);
	if (fd >= 0)
		close((int)fd);
}

int main(void)
{
	struct open_how how = { .flags = O_RDONLY };
	char big[64] = "";

	CHECK_EQ(mkdir("d", 0755) | mkdir("d/sub", 0755), 0);
	make_file("d/f", "");
	make_file("out", "");
	CHECK_EQ(symlink("f", "d/rel") | symlink("/etc/passwd", "d/abs") |
			 symlink("../out", "d/up") | symlink("sub/../f", "d/round"),
		 0);
	dir = open("d", O_RDONLY | O_DIRECTORY);
	try("plain", "f", O_RDONLY, 0);
	try("no symlinks, file", "f", O_RDONLY, RESOLVE_NO_SYMLINKS);
	try("no symlinks, link", "rel", O_RDONLY, RESOLVE_NO_SYMLINKS);
	try("no symlinks, O_PATH on a link", "rel", O_PATH | O_NOFOLLOW, RESOLVE_NO_SYMLINKS);
	try("beneath, file", "f", O_RDONLY, RESOLVE_BENEATH);
	try("beneath, relative link", "rel", O_RDONLY, RESOLVE_BENEATH);
	try("beneath, round", "round", O_RDONLY, RESOLVE_BENEATH);
	try("beneath, absolute link", "abs", O_RDONLY, RESOLVE_BENEATH);
	try("beneath, up", "../out", O_RDONLY, RESOLVE_BENEATH);
	try("beneath, link up", "up", O_RDONLY, RESOLVE_BENEATH);
	try("beneath, absolute", "/etc/passwd", O_RDONLY, RESOLVE_BENEATH);
	try("in root, absolute", "/f", O_RDONLY, RESOLVE_IN_ROOT);
	try("in root, up", "../../f", O_RDONLY, RESOLVE_IN_ROOT);
	try("in root, absolute link", "abs", O_RDONLY, RESOLVE_IN_ROOT);
	try("no magic links", "/proc/self/exe", O_RDONLY, RESOLVE_NO_MAGICLINKS);
	try("no magic links, plain links", "rel", O_RDONLY, RESOLVE_NO_MAGICLINKS);
	try("no crossing", "/proc/self/status", O_RDONLY, RESOLVE_NO_XDEV);
	try("no crossing, inside", "sub", O_RDONLY, RESOLVE_NO_XDEV);
	try("unknown resolve", "f", O_RDONLY, 0x1000);
	try("beneath and in root", "f", O_RDONLY, RESOLVE_BENEATH | RESOLVE_IN_ROOT);
	try("unknown flags", "f", 1ul << 40, 0);
	how.mode = 0600;
	result("mode without O_CREAT", syscall(SYS_openat2, dir, "f", &how, sizeof(how)));
	how.flags = O_CREAT | O_WRONLY;
	how.mode = 010000;
	result("mode too large", syscall(SYS_openat2, dir, "new", &how, sizeof(how)));
	how = (struct open_how){ .flags = O_RDONLY };
	memcpy(big, &how, sizeof(how));
	result("longer, zeros", syscall(SYS_openat2, dir, "f", big, sizeof(big)));
	big[50] = 1;
	result("longer, not zeros", syscall(SYS_openat2, dir, "f", big, sizeof(big)));
	result("too short", syscall(SYS_openat2, dir, "f", &how, 8));
	result("bad pointer", syscall(SYS_openat2, dir, "f", 16, sizeof(how)));
	return 0;
}
