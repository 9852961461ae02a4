// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * execve: replacing the image of a process.
 *   1. open the file; a script's interpreter instead of it, at most five deep
 *   2. read and check the ELF headers of the program and of its dynamic linker
 *   3. build the new address space beside the old one: segments, heap, stack with arguments and auxiliary vector (exec_stack.c)
 *   4. end the other threads; from here on there is no way back, a failure kills the process
 *   5. change over: address space, guest thread, credentials, descriptors, signals, name
 */
#include "abi/abi_clone.h"
#include "abi/abi_elf.h"
#include "abi/abi_errno.h"
#include "abi/abi_mman.h"
#include "abi/abi_signal.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "core/sched.h"
#include "core/trace.h"
#include "engine/engine.h"
#include "host/host_clock.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/user_copy.h"
#include "task/exec_image.h"
#include "task/process.h"
#include "task/ptrace.h"
#include "task/task_internal.h"

#define SCRIPT_DEPTH_MAX 5
#define HEADERS_MAX	 64
#define SHEBANG_MAX	 256

const struct exec_files_ops *exec_files;

/* --- scripts ------------------------------------------------------------------------------------ */

static int strings_prepend(struct exec_strings *s, const char *text)
{
	char **v = krealloc(s->v, (s->n + 1) * sizeof(*v));
	char *copy = kstrdup(text);

	if (v)
		s->v = v;
	if (!v || !copy) {
		kfree(copy);
		return -ENOMEM;
	}
	memmove(&v[1], &v[0], s->n * sizeof(*v));
	v[0] = copy;
	s->n++;
	s->bytes += strlen(text) + 1;
	return 0;
}

static void strings_drop_first(struct exec_strings *s)
{
	if (s->n == 0)
		return;
	s->bytes -= strlen(s->v[0]) + 1;
	kfree(s->v[0]);
	memmove(&s->v[0], &s->v[1], --s->n * sizeof(*s->v));
}

/* "#! interpreter [one argument]": argv becomes interpreter, argument, script, argv[1]… */
static int script_rewrite(char *line, const char *script, struct exec_strings *argv,
			  char **ret_interp)
{
	char *p = line + 2, *name, *arg, *end;
	bool whole;
	int r;

	end = strchr(p, '\n');
	whole = end || strlen(line) < SHEBANG_MAX - 1;
	if (!end)
		end = p + strlen(p);
	*end = '\0';
	while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
		*--end = '\0';
	while (*p == ' ' || *p == '\t')
		p++;
	if (*p == '\0')
		return -ENOEXEC;
	name = p;
	while (*p && *p != ' ' && *p != '\t')
		p++;
	if (!*p && !whole)
		return -ENOEXEC; /* a name that was cut would be another file's */
	arg = p;
	while (*arg == ' ' || *arg == '\t')
		arg++;
	*p = '\0';
	strings_drop_first(argv);
	r = strings_prepend(argv, script);
	if (r == 0 && arg > p && *arg)
		r = strings_prepend(argv, arg);
	if (r == 0)
		r = strings_prepend(argv, name);
	if (r < 0)
		return r;
	*ret_interp = kstrdup(name);
	return *ret_interp ? 0 : -ENOMEM;
}

/* --- ELF ---------------------------------------------------------------------------------------- */

static int elf_read(struct exec_image *im)
{
	struct abi_elf_header *h = &im->header;
	ssize_t n = exec_files->read(im->file, h, sizeof(*h), 0);
	size_t bytes;

	if (n < 0)
		return (int)n;
	if (n < (ssize_t)sizeof(*h) || memcmp(h->ident, "\177ELF\2\1\1", 7) != 0)
		return -ENOEXEC;
	if ((h->type != ET_EXEC && h->type != ET_DYN) || h->machine != EM_X86_64 ||
	    h->phentsize != sizeof(struct abi_elf_segment) || h->phnum == 0 ||
	    h->phnum > HEADERS_MAX)
		return -ENOEXEC;
	bytes = h->phnum * sizeof(struct abi_elf_segment);
	im->segments = kmalloc(bytes);
	if (!im->segments)
		return -ENOMEM;
	n = exec_files->read(im->file, im->segments, bytes, h->phoff);
	if (n < 0)
		return (int)n;
	return n == (ssize_t)bytes ? 0 : -ENOEXEC;
}

/* The span of all PT_LOAD segments, and that each is sane: nothing may overflow or leave the user range. */
static int elf_span(const struct exec_image *im, uint64_t *ret_low, uint64_t *ret_high)
{
	uint64_t low = UINT64_MAX, high = 0;

	for (unsigned int i = 0; i < im->header.phnum; i++) {
		const struct abi_elf_segment *s = &im->segments[i];

		if (s->type != PT_LOAD || s->memsz == 0)
			continue;
		if (s->filesz > s->memsz || s->memsz > ENGINE_USER_MAX ||
		    s->vaddr > ENGINE_USER_MAX - s->memsz || s->offset > INT64_MAX - s->filesz ||
		    ((s->vaddr ^ s->offset) & ~PAGE_MASK))
			return -ENOEXEC;
		low = MIN(low, s->vaddr & PAGE_MASK);
		high = MAX(high, ALIGN_UP(s->vaddr + s->memsz, PAGE_SIZE));
	}
	if (low >= high)
		return -ENOEXEC;
	*ret_low = low;
	*ret_high = high;
	return 0;
}

static uint32_t segment_prot(uint32_t flags)
{
	return (flags & PF_R ? PROT_READ : 0) | (flags & PF_W ? PROT_WRITE : 0) |
	       (flags & PF_X ? PROT_EXEC : 0);
}

static int map_anon(struct mm *mm, uint64_t start, uint64_t end, uint32_t prot)
{
	int64_t r;

	if (start >= end)
		return 0;
	r = mm_map(mm, start, end - start, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, NULL, 0,
		   PROT_READ | PROT_WRITE | PROT_EXEC, 0);
	return r < 0 ? (int)r : 0;
}

static int map_segment(struct mm *mm, const struct exec_image *im, const struct abi_elf_segment *s,
		       uint64_t bias)
{
	uint64_t start = (s->vaddr & PAGE_MASK) + bias;
	uint64_t file_end = s->vaddr + s->filesz + bias, mem_end = s->vaddr + s->memsz + bias;
	/* To the end of the page, as Linux: a dynamic linker takes what lies behind its bss for clean memory. */
	uint64_t zero_end = mem_end > file_end ? ALIGN_UP(file_end, PAGE_SIZE) : file_end;
	uint32_t prot = segment_prot(s->flags);
	static const char zeros[PAGE_SIZE];
	struct mapping_source *source;
	int64_t r;

	if (s->filesz == 0)
		return map_anon(mm, start, ALIGN_UP(mem_end, PAGE_SIZE), prot);
	r = exec_files->mapping(im->file, &source);
	if (r < 0)
		return (int)r;
	r = mm_map(mm, start, file_end - start, prot, MAP_PRIVATE | MAP_FIXED, source,
		   s->offset & PAGE_MASK, PROT_READ | PROT_WRITE | PROT_EXEC, 0);
	if (r < 0)
		return (int)r;
	/* The file's bytes behind the segment in its last page belong to nobody: zero them, bss begins there. */
	if (zero_end > file_end && (s->flags & PF_W) &&
	    mm_write(mm, file_end, zeros, zero_end - file_end, false) < 0)
		return -EFAULT;
	return map_anon(mm, ALIGN_UP(file_end, PAGE_SIZE), ALIGN_UP(mem_end, PAGE_SIZE), prot);
}

static uint64_t random_pages(unsigned int bits)
{
	uint64_t r;

	if (current_task()->personality & PERSONALITY_NO_RANDOMIZE)
		return 0;
	host_random_bytes(&r, sizeof(r));
	return (r & ((1ull << bits) - 1)) << PAGE_SHIFT;
}

/* Where a position-independent image goes: the program at two thirds of the range, its linker in the mmap area. */
static int choose_bias(struct mm *mm, const struct exec_image *im, bool is_interp, uint64_t low,
		       uint64_t high, uint64_t *ret)
{
	uint64_t at;

	if (im->header.type == ET_EXEC) {
		*ret = 0;
		return low < 0x10000 ? -EPERM : 0;
	}
	if (is_interp) {
		int64_t a = mm_map(mm, 0, high - low, PROT_NONE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, NULL, 0, 7, 0);

		if (a < 0)
			return (int)a;
		at = (uint64_t)a;
	} else {
		at = ALIGN_DOWN(ENGINE_USER_MAX / 3 * 2, PAGE_SIZE) + random_pages(28);
	}
	*ret = at - low;
	return 0;
}

static int map_image(struct mm *mm, struct exec_image *im, bool is_interp)
{
	uint64_t low, high, end_data = 0;
	int r = elf_span(im, &low, &high);

	if (r == 0)
		r = choose_bias(mm, im, is_interp, low, high, &im->bias);
	for (unsigned int i = 0; r == 0 && i < im->header.phnum; i++) {
		const struct abi_elf_segment *s = &im->segments[i];

		if (s->type != PT_LOAD || s->memsz == 0)
			continue;
		r = map_segment(mm, im, s, im->bias);
		end_data = MAX(end_data, s->vaddr + s->memsz + im->bias);
		if (im->header.phoff >= s->offset && im->header.phoff < s->offset + s->filesz)
			im->phdr = im->header.phoff - s->offset + s->vaddr + im->bias;
		if (is_interp)
			continue;
		if (s->flags & PF_X) {
			mm->start_code = s->vaddr + im->bias;
			mm->end_code = s->vaddr + s->filesz + im->bias;
		} else if (s->flags & PF_W) {
			mm->start_data = s->vaddr + im->bias;
			mm->end_data = s->vaddr + s->filesz + im->bias;
		}
	}
	im->entry = im->header.entry + im->bias;
	if (!is_interp)
		mm->start_brk = mm->brk = ALIGN_UP(end_data, PAGE_SIZE) + random_pages(12);
	return r;
}

/* --- putting it together ------------------------------------------------------------------------ */

static void image_done(struct exec_image *im)
{
	if (im->file)
		exec_files->put(im->file);
	kfree(im->segments);
	*im = (struct exec_image){ 0 };
}

/* The PT_INTERP path, if there is one: *ret is NULL otherwise. */
static int find_interp(const struct exec_image *im, char **ret)
{
	*ret = NULL;
	for (unsigned int i = 0; i < im->header.phnum; i++) {
		const struct abi_elf_segment *s = &im->segments[i];
		char *path;
		ssize_t n;

		if (s->type != PT_INTERP)
			continue;
		if (s->filesz < 2 || s->filesz > 4096)
			return -ENOEXEC;
		path = kmalloc(s->filesz);
		if (!path)
			return -ENOMEM;
		n = exec_files->read(im->file, path, s->filesz, s->offset);
		if (n != (ssize_t)s->filesz || path[n - 1] != '\0') {
			kfree(path);
			return n < 0 ? (int)n : -ENOEXEC;
		}
		*ret = path;
		return 0;
	}
	return 0;
}

/* Steps 1 and 2: follow scripts until an ELF program is open. */
static int open_program(struct exec_request *rq)
{
	char line[SHEBANG_MAX];
	int r;

	for (int depth = 0;; depth++) {
		char *interp;
		ssize_t n;

		if (depth > SCRIPT_DEPTH_MAX)
			return -ELOOP;
		r = exec_files->open(rq->dirfd, rq->name, rq->lookup, &rq->program.file);
		if (r < 0)
			return r;
		n = exec_files->read(rq->program.file, line, sizeof(line) - 1, 0);
		if (n < 0)
			return (int)n;
		line[n] = '\0';
		if (n < 2 || line[0] != '#' || line[1] != '!')
			return elf_read(&rq->program);
		if (rq->dirfd >= 0 && rq->shown[0] == '/' && strcmp(rq->shown, rq->name) != 0 &&
		    exec_files->closes(rq->dirfd))
			return -ENOENT;
		r = script_rewrite(line, depth == 0 ? rq->shown : rq->name, &rq->argv, &interp);
		if (r < 0)
			return r;
		kfree(rq->name);
		rq->name = interp;
		rq->dirfd = -100; /* AT_FDCWD */
		rq->lookup = EXEC_LOOKUP_FOLLOW;
		image_done(&rq->program);
	}
}

static int build_space(struct exec_request *rq)
{
	char *path;
	int r = find_interp(&rq->program, &path);

	if (r == 0 && path) {
		r = exec_files->open(-100, path, EXEC_LOOKUP_FOLLOW, &rq->interp.file);
		if (r == 0)
			r = elf_read(&rq->interp);
		if (r == -ENOEXEC)
			r = -ELIBBAD;
		kfree(path);
	}
	if (r == 0)
		r = mm_plan_create(&rq->mm);
	if (r == 0)
		r = map_image(rq->mm, &rq->program, false);
	if (r == 0 && rq->interp.file)
		r = map_image(rq->mm, &rq->interp, true);
	if (r == 0)
		r = exec_credentials(rq);
	if (r == 0)
		r = exec_build_stack(rq);
	return r == -ESRCH ? -ENOMEM : r;
}

static void set_comm(struct task *t, const char *name)
{
	const char *base = strrchr(name, '/');

	(void)str_copy(t->comm, base ? base + 1 : name, sizeof(t->comm));
}

/* Step 5. Nothing here can fail for want of memory. */
static void change_over(struct task *t, struct exec_request *rq, struct engine_thread *thread)
{
	uint32_t dump_filter = t->mm ? t->mm->dump_filter : MM_DUMP_FILTER_DEFAULT;

	task_mm_release(t);
	if (t->thread && t->thread != thread)
		engine->thread_destroy(t->thread);
	t->mm = rq->mm;
	t->thread = thread;
	thread->owner = t;
	t->mm->exe_file = rq->program.file; /* the reference goes along */
	/* What may not be read must not be dumped or traced either. */
	t->mm->dumpable = !rq->secure && exec_files->readable(rq->program.file);
	t->mm->dump_filter = dump_filter;
	rq->program.file = NULL;
	rq->mm = NULL;
	set_comm(t, rq->shown);
	cred_commit(t, rq->cred);
	rq->cred = NULL;
	t->robust_list = UADDR(0);
	if (rq->secure) {
		t->group->pdeath_signal = 0;
		t->personality = 0;
	}
	t->group->did_exec = true;
	t->group->exit_signal = SIGCHLD;
	t->is_kthread = false;
	t->keep_regs = true;
	task_parts_exec(t);
	trace(TRACE_EXEC, "%s entry %#llx", t->comm, (unsigned long long)thread->regs.rip);
}

/*
 * May the new program have the stub of the old one? Not if anybody else uses it, and only if a thread of the old program that hides in it (an address space
 * is one protection domain, and hostile code can pretend to have stopped) would gain nothing that it could not do by other means.
 */
static bool stub_is_ours(const struct task *t, const struct exec_request *rq)
{
	return t->mm && t->mm->refs == 1 && t->group->n_threads == 1 && !t->mm->dead && t->thread &&
	       !rq->secure && exec_files->readable(rq->program.file);
}

/* Step 4 on a stub of its own: the old program knows nothing yet. */
static int make_space(struct exec_request *rq, struct engine_thread **ret)
{
	int r = mm_plan_run(rq->mm, NULL);

	return r == 0 ? engine->thread_create(rq->mm->space, &rq->regs, NULL, ret) : r;
}

/* Step 4 in the old program's stub, on its thread. *ret_lost: the old program is gone whatever is returned. */
static int take_space(struct task *t, struct exec_request *rq, struct engine_thread **ret,
		      bool *ret_lost)
{
	int r;

	futex_exit(t); /* the robust list lies in the old memory */
	/* That may have slept, and somebody may hold the old space now. */
	if (!stub_is_ours(t, rq))
		return make_space(rq, ret);
	*ret_lost = true;
	r = mm_plan_run(rq->mm, t->mm);
	*ret = t->thread;
	t->thread->regs = rq->regs;
	t->thread->single_step = false;
	return r < 0 ? r : signal_fp_reset(t);
}

static void request_done(struct exec_request *rq)
{
	image_done(&rq->program);
	image_done(&rq->interp);
	if (rq->cred)
		cred_put(rq->cred);
	mm_put(rq->mm);
	kfree(rq->shown);
	kfree(rq->name);
	exec_strings_done(&rq->argv);
	exec_strings_done(&rq->envp);
}

void exec_strings_done(struct exec_strings *s)
{
	for (unsigned int i = 0; i < s->n; i++)
		kfree(s->v[i]);
	kfree(s->v);
	*s = (struct exec_strings){ 0 };
}

/* The name by which an interpreter finds the program again. */
static char *shown_name(int dirfd, const char *name)
{
	size_t len = strlen(name) + 24;
	char *s;

	if (dirfd < 0 || name[0] == '/')
		return kstrdup(name);
	s = kmalloc(len);
	if (s)
		(void)format_str(s, len, "/dev/fd/%d%s%s", dirfd, *name ? "/" : "", name);
	return s;
}

int task_exec(int dirfd, const char *name, unsigned int lookup, struct exec_strings *argv,
	      struct exec_strings *envp)
{
	struct task *t = current_task();
	struct exec_request rq = { .dirfd = dirfd, .lookup = lookup, .argv = *argv, .envp = *envp };
	struct engine_thread *thread = NULL;
	int r, old_tid = t->tid;
	bool lost = false, reuse;

	*argv = *envp = (struct exec_strings){ 0 };
	rq.name = kstrdup(name);
	rq.shown = shown_name(dirfd, name);
	r = rq.name && rq.shown ? 0 : -ENOMEM;
	if (r == 0 && rq.argv.n == 0)
		r = strings_prepend(&rq.argv, ""); /* Linux: a program always has an argv[0] */
	if (r == 0)
		r = open_program(&rq);
	if (r == 0)
		r = build_space(&rq);
	reuse = r == 0 && stub_is_ours(t, &rq);
	if (r == 0 && !reuse)
		r = make_space(&rq, &thread);
	if (r == 0)
		r = group_single_thread();
	if (r == 0 && reuse)
		r = take_space(t, &rq, &thread, &lost);
	if (r < 0 && !lost) {
		if (thread)
			engine->thread_destroy(thread);
		request_done(&rq);
		return r == -ESRCH ? -ENOMEM : r;
	}
	change_over(t, &rq, thread);
	request_done(&rq);
	if (r < 0) {
		/* Beyond the point of no return, as Linux calls it. */
		trace(TRACE_EXEC, "%s: error %d in the new space", t->comm, r);
		group_kill(t->group, SIGKILL);
		return 0;
	}
	ptrace_exec_event(t, old_tid);
	return 0;
}
