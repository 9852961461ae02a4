// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fs_mutate [-m] SEED IMAGE - damage an image as an attacker or a dying disk might: 1 to 24 changes at places that hold something, each a bit, a byte, a word with a
 * value at some limit, or a block written over another one. Prints what it did. The image should hold little file data, so that most
 * places are metadata. With -m half of the changes are inside of metadata that is known to be there, and all checksums are mended afterwards: the attacker can count.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs_random.h"
#include "tests/fuzz/image_areas.h"

static struct fs_random rnd;
static unsigned char *image;
static size_t size;
static struct areas areas; /* -m */

/* A place that is not zero, or one near it: fields that are zero lie beside those that are not. */
static size_t some_place(void)
{
	if (areas.n && fs_random_below(&rnd, 2)) {
		const struct area *a = &areas.v[fs_random_below(&rnd, areas.n)];

		return a->offset + fs_random_below(&rnd, fs_random_below(&rnd, 2) ? 64 : a->len);
	}
	for (int i = 0; i < 100000; i++) {
		size_t at;

		switch (fs_random_below(&rnd, 8)) {
		case 0: /* the super block and the descriptors */
			at = 1024 + fs_random_below(&rnd, 1024);
			break;
		case 1:
			at = fs_random_below(&rnd, 32768);
			break;
		case 2:
			at = fs_random_below(&rnd, (unsigned int)(size / 16));
			break;
		default:
			at = fs_random_below(&rnd, (unsigned int)size);
		}
		for (size_t k = at; k < at + 64 && k < size; k++)
			if (image[k])
				return k - fs_random_below(&rnd, (unsigned int)(k % 16 + 1));
	}
	return 1024;
}

static void change(void)
{
	static const uint64_t limits[] = { 0,	       1,	    2,		3,
					   0xff,       0x7fff,	    0x8000,	0xffff,
					   0x10000,    0x7fffffff,  0x80000000, 0xfffffffe,
					   0xffffffff, 0x100000000, ~0ull };
	size_t at = some_place();
	unsigned int width = 1u << fs_random_below(&rnd, 4);
	uint64_t value = 0, delta;

	switch (fs_random_below(&rnd, 6)) {
	case 0:
		image[at] ^= (unsigned char)(1u << fs_random_below(&rnd, 8));
		printf("bit at %zu\n", at);
		break;
	case 1:
		image[at] = (unsigned char)fs_random_next(&rnd);
		printf("byte at %zu\n", at);
		break;
	case 2: { /* a block over another */
		size_t block = fs_random_below(&rnd, 2) ? 1024 : 4096;
		size_t to = some_place() / block * block;

		at = at / block * block;
		if (at + block <= size && to + block <= size)
			memmove(image + to, image + at, block);
		printf("block %zu to %zu\n", at, to);
		break;
	}
	default:
		at = at / width * width;
		if (at + width > size)
			return;
		memcpy(&value, image + at, width);
		delta = fs_random_below(&rnd, 3);
		if (fs_random_below(&rnd, 3) == 0)
			value += fs_random_below(&rnd, 2) ? delta : -delta;
		else
			value = limits[fs_random_below(&rnd, sizeof(limits) / sizeof(limits[0]))] -
				delta;
		memcpy(image + at, &value, width);
		printf("%u bytes at %zu: %llx\n", width, at, (unsigned long long)value);
	}
}

int main(int argc, char **argv)
{
	struct stat st;
	bool mend = argc > 1 && strcmp(argv[1], "-m") == 0;
	unsigned int n;
	int fd;

	argc -= mend;
	argv += mend;
	if (argc != 3 || (fd = open(argv[2], O_RDWR)) < 0 || fstat(fd, &st) != 0 ||
	    st.st_size < 65536) {
		fprintf(stderr, "usage: fs_mutate [-m] SEED IMAGE\n");
		return 2;
	}
	size = (size_t)st.st_size;
	image = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (image == MAP_FAILED)
		return 2;
	if (mend)
		areas_find(&areas, image, (uint32_t)size);
	fs_random_seed(&rnd, strtoull(argv[1], NULL, 0));
	n = 1 + fs_random_below(&rnd, fs_random_below(&rnd, 2) ? 4 : 24);
	while (n--)
		change();
	if (mend)
		areas_mend(&areas, image);
	return 0;
}
