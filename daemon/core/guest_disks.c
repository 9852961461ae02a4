/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks of a guest's files; see guest_disks.h. What is checked here may change before the kernel opens it: the check is for a good
 * error message, the kernel's own open (as that user) is what protects the file.
 */
#include "daemon/core/guest_disks.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/core/thread_identity.h"
#include "daemon/core/guest_config.h"
#include "daemon/core/identity.h"

/* O_PATH first: opening a device or a FIFO for real may block or set something off. */
static int file_probe(const char *path, bool writable)
{
	cleanup_close int fd = open(path, O_PATH | O_CLOEXEC);
	cleanup_close int real = -1;
	char link[40];
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		return -EINVAL;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	real = open(link, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return real < 0 ? -errno : 0;
}

int guest_file_check(const char *field, const char *path, bool writable, uid_t uid, gid_t gid,
		     char **ret_real, struct error *err)
{
	cleanup_free char *resolved = NULL;
	struct thread_identity id;
	int r = thread_identity_enter(&id, uid, gid, false);

	if (r < 0)
		return error_set_errno(err, r, "act as uid %u", uid);
	resolved = realpath(path, NULL);
	r = resolved ? file_probe(resolved, writable) : -errno;
	thread_identity_leave(&id);
	if (r == -EINVAL)
		return error_set(err, ERROR_USAGE, "invalid-parameter",
				 "%s: %s is neither a regular file nor a block device", field,
				 path);
	if (r < 0) {
		(void)error_set_errno(err, r, "%s: %s", field, path);
		if (r == -EACCES)
			error_hint(err, "the guest runs as uid %u, which needs access to it", uid);
		return r;
	}
	if (ret_real)
		*ret_real = TAKE_PTR(resolved);
	return 0;
}

int guest_files_check(const struct guest_config *c, uid_t uid, gid_t gid, struct error *err)
{
	int r = 0;

	if (c->kernel_path)
		r = guest_file_check("kernel_path", c->kernel_path, false, uid, gid, NULL, err);
	if (r == 0 && c->initrd)
		r = guest_file_check("initrd", c->initrd, false, uid, gid, NULL, err);
	for (unsigned int i = 0; r == 0 && i < c->n_disks; i++)
		r = guest_file_check("disks", c->disks[i].path, !c->disks[i].readonly, uid, gid,
				     NULL, err);
	return r;
}

int guest_tun_check(uid_t uid, gid_t gid, struct error *err)
{
	static const char path[] = "/dev/net/tun";
	struct thread_identity id;
	char user[USER_NAME_BYTES];
	int fd, r = thread_identity_enter(&id, uid, gid, false);

	if (r < 0)
		return error_set_errno(err, r, "act as uid %u", uid);
	fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	r = fd < 0 ? -errno : 0;
	thread_identity_leave(&id);
	if (r == 0) {
		(void)close(fd);
		return 0;
	}
	user_name_format(uid, user);
	if (r == -EACCES || r == -EPERM) {
		(void)error_set(err, ERROR_NOT_PERMITTED, "tun-not-permitted",
				"the guest runs as %s, who may not open %s", user, path);
		error_hint(err, "chmod 0666 %s, as udev does", path);
		return r;
	}
	(void)error_set_errno(err, r, "the guest's network needs %s", path);
	error_hint(err, "load the module tun, or use net none");
	return r;
}
