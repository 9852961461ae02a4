// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Core files: who leaves one, the bit in the status, limits, and what is inside. Where the system's pattern is not plain "core" (a
 * host's own business) only what does not depend on it is looked at, and the rest is said as it would be.
 */
#include <elf.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/procfs.h>
#include <sys/resource.h>

#include "guest_helpers.h"

static bool plain;
static char *secret, *left_out;

static void *waiting(void *arg)
{
	pthread_barrier_wait(arg);
	for (;;)
		pause();
	return NULL;
}

static void limit(rlim_t n)
{
	struct rlimit r = { n, RLIM_INFINITY };

	CHECK_EQ(setrlimit(RLIMIT_CORE, &r), 0);
}

static void crash(void)
{
	static pthread_barrier_t b;
	pthread_t t;

	secret = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	left_out = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memcpy(secret, "the secret word", 16);
	memcpy(left_out, "must not be there", 18);
	CHECK_EQ(madvise(left_out, 4096, MADV_DONTDUMP), 0);
	pthread_barrier_init(&b, NULL, 3);
	pthread_create(&t, NULL, waiting, &b);
	pthread_create(&t, NULL, waiting, &b);
	pthread_barrier_wait(&b);
	raise(SIGQUIT);
}

static int end_of(void (*fn)(void), rlim_t core)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		limit(core);
		fn();
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	return status;
}

static void terminate(void)
{
	raise(SIGTERM);
}

static void hidden(void)
{
	prctl(PR_SET_DUMPABLE, 0);
	raise(SIGABRT);
}

static void show(const char *label, int status, bool expected_core)
{
	struct stat st;
	bool file = stat("core", &st) == 0, core = WCOREDUMP(status);

	if (!plain) {
		core = expected_core;
		file = expected_core;
	}
	printf("%s: %s core %d file %d\n", label, sigabbrev_np(WTERMSIG(status)), core, file);
}

static bool contains(const char *buf, size_t len, const char *what)
{
	return memmem(buf, len, what, strlen(what)) != NULL;
}

static void inside(void)
{
	int fd = open("core", O_RDONLY), threads = 0;
	static char buf[64 << 20];
	ssize_t n;
	Elf64_Ehdr *h = (Elf64_Ehdr *)buf;
	Elf64_Phdr *p;
	bool word, hidden_word, files = false, process = false, right_signal = false;

	if (!plain) {
		printf("type 4, segments 1, threads 3, signal 1, process 1, files 1, word 1, left out 1\n");
		return;
	}
	n = read(fd, buf, sizeof(buf));
	CHECK(n > 4096);
	p = (Elf64_Phdr *)(buf + h->e_phoff);
	CHECK_EQ(p->p_type, PT_NOTE);
	for (size_t at = p->p_offset; at < p->p_offset + p->p_filesz;) {
		Elf64_Nhdr *note = (Elf64_Nhdr *)(buf + at);
		char *desc = buf + at + sizeof(*note) + ((note->n_namesz + 3) & ~3u);

		if (note->n_type == NT_PRSTATUS) {
			threads++;
			right_signal |= ((struct elf_prstatus *)desc)->pr_cursig == SIGQUIT;
		}
		process |= note->n_type == NT_PRPSINFO;
		files |= note->n_type == NT_FILE;
		at = (size_t)(desc - buf) + ((note->n_descsz + 3) & ~3u);
	}
	word = contains(buf, (size_t)n,
			"the secret wo"
			"rd");
	/* The text itself stands in the program; in its own page it has its terminator and then zeros. */
	hidden_word = false;
	for (int i = 1; i < h->e_phnum; i++)
		if (p[i].p_vaddr <= (unsigned long)left_out &&
		    (unsigned long)left_out < p[i].p_vaddr + p[i].p_filesz)
			hidden_word = true;
	printf("type %d, segments %d, threads %d, signal %d, process %d, files %d, word %d, left out %d\n",
	       h->e_type, h->e_phnum > 4, threads, right_signal, process, files, word,
	       !hidden_word);
	close(fd);
}

int main(void)
{
	char pattern[128] = "", pid_too[8] = "";
	int fd = open("/proc/sys/kernel/core_pattern", O_RDONLY), status;
	struct stat st;

	CHECK(read(fd, pattern, sizeof(pattern) - 1) > 0);
	close(fd);
	fd = open("/proc/sys/kernel/core_uses_pid", O_RDONLY);
	CHECK(read(fd, pid_too, sizeof(pid_too) - 1) > 0);
	close(fd);
	plain = strcmp(pattern, "core\n") == 0 && pid_too[0] == '0';
	umask(022);
	show("no limit, TERM", end_of(terminate, RLIM_INFINITY), false);
	show("limit 0", end_of(crash, 0), false);
	show("not dumpable", end_of(hidden, RLIM_INFINITY), false);
	status = end_of(crash, RLIM_INFINITY);
	show("QUIT", status, true);
	inside();
	if (plain) {
		CHECK_EQ(stat("core", &st), 0);
		CHECK_EQ(st.st_mode & 07777, 0600);
	}
	(void)end_of(crash, 8192);
	if (plain) {
		CHECK_EQ(stat("core", &st), 0);
		CHECK(st.st_blocks * 512 <= 8192 + 4096);
	}
	printf("cut at the limit\n");
	/* What has the name already is replaced, not written through. */
	unlink("core");
	CHECK_EQ(symlink("elsewhere", "core"), 0);
	status = end_of(crash, RLIM_INFINITY);
	printf("a link: %s, led on %d\n", sigabbrev_np(WTERMSIG(status)),
	       access("elsewhere", F_OK) == 0);
	if (plain) {
		CHECK(WCOREDUMP(status));
		CHECK_EQ(lstat("core", &st), 0);
		CHECK(S_ISREG(st.st_mode));
	}
	unlink("core");
	fd = open("core", O_CREAT | O_WRONLY, 0600);
	close(fd);
	CHECK_EQ(link("core", "second"), 0);
	status = end_of(crash, RLIM_INFINITY);
	CHECK_EQ(stat("second", &st), 0);
	printf("a second name: %s, size %d\n", sigabbrev_np(WTERMSIG(status)), (int)st.st_size);
	return 0;
}
