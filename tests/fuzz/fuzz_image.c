// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whole ext4 images: a small good one (image_rig.c) is damaged in its metadata, checksums are mended so that what lies behind them is reached, and it is mounted,
 * walked, read, changed, synced and unmounted. FUZZ_AREAS and FUZZ_IMAGES (CMakeLists.txt) make a target for one kind of metadata of this.
 *
 * The input: which image; flags; then records. A record of the damage begins with a byte below 0xc0: what to do, in which area (2 bytes), where in it (2 bytes), and what
 * with. One that begins with 0xc0 or more is an operation on a file (2 bytes more); if there is none, a fixed list of them is run.
 */
#include "fuzz_target.h"

#include "abi/abi_errno.h"
#include "abi/abi_mount.h"
#include "fuzz_leaks.h"
#include "image_program.h"
#include "image_rig.h"

#ifndef FUZZ_AREAS
#define FUZZ_AREAS AREA_ALL
#endif
#ifndef FUZZ_IMAGES
#define FUZZ_IMAGES ""
#endif

enum {
	FLAG_NO_MENDING = 1,
	FLAG_READONLY = 2,
	FLAG_CRASHED = 4,
	FLAG_ERRORS_RO = 8,
	FLAG_DISK_READONLY = 16,
	FLAG_NOLOAD = 32,
	FLAG_AGAIN = 64,
	FLAG_DISCARD = 128,
};

static const uint8_t *input;
static size_t input_len;

/* --- damage ------------------------------------------------------------------------------------- */

static uint8_t next(void)
{
	if (!input_len)
		return 0;
	input_len--;
	return *input++;
}

static uint32_t next16(void)
{
	uint32_t lo = next();

	return lo | (uint32_t)next() << 8;
}

static uint32_t next32(void)
{
	uint32_t lo = next16();

	return lo | next16() << 16;
}

static const struct area *some_area(const struct image *m, uint32_t which)
{
	static const struct area none;
	unsigned int n = 0;

	for (unsigned int i = 0; i < m->areas.n; i++)
		n += (m->areas.v[i].kind & FUZZ_AREAS) != 0;
	if (n == 0)
		return &none;
	which %= n;
	for (unsigned int i = 0;; i++)
		if ((m->areas.v[i].kind & FUZZ_AREAS) && which-- == 0)
			return &m->areas.v[i];
}

static void put(struct image *m, const struct area *a, uint32_t at, const void *what, size_t n)
{
	if (n > a->len - at)
		n = a->len - at;
	if (n == 0)
		return;
	memcpy(m->disk->bytes + a->offset + at, what, n);
	rig_touch(m, a->offset + at, n);
}

static uint32_t get32(const struct image *m, const struct area *a, uint32_t at)
{
	uint32_t v = 0;

	memcpy(&v, m->disk->bytes + a->offset + at, a->len - at < 4 ? a->len - at : 4);
	return v;
}

static void damage(struct image *m, uint8_t what)
{
	static const uint32_t limits[] = { 0,	       1,	   2,	      3,      4,
					   7,	       8,	   11,	      12,     0x7f,
					   0x80,       0xff,	   0x7fff,    0x8000, 0xffff,
					   0x7fffffff, 0x80000000, 0xffffffff };
	const struct area *a = some_area(m, next16()), *b;
	uint32_t at = next16(), v;
	uint8_t bytes[64];

	if (a->len == 0)
		return;
	at %= a->len;
	v = get32(m, a, at);
	switch (what % 10) {
	case 0:
		v ^= next();
		put(m, a, at, &v, 1);
		break;
	case 1:
		v = next16();
		put(m, a, at & ~1u, &v, 2);
		break;
	case 2:
		v = next32();
		put(m, a, at & ~3u, &v, 4);
		break;
	case 3:
		v = limits[next() % (sizeof(limits) / sizeof(limits[0]))];
		put(m, a, at & ~1u, &v, 2);
		break;
	case 4:
		v = limits[next() % (sizeof(limits) / sizeof(limits[0]))];
		put(m, a, at & ~3u, &v, 4);
		break;
	case 5: /* bytes */
		v = next() % sizeof(bytes);
		for (uint32_t i = 0; i < v; i++)
			bytes[i] = next();
		put(m, a, at, bytes, v);
		break;
	case 6: /* what another area has */
		b = some_area(m, next16());
		if (b->len)
			memmove(m->disk->bytes + a->offset, m->disk->bytes + b->offset,
				a->len < b->len ? a->len : b->len);
		rig_touch(m, a->offset, a->len);
		break;
	case 7: /* the block of another piece, of any kind, or its inode */
		b = &m->areas.v[next16() % m->areas.n];
		v = b->ino && (what & 0x20) ? b->ino : b->offset / m->areas.block_size;
		put(m, a, at & ~3u, &v, 4);
		break;
	case 8:
		v = get32(m, a, at & ~1u) + (uint32_t)(int8_t)next();
		put(m, a, at & ~1u, &v, 2);
		break;
	default:
		v = get32(m, a, at & ~3u) + (uint32_t)(int8_t)next();
		put(m, a, at & ~3u, &v, 4);
	}
}

/* --- one run ------------------------------------------------------------------------------------ */

static unsigned int read_records(struct image *m, struct operation *ops, unsigned int max)
{
	unsigned int n = 0;

	for (unsigned int records = 0; input_len > 0 && records < 200; records++) {
		uint8_t what = next();

		if (what < 0xc0) {
			damage(m, what);
			continue;
		}
		struct operation op = { what & 0x3f, next(), next() };

		if (n < max)
			ops[n++] = op;
	}
	return n;
}

static int mount_it(struct image *m, uint8_t flags)
{
	char options[100];

	/* errors=panic is the image's right, and no finding. */
	(void)snprintf(options, sizeof(options), "errors=%s%s%s",
		       flags & FLAG_ERRORS_RO ? "remount-ro" : "continue",
		       flags & FLAG_NOLOAD ? ",noload" : "",
		       flags & FLAG_DISCARD ? ",discard" : "");
	return rig_mount(m->disk, flags & FLAG_READONLY ? MS_RDONLY : 0, options);
}

static void one_run(void)
{
	struct operation ops[64];
	unsigned int n;
	uint8_t which = next(), flags = next();
	struct image *m = rig_image(FUZZ_IMAGES, which, flags & FLAG_CRASHED);

	n = read_records(m, ops, 64);
	if (!(flags & FLAG_NO_MENDING))
		areas_mend(&m->areas, m->disk->bytes);
	/* Mending touches what it likes: all metadata. */
	for (unsigned int i = 0; i < m->areas.n; i++)
		rig_touch(m, m->areas.v[i].offset, m->areas.v[i].len);
	m->disk->dev.readonly = flags & FLAG_DISK_READONLY;
	for (unsigned int again = 0; again < (flags & FLAG_AGAIN ? 2 : 1); again++) {
		int r = mount_it(m, again ? flags ^ FLAG_READONLY : flags);

		MUST(r <= 0);
		if (r < 0)
			continue;
		program_walk();
		program_run(ops, n);
		program_walk();
		MUST(rig_umount() == 0);
	}
}

static const uint8_t *given;
static size_t given_len;

/* A run may leave a cache that grew once; what is left by each run is lost. The fuzzer's own thread waits meanwhile. */
static void with_leaks_counted(void)
{
	size_t before, used = 0;

	for (unsigned int i = 0; i < 4; i++) {
		input = given;
		input_len = given_len;
		before = leaks_bytes();
		if (i == 3)
			leaks_begin();
		one_run();
		used = leaks_bytes();
		if (used <= before)
			return;
	}
	(void)fprintf(stderr, "memory is lost: %zu bytes each time\n", used - before);
	leaks_print();
	abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	rig_begin((*argv)[0], with_leaks_counted);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	given = data;
	given_len = len;
	rig_run();
	return 0;
}
