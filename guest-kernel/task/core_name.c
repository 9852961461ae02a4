// SPDX-License-Identifier: GPL-2.0-or-later
/* The name of a core file: kernel.core_pattern with its % words filled in, as core(5) lists them. */
#include "abi/abi_errno.h"
#include "core/task.h"
#include "host/host_clock.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "task/core_dump.h"
#include "task/process.h"
#include "task/uts.h"

char core_pattern[CORE_PATTERN_MAX + 1] = "core";
bool core_uses_pid;

struct core_name_text {
	char *buf;
	size_t len, size;
	bool failed;
};

static void add(struct core_name_text *x, const char *s)
{
	size_t n = strlen(s);

	if (x->len + n >= x->size) {
		x->failed = true;
		return;
	}
	memcpy(x->buf + x->len, s, n + 1);
	x->len += n;
}

/* A value of the guest's must not lead anywhere: a slash becomes an exclamation mark, and names of dots alone too. */
static void add_escaped(struct core_name_text *x, const char *s)
{
	size_t start = x->len;

	add(x, s);
	if (x->failed)
		return;
	if (strcmp(s, ".") == 0 || strcmp(s, "..") == 0)
		x->buf[start] = '!';
	for (char *p = x->buf + start; *p; p++)
		if (*p == '/')
			*p = '!';
}

static void add_number(struct core_name_text *x, uint64_t v)
{
	char text[24];

	(void)format_str(text, sizeof(text), "%llu", (unsigned long long)v);
	add(x, text);
}

static void add_path(struct core_name_text *x, struct task *t, bool base_only)
{
	char *path = kmalloc(PAGE_SIZE);
	const char *base;

	if (!path) {
		x->failed = true;
		return;
	}
	core_files->exe_path(t, path, PAGE_SIZE);
	base = base_only ? strrchr(path, '/') : NULL;
	add_escaped(x, base ? base + 1 : path);
	kfree(path);
}

/* True if the word was the process' number. */
static bool add_word(struct core_name_text *x, char word, struct task *t, int signo, uint64_t limit)
{
	char one[2] = { word, '\0' };

	switch (word) {
	case '%':
		add(x, one);
		break;
	case 'p':
	case 'P':
		add_number(x, (uint64_t)t->group->tgid);
		return true;
	case 'i':
	case 'I':
		add_number(x, (uint64_t)t->tid);
		break;
	case 'u':
		add_number(x, t->cred->uid);
		break;
	case 'g':
		add_number(x, t->cred->gid);
		break;
	case 'd':
		add_number(x, t->mm->dumpable ? 1 : 0);
		break;
	case 's':
		add_number(x, (uint64_t)signo);
		break;
	case 't':
		add_number(x, host_realtime_ns() / NSEC_PER_SEC);
		break;
	case 'c':
		add_number(x, limit);
		break;
	case 'h':
		add_escaped(x, t->uts_ns ? t->uts_ns->nodename : "");
		break;
	case 'e':
		add_escaped(x, t->comm);
		break;
	case 'f':
		add_path(x, t, true);
		break;
	case 'E':
		add_path(x, t, false);
		break;
	default: /* unknown: left out */
		break;
	}
	return false;
}

int core_name(struct task *t, int signo, uint64_t limit, char *buf, size_t len)
{
	struct core_name_text x = { .buf = buf, .size = len };
	bool has_pid = false;

	buf[0] = '\0';
	for (const char *p = core_pattern; *p; p++) {
		char one[2] = { *p, '\0' };

		if (*p != '%') {
			add(&x, one);
			continue;
		}
		if (*++p == '\0')
			break;
		has_pid |= add_word(&x, *p, t, signo, limit);
	}
	if (core_uses_pid && !has_pid && buf[0] != '|') {
		add(&x, ".");
		add_number(&x, (uint64_t)t->group->tgid);
	}
	if (x.failed)
		return -ENAMETOOLONG;
	return buf[0] ? 0 : -EINVAL;
}
