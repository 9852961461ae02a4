// SPDX-License-Identifier: GPL-2.0-or-later
/* In a mount namespace of its own: flags that bind, remounts, moves, busy and lazy unmounts, what may be mounted where, an ordinary user's refusals. */
#include <sched.h>
#include <sys/mount.h>

#include "guest_helpers.h"

static void user(void)
{
	become(1000, 1000);
	result("user mounts", mount("none", "a", "tmpfs", 0, ""));
	result("user unmounts", umount("a"));
}

int main(void)
{
	struct stat st;
	int fd;

	CHECK_EQ(unshare(CLONE_NEWNS), 0);
	CHECK_EQ(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	CHECK_EQ(mkdir("a", 0755) | mkdir("b", 0755) | mkdir("c", 0755), 0);
	make_file("file", "below");
	result("tmpfs", mount("none", "a", "tmpfs", 0, "mode=0711,size=1m"));
	CHECK_EQ(stat("a", &st), 0);
	printf("mode %o\n", st.st_mode & 07777);
	make_file("a/f", "x");
	CHECK_EQ(mkdir("a/sub", 0755), 0);
	result("read-only", mount(NULL, "a", NULL, MS_REMOUNT | MS_RDONLY, NULL));
	result("write", open("a/new", O_CREAT | O_WRONLY, 0600));
	result("mkdir", mkdir("a/d", 0755));
	result("unlink", unlink("a/f"));
	result("chmod", chmod("a/f", 0600));
	result("access", access("a/f", W_OK));
	result("read-write", mount(NULL, "a", NULL, MS_REMOUNT, NULL));
	result("bind", mount("a/sub", "b", NULL, MS_BIND, NULL));
	result("read-only bind", mount(NULL, "b", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
	result("write through it", open("b/x", O_CREAT | O_WRONLY, 0600));
	result("write beside it", open("a/sub/x", O_CREAT | O_WRONLY, 0600));
	result("rename across", rename("a/f", "b/f"));
	result("link across", link("a/f", "b/f"));
	result("bind a file", mount("a/f", "file", NULL, MS_BIND, NULL));
	show_file("file", "file");
	result("unmount it", umount("file"));
	show_file("file", "file");
	result("directory over a file", mount("a", "file", NULL, MS_BIND, NULL));
	result("tmpfs over a file", mount("none", "file", "tmpfs", 0, ""));
	result("move", mount("b", "c", NULL, MS_MOVE, NULL));
	result("moved", access("c/x", F_OK));
	result("move a plain directory", mount("a/sub", "b", NULL, MS_MOVE, NULL));
	result("move into itself", mount("a", "a/sub", NULL, MS_MOVE, NULL));
	fd = open("c/x", O_RDONLY);
	result("busy", umount("c"));
	result("lazy", umount2("c", MNT_DETACH));
	result("gone", access("c/x", F_OK));
	result("still open", fd >= 0 && fstat(fd, &st) == 0 ? 0 : -1);
	close(fd);
	result("noexec, nosuid, nodev",
	       mount("none", "b", "tmpfs", MS_NOEXEC | MS_NOSUID | MS_NODEV, ""));
	close(open("b/prog", O_CREAT | O_WRONLY, 0755));
	result("device node", mknod("b/null", S_IFCHR | 0666, 0x103));
	result("open it", open("b/null", O_RDWR));
	execl("b/prog", "prog", (char *)NULL);
	result("exec", -1);
	result("unmount what is not mounted", umount("c"));
	result("unmount missing", umount("missing"));
	result("unknown type", mount("none", "c", "nosuchfs", 0, ""));
	result("no type", mount("none", "c", NULL, 0, ""));
	result("bad option", mount("none", "c", "tmpfs", 0, "nosuchoption=1"));
	result("bad size", mount("none", "c", "tmpfs", 0, "size=x"));
	result("missing target", mount("none", "missing", "tmpfs", 0, ""));
	result("bind missing", mount("missing", "c", NULL, MS_BIND, NULL));
	result("remount a plain directory", mount(NULL, "c", NULL, MS_REMOUNT, NULL));
	result("expire", umount2("b", MNT_EXPIRE));
	result("expire again", umount2("b", MNT_EXPIRE));
	result("unknown flag", umount2("a", 0x100));
	result("rmdir a mount point", rmdir("a"));
	result("rename a mount point", rename("a", "z"));
	run_child("user", user);
	return 0;
}
