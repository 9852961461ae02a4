// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A directory tree to an ext4 file system in a file. Runs in the sandbox, which sees the ownerships as they shall be in
 * the image, and so needs no root on the host.
 */
#include "daemon/image/worker.h"

#include <fcntl.h>
#include <fts.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "common/file.h"

#define MIB		((uint64_t)1024 * 1024)
#define BYTES_PER_INODE 16384
#define SIZE_MAX_BYTES	(16 * 1024 * 1024 * MIB) /* 16 TiB: 2^32 blocks */

/*
 * What every version of e2fsprogs and of the guest kernels knows: the builder's /etc/mke2fs.conf shall not
 * decide whether an image boots.
 */
static const char mke2fs_conf[] =
	"[defaults]\n"
	"base_features = sparse_super,large_file,filetype,resize_inode,dir_index,ext_attr\n"
	"default_mntopts = acl,user_xattr\n"
	"enable_periodic_fsck = 0\n"
	"blocksize = 4096\n"
	"inode_size = 256\n"
	"inode_ratio = 16384\n"
	"[fs_types]\n"
	"ext4 = {\n"
	"features = has_journal,extent,huge_file,flex_bg,metadata_csum,64bit,dir_nlink,extra_isize\n"
	"}\n"
	/* mke2fs looks for a type by size as well and complains if there is none. */
	"floppy = {\n}\nsmall = {\n}\nbig = {\n}\nhuge = {\n}\n";

int tree_measure(const char *path, uint64_t *ret_bytes, uint64_t *ret_inodes)
{
	char *copy = strdup(path);
	char *const paths[] = { copy, NULL };
	uint64_t bytes = 0, inodes = 0;
	FTS *fts;
	int r = 0;

	if (!copy)
		return -ENOMEM;
	fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
	if (!fts) {
		r = -errno;
		free(copy);
		return r;
	}
	for (FTSENT *e; errno = 0, (e = fts_read(fts));) {
		if (e->fts_info == FTS_DP)
			continue;
		if (e->fts_info == FTS_ERR || e->fts_info == FTS_DNR || e->fts_info == FTS_NS) {
			r = -e->fts_errno;
			break;
		}
		bytes += (uint64_t)e->fts_statp->st_blocks * 512;
		inodes++;
	}
	if (r == 0 && errno != 0)
		r = -errno;
	(void)fts_close(fts);
	free(copy);
	if (r < 0)
		return r;
	*ret_bytes = bytes;
	*ret_inodes = inodes;
	return 0;
}

static void write_conf(void)
{
	cleanup_close int fd =
		open("mke2fs.conf", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0 || fd_write_all(fd, mke2fs_conf, sizeof(mke2fs_conf) - 1) < 0)
		worker_fail(WORKER_FAILED, "cannot write mke2fs.conf: %s", strerror(errno));
	if (setenv("MKE2FS_CONFIG", "mke2fs.conf", 1) < 0)
		worker_fail(WORKER_FAILED, "out of memory");
}

void tree_to_disk(uint64_t size_bytes)
{
	uint64_t bytes = 0, count = 0, inodes;
	char size_kib[32], inode_count[32];
	int r;

	worker_phase(850, "measuring the contents");
	r = tree_measure("tree", &bytes, &count);
	if (r < 0)
		worker_fail(WORKER_FAILED, "cannot measure the contents: %s", strerror(-r));
	if (size_bytes == 0)
		size_bytes = bytes + bytes / 4 + 256 * MIB;
	size_bytes = (size_bytes + MIB - 1) / MIB * MIB;
	if (size_bytes > SIZE_MAX_BYTES)
		worker_fail(WORKER_FAILED, "an image is at most 16T");
	inodes = size_bytes / BYTES_PER_INODE;
	if (inodes < count + count / 4 + 1024)
		inodes = count + count / 4 + 1024;

	worker_phase(870, "making the file system");
	write_conf();
	(void)snprintf(size_kib, sizeof(size_kib), "%" PRIu64 "k", size_bytes / 1024);
	(void)snprintf(inode_count, sizeof(inode_count), "%" PRIu64, inodes);
	/* lost+found goes where mke2fs wants it, also if the tree brings one. */
	(void)rmdir("tree/lost+found");
	if (worker_run((const char *const[]){ "mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096",
					      "-m", "1", "-N", inode_count, "-E", "root_owner=0:0",
					      "-d", "tree", "disk.img", size_kib, NULL }) != 0)
		worker_fail(WORKER_FAILED,
			    "mke2fs failed: the contents take %" PRIu64
			    " MiB, the image has %" PRIu64,
			    bytes / MIB, size_bytes / MIB);
}
