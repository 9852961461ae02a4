// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Build-time tool: packs the mini image's tree without root and reproducibly.
 *
 *	mini_pack TREE CPIO COMMANDS TIME
 *
 * writes the tree as a newc cpio archive (an initial RAM disk) to CPIO, and as debugfs(8) commands that put the same into
 * an empty ext4 file system to COMMANDS. In both everything belongs to root (home/guest to its user), every
 * time is TIME (seconds), entries are sorted, and the device nodes that init needs before it has mounted devtmpfs are added.
 * Any failure ends the program with a sentence and status 1.
 */
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"

struct pack {
	const char *tree;
	FILE *cpio, *commands;
	uint32_t time, next_ino;
	uint64_t cpio_pos;
};

/* One entry, whatever it came from. */
struct entry {
	const char *path; /* below the tree, without a slash in front */
	mode_t mode;
	unsigned int major, minor; /* character device */
	const char *data;	   /* file: contents; link: target */
	size_t len;
};

static const struct entry nodes[] = {
	{ .path = "dev/console", .mode = S_IFCHR | 0600, .major = 5, .minor = 1 },
	{ .path = "dev/null", .mode = S_IFCHR | 0666, .major = 1, .minor = 3 },
};

/* The only user besides root who owns anything. */
#define GUEST_HOME "home/guest"
#define GUEST_ID   1000u

static unsigned int entry_owner(const struct entry *e)
{
	size_t len = strlen(GUEST_HOME);

	if (strncmp(e->path, GUEST_HOME, len) != 0)
		return 0;
	return e->path[len] == '\0' || e->path[len] == '/' ? GUEST_ID : 0;
}

static void cpio_write(struct pack *p, const void *data, size_t len)
{
	static const char zeros[4];

	if (fwrite(data, 1, len, p->cpio) != len)
		err(1, "cannot write the archive");
	p->cpio_pos += len;
	len = -p->cpio_pos & 3;
	if (fwrite(zeros, 1, len, p->cpio) != len)
		err(1, "cannot write the archive");
	p->cpio_pos += len;
}

static void cpio_entry(struct pack *p, const struct entry *e)
{
	char header[110 + PATH_MAX];
	unsigned int owner = entry_owner(e);
	int len;

	len = snprintf(header, sizeof(header),
		       "070701%08" PRIX32 "%08X%08X%08X%08X%08" PRIX32
		       "%08zX%08X%08X%08X%08X%08zX%08X%s",
		       p->next_ino++, e->mode, owner, owner, S_ISDIR(e->mode) ? 2 : 1, p->time,
		       e->len, 0, 0, e->major, e->minor, strlen(e->path) + 1, 0, e->path);
	if (len < 0 || (size_t)len >= sizeof(header))
		errx(1, "%s: path too long", e->path);
	cpio_write(p, header, (size_t)len + 1);
	if (e->len > 0)
		cpio_write(p, e->data, e->len);
}

/* debugfs splits at blanks and knows no quoting that we could rely on: refuse rather than guess. */
static void check_word(const char *word)
{
	if (word[strcspn(word, " \t\n\"'\\")] != '\0')
		errx(1, "%s: blanks and quotes are not supported", word);
}

static void command_entry(struct pack *p, const struct entry *e)
{
	static const char *const times[] = { "atime", "ctime", "mtime", "crtime" };
	unsigned int owner = entry_owner(e);

	check_word(e->path);
	if (S_ISDIR(e->mode)) {
		fprintf(p->commands, "mkdir /%s\n", e->path);
	} else if (S_ISLNK(e->mode)) {
		check_word(e->data);
		fprintf(p->commands, "symlink /%s %s\n", e->path, e->data);
	} else if (S_ISREG(e->mode)) {
		check_word(p->tree);
		fprintf(p->commands, "write %s/%s /%s\n", p->tree, e->path, e->path);
	} else {
		/* mknod takes a bare name in the working directory. */
		fprintf(p->commands, "cd /%.*s\nmknod %s c %u %u\ncd /\n",
			(int)(strrchr(e->path, '/') - e->path), e->path, strrchr(e->path, '/') + 1,
			e->major, e->minor);
	}
	fprintf(p->commands, "sif /%s mode 0%o\n", e->path, e->mode);
	fprintf(p->commands, "sif /%s uid %u\nsif /%s gid %u\n", e->path, owner, e->path, owner);
	for (size_t i = 0; i < ARRAY_SIZE(times); i++)
		fprintf(p->commands, "sif /%s %s @%" PRIu32 "\n", e->path, times[i], p->time);
}

static void pack_entry(struct pack *p, const struct entry *e)
{
	cpio_entry(p, e);
	command_entry(p, e);
}

static char *file_contents(int dirfd, const char *name, size_t len)
{
	cleanup_close int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	cleanup_free char *data = malloc(len + 1);
	size_t done = 0;

	if (fd < 0 || !data)
		err(1, "%s", name);
	while (done < len) {
		ssize_t n = read(fd, data + done, len - done);

		if (n <= 0)
			err(1, "%s: cannot read", name);
		done += (size_t)n;
	}
	return TAKE_PTR(data);
}

static int select_name(const struct dirent *d)
{
	return strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
}

/* strcmp, not alphasort: the order must not depend on the builder's locale. */
static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void pack_dir(struct pack *p, int dirfd, const char *prefix);

static void pack_name(struct pack *p, int dirfd, const char *prefix, const char *name)
{
	char path[PATH_MAX], target[PATH_MAX];
	cleanup_free char *data = NULL;
	struct entry e = { .path = path };
	struct stat st;
	ssize_t n;

	if (snprintf(path, sizeof(path), "%s%s%s", prefix, *prefix ? "/" : "", name) >=
	    (int)sizeof(path))
		errx(1, "%s: path too long", name);
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		err(1, "%s", path);
	e.mode = st.st_mode;
	if (S_ISLNK(st.st_mode)) {
		n = readlinkat(dirfd, name, target, sizeof(target) - 1);
		if (n < 0)
			err(1, "%s", path);
		target[n] = '\0';
		e.mode = S_IFLNK | 0777;
		e.data = target;
		e.len = (size_t)n;
	} else if (S_ISREG(st.st_mode)) {
		data = file_contents(dirfd, name, (size_t)st.st_size);
		e.data = data;
		e.len = (size_t)st.st_size;
	} else if (!S_ISDIR(st.st_mode)) {
		errx(1, "%s: neither file, directory nor link", path);
	}
	pack_entry(p, &e);
	if (S_ISDIR(st.st_mode)) {
		cleanup_close int fd =
			openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

		if (fd < 0)
			err(1, "%s", path);
		pack_dir(p, fd, path);
	}
}

static void pack_dir(struct pack *p, int dirfd, const char *prefix)
{
	struct dirent **names;
	int n = scandirat(dirfd, ".", &names, select_name, compare_names);

	if (n < 0)
		err(1, "%s: cannot list", prefix);
	for (int i = 0; i < n; i++) {
		pack_name(p, dirfd, prefix, names[i]->d_name);
		free(names[i]);
	}
	free(names);
}

static void close_output(FILE *f, const char *path)
{
	if (fflush(f) != 0 || ferror(f) || fclose(f) != 0)
		err(1, "%s", path);
}

int main(int argc, char **argv)
{
	struct pack p = { .next_ino = 1 };
	cleanup_close int root = -1;
	char *end;

	if (argc != 5)
		errx(1, "usage: mini_pack TREE CPIO COMMANDS TIME");
	p.tree = argv[1];
	p.time = (uint32_t)strtoul(argv[4], &end, 10);
	if (end == argv[4] || *end)
		errx(1, "%s: not a number of seconds", argv[4]);
	root = open(p.tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		err(1, "%s", p.tree);
	p.cpio = fopen(argv[2], "we");
	if (!p.cpio)
		err(1, "%s", argv[2]);
	p.commands = fopen(argv[3], "we");
	if (!p.commands)
		err(1, "%s", argv[3]);
	pack_dir(&p, root, "");
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++)
		pack_entry(&p, &nodes[i]);
	cpio_entry(&p, &(struct entry){ .path = "TRAILER!!!" });
	close_output(p.cpio, argv[2]);
	close_output(p.commands, argv[3]);
	return 0;
}
