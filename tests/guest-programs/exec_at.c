// SPDX-License-Identifier: GPL-2.0-or-later
/* execveat: relative to a directory, by descriptor with AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW, scripts by descriptor, and refusals. */
#include "guest_helpers.h"

static int dir, self, self_path, script, script_cloexec;

static void try(const char *label, int fd, const char *path, int flags)
{
	char *a[] = { "child", NULL }, *e[] = { NULL };
	pid_t pid;

	printf("%s\n", label);
	pid = fork();
	if (pid == 0) {
		syscall(SYS_execveat, fd, path, a, e, flags);
		printf("%s: %s\n", label, strerrorname_np(errno));
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
	char comm[64] = "";
	int fd;

	if (argc && (strcmp(argv[0], "child") == 0 || getenv("X") || argc > 1)) {
		fd = open("/proc/self/comm", O_RDONLY);
		(void)!read(fd, comm, sizeof(comm) - 1);
		printf("  runs as %s with %d arguments%s%s",
		       argv[0][0] == '/' && argv[0][1] == 'd' ? "/dev/fd" : "name", argc,
		       argc > 1 ? " " : "", argc > 1 ? argv[argc - 1] : "");
		printf("\n");
		return 0;
	}
	dir = open(".", O_RDONLY | O_DIRECTORY);
	self = open("/proc/self/exe", O_RDONLY);
	self_path = open("/proc/self/exe", O_PATH | O_CLOEXEC);
	CHECK_EQ(symlink("/proc/self/exe", "link"), 0);
	make_file("script", "#!/proc/self/exe option\n");
	CHECK_EQ(chmod("script", 0755), 0);
	script = dup2(open("script", O_RDONLY), 50);
	script_cloexec = open("script", O_RDONLY | O_CLOEXEC);
	try("by name", dir, "link", 0);
	try("symbolic link refused", dir, "link", AT_SYMLINK_NOFOLLOW);
	try("by descriptor", self, "", AT_EMPTY_PATH);
	try("by O_PATH", self_path, "", AT_EMPTY_PATH);
	try("empty without the flag", self, "", 0);
	try("script by descriptor", script, "", AT_EMPTY_PATH);
	try("script by descriptor that closes", script_cloexec, "", AT_EMPTY_PATH);
	try("directory", dir, "", AT_EMPTY_PATH);
	try("unknown flag", self, "", AT_EMPTY_PATH | 1);
	try("bad descriptor", 999, "x", 0);
	try("not a directory", self, "x", 0);
	try("missing", AT_FDCWD, "missing", 0);
	return 0;
}
