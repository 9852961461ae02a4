// SPDX-License-Identifier: GPL-2.0-or-later
/* utimensat: both times, now, omit, symbolic links, descriptors; which operations change atime, mtime and ctime. */
#include "guest_helpers.h"

static struct stat st;

static void set(long a, long m)
{
	struct timespec t[2] = { { a, 123456789 }, { m, 987654321 } };

	CHECK_EQ(utimensat(AT_FDCWD, "f", t, 0), 0);
}

static void changed(const char *label)
{
	CHECK_EQ(stat("f", &st), 0);
	printf("%s: atime %s mtime %s\n", label, st.st_atim.tv_sec == 1000 ? "kept" : "new",
	       st.st_mtim.tv_sec == 2000 ? "kept" : "new");
	set(1000, 2000);
}

int main(void)
{
	struct timespec t[2] = { { 5, UTIME_OMIT }, { 77, 7 } };
	char b[8];
	int fd;

	make_file("f", "x");
	set(1000, 2000);
	stat("f", &st);
	printf("%ld.%09ld %ld.%09ld\n", st.st_atim.tv_sec, st.st_atim.tv_nsec, st.st_mtim.tv_sec,
	       st.st_mtim.tv_nsec);
	fd = open("f", O_RDWR);
	write(fd, "abc", 3);
	changed("write");
	write(fd, "", 0);
	changed("write nothing");
	ftruncate(fd, 3);
	changed("ftruncate, same size");
	ftruncate(fd, 1);
	changed("ftruncate");
	chmod("f", 0600);
	changed("chmod");
	rename("f", "g");
	rename("g", "f");
	changed("rename");
	link("f", "h");
	changed("link");
	close(open("f", O_RDONLY));
	changed("open");
	lseek(fd, 0, SEEK_SET);
	read(fd, b, 1);
	changed("read (atime is older than mtime)");
	close(open("f", O_WRONLY | O_TRUNC));
	changed("O_TRUNC");
	CHECK_EQ(utimensat(AT_FDCWD, "f", t, 0), 0);
	stat("f", &st);
	printf("omit: %ld %ld.%ld\n", st.st_atim.tv_sec, st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	t[0].tv_nsec = UTIME_NOW;
	t[1].tv_nsec = UTIME_OMIT;
	CHECK_EQ(futimens(fd, t), 0);
	stat("f", &st);
	printf("now: %d %ld\n", st.st_atim.tv_sec > 1600000000, st.st_mtim.tv_sec);
	t[1].tv_nsec = 1000000000;
	report("bad ns", utimensat(AT_FDCWD, "f", t, 0));
	t[0] = t[1] = (struct timespec){ 9, 9 };
	symlink("f", "s");
	report("the link", utimensat(AT_FDCWD, "s", t, AT_SYMLINK_NOFOLLOW));
	lstat("s", &st);
	printf("link %ld\n", st.st_mtim.tv_sec);
	t[0].tv_sec = t[1].tv_sec = -5;
	report("before 1970", utimensat(AT_FDCWD, "f", t, 0));
	stat("f", &st);
	printf("%ld\n", st.st_mtim.tv_sec);
	report("bad flags", utimensat(AT_FDCWD, "f", t, 0x8000));
	report("no name", utimensat(AT_FDCWD, NULL, t, 0));
	return 0;
}
