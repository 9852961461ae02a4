// SPDX-License-Identifier: GPL-2.0-or-later
/* tmpfs: mounted over a directory, size limit, busy, nested, detached, read-only remount, options seen in mountinfo. */
#include <sched.h>
#include <sys/mount.h>
#include <sys/statfs.h>

#include "guest_helpers.h"

static void user(void)
{
	become(1000, 1000);
	result("mount as a user", mount("t", "m", "tmpfs", 0, NULL));
	result("umount as a user", umount("m"));
}

int main(void)
{
	static char block[65536];
	struct statfs sf;
	struct stat st;
	long total = 0;
	ssize_t n;
	int fd;

	CHECK_EQ(unshare(CLONE_NEWNS), 0);
	CHECK_EQ(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	chmod(".", 0755);
	mkdir("m", 0755);
	make_file("m/below", "b");
	result("mount", mount("name", "m", "tmpfs", MS_NOSUID, "size=1m,mode=1755,uid=5,gid=6"));
	stat("m", &st);
	printf("mode %o uid %u gid %u\n", st.st_mode, st.st_uid, st.st_gid);
	result("hidden", access("m/below", F_OK));
	CHECK_EQ(statfs("m", &sf), 0);
	printf("type %lx size %ld\n", (long)sf.f_type, (long)(sf.f_blocks * sf.f_bsize));
	fd = open("m/f", O_RDWR | O_CREAT, 0644);
	while ((n = write(fd, block, sizeof(block))) > 0)
		total += n;
	printf("full: %s at %ld\n", strerrorname_np(errno), total);
	result("busy", umount("m"));
	run_child("user", user);
	ftruncate(fd, 0);
	report("room again", write(fd, block, 65536));
	result("remount read-only while writing",
	       mount(NULL, "m", NULL, MS_REMOUNT | MS_RDONLY, NULL));
	close(fd);
	result("remount read-only", mount(NULL, "m", NULL, MS_REMOUNT | MS_RDONLY, NULL));
	result("create", open("m/g", O_RDWR | O_CREAT, 0644));
	result("open to write", open("m/f", O_RDWR));
	result("unlink", unlink("m/f"));
	result("access W", access("m/f", W_OK));
	result("read", open("m/f", O_RDONLY));
	result("and back", mount(NULL, "m", NULL, MS_REMOUNT, NULL));
	chdir("m");
	result("detach", umount2("../m", MNT_DETACH));
	result("still here", access("f", F_OK));
	result("out", chdir(".."));
	chdir("/proc/self/cwd");
	result("unknown type", mount("x", "/tmp", "nonsense", 0, NULL));
	result("bad option", mount("x", "/tmp", "tmpfs", 0, "nonsense=1"));
	result("not mounted", umount("/dev/null"));
	return 0;
}
