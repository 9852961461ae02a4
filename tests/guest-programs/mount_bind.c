// SPDX-License-Identifier: GPL-2.0-or-later
/* Bind mounts: of files and directories, read-only ones, across renames, propagation between shared and private, move. */
#include <sched.h>
#include <sys/mount.h>

#include "guest_helpers.h"

int main(void)
{
	CHECK_EQ(unshare(CLONE_NEWNS), 0);
	CHECK_EQ(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	mkdir("a", 0755);
	mkdir("b", 0755);
	mkdir("a/sub", 0755);
	make_file("a/f", "in a");
	make_file("target", "t");
	result("bind", mount("a", "b", NULL, MS_BIND, NULL));
	show_file("b/f", "b/f");
	result("a file", mount("a/f", "target", NULL, MS_BIND, NULL));
	show_file("target", "target");
	result("file over directory", mount("a/f", "a/sub", NULL, MS_BIND, NULL));
	result("rename a mount point", rename("target", "other"));
	result("unlink a mount point", unlink("target"));
	result("rmdir a mount point", rmdir("b"));
	result("link between mounts", link("b/f", "a/g"));
	result("rename between mounts", rename("b/f", "a/g"));
	result("read-only bind", mount(NULL, "b", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL));
	result("write through it", open("b/f", O_RDWR));
	result("write beside it", open("a/f", O_RDWR));
	result("umount", umount("b"));
	result("shared",
	       mount("a", "a", NULL, MS_BIND, NULL) | mount(NULL, "a", NULL, MS_SHARED, NULL));
	result("its copy", mount("a", "b", NULL, MS_BIND, NULL));
	result("mount in one", mount("t", "a/sub", "tmpfs", 0, NULL));
	make_file("a/sub/new", "new");
	show_file("the other sees", "b/sub/new");
	result("slave", mount(NULL, "b", NULL, MS_SLAVE, NULL));
	result("umount in the master", umount("a/sub"));
	result("gone in the slave", access("b/sub/new", F_OK));
	result("mount in the slave", mount("t", "b/sub", "tmpfs", 0, NULL));
	make_file("b/sub/only", "x");
	result("not in the master", access("a/sub/only", F_OK));
	result("plain bind shows no submount",
	       (mkdir("c", 0755), mount("b", "c", NULL, MS_BIND, NULL)));
	result("not there", access("c/sub/only", F_OK));
	result("umount", umount("c"));
	result("recursive", mount("b", "c", NULL, MS_BIND | MS_REC, NULL));
	result("there", access("c/sub/only", F_OK));
	result("umount of a full one", umount("c"));
	result("detached", umount2("c", MNT_DETACH));
	result("unbindable", mount(NULL, "b", NULL, MS_UNBINDABLE, NULL));
	result("bind of it", mount("b", "c", NULL, MS_BIND, NULL));
	result("two kinds at once", mount(NULL, "b", NULL, MS_PRIVATE | MS_SHARED, NULL));
	result("propagation of no mount", mount(NULL, "c", NULL, MS_PRIVATE, NULL));
	return 0;
}
