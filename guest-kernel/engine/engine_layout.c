// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The address space of a fresh stub: what lies in the guest's part is unmapped, what lies above is reserved, so that the host never has a
 * free place there for a map that nobody chose. Kept: the stub's own pages and the host's vDSO with its data pages.
 */
#include "abi/abi_errno.h"
#include "engine/engine_common.h"
#include "host/host_epoll.h"
#include "host/host_memory.h"
#include "lib/string.h"

#define MAPS_BYTES 16384
#define KEEP_MAX   16

struct layout_range {
	uint64_t start, end;
};

struct layout {
	struct layout_range keep[KEEP_MAX];
	unsigned int n_keep;
	uint64_t vdso;
};

static const char *hex_parse(const char *s, uint64_t *ret)
{
	uint64_t v = 0;
	unsigned int digit;

	for (;; s++) {
		if (*s >= '0' && *s <= '9')
			digit = (unsigned int)(*s - '0');
		else if (*s >= 'a' && *s <= 'f')
			digit = (unsigned int)(*s - 'a') + 10;
		else
			break;
		v = v << 4 | digit;
	}
	*ret = v;
	return s;
}

/* "start-end perms offset device inode   name" */
static int layout_line(struct layout *l, const char *line, const char *end)
{
	struct layout_range r;
	const char *name = end;
	bool host;

	line = hex_parse(line, &r.start);
	if (*line != '-')
		return -EINVAL;
	(void)hex_parse(line + 1, &r.end);
	while (name > line && name[-1] != ' ')
		name--;
	host = end - name >= 5 && (memcmp(name, "[vdso", 5) == 0 || memcmp(name, "[vvar", 5) == 0);
	if (r.start < ENGINE_USER_MAX || r.end > STUB_REGION_END)
		return 0;
	if (!host && r.start != STUB_TEXT && r.start != STUB_ORDERS && r.start != STUB_RESULTS)
		return 0;
	if (l->n_keep == KEEP_MAX)
		return -E2BIG;
	if (host && name[2] == 'd')
		l->vdso = r.start;
	l->keep[l->n_keep++] = r;
	return 0;
}

static int layout_parse(struct layout *l, const char *text)
{
	const char *end;
	int r;

	for (; (end = strchr(text, '\n')); text = end + 1) {
		r = layout_line(l, text, end);
		if (r < 0)
			return r;
	}
	return 0;
}

/* procfs gives a few lines with each read. */
static int layout_read(int pid, char *text)
{
	char path[32];
	size_t done = 0;
	uint64_t size;
	ssize_t n;
	int fd;

	(void)format_str(path, sizeof(path), "/proc/%d/maps", pid);
	fd = host_open_read(path, &size);
	if (fd < 0)
		return fd;
	do {
		n = host_read(fd, text + done, MAPS_BYTES - 1 - done);
		if (n > 0)
			done += (size_t)n;
	} while (n > 0 && done < MAPS_BYTES - 1);
	(void)host_close(fd);
	text[done] = '\0';
	return n < 0 ? (int)n : 0;
}

static int layout_calls(const struct layout *l, struct stub_call *calls, unsigned int max)
{
	uint64_t from = ENGINE_USER_MAX, to;
	unsigned int n = 0;

	if (max < l->n_keep + 2)
		return -E2BIG;
	calls[n++] = (struct stub_call){ .nr = STUB_NR_MUNMAP,
					 .args = { 0, ENGINE_USER_MAX },
					 .flags = STUB_CALL_CHECK };
	for (unsigned int i = 0; i <= l->n_keep; i++) {
		to = i < l->n_keep ? l->keep[i].start : STUB_REGION_END;
		if (to > from)
			calls[n++] = (struct stub_call){
				.nr = STUB_NR_MMAP,
				.args = { from, to - from, 0,
					  STUB_MAP_PRIVATE | STUB_MAP_ANONYMOUS |
						  STUB_MAP_NORESERVE | STUB_MAP_FIXED,
					  (uint64_t)-1, 0 },
				.expect = from,
				.flags = STUB_CALL_CHECK,
			};
		if (i < l->n_keep)
			from = l->keep[i].end;
	}
	return (int)n;
}

int engine_layout_calls(int pid, struct stub_call *calls, unsigned int max, uint64_t *ret_vdso)
{
	struct layout l = { .n_keep = 0 };
	char *text = kmalloc(MAPS_BYTES);
	int r;

	if (!text)
		return -ENOMEM;
	r = layout_read(pid, text);
	if (r == 0)
		r = layout_parse(&l, text);
	kfree(text);
	if (r == 0)
		r = layout_calls(&l, calls, max);
	if (r >= 0)
		*ret_vdso = l.vdso;
	return r;
}
