// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random changes of a few files (writes, fallocate in all its modes, truncation, directories) on images of several kinds, with what the files must hold kept
 * beside; at the end e2fsck must find nothing to say. Then the same disk as it was at random moments: mounted (which replays its journal) and unmounted,
 * e2fsck must again find nothing. From a seed: test_ext4_random [SEED [ROUNDS]]. 77: there is no e2fsprogs here.
 */
#include "abi/abi_errno.h"
#include "abi/abi_fcntl.h"
#include "lib/string.h"
#include "tests/ext4/ext4_rig.h"
#include "vfs/vfs.h"

#define FILES	   4u
#define FILE_MAX   (640u << 10)
#define OPERATIONS 160
#define CRASHES	   14

int printf(const char *fmt, ...) printf_like(1, 2);
int fflush(void *stream);
/* The C library's, by hand: its headers and the kernel's headers define the same names. */
int system(const char *command);
void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void free(void *p);
char *getenv(const char *name);
unsigned long strtoul(const char *s, char **end, int base);
unsigned long long strtoull(const char *s, char **end, int base);
noreturn void abort(void);
noreturn void _exit(int status);
int mkstemp(char *path);
int unlink(const char *path);
int close(int fd);

static const struct {
	const char *options, *size;
	uint32_t block;
} kinds[] = {
	{ "-t ext4 -b 4096", "24M", 4096 },
	{ "-t ext4 -b 1024", "10M", 1024 },
	{ "-t ext4 -b 2048 -O ^metadata_csum,^64bit", "12M", 2048 },
	{ "-t ext3 -b 1024", "10M", 1024 },
	{ "-t ext4 -b 1024 -O ^extents,^64bit,^metadata_csum -I 128", "10M", 1024 },
	{ "-t ext4 -b 1024 -g 1024 -O ^resize_inode", "12M", 1024 },
	{ "-t ext4 -b 4096 -O orphan_file -N 64", "24M", 4096 },
};

static uint64_t first_seed;
static unsigned int rounds = ARRAY_SIZE(kinds);
static uint8_t *model[FILES];
static uint64_t sizes[FILES];
static char image[] = "/tmp/ext4-random.XXXXXX";
static const char *story = "";

static noreturn void give_up(const char *what)
{
	(void)printf("seed %llu, %s: %s\n", (unsigned long long)first_seed, story, what);
	(void)printf("the image is %s\n", image);
	(void)fflush(NULL);
	_exit(1);
}

/* As the rig's. */
static void pattern(uint8_t *buf, size_t len, uint64_t seed)
{
	for (size_t i = 0; i < len; i++) {
		seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		buf[i] = (uint8_t)(seed >> 56);
	}
}

static int run(struct fake_disk *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static int run(struct fake_disk *d, const char *fmt, ...)
{
	static char line[256];
	va_list ap;

	va_start(ap, fmt);
	(void)format_str_va(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (getenv("EXT4_RANDOM_TELL"))
		(void)printf("%s\n", line);
	return rig_command(d, line);
}

/* --- one operation, and what it does to the model ----------------------------------------------- */

static void op_write(struct fake_disk *d, unsigned int f)
{
	uint64_t pos = pick(3) ? pick(FILE_MAX / 2) : sizes[f],
		 len = 1 + pick(pick(2) ? 40000 : 900);
	uint32_t seed = pick(1u << 30);

	if (pos + len > FILE_MAX)
		return;
	if (run(d, "write f%u %llu %llu %u", f, (unsigned long long)pos, (unsigned long long)len,
		seed) < 0)
		give_up("a write failed");
	pattern(model[f] + pos, len, seed);
	sizes[f] = MAX(sizes[f], pos + len);
}

static void op_truncate(struct fake_disk *d, unsigned int f)
{
	uint64_t size = pick(FILE_MAX);

	if (run(d, "truncate f%u %llu", f, (unsigned long long)size) < 0)
		give_up("a truncation failed");
	if (size < sizes[f])
		memset(model[f] + size, 0, sizes[f] - size);
	sizes[f] = size;
}

static void op_allocate(struct fake_disk *d, unsigned int f)
{
	static const int modes[] = { 0, FALLOC_FL_KEEP_SIZE,
				     FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE,
				     FALLOC_FL_ZERO_RANGE };
	int mode = modes[pick(ARRAY_SIZE(modes))];
	uint64_t pos = pick(FILE_MAX / 2), len = 1 + pick(100000), end = pos + len;
	int r = run(d, "fallocate f%u %d %llu %llu", f, mode, (unsigned long long)pos,
		    (unsigned long long)len);

	if (r == -EOPNOTSUPP)
		return;
	if (r < 0)
		give_up("fallocate failed");
	if (mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE))
		memset(model[f] + pos, 0, len);
	if (!(mode & FALLOC_FL_KEEP_SIZE) && end > sizes[f])
		sizes[f] = end;
	if (mode & FALLOC_FL_PUNCH_HOLE)
		memset(model[f] + sizes[f], 0, FILE_MAX - sizes[f]);
}

static void op_shift(struct fake_disk *d, unsigned int f, uint32_t block)
{
	bool insert = pick(2);
	uint64_t pos = pick(40) * (uint64_t)block, len = (1 + pick(20)) * (uint64_t)block;
	int r;

	if (insert && sizes[f] + len > FILE_MAX)
		return;
	r = run(d, "fallocate f%u %d %llu %llu", f,
		insert ? FALLOC_FL_INSERT_RANGE : FALLOC_FL_COLLAPSE_RANGE, (unsigned long long)pos,
		(unsigned long long)len);
	if (r == -EINVAL || r == -EOPNOTSUPP)
		return;
	if (r < 0)
		give_up("a shift failed");
	if (insert) {
		memmove(model[f] + pos + len, model[f] + pos, sizes[f] - pos);
		memset(model[f] + pos, 0, len);
		sizes[f] += len;
	} else {
		memmove(model[f] + pos, model[f] + pos + len, sizes[f] - pos - len);
		sizes[f] -= len;
		memset(model[f] + sizes[f], 0, len);
	}
}

static void op_other(struct fake_disk *d, unsigned int f)
{
	static unsigned int n;

	switch (pick(6)) {
	case 0:
		(void)run(d, "fsync f%u", f);
		break;
	case 1:
		(void)run(d, "sync");
		break;
	case 2:
		if (run(d, "unlink f%u", f) == 0) {
			memset(model[f], 0, FILE_MAX);
			sizes[f] = 0;
			(void)run(d, "write f%u 0 0 0", f);
		}
		break;
	case 3:
		(void)run(d, "mkdir d%u", n);
		(void)run(d, "many 30 d%u/x create", n++);
		break;
	case 4:
		if (n > 0) {
			(void)run(d, "many 30 d%u/x unlink", n - 1);
			(void)run(d, "rmdir d%u", n - 1);
		}
		break;
	default:
		(void)run(d, "setx f%u user.x%u %u %u", f, pick(3), pick(900), n);
	}
}

static void one_operation(struct fake_disk *d, uint32_t block)
{
	unsigned int f = pick(FILES);

	switch (pick(8)) {
	case 0:
		op_truncate(d, f);
		break;
	case 1:
	case 2:
		op_allocate(d, f);
		break;
	case 3:
		op_shift(d, f, block);
		break;
	case 4:
		op_other(d, f);
		break;
	default:
		op_write(d, f);
	}
}

static void check_file(unsigned int f)
{
	static uint8_t buf[FILE_MAX];
	char name[16];
	struct file *file;
	ssize_t n;

	(void)format_str(name, sizeof(name), "/m/f%u", f);
	if (file_open(AT_FDCWD, name, O_RDONLY, 0, LOOKUP_FOLLOW, &file) < 0)
		give_up("a file is gone");
	if (file->inode->size != sizes[f])
		give_up("a file has another size");
	n = file_read_kernel(file, buf, sizeof(buf), 0);
	file_put(file);
	if (n != (ssize_t)sizes[f])
		give_up("a file cannot be read");
	for (uint64_t i = 0; i < sizes[f]; i++)
		if (buf[i] != model[f][i]) {
			(void)printf("f%u differs at %llu\n", f, (unsigned long long)i);
			give_up("other contents");
		}
}

/* --- e2fsprogs ---------------------------------------------------------------------------------- */

static bool command(const char *fmt, ...) printf_like(1, 2);
static bool command(const char *fmt, ...)
{
	static char line[512];
	va_list ap;

	va_start(ap, fmt);
	(void)format_str_va(line, sizeof(line), fmt, ap);
	va_end(ap);
	return system(line) == 0;
}

static void must_be_clean(const struct fake_disk *d, const char *what)
{
	fake_disk_save(d, image);
	if (!command("e2fsck -fn %s >%s.log 2>&1", image, image)) {
		(void)command("cat %s.log", image);
		give_up(what);
	}
}

static void check_crash(const struct fake_disk *d, const uint8_t *before)
{
	struct fake_disk *c = fake_disk_new(d->dev.bytes);
	unsigned int n = pick(d->n_records + 1);
	int mode = (int)pick(3);
	char what[64];

	(void)format_str(what, sizeof(what), "crash after %u of %u, mode %d", n, d->n_records,
			 mode);
	fake_disk_crash(d, before, n, mode, c->bytes);
	if (rig_mount(c, 0, "") < 0) {
		fake_disk_save(c, image);
		(void)printf("%s\n", what);
		give_up("a crashed disk cannot be mounted");
	}
	if (run(c, "umount") < 0)
		give_up("a crashed disk cannot be unmounted");
	must_be_clean(c, what);
	fake_disk_free(c);
}

static void one_round(unsigned int round)
{
	unsigned int k = round % ARRAY_SIZE(kinds);
	struct fake_disk *d;
	uint8_t *before;

	story = kinds[k].options;
	if (!command("rm -f %s; mke2fs -q -F %s %s %s >/dev/null 2>&1", image, kinds[k].options,
		     image, kinds[k].size)) {
		(void)printf("skipped: mke2fs %s\n", story);
		return;
	}
	d = fake_disk_load(image);
	before = malloc(d->dev.bytes);
	if (!before)
		abort();
	memcpy(before, d->bytes, d->dev.bytes);
	fake_disk_start_recording(d);
	d->yield = true;
	/* The super block is looked at before the journal: one that is half written ends all, here as on Linux. */
	d->atomic = 1024;
	if (rig_mount(d, 0, pick(2) ? "" : "discard") < 0)
		give_up("mount failed");
	for (unsigned int f = 0; f < FILES; f++) {
		memset(model[f], 0, FILE_MAX);
		sizes[f] = 0;
		(void)run(d, "write f%u 0 0 0", f);
	}
	for (unsigned int i = 0; i < OPERATIONS; i++)
		one_operation(d, kinds[k].block);
	for (unsigned int f = 0; f < FILES; f++)
		check_file(f);
	if (run(d, "umount") < 0)
		give_up("umount failed");
	must_be_clean(d, "after everything");
	d->yield = false;
	for (unsigned int i = 0; i < CRASHES; i++)
		check_crash(d, before);
	(void)printf("%s: clean, also after %d crashes in %u records\n", story, CRASHES,
		     d->n_records);
	fake_disk_free(d);
	free(before);
}

static int all_rounds(void)
{
	int fd = mkstemp(image);

	if (fd < 0)
		return 1;
	(void)close(fd);
	if (!command("command -v mke2fs e2fsck >/dev/null")) {
		printf("SKIP: no mke2fs or no e2fsck\n");
		return 77;
	}
	rig_start();
	for (unsigned int f = 0; f < FILES; f++)
		model[f] = calloc(2, FILE_MAX);
	for (unsigned int i = 0; i < rounds; i++)
		one_round(i);
	(void)command("rm -f %s %s.log", image, image);
	return 0;
}

int main(int argc, char **argv)
{
	first_seed = test_seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	if (argc > 2)
		rounds = (unsigned int)strtoul(argv[2], NULL, 0);
	run_as_kernel(all_rounds);
}
