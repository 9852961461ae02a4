// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ELF file of a core dump: header, segment table, notes (registers of all threads, signal, auxiliary vector, mapped files), then the memory that
 * /proc/PID/coredump_filter asks for. Pages of zeros become holes. The threads are in core_dump_join: their registers stand still.
 */
#include "abi/abi_clone.h"
#include "abi/abi_core.h"
#include "abi/abi_elf.h"
#include "abi/abi_errno.h"
#include "abi/abi_mman.h"
#include "abi/abi_ptrace.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "engine/engine.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/user_copy.h"
#include "task/core_dump.h"
#include "task/process.h"
#include "task/ptrace.h"
#include "task/signal_state.h"
#include "task/task_signal.h"

#define CHUNK	 (64 * 1024u)
#define FP_BYTES 512u

/* Bits of coredump_filter. */
enum {
	DUMP_ANON_PRIVATE = 1,
	DUMP_ANON_SHARED = 2,
	DUMP_FILE_PRIVATE = 4,
	DUMP_FILE_SHARED = 8,
	DUMP_ELF_HEADERS = 16,
};

struct core_area {
	uint64_t start, end, dumped, file_offset;
	uint32_t prot, flags;
	size_t name; /* offset in core_writer.names, SIZE_MAX: no file */
};

/* A growing piece of memory; adding after a failure does nothing. */
struct core_buf {
	char *data;
	size_t len, size;
	bool failed;
};

struct core_writer {
	struct task *task;
	const struct abi_siginfo *info;
	void *file;
	uint64_t limit, written, pos;
	bool stopped; /* the limit is reached, or writing failed */
	struct core_area *areas;
	unsigned int n_areas;
	struct core_buf notes, names;
};

static void buf_add(struct core_buf *b, const void *data, size_t len)
{
	if (b->failed)
		return;
	if (b->len + len > b->size) {
		size_t size = MAX(b->size * 2, b->len + len + 4096);
		char *p = krealloc(b->data, size);

		if (!p) {
			b->failed = true;
			return;
		}
		b->data = p;
		b->size = size;
	}
	if (data)
		memcpy(b->data + b->len, data, len);
	else
		memset(b->data + b->len, 0, len);
	b->len += len;
}

/* --- areas -------------------------------------------------------------------------------------- */

static bool begins_with_elf(struct mm *mm, uint64_t addr)
{
	char magic[4];

	return mm_read(mm, addr, magic, sizeof(magic)) == sizeof(magic) &&
	       memcmp(magic, "\177ELF", sizeof(magic)) == 0;
}

/* How much of an area is dumped. May sleep. */
static uint64_t dump_size(struct mm *mm, const struct core_area *a)
{
	uint64_t all = a->end - a->start;
	uint32_t filter = mm->dump_filter;
	bool is_file = a->name != SIZE_MAX;

	if (a->flags & VMA_KERNEL)
		return all;
	if (a->flags & VMA_DONTDUMP)
		return 0;
	if (a->flags & VMA_SHARED)
		return filter & (is_file ? DUMP_FILE_SHARED : DUMP_ANON_SHARED) ? all : 0;
	if ((!is_file || (a->flags & VMA_WRITTEN)) && (filter & DUMP_ANON_PRIVATE))
		return all;
	if (!is_file)
		return 0;
	if (filter & DUMP_FILE_PRIVATE)
		return all;
	/* The first page of a library says by its build id which one it was. */
	if ((filter & DUMP_ELF_HEADERS) && a->file_offset == 0 && (a->prot & PROT_READ) &&
	    ((a->prot & PROT_EXEC) || begins_with_elf(mm, a->start)))
		return PAGE_SIZE;
	return 0;
}

static void area_name(struct core_writer *w, const struct vma *v, struct core_area *a, char *path)
{
	uint64_t dev, ino;

	a->name = SIZE_MAX;
	if (!v->source || !v->source->ops->describe || (v->flags & VMA_KERNEL))
		return;
	path[0] = '\0';
	v->source->ops->describe(v->source, path, PAGE_SIZE, &dev, &ino);
	if (path[0] != '/')
		return;
	a->name = w->names.len;
	buf_add(&w->names, path, strlen(path) + 1);
}

/* A copy of the tree: reading memory may sleep, and a process that shares the address space may change it. */
static int areas_take(struct core_writer *w)
{
	struct mm *mm = w->task->mm;
	char *path = kmalloc(PAGE_SIZE);
	const struct vma *v;

	w->areas = kzalloc((mm->n_vmas + 1) * sizeof(*w->areas));
	if (!path || !w->areas) {
		kfree(path);
		return -ENOMEM;
	}
	list_for_each_entry(v, &mm->vmas, link) {
		struct core_area *a = &w->areas[w->n_areas++];

		*a = (struct core_area){ .start = v->start,
					 .end = v->end,
					 .file_offset = v->offset,
					 .prot = v->prot,
					 .flags = v->flags };
		area_name(w, v, a, path);
	}
	kfree(path);
	if (engine->vdso_address())
		w->areas[w->n_areas++] =
			(struct core_area){ .start = engine->vdso_address(),
					    .end = engine->vdso_address() + PAGE_SIZE,
					    .prot = PROT_READ | PROT_EXEC,
					    .flags = VMA_KERNEL,
					    .name = SIZE_MAX };
	for (unsigned int i = 0; i < w->n_areas; i++)
		w->areas[i].dumped = dump_size(mm, &w->areas[i]);
	return w->names.failed ? -ENOMEM : 0;
}

/* --- notes -------------------------------------------------------------------------------------- */

static void note_add(struct core_writer *w, const char *name, uint32_t type, const void *data,
		     size_t len)
{
	struct abi_elf_note n = { .namesz = (uint32_t)strlen(name) + 1,
				  .descsz = (uint32_t)len,
				  .type = type };

	buf_add(&w->notes, &n, sizeof(n));
	buf_add(&w->notes, name, n.namesz);
	buf_add(&w->notes, NULL, ALIGN_UP(n.namesz, 4u) - n.namesz);
	buf_add(&w->notes, data, len);
	buf_add(&w->notes, NULL, ALIGN_UP(len, 4ul) - len);
}

static void time_set(struct abi_timeval *tv, uint64_t ns)
{
	tv->sec = (int64_t)(ns / NSEC_PER_SEC);
	tv->usec = (int64_t)(ns % NSEC_PER_SEC / 1000);
}

static void note_status(struct core_writer *w, struct task *t)
{
	const struct thread_group *g = t->group;
	struct abi_prstatus s = { .signo = w->info->signo, .cursig = (int16_t)w->info->signo };

	s.pending = t->signals->pending.set;
	s.blocked = signal_blocked(t);
	s.pid = t->tid;
	s.ppid = g->parent ? g->parent->tgid : 0;
	s.pgrp = g->pgrp ? g->pgrp->pgid : 0;
	s.sid = g->pgrp ? g->pgrp->session->sid : 0;
	time_set(&s.utime, t->user_ns);
	time_set(&s.stime, t->system_ns);
	time_set(&s.children_utime, g->children_user_ns);
	time_set(&s.children_stime, g->children_system_ns);
	ptrace_regs_show(t, &s.regs);
	s.fpvalid = 1;
	note_add(w, "CORE", NT_PRSTATUS, &s, sizeof(s));
}

static void note_process(struct core_writer *w)
{
	struct task *t = w->task;
	const struct thread_group *g = t->group;
	struct abi_prpsinfo p = { .sname = 'R', .nice = (char)t->nice };
	uint64_t len = MIN(t->mm->arg_end - t->mm->arg_start, sizeof(p.psargs) - 1);

	p.uid = t->cred->uid;
	p.gid = t->cred->gid;
	p.pid = g->tgid;
	p.ppid = g->parent ? g->parent->tgid : 0;
	p.pgrp = g->pgrp ? g->pgrp->pgid : 0;
	p.sid = g->pgrp ? g->pgrp->session->sid : 0;
	(void)str_copy(p.fname, t->comm, sizeof(p.fname));
	if (mm_read(t->mm, t->mm->arg_start, p.psargs, len) != (ssize_t)len)
		p.psargs[0] = '\0';
	for (uint64_t i = 0; i < len; i++)
		if (!p.psargs[i])
			p.psargs[i] = ' ';
	note_add(w, "CORE", NT_PRPSINFO, &p, sizeof(p));
}

static void note_files(struct core_writer *w)
{
	struct core_buf b = { 0 };
	uint64_t head[2] = { 0, PAGE_SIZE };

	for (unsigned int i = 0; i < w->n_areas; i++)
		head[0] += w->areas[i].name != SIZE_MAX;
	buf_add(&b, head, sizeof(head));
	for (unsigned int i = 0; i < w->n_areas; i++) {
		const struct core_area *a = &w->areas[i];
		uint64_t row[3] = { a->start, a->end, a->file_offset >> PAGE_SHIFT };

		if (a->name != SIZE_MAX)
			buf_add(&b, row, sizeof(row));
	}
	if (w->names.len > 0)
		buf_add(&b, w->names.data, w->names.len);
	if (b.failed)
		w->notes.failed = true;
	else
		note_add(w, "CORE", NT_FILE, b.data, b.len);
	kfree(b.data);
}

static void note_xstate(struct core_writer *w, struct task *t)
{
	size_t len = engine_fp_bytes();
	char *buf = kmalloc(len);

	if (!buf || ptrace_xstate_show(t, buf, len) < 0) {
		w->notes.failed |= !buf;
		kfree(buf);
		return;
	}
	note_add(w, "CORE", NT_PRFPREG, buf, FP_BYTES);
	note_add(w, "LINUX", NT_X86_XSTATE, buf, len);
	kfree(buf);
}

static void notes_make(struct core_writer *w)
{
	struct task *me = w->task, *t;
	unsigned int n = 0;

	note_status(w, me);
	note_process(w);
	note_add(w, "CORE", NT_SIGINFO, w->info, sizeof(*w->info));
	while (n + 2 < ARRAY_SIZE(me->mm->auxv) && me->mm->auxv[n] != AT_NULL)
		n += 2;
	note_add(w, "CORE", NT_AUXV, me->mm->auxv, (n + 2) * sizeof(me->mm->auxv[0]));
	note_files(w);
	note_xstate(w, me);
	list_for_each_entry(t, &me->group->threads, group_link) {
		if (t == me || !t->thread || !t->signals)
			continue;
		note_status(w, t);
		note_xstate(w, t);
	}
}

/* --- writing ------------------------------------------------------------------------------------ */

static void emit(struct core_writer *w, const void *data, size_t len)
{
	const char *p = data;

	if (w->stopped)
		return;
	if (w->written + len > w->limit || signal_fatal_pending(w->task)) {
		w->stopped = true;
		return;
	}
	while (len > 0) {
		ssize_t n = core_files->write(w->file, p, len, w->pos);

		if (n <= 0) {
			w->stopped = true;
			return;
		}
		p += n;
		len -= (size_t)n;
		w->pos += (uint64_t)n;
		w->written += (uint64_t)n;
	}
}

static bool is_zero(const char *p, size_t len)
{
	return p[0] == 0 && memcmp(p, p + 1, len - 1) == 0;
}

/* The pages that there are, run by run. */
static void emit_pages(struct core_writer *w, const char *buf, size_t len)
{
	size_t at = 0;

	while (at < len && !w->stopped) {
		size_t end = at;

		while (end < len && !is_zero(buf + end, PAGE_SIZE))
			end += PAGE_SIZE;
		if (end > at) {
			emit(w, buf + at, end - at);
		} else {
			end += PAGE_SIZE;
			w->pos += PAGE_SIZE;
		}
		at = end;
	}
}

static void emit_area(struct core_writer *w, const struct core_area *a, char *buf)
{
	struct mm *mm = w->task->mm;

	/* Reserved address space that was never opened holds nothing. */
	if (a->prot == PROT_NONE && a->name == SIZE_MAX && !(a->flags & VMA_SHARED) &&
	    a->dumped > 64 * CHUNK) {
		w->pos += a->dumped;
		return;
	}
	for (uint64_t at = 0; at < a->dumped && !w->stopped; at += CHUNK) {
		size_t len = MIN(a->dumped - at, CHUNK);

		memset(buf, 0, len);
		for (size_t done = 0; done < len;) {
			ssize_t n =
				mm_read_forced(mm, a->start + at + done, buf + done, len - done);

			/* A page that cannot be had is a hole. */
			done = n > 0 ? done + (size_t)n : ALIGN_DOWN(done, PAGE_SIZE) + PAGE_SIZE;
		}
		emit_pages(w, buf, len);
	}
}

static void emit_headers(struct core_writer *w)
{
	struct abi_elf_header h = {
		.ident = { 0x7f, 'E', 'L', 'F', 2, 1, 1 },
		.type = ET_CORE,
		.machine = EM_X86_64,
		.version = 1,
		.phoff = sizeof(h),
		.ehsize = sizeof(h),
		.phentsize = sizeof(struct abi_elf_segment),
		.phnum = (uint16_t)(w->n_areas + 1),
	};
	uint64_t at = sizeof(h) + (w->n_areas + 1ull) * sizeof(struct abi_elf_segment);
	struct abi_elf_segment s = {
		.type = PT_NOTE, .offset = at, .filesz = w->notes.len, .align = 4
	};

	emit(w, &h, sizeof(h));
	emit(w, &s, sizeof(s));
	at = ALIGN_UP(at + w->notes.len, PAGE_SIZE);
	for (unsigned int i = 0; i < w->n_areas; i++) {
		const struct core_area *a = &w->areas[i];

		s = (struct abi_elf_segment){
			.type = PT_LOAD,
			.flags = (a->prot & PROT_READ ? PF_R : 0) |
				 (a->prot & PROT_WRITE ? PF_W : 0) |
				 (a->prot & PROT_EXEC ? PF_X : 0),
			.offset = at,
			.vaddr = a->start,
			.filesz = a->dumped,
			.memsz = a->end - a->start,
			.align = PAGE_SIZE,
		};
		at += a->dumped;
		emit(w, &s, sizeof(s));
	}
	emit(w, w->notes.data, w->notes.len);
	w->pos = ALIGN_UP(w->pos, PAGE_SIZE);
}

bool core_elf_write(struct task *t, const struct abi_siginfo *info, void *file, uint64_t limit)
{
	struct core_writer w = { .task = t, .info = info, .file = file, .limit = limit };
	char *buf = kmalloc(CHUNK);
	bool begun = false;

	if (buf && areas_take(&w) == 0) {
		notes_make(&w);
		if (!w.notes.failed) {
			begun = true;
			emit_headers(&w);
			for (unsigned int i = 0; i < w.n_areas && !w.stopped; i++)
				emit_area(&w, &w.areas[i], buf);
			if (!w.stopped)
				(void)core_files->set_size(file, w.pos);
		}
	}
	kfree(buf);
	kfree(w.areas);
	kfree(w.names.data);
	kfree(w.notes.data);
	return begun;
}
