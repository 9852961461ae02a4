// SPDX-License-Identifier: GPL-2.0-or-later
/* Every reason for which execve fails, and that the caller lives on after it. */
#include <sys/mount.h>
#include <sys/resource.h>

#include "guest_helpers.h"

static void try(const char *label, const char *path, char *const *argv, char *const *envp)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		syscall(SYS_execve, path, argv, envp);
		_exit(errno);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status))
		printf("%s: %s\n", label,
		       WEXITSTATUS(status) ? strerrorname_np(WEXITSTATUS(status)) : "ran");
	else
		show_status(label, status);
}

static void script(const char *name, const char *text, mode_t mode)
{
	make_file(name, text);
	CHECK_EQ(chmod(name, mode), 0);
}

int main(int argc, char **argv)
{
	static char *many[70000], huge[140000];
	char *a[] = { "p", NULL }, *e[] = { NULL }, *long_arg[] = { "p", huge, NULL };
	char text[512];
	int fd;

	if (argc > 0 && (strcmp(argv[0], "p") == 0 || !argv[0][0]))
		return 0;
	try("itself", "/proc/self/exe", a, e);
	try("missing", "missing", a, e);
	try("empty name", "", a, e);
	try("bad name", (void *)16, a, e);
	try("directory", "/", a, e);
	script("noexec", "#!/bin/true\n", 0644);
	try("not executable", "noexec", a, e);
	script("empty", "", 0755);
	try("empty file", "empty", a, e);
	script("text", "hello\n", 0755);
	try("no format", "text", a, e);
	script("absent", "#!/missing/interpreter\n", 0755);
	try("absent interpreter", "absent", a, e);
	script("none", "#!\n", 0755);
	try("no interpreter", "none", a, e);
	script("spaces", "#!   \t \n", 0755);
	try("spaces only", "spaces", a, e);
	script("nonl", "#!/missing", 0755);
	try("no newline", "nonl", a, e);
	script("dirint", "#!/\n", 0755);
	try("directory as interpreter", "dirint", a, e);
	script("loop1", "#!./loop1\n", 0755);
	try("its own interpreter", "loop1", a, e);
	memset(text, 'x', sizeof(text));
	memcpy(text, "#!/", 3);
	text[400] = 0;
	script("long", text, 0755);
	try("long interpreter", "long", a, e);
	script("elf", "\177ELF\2\1\1", 0755);
	try("short ELF", "elf", a, e);
	script("notdir", "", 0644);
	try("file as directory", "notdir/x", a, e);
	try("null argv", "/proc/self/exe", NULL, e);
	try("bad argv", "/proc/self/exe", (void *)16, e);
	a[1] = (char *)16;
	try("bad argument", "/proc/self/exe", a, e);
	a[1] = NULL;
	memset(huge, 'a', sizeof(huge) - 1);
	try("argument of 140000", "/proc/self/exe", long_arg, e);
	huge[131000] = 0;
	try("argument of 131000", "/proc/self/exe", long_arg, e);
	for (int i = 0; i < 69999; i++)
		many[i] = huge + 130900;
	many[0] = "p";
	try("7 MB of arguments", "/proc/self/exe", many, e);
	many[9999] = NULL;
	try("1 MB of arguments", "/proc/self/exe", many, e);
	setrlimit(RLIMIT_STACK, &(struct rlimit){ 1 << 20, RLIM_INFINITY });
	try("with a stack of 1 MB", "/proc/self/exe", many, e);
	fd = open("busy", O_RDWR | O_CREAT, 0755);
	try("open for writing", "busy", a, e);
	close(fd);
	try("closed", "busy", a, e);
	return 0;
}
