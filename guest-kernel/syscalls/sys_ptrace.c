// SPDX-License-Identifier: GPL-2.0-or-later
/* ptrace(2) and process_vm_readv(2), process_vm_writev(2): reaching into other processes. */
#include "abi/abi_errno.h"
#include "abi/abi_ptrace.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/user_copy.h"
#include "syscalls/syscall_handlers.h"
#include "task/process.h"
#include "task/ptrace.h"
#include "task/task_signal.h"

static int attach(int tid, bool seize, uint64_t addr, uint64_t options)
{
	struct task *t = task_find(tid);

	if (!t || !t->group)
		return -ESRCH;
	if (seize && (addr != 0 || (options & ~(uint64_t)PTRACE_O_MASK)))
		return -EIO;
	return ptrace_attach(t, seize, seize ? (uint32_t)options : 0);
}

static int resume(struct tracee *tr, int request, uint64_t signo)
{
	enum tracee_mode mode = TRACEE_CONT;

	if (signo > NSIG)
		return -EIO;
	if (request == PTRACE_DETACH) {
		ptrace_detach(tr, (int)signo);
		return 0;
	}
	if (request == PTRACE_SYSCALL)
		mode = TRACEE_SYSCALL;
	else if (request == PTRACE_SYSEMU || request == PTRACE_SYSEMU_SINGLESTEP)
		mode = TRACEE_SYSEMU;
	ptrace_resume(tr, mode, request == PTRACE_SINGLESTEP || request == PTRACE_SYSEMU_SINGLESTEP,
		      (int)signo);
	return 0;
}

static int kill_tracee(struct tracee *tr)
{
	struct abi_siginfo info;

	signal_info_from_current(&info, SIGKILL, SI_USER);
	return signal_send_task(tr->task, &info);
}

/* Of a tracee that is stopped. */
static int64_t request_stopped(struct tracee *tr, int request, int tid, uint64_t addr,
			       uint64_t data)
{
	uint64_t message = tr->message;

	switch (request) {
	case PTRACE_PEEKTEXT:
	case PTRACE_PEEKDATA:
		return ptrace_peek(tr, addr, data);
	case PTRACE_POKETEXT:
	case PTRACE_POKEDATA:
		return ptrace_poke(tr, addr, data);
	case PTRACE_PEEKUSER:
		return ptrace_peek_user(tr, addr, data);
	case PTRACE_POKEUSER:
		return ptrace_poke_user(tr, addr, data);
	case PTRACE_CONT:
	case PTRACE_SYSCALL:
	case PTRACE_SINGLESTEP:
	case PTRACE_SYSEMU:
	case PTRACE_SYSEMU_SINGLESTEP:
	case PTRACE_DETACH:
		return resume(tr, request, data);
	case PTRACE_GETREGS:
		return ptrace_get_regs(tr, data);
	case PTRACE_SETREGS:
		return ptrace_set_regs(tid, data);
	case PTRACE_GETFPREGS:
		return ptrace_get_fpregs(tr, data);
	case PTRACE_SETFPREGS:
		return ptrace_set_fpregs(tid, data);
	case PTRACE_GETREGSET:
		return ptrace_get_regset(tid, (uint32_t)addr, data);
	case PTRACE_SETREGSET:
		return ptrace_set_regset(tid, (uint32_t)addr, data);
	case PTRACE_SETOPTIONS:
		return ptrace_set_options(tr, data);
	case PTRACE_GETEVENTMSG:
		return put_user(message, UADDR(data));
	case PTRACE_GETSIGINFO:
		return ptrace_get_siginfo(tr, data);
	case PTRACE_SETSIGINFO:
		return ptrace_set_siginfo(tid, data);
	case PTRACE_PEEKSIGINFO:
		return ptrace_peek_siginfo(tid, addr, data);
	case PTRACE_GETSIGMASK:
		return ptrace_get_sigmask(tr, addr, data);
	case PTRACE_SETSIGMASK:
		return ptrace_set_sigmask(tid, addr, data);
	case PTRACE_GET_SYSCALL_INFO:
		return ptrace_syscall_info(tr, addr, data);
	case PTRACE_LISTEN:
		return ptrace_listen(tr);
	default:
		return -EIO;
	}
}

SYSCALL_HANDLER(sys_ptrace)
{
	int request = (int)a[0], tid = (int)a[1];
	struct tracee *tr;

	(void)t;
	switch (request) {
	case PTRACE_TRACEME:
		return ptrace_traceme();
	case PTRACE_ATTACH:
	case PTRACE_SEIZE:
		return attach(tid, request == PTRACE_SEIZE, a[2], a[3]);
	case PTRACE_KILL:
		tr = ptrace_find(tid, false);
		return tr ? kill_tracee(tr) : -ESRCH;
	case PTRACE_INTERRUPT:
		tr = ptrace_find(tid, false);
		return tr ? ptrace_interrupt(tr) : -ESRCH;
	default:
		tr = ptrace_find(tid, true);
		return tr ? request_stopped(tr, request, tid, a[2], a[3]) : -ESRCH;
	}
}

/* --- process_vm_readv, process_vm_writev -------------------------------------------------------- */

#define SEGMENTS_MAX 1024u

/* The other side's segments: addresses of that process, so only their sum is checked here. */
static int remote_segments(uint64_t addr, uint64_t n, struct iov_segment **ret)
{
	struct iov_segment *s;
	uint64_t sum = 0;

	if (n > SEGMENTS_MAX)
		return -EINVAL;
	*ret = NULL;
	if (n == 0)
		return 0;
	s = kmalloc(n * sizeof(*s));
	if (!s)
		return -ENOMEM;
	if (copy_from_user(s, UADDR(addr), n * sizeof(*s)) < 0) {
		kfree(s);
		return -EFAULT;
	}
	for (uint64_t i = 0; i < n; i++) {
		sum += s[i].len;
		if (s[i].len > INT64_MAX || sum > INT64_MAX) {
			kfree(s);
			return -EINVAL;
		}
	}
	*ret = s;
	return 0;
}

/* Copy between it (the caller's) and one segment of mm; as far as it goes. error: why it went no further. */
static ssize_t copy_segment(struct mm *mm, struct iov_iter *it, const struct iov_segment *s,
			    char *buf, bool write, int *error)
{
	uint64_t done = 0;

	while (done < s->len && it->left > 0) {
		uint64_t at = s->base + done;
		size_t n = MIN(MIN(s->len - done, it->left), PAGE_SIZE - (at & ~PAGE_MASK));
		ssize_t got;

		if (write) {
			got = iter_copy_from(it, buf, n);
			if (got > 0)
				got = mm_write(mm, at, buf, (size_t)got, false);
		} else {
			got = mm_read(mm, at, buf, n);
			if (got > 0)
				got = iter_copy_to(it, buf, (size_t)got);
		}
		if (got > 0)
			done += (uint64_t)got;
		if (got < (ssize_t)n) {
			*error = -EFAULT;
			break;
		}
	}
	return (ssize_t)done;
}

static int64_t copy_remote(struct mm *mm, struct iov_iter *it, const struct iov_segment *s,
			   uint64_t n, bool write)
{
	char *buf = kmalloc(PAGE_SIZE);
	int64_t done = 0;
	int error = 0;

	if (!buf)
		return -ENOMEM;
	for (uint64_t i = 0; i < n && error == 0; i++)
		done += copy_segment(mm, it, &s[i], buf, write, &error);
	kfree(buf);
	return done > 0 ? done : error;
}

static int64_t process_vm(const uint64_t a[6], bool write)
{
	struct iov_segment *remote;
	struct iov_iter it;
	struct task *t;
	struct mm *mm;
	int64_t r;

	if (a[5] != 0)
		return -EINVAL;
	if (a[2] > SEGMENTS_MAX)
		return -EINVAL;
	r = iter_init_iovec(&it, UADDR(a[1]), (unsigned int)a[2]);
	if (r < 0)
		return r;
	r = it.left > 0 ? remote_segments(a[3], a[4], &remote) : 0;
	if (r < 0 || it.left == 0)
		goto out;
	t = task_find((int)a[0]);
	mm = t && t->group ? t->mm : NULL;
	r = !mm ? -ESRCH : ptrace_may_attach(t) ? 0 : -EPERM;
	if (r == 0) {
		mm_get(mm);
		r = copy_remote(mm, &it, remote, a[4], write);
		mm_put(mm);
	}
	kfree(remote);
out:
	iter_done(&it);
	return r;
}

SYSCALL_HANDLER(sys_process_vm_readv)
{
	(void)t;
	return process_vm(a, false);
}

SYSCALL_HANDLER(sys_process_vm_writev)
{
	(void)t;
	return process_vm(a, true);
}
