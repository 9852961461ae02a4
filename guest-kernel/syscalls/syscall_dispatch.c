// SPDX-License-Identifier: GPL-2.0-or-later
/* Dispatch of system calls through the one table, counting of what is missing, and the strace channel. */
#include "abi/abi_errno.h"
#include "core/trace.h"
#include "lib/string.h"
#include "mm/user_copy.h"
#include "syscalls/syscall.h"
#include "syscalls/syscall_handlers.h"
#include "task/process.h"

#define SYSCALLS 512

static struct syscall_entry table[SYSCALLS] = {
#define SYSCALL(nr, name_, handler_, kinds_, status_, note_) \
	[nr] = { .name = #name_,                             \
		 .handler = handler_,                        \
		 .kinds = kinds_,                            \
		 .status = SYSCALL_##status_,                \
		 .note = note_ },
#include "syscalls/syscall_table.def"
#undef SYSCALL
};

static uint64_t unknown_calls;

const struct syscall_entry *syscall_entry(uint64_t nr)
{
	return nr < SYSCALLS ? &table[nr] : NULL;
}

int64_t sys_unimplemented(struct task *t, const uint64_t a[6])
{
	(void)t;
	(void)a;
	return -ENOSYS;
}

/* --- strace ------------------------------------------------------------------------------------- */

static size_t trace_string(char *buf, size_t len, uint64_t addr)
{
	char text[48];
	ssize_t n = strncpy_from_user(text, UADDR(addr), sizeof(text));

	if (addr == 0)
		return (size_t)format_str(buf, len, "NULL");
	if (n == -EFAULT)
		return (size_t)format_str(buf, len, "%#llx", (unsigned long long)addr);
	text[sizeof(text) - 1] = '\0';
	for (char *p = text; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	return (size_t)format_str(buf, len, "\"%s\"%s", text, n < 0 ? "..." : "");
}

static size_t trace_argument(char *buf, size_t len, char kind, uint64_t v)
{
	switch (kind) {
	case 's':
		return trace_string(buf, len, v);
	case 'd':
	case 'f':
		return (size_t)format_str(buf, len, "%d", (int)v);
	case 'F':
		return (int)v == -100 ? (size_t)format_str(buf, len, "AT_FDCWD")
				      : (size_t)format_str(buf, len, "%d", (int)v);
	case 'u':
	case 'z':
		return (size_t)format_str(buf, len, "%llu", (unsigned long long)v);
	case 'm':
		return (size_t)format_str(buf, len, "0%o", (unsigned int)v);
	default:
		return (size_t)format_str(buf, len, "%#llx", (unsigned long long)v);
	}
}

static void trace_call(const struct syscall_entry *e, uint64_t nr, const uint64_t a[6], char *buf,
		       size_t len)
{
	const char *kinds = e && e->kinds ? e->kinds : "xxxxxx";
	size_t n;

	if (e && e->name)
		n = (size_t)format_str(buf, len, "%s(", e->name);
	else
		n = (size_t)format_str(buf, len, "syscall_%llu(", (unsigned long long)nr);
	for (int i = 0; i < 6 && kinds[i] && n + 80 < len; i++) {
		if (i > 0)
			n += (size_t)format_str(buf + n, len - n, ", ");
		n += trace_argument(buf + n, len - n, kinds[i], a[i]);
	}
	if (n < len)
		(void)format_str(buf + n, len - n, ")");
}

/* --- dispatch ----------------------------------------------------------------------------------- */

static int64_t dispatch(struct task *t, uint64_t nr, const uint64_t a[6])
{
	struct syscall_entry *e = nr < SYSCALLS ? &table[nr] : NULL;
	char text[512];
	int64_t r;
	bool traced = trace_on(TRACE_STRACE);

	if (traced)
		trace_call(e, nr, a, text, sizeof(text));
	if (e)
		e->calls++;
	else
		unknown_calls++;
	r = e && e->handler ? e->handler(t, a) : -ENOSYS;
	if (traced)
		trace(TRACE_STRACE, "%s = %lld", text, (long long)r);
	return r;
}

void syscalls_init(void)
{
	syscall_dispatch = dispatch;
}
