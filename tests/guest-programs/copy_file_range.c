// SPDX-License-Identifier: GPL-2.0-or-later
/* copy_file_range: positions, offsets, beyond the end, overlap, directories, append. */
#include "guest_helpers.h"

int main(void)
{
	loff_t from = 3, to = 0;
	struct stat st;
	int in, out, app;

	make_file("in", "0123456789");
	make_file("out", "");
	in = open("in", O_RDWR);
	out = open("out", O_RDWR);
	app = open("out", O_WRONLY | O_APPEND);
	report("positions", copy_file_range(in, NULL, out, NULL, 4, 0));
	printf("at %ld %ld\n", (long)lseek(in, 0, SEEK_CUR), (long)lseek(out, 0, SEEK_CUR));
	report("offsets", copy_file_range(in, &from, out, &to, 100, 0));
	printf("at %ld %ld\n", (long)from, (long)to);
	show_file("out", "out");
	report("at the end", copy_file_range(in, &from, out, &to, 100, 0));
	from = 0;
	to = 2;
	report("overlap", copy_file_range(in, &from, in, &to, 4, 0));
	to = 4;
	report("no overlap", copy_file_range(in, &from, in, &to, 4, 0));
	show_file("in", "in");
	/* What the file lacks is not asked for: nothing overlaps, and nothing is read. */
	from = 6;
	to = 10;
	report("overlap beyond the end", copy_file_range(in, &from, in, &to, 100, 0));
	(void)futimens(in, (struct timespec[]){ { .tv_sec = 1000 }, { .tv_sec = 1000 } });
	from = 1000;
	to = 0;
	report("nothing to copy", copy_file_range(in, &from, out, &to, 4, 0));
	(void)fstat(in, &st);
	printf("access time %ld\n", (long)st.st_atime);
	report("append", copy_file_range(in, NULL, app, NULL, 4, 0));
	report("directory", copy_file_range(open(".", O_RDONLY), NULL, out, NULL, 4, 0));
	report("flags", copy_file_range(in, NULL, out, NULL, 4, 1));
	report("read-only out", copy_file_range(in, NULL, open("out", O_RDONLY), NULL, 4, 0));
	return 0;
}
