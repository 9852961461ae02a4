// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What an import is made from, told by its first bytes; and the check of a raw image's superblock. Everything
 * here is untrusted, offsets are fixed, arithmetic is checked.
 */
#include "daemon/image/worker.h"

#include <endian.h>
#include <string.h>
#include <sys/stat.h>

#define EXT_SUPER_OFFSET 1024
#define EXT_SUPER_MAGIC	 0xef53
#define EXT_64BIT	 0x80u /* incompatible feature */

static const struct {
	const char *magic;
	size_t len;
	const char *option;
} compressions[] = {
	{ "\x1f\x8b", 2, "--gzip" },
	{ "BZh", 3, "--bzip2" },
	{ "\xfd"
	  "7zXZ\0",
	  6, "--xz" },
	{ "\x28\xb5\x2f\xfd", 4, "--zstd" },
	{ "LZIP", 4, "--lzip" },
	{ "\x89LZO\0", 5, "--lzop" },
	{ "\x5d\0\0", 3, "--lzma" },
	{ "\x1f\x9d", 2, "--compress" },
};

/* All of len bytes at an offset, or less at the end of the file. */
static ssize_t read_at(int fd, void *buf, size_t len, off_t at)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pread(fd, (char *)buf + done, len - done, at + (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

/* The header's checksum counts its own field as blanks; this also knows archives older than ustar. */
static bool is_tar(const unsigned char h[512])
{
	unsigned int sum = 0, stated = 0;
	size_t i = 148;

	for (size_t j = 0; j < 512; j++)
		sum += j >= 148 && j < 156 ? ' ' : h[j];
	while (i < 156 && h[i] == ' ')
		i++;
	if (i == 156 || h[i] < '0' || h[i] > '7')
		return false;
	for (; i < 156 && h[i] >= '0' && h[i] <= '7'; i++)
		stated = stated * 8 + (h[i] - '0');
	return sum == stated;
}

int source_detect(int fd, enum source_kind *ret, const char **ret_tar_option)
{
	unsigned char head[2048] = { 0 };
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode)) {
		*ret = SOURCE_DIR;
		return 0;
	}
	if (!S_ISREG(st.st_mode))
		return -EBADMSG;
	n = read_at(fd, head, sizeof(head), 0);
	if (n < 0)
		return (int)n;
	if (n >= EXT_SUPER_OFFSET + 58 && head[EXT_SUPER_OFFSET + 56] == (EXT_SUPER_MAGIC & 0xff) &&
	    head[EXT_SUPER_OFFSET + 57] == EXT_SUPER_MAGIC >> 8) {
		*ret = SOURCE_EXT;
		return 0;
	}
	if (n >= 512 && is_tar(head)) {
		*ret = SOURCE_TAR;
		*ret_tar_option = NULL;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(compressions); i++) {
		if ((size_t)n >= compressions[i].len &&
		    memcmp(head, compressions[i].magic, compressions[i].len) == 0) {
			*ret = SOURCE_TAR;
			*ret_tar_option = compressions[i].option;
			return 0;
		}
	}
	return -EBADMSG;
}

static uint32_t get32(const unsigned char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

int ext_check(int fd, uint64_t *ret_fs_bytes, const char **ret_why)
{
	unsigned char sb[1024];
	uint64_t blocks, bytes;
	uint32_t shift;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	*ret_why = "not an ext2, ext3 or ext4 file system";
	if (read_at(fd, sb, sizeof(sb), EXT_SUPER_OFFSET) != sizeof(sb))
		return -EBADMSG;
	if (sb[56] != (EXT_SUPER_MAGIC & 0xff) || sb[57] != EXT_SUPER_MAGIC >> 8)
		return -EBADMSG;
	*ret_why = "its superblock is damaged";
	shift = get32(sb + 24);
	blocks = get32(sb + 4);
	if (get32(sb + 96) & EXT_64BIT)
		blocks |= (uint64_t)get32(sb + 0x150) << 32;
	/* Revision, block size, blocks and inodes per group. */
	if (get32(sb + 76) > 1 || shift > 6 || get32(sb) == 0 || get32(sb + 32) == 0 ||
	    get32(sb + 40) == 0)
		return -EBADMSG;
	if (blocks == 0 || __builtin_mul_overflow(blocks, (uint64_t)1024 << shift, &bytes))
		return -EBADMSG;
	*ret_why = "the file is shorter than the file system in it";
	if (bytes > (uint64_t)st.st_size)
		return -EBADMSG;
	*ret_fs_bytes = bytes;
	return 0;
}
