// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a power cut leaves: images built from a record of umlk's "ubd=record:" (guest-kernel/drivers/disk_record.h).
 *
 * fs_prefixes list RECORD                           how many records there are, then the position behind each flush of ubd0
 * fs_prefixes image RECORD BASE AT SEED OUT SAID    ubd0 as the cut at position AT (so many records have happened) left it, and what was said on ubd1 before
 *
 * SEED 0: all writes before AT have reached the disk. Else: those that a flush has made durable, and of the others each with a chance, in sectors
 * of 512 bytes where they are torn; of several to one place any may be the last. BASE is ubd0's file before the first record.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs_random.h"

#define MAGIC	   0x43455255u
#define SECTOR	   512u
#define COPY_BYTES (1u << 16)

enum { WRITE = 1, ZERO = 2, FLUSH = 3, FLUSHED = 4 };

struct entry {
	uint32_t magic, kind, disk, unused;
	uint64_t offset, len;
};

struct record {
	struct entry e;
	const unsigned char *data;
};

static struct record *records;
static size_t n_records;

static void die(const char *what)
{
	perror(what);
	exit(2);
}

/* The end of a file whose writer was killed may be cut. */
static void load(const char *path)
{
	int fd = open(path, O_RDONLY);
	const unsigned char *p;
	size_t at = 0, max = 0;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		die(path);
	p = st.st_size ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
	if (p == MAP_FAILED)
		die(path);
	while (at + sizeof(struct entry) <= (size_t)st.st_size) {
		struct entry e;

		memcpy(&e, p + at, sizeof(e));
		at += sizeof(e);
		if (e.magic != MAGIC)
			die("not a record");
		if (e.kind == WRITE && e.len > (size_t)st.st_size - at)
			break;
		if (n_records == max) {
			max = max ? 2 * max : 1024;
			records = realloc(records, max * sizeof(*records));
			if (!records)
				die("memory");
		}
		records[n_records++] = (struct record){ e, p + at };
		if (e.kind == WRITE)
			at += e.len;
	}
	close(fd);
}

/* How many records at the beginning a flush that ended before position at has made durable. */
static size_t durable_before(size_t at)
{
	size_t begun = 0, durable = 0;

	for (size_t i = 0; i < at; i++) {
		if (records[i].e.disk != 0)
			continue;
		if (records[i].e.len != 0)
			continue; /* of a range: put_durable */
		if (records[i].e.kind == FLUSH)
			begun = i;
		else if (records[i].e.kind == FLUSHED)
			durable = begun;
	}
	return durable;
}

static void put(int fd, const unsigned char *data, uint64_t len, uint64_t offset)
{
	static const unsigned char zeros[COPY_BYTES];

	while (len > 0) {
		size_t want = data || len < COPY_BYTES ? (size_t)len : COPY_BYTES;
		ssize_t n = pwrite(fd, data ? data : zeros, want, (off_t)offset);

		if (n <= 0)
			die("write");
		data = data ? data + n : NULL;
		offset += (uint64_t)n;
		len -= (uint64_t)n;
	}
}

static void copy_file(const char *from, int to)
{
	static unsigned char buf[COPY_BYTES];
	int fd = open(from, O_RDONLY);
	off_t at = 0, end;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0 || ftruncate(to, st.st_size) != 0)
		die(from);
	while ((at = lseek(fd, at, SEEK_DATA)) >= 0) {
		end = lseek(fd, at, SEEK_HOLE);
		while (at < end) {
			size_t want = end - at < COPY_BYTES ? (size_t)(end - at) : COPY_BYTES;
			ssize_t n = pread(fd, buf, want, at);

			if (n <= 0)
				die(from);
			put(to, buf, (uint64_t)n, (uint64_t)at);
			at += n;
		}
	}
	close(fd);
}

static const unsigned char *data_at(const struct record *r, uint64_t skip)
{
	return r->e.kind == WRITE ? r->data + skip : NULL;
}

/*
 * A write that was under way when the lights went out: none of it, all of it, pages of it, or sectors of it. What may be the two sectors of ext4's super block stays
 * together: it has one checksum over both, and Linux refuses a torn one as umlk does (e2fsck takes a backup).
 */
static void put_some(int fd, const struct record *r, struct fs_random *rnd)
{
	unsigned int how = fs_random_below(rnd, 8);
	uint64_t piece = how == 7 ? SECTOR : 4096, end = r->e.offset + r->e.len;

	if (how < 3)
		return;
	if (how < 6) {
		put(fd, data_at(r, 0), r->e.len, r->e.offset);
		return;
	}
	for (uint64_t at = r->e.offset, next; at < end; at = next) {
		next = (at / piece + 1) * piece;
		if (at % 4096 == 1024)
			next = at + 1024;
		if (next > end)
			next = end;
		if (fs_random_below(rnd, 2))
			put(fd, data_at(r, at - r->e.offset), next - at, at);
	}
}

/* What flushes of ranges that ended before position at have made durable of the write i. */
static void put_durable(int fd, size_t i, size_t at)
{
	const struct record *r = &records[i];

	for (size_t end = i + 1; end < at; end++) {
		const struct entry *f = &records[end].e;
		uint64_t from = f->offset, to = f->offset + f->len;
		size_t begin = end;

		if (f->disk != 0 || f->kind != FLUSHED || f->len == 0)
			continue;
		while (begin > i &&
		       !(records[begin].e.kind == FLUSH && records[begin].e.disk == 0 &&
			 records[begin].e.offset == f->offset && records[begin].e.len == f->len))
			begin--;
		from = from > r->e.offset ? from : r->e.offset;
		to = to < r->e.offset + r->e.len ? to : r->e.offset + r->e.len;
		if (begin > i && from < to)
			put(fd, data_at(r, from - r->e.offset), to - from, from);
	}
}

static void make_image(const char *base, size_t at, uint64_t seed, const char *out)
{
	int fd = open(out, O_CREAT | O_TRUNC | O_RDWR, 0600);
	size_t durable = seed ? durable_before(at) : at;
	struct fs_random rnd;

	if (fd < 0)
		die(out);
	copy_file(base, fd);
	fs_random_seed(&rnd, seed);
	for (size_t i = 0; i < at; i++) {
		const struct record *r = &records[i];

		if (r->e.disk != 0 || (r->e.kind != WRITE && r->e.kind != ZERO))
			continue;
		if (i < durable)
			put(fd, data_at(r, 0), r->e.len, r->e.offset);
		else {
			put_some(fd, r, &rnd);
			put_durable(fd, i, at);
		}
	}
	close(fd);
}

/* ubd1 is written from its beginning on; what was said is all before the first zero. */
static void make_said(size_t at, const char *path)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_RDWR, 0600);
	struct stat st;
	char *p;

	if (fd < 0)
		die(path);
	for (size_t i = 0; i < at; i++)
		if (records[i].e.disk == 1 && records[i].e.kind == WRITE)
			put(fd, records[i].data, records[i].e.len, records[i].e.offset);
	if (fstat(fd, &st) != 0)
		die(path);
	if (st.st_size > 0) {
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
		if (p == MAP_FAILED || ftruncate(fd, (off_t)strnlen(p, (size_t)st.st_size)) != 0)
			die(path);
	}
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "list") == 0) {
		load(argv[2]);
		printf("%zu\n", n_records);
		for (size_t i = 0; i < n_records; i++)
			if (records[i].e.disk == 0 && records[i].e.kind == FLUSHED)
				printf("%zu\n", i + 1);
		return 0;
	}
	if (argc != 8 || strcmp(argv[1], "image") != 0) {
		fprintf(stderr,
			"usage: fs_prefixes list RECORD | fs_prefixes image RECORD BASE AT SEED OUT SAID\n");
		return 2;
	}
	load(argv[2]);
	if (strtoull(argv[4], NULL, 0) > n_records)
		die("position");
	make_image(argv[3], strtoull(argv[4], NULL, 0), strtoull(argv[5], NULL, 0), argv[6]);
	make_said(strtoull(argv[4], NULL, 0), argv[7]);
	return 0;
}
