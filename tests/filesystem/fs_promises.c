// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fs_promises KIND SEED DIR [STEPS]   work below DIR without end, or so many steps, and say on standard output what fsync has promised
 * fs_promises check KIND DIR          after a crash: standard input is what was said; is all of it there?
 *
 * KIND  append    files grow, an fsync after each piece
 *       replace   a new file is written, synced and renamed over the old one, the directory synced: old or new, never a mixture
 *       truncate  files are written into, cut and grown again, with an fsync after each step
 *       names     files are renamed, linked and removed in a directory that is synced
 *       map       pages of sparse, reserved and full files are stored into through a shared map or written, with msync or fsync after each store
 *
 * "I …" is said before a step (it may have happened), "P …" when it is promised. Lines are written with one write(2) each.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs_random.h"

#define FILES	  4
#define PAGE	  4096u
#define MAP_PAGES 64u /* of each file */

static struct fs_random rnd;
static unsigned long steps = (unsigned long)-1;
static unsigned char buffer[1 << 18], wanted[1 << 18];

static void say(const char *format, ...)
{
	char line[256];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	if (write(1, line, (size_t)n) != n)
		exit(1);
}

static void need(int ok, const char *what)
{
	if (ok)
		return;
	say("FAILED %s: %s\n", what, strerrorname_np(errno));
	exit(1);
}

static int file_of(const char *kind, unsigned int n, int flags)
{
	char name[64];

	snprintf(name, sizeof(name), "%s%u", kind, n);
	return open(name, flags, 0644);
}

static void sync_dir(void)
{
	int fd = open(".", O_RDONLY | O_DIRECTORY);

	need(fd >= 0 && fsync(fd) == 0, "fsync of the directory");
	close(fd);
}

/* --- the work ----------------------------------------------------------------------------------- */

static void work_append(void)
{
	uint64_t size[FILES] = { 0 };

	for (unsigned int i = 0; i < FILES; i++)
		close(file_of("append", i, O_CREAT | O_WRONLY));
	sync_dir();
	while (steps-- > 0) {
		unsigned int n = fs_random_below(&rnd, FILES);
		unsigned int len =
			1 + fs_random_below(&rnd, fs_random_below(&rnd, 4) ? 6000 : 200000);
		int fd = file_of("append", n, O_WRONLY | O_APPEND);

		need(fd >= 0, "open");
		if (size[n] > 16 << 20) {
			close(fd);
			continue;
		}
		fs_fill(buffer, len, n, size[n]);
		need(write(fd, buffer, len) == (ssize_t)len, "write");
		need((fs_random_below(&rnd, 2) ? fsync(fd) : fdatasync(fd)) == 0, "fsync");
		close(fd);
		size[n] += len;
		say("P %u %llu\n", n, (unsigned long long)size[n]);
	}
}

struct replace_head {
	uint64_t generation, len;
};

static void work_replace(void)
{
	for (uint64_t generation = 1; steps-- > 0; generation++) {
		unsigned int n = fs_random_below(&rnd, FILES);
		struct replace_head h = { generation, 1 + fs_random_below(&rnd, 100000) };
		char name[64];
		int fd = file_of("new", n, O_CREAT | O_TRUNC | O_WRONLY);

		need(fd >= 0, "create");
		fs_fill(buffer, h.len, generation, 0);
		need(write(fd, &h, sizeof(h)) == sizeof(h), "write");
		need(write(fd, buffer, h.len) == (ssize_t)h.len, "write");
		need(fsync(fd) == 0, "fsync");
		close(fd);
		snprintf(name, sizeof(name), "replace%u", n);
		snprintf((char *)wanted, 64, "new%u", n);
		need(rename((char *)wanted, name) == 0, "rename");
		if (fs_random_below(&rnd, 2)) {
			sync_dir();
			say("P %u %llu\n", n, (unsigned long long)generation);
		}
	}
}

static void work_truncate(void)
{
	for (unsigned int step = 0; steps-- > 0; step++) {
		unsigned int n = fs_random_below(&rnd, FILES);
		unsigned int at = fs_random_below(&rnd, 3 << 20);
		unsigned int len = 1 + fs_random_below(&rnd, 60000);
		unsigned int size = fs_random_below(&rnd, 4 << 20);
		int fd = file_of("truncate", n, O_CREAT | O_RDWR);

		need(fd >= 0, "create");
		fs_fill(buffer, len, n, at);
		say("I %u %u\n", n, at + len);
		need(pwrite(fd, buffer, len, at) == (ssize_t)len, "write");
		say("I %u %u\n", n, size);
		need(ftruncate(fd, size) == 0, "truncate");
		if (step % 3 == 0) {
			need(fsync(fd) == 0, "fsync");
			if (step < 40)
				sync_dir();
			say("P %u %u\n", n, size);
		}
		close(fd);
	}
}

static void work_names(void)
{
	char from[64], to[64], side[64];

	close(file_of("name", 0, O_CREAT | O_WRONLY));
	mkdir("sub", 0755);
	for (unsigned int i = 0; steps-- > 0; i++) {
		snprintf(from, sizeof(from), "name%u", i);
		snprintf(to, sizeof(to), "name%u", i + 1);
		snprintf(side, sizeof(side), "sub/side%u", i % 50);
		unlink(side);
		need(link(from, side) == 0, "link");
		need(rename(from, to) == 0, "rename");
		if (i % 7 == 0) {
			sync_dir();
			say("P 0 %u\n", i + 1);
		}
	}
}

/* What page number `page` of all holds in a generation. */
static void fill_page(unsigned char *p, unsigned int page, uint64_t generation)
{
	fs_fill(p, PAGE, generation * 1000003 + page, 0);
	memcpy(p, &generation, sizeof(generation));
}

static unsigned char *map_file(unsigned int n)
{
	int fd = file_of("map", n, O_CREAT | O_RDWR);
	unsigned char *p;

	need(fd >= 0, "create");
	if (n == 0)
		need(ftruncate(fd, (off_t)MAP_PAGES * PAGE) == 0, "ftruncate");
	else if (n == 1)
		need(fallocate(fd, 0, 0, (off_t)MAP_PAGES * PAGE) == 0, "fallocate");
	else
		for (unsigned int i = 0; i < MAP_PAGES; i++)
			need(write(fd, buffer, PAGE) == PAGE, "write");
	p = mmap(NULL, (size_t)MAP_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	need(p != MAP_FAILED, "mmap");
	need(fsync(fd) == 0, "fsync");
	close(fd);
	return p;
}

static void work_map(void)
{
	unsigned char *maps[FILES];

	memset(buffer, 0, PAGE);
	for (unsigned int n = 0; n < FILES; n++)
		maps[n] = map_file(n);
	sync_dir();
	for (uint64_t generation = 1; steps-- > 0; generation++) {
		unsigned int n = fs_random_below(&rnd, FILES);
		unsigned int first = fs_random_below(&rnd, MAP_PAGES);
		unsigned int pages = 1 + fs_random_below(&rnd, 6);
		int how = (int)fs_random_below(&rnd, 3), r, fd = file_of("map", n, O_RDWR);
		int through_map = fs_random_below(&rnd, 4) > 0;

		if (pages > MAP_PAGES - first)
			pages = MAP_PAGES - first;
		for (unsigned int i = first; i < first + pages; i++) {
			say("I %u %llu\n", n * MAP_PAGES + i, (unsigned long long)generation);
			fill_page(through_map ? maps[n] + (size_t)i * PAGE : buffer,
				  n * MAP_PAGES + i, generation);
			if (!through_map)
				need(pwrite(fd, buffer, PAGE, (off_t)i * PAGE) == PAGE, "pwrite");
		}
		if (how == 0)
			r = msync(maps[n] + (size_t)first * PAGE, (size_t)pages * PAGE, MS_SYNC);
		else
			r = how == 1 ? fsync(fd) : fdatasync(fd);
		need(r == 0, "sync");
		close(fd);
		for (unsigned int i = first; i < first + pages; i++)
			say("P %u %llu\n", n * MAP_PAGES + i, (unsigned long long)generation);
	}
}

/* --- the check ---------------------------------------------------------------------------------- */

static unsigned int failures;

static void wrong(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	printf("LOST: ");
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
	failures++;
}

/* Bytes of a file must be the pattern of its number; zeros too where holes are allowed. */
static void check_contents(int fd, unsigned int n, uint64_t len, int holes)
{
	for (uint64_t at = 0; at < len;) {
		size_t want = len - at < sizeof(buffer) ? len - at : sizeof(buffer);
		ssize_t got = pread(fd, buffer, want, (off_t)at);

		if (got <= 0) {
			wrong("file %u cannot be read at %llu", n, (unsigned long long)at);
			return;
		}
		fs_fill(wanted, (size_t)got, n, at);
		for (ssize_t i = 0; i < got; i++)
			if (buffer[i] != wanted[i] && !(holes && buffer[i] == 0)) {
				wrong("file %u differs at %llu", n,
				      (unsigned long long)at + (uint64_t)i);
				return;
			}
		at += (uint64_t)got;
	}
}

static void check_append(const uint64_t *promised)
{
	for (unsigned int n = 0; n < FILES; n++) {
		int fd = file_of("append", n, O_RDONLY);
		struct stat st;

		if (fd < 0 || fstat(fd, &st) != 0) {
			if (promised[n])
				wrong("file %u is missing", n);
			continue;
		}
		if ((uint64_t)st.st_size < promised[n])
			wrong("file %u has %lld bytes, %llu were promised", n,
			      (long long)st.st_size, (unsigned long long)promised[n]);
		else
			check_contents(fd, n, promised[n], 0);
		/* Behind that there may be more of it, or nothing, but never what the blocks held before. */
		check_contents(fd, n, (uint64_t)st.st_size, 1);
		close(fd);
	}
}

static void check_replace(const uint64_t *promised)
{
	for (unsigned int n = 0; n < FILES; n++) {
		int fd = file_of("replace", n, O_RDONLY);
		struct replace_head h;

		if (fd < 0) {
			if (promised[n])
				wrong("file %u is missing", n);
			continue;
		}
		if (read(fd, &h, sizeof(h)) != sizeof(h) || h.len > sizeof(buffer) ||
		    read(fd, buffer, h.len) != (ssize_t)h.len || read(fd, wanted, 1) != 0)
			wrong("file %u is not whole", n);
		else if (h.generation < promised[n])
			wrong("file %u is %llu, %llu was promised", n,
			      (unsigned long long)h.generation, (unsigned long long)promised[n]);
		else {
			fs_fill(wanted, h.len, h.generation, 0);
			if (memcmp(buffer, wanted, h.len) != 0)
				wrong("file %u has wrong contents", n);
		}
		close(fd);
	}
}

static void check_truncate(const uint64_t *promised, uint64_t (*later)[4096],
			   const unsigned int *n_later)
{
	for (unsigned int n = 0; n < FILES; n++) {
		int fd = file_of("truncate", n, O_RDONLY);
		struct stat st;
		int known;

		if (fd < 0 || fstat(fd, &st) != 0) {
			if (promised[n] != UINT64_MAX)
				wrong("file %u is missing", n);
			continue;
		}
		/* A write that is under way may have got some of its way. */
		known = promised[n] == UINT64_MAX || (uint64_t)st.st_size == promised[n];
		for (unsigned int i = 0; i < n_later[n]; i++)
			known |= (uint64_t)st.st_size <= later[n][i];
		if (!known)
			wrong("file %u has %lld bytes, %llu were promised and nothing later gave that",
			      n, (long long)st.st_size, (unsigned long long)promised[n]);
		check_contents(fd, n, (uint64_t)st.st_size, 1);
		close(fd);
	}
}

static void check_names(const uint64_t *promised)
{
	DIR *dir = opendir(".");
	unsigned int found = 0, i;
	struct dirent *d;

	while (dir && (d = readdir(dir))) {
		if (sscanf(d->d_name, "name%u", &i) != 1)
			continue;
		found++;
		if (i < promised[0])
			wrong("name%u is there, name%llu was promised", i,
			      (unsigned long long)promised[0]);
	}
	if (dir)
		closedir(dir);
	/* A rename is one step: at no time there are two, or none. */
	if (found > 1 || (!found && promised[0]))
		wrong("%u names are there", found);
}

/* A page is as promised, or a store into it was under way. */
static void check_map(const uint64_t *promised, const unsigned int *n_later)
{
	for (unsigned int i = 0; i < FILES * MAP_PAGES; i++) {
		int fd = file_of("map", i / MAP_PAGES, O_RDONLY);

		if (promised[i] && fd < 0) {
			wrong("file %u is missing", i / MAP_PAGES);
		} else if (promised[i] && n_later[i] == 0) {
			fill_page(wanted, i, promised[i]);
			if (pread(fd, buffer, PAGE, (off_t)(i % MAP_PAGES) * PAGE) != PAGE ||
			    memcmp(buffer, wanted, PAGE) != 0)
				wrong("page %u of file %u is not what was promised (%llu)",
				      i % MAP_PAGES, i / MAP_PAGES,
				      (unsigned long long)promised[i]);
		}
		if (fd >= 0)
			close(fd);
	}
}

static int check(const char *kind)
{
	static uint64_t later[FILES * MAP_PAGES][4096];
	static unsigned int n_later[FILES * MAP_PAGES];
	static uint64_t promised[FILES * MAP_PAGES];
	unsigned int lines = 0, most = strcmp(kind, "map") == 0 ? FILES * MAP_PAGES : FILES;
	char line[256];

	if (strcmp(kind, "truncate") == 0)
		memset(promised, 0xff, sizeof(promised));
	while (fgets(line, sizeof(line), stdin)) {
		unsigned long long value;
		unsigned int n;
		char what;

		if (strncmp(line, "FAILED", 6) == 0)
			wrong("the work said: %s", line);
		/* The last line may be cut. */
		if (!strchr(line, '\n') || sscanf(line, "%c %u %llu", &what, &n, &value) != 3 ||
		    n >= most)
			continue;
		if (what == 'P') {
			promised[n] = value;
			n_later[n] = 0;
			lines++;
		} else if (what == 'I' && n_later[n] < 4096) {
			later[n][n_later[n]++] = value;
		}
	}
	if (strcmp(kind, "append") == 0)
		check_append(promised);
	else if (strcmp(kind, "replace") == 0)
		check_replace(promised);
	else if (strcmp(kind, "truncate") == 0)
		check_truncate(promised, later, n_later);
	else if (strcmp(kind, "map") == 0)
		check_map(promised, n_later);
	else
		check_names(promised);
	printf("%u promises, %u lost\n", lines, failures);
	return failures ? 1 : 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "check") == 0 && chdir(argv[3]) == 0)
		return check(argv[2]);
	if ((argc != 4 && argc != 5) || chdir(argv[3]) != 0) {
		fprintf(stderr,
			"usage: fs_promises KIND SEED DIR [STEPS] | fs_promises check KIND DIR\n");
		return 2;
	}
	if (argc == 5)
		steps = strtoul(argv[4], NULL, 0);
	fs_random_seed(&rnd, strtoull(argv[2], NULL, 0));
	if (strcmp(argv[1], "append") == 0)
		work_append();
	else if (strcmp(argv[1], "replace") == 0)
		work_replace();
	else if (strcmp(argv[1], "truncate") == 0)
		work_truncate();
	else if (strcmp(argv[1], "map") == 0)
		work_map();
	else
		work_names();
	return 0;
}
