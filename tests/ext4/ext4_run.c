// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ext4_run IMAGE [OUT] <SCRIPT - the kernel's ext4 on an image file (in memory; written to OUT at the end), driven by lines such as
 *
 *	mount [rw|ro] [options], umount, sync, mkdir D, rmdir D, unlink F, ls D [quiet], cat F, stat F, fsync F, rename A B, exchange A B, link A B, symlink TARGET L,
 *	write F POS LEN SEED, append F 0 LEN SEED, truncate F SIZE, fallocate F MODE POS LEN, setx F NAME LEN SEED, getx F NAME, rmx F NAME, chmod F OCTAL,
 *	many N PREFIX create|unlink|mkdir|rmdir|find
 *
 * EXT4_RIG_READONLY: the disk cannot be written. A line may begin with "!": it must fail; or "?": it may. The status says whether all went as it should.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "lib/string.h"
#include "tests/ext4/ext4_rig.h"

static const char *in_path, *out_path;

static int run(void)
{
	struct fake_disk *d = fake_disk_load(in_path);
	char line[5000], copy[5000];
	int bad = 0;

	rig_start();
	d->yield = getenv("EXT4_RIG_YIELD") != NULL;
	d->dev.readonly = getenv("EXT4_RIG_READONLY") != NULL;
	while (fgets(line, sizeof(line), stdin)) {
		char *p = line;
		bool must_fail = *p == '!', may = *p == '?';
		struct timespec a, b;
		int r;

		p += must_fail || may;
		(void)str_copy(copy, p, sizeof(copy));
		(void)clock_gettime(CLOCK_MONOTONIC, &a);
		r = rig_command(d, p);
		(void)clock_gettime(CLOCK_MONOTONIC, &b);
		if (getenv("EXT4_RIG_TIME"))
			(void)printf("%8.3f ms %s",
				     (double)(b.tv_sec - a.tv_sec) * 1e3 +
					     (double)(b.tv_nsec - a.tv_nsec) / 1e6,
				     copy);
		if (!may && (r < 0) != must_fail) {
			(void)fprintf(stderr, "%d from %s", r, copy);
			bad = 1;
		}
	}
	fake_disk_save(d, out_path);
	return bad;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		(void)fprintf(stderr, "usage: ext4_run IMAGE [OUT] <SCRIPT\n");
		return 2;
	}
	in_path = argv[1];
	out_path = argc > 2 ? argv[2] : argv[1];
	run_as_kernel(run);
}
