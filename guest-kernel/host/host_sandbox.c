// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sandbox of the kernel process: a table of the host calls that a running kernel makes, compiled into a seccomp filter. A row without conditions is
 * answered by the host without running the filter at all (its bitmap of calls that are always allowed), so those come first.
 *
 * What the table is after: no program can be run and no code be made (execve, PROT_EXEC), no process be made, no file be made, renamed or removed, no
 * socket be had but AF_UNIX, no host setting be changed. Paths can be opened, since disks are added while a guest runs, but
 * just as this user may open them and without creating anything.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/host_net.h"
#include "host/host_sandbox.h"

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif
#define PIDFD_GET_INFO_KIND \
	0xff0b /* type 0xff, number 11; the size in bits 16 to 29 grows with the host */

enum { CONDITIONS = 3 };

/* Holds when (argument & mask) == value; only the low 32 bits are looked at, and every argument here is an int for the host too. */
struct condition {
	uint8_t arg;
	uint32_t mask, value;
};

struct rule {
	int nr;
	unsigned int n;
	struct condition all[CONDITIONS];
};

#define ANY(call)                 \
	{                         \
		.nr = SYS_##call, \
	}
#define IF(call, a, m, v)                                              \
	{                                                              \
		.nr = SYS_##call, .n = 1, .all = { { (a), (m), (v) } } \
	}
#define IF2(call, a, m, v, a2, m2, v2)                                                       \
	{                                                                                    \
		.nr = SYS_##call, .n = 2, .all = { { (a), (m), (v) }, { (a2), (m2), (v2) } } \
	}
#define IF3(call, a, m, v, a2, m2, v2, a3, m3, v3) \
	{                                          \
		.nr = SYS_##call, .n = 3,          \
		.all = { { (a), (m), (v) },        \
			 { (a2), (m2), (v2) },     \
			 { (a3), (m3), (v3) } }    \
	}
#define IS ~0u /* mask of an exact match */

#define OPEN_FLAGS                                                                          \
	((uint32_t)(O_ACCMODE | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_DIRECT | O_NOFOLLOW | \
		    O_DIRECTORY | O_LARGEFILE))
#define THREAD_FLAGS                                                                   \
	((uint32_t)(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | \
		    CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID))

static const struct rule rules[] = {
	/* the running guest: events, copies, signals */
	ANY(read),
	ANY(write),
	ANY(futex),
	ANY(process_vm_readv),
	ANY(process_vm_writev),
	ANY(tgkill),
	ANY(poll),
	ANY(ppoll),
	ANY(epoll_wait),
	ANY(epoll_pwait),
	ANY(epoll_pwait2),
	ANY(epoll_ctl),
	ANY(timerfd_settime),
	ANY(sched_setaffinity),
	ANY(sched_getaffinity),
	ANY(clock_gettime),
	ANY(gettimeofday),
	ANY(clock_nanosleep),
	ANY(getrandom),
	ANY(sched_yield),
	ANY(getcpu),
	ANY(wait4),
	ANY(waitid),
	ANY(kill),
	ANY(pidfd_open),
	ANY(pidfd_getfd),
	ANY(pidfd_send_signal),
	ANY(getpid),
	ANY(gettid),
	/* descriptors that are open: disks, the arena, consoles */
	ANY(close),
	ANY(lseek),
	ANY(readv),
	ANY(writev),
	ANY(pread64),
	ANY(pwrite64),
	ANY(preadv),
	ANY(pwritev),
	ANY(preadv2),
	ANY(pwritev2),
	ANY(fallocate),
	ANY(ftruncate),
	ANY(fdatasync),
	ANY(fsync),
	ANY(sync_file_range),
	ANY(fadvise64),
	ANY(flock),
	ANY(fstat),
	ANY(fstatfs),
	ANY(eventfd2),
	ANY(epoll_create1),
	ANY(timerfd_create),
	ANY(signalfd4),
	/* the management console */
	ANY(sendto),
	ANY(recvfrom),
	ANY(sendmsg),
	ANY(recvmsg),
	/* the C library's own: memory, threads, signals */
	ANY(brk),
	ANY(munmap),
	ANY(madvise),
	ANY(mremap),
	ANY(mincore),
	ANY(msync),
	ANY(rt_sigaction),
	ANY(rt_sigprocmask),
	ANY(rt_sigreturn),
	ANY(sigaltstack),
	ANY(set_robust_list),
	ANY(rseq),
	ANY(getrusage),
	ANY(sysinfo),
	ANY(restart_syscall),
	ANY(exit),
	ANY(exit_group),
	IF(mmap, 2, PROT_EXEC, 0),
	IF(mprotect, 2, PROT_EXEC, 0),
	IF2(clone, 0, ~THREAD_FLAGS, 0, 0, CLONE_THREAD, CLONE_THREAD),
	IF(prctl, 0, IS, PR_SET_NAME),
	/* paths, without making anything; the status of an open file only */
	IF(openat, 2, ~OPEN_FLAGS, 0),
	IF(newfstatat, 3, AT_EMPTY_PATH, AT_EMPTY_PATH),
	IF2(socket, 0, IS, AF_UNIX, 1, 0xf, SOCK_DGRAM),
	IF(fcntl, 1, IS, F_GETFL),
	IF(fcntl, 1, IS, F_SETFL),
	IF(fcntl, 1, IS, F_GETFD),
	IF(fcntl, 1, IS, F_SETFD),
	IF(fcntl, 1, IS, F_DUPFD_CLOEXEC),
	IF(fcntl, 1, IS, F_SETLK),
	IF(fcntl, 1, IS, F_GETLK),
	IF(fcntl, 1, IS, F_OFD_SETLK),
	IF(fcntl, 1, IS, F_OFD_GETLK),
	IF(ioctl, 1, 0xffff, PIDFD_GET_INFO_KIND),
	IF(ioctl, 1, IS, TCGETS),
	IF(ioctl, 1, IS, TCSETS),
	IF(ioctl, 1, IS, TCSETSW),
	IF(ioctl, 1, IS, TCSETSF),
	IF(ioctl, 1, IS, TIOCGWINSZ),
	IF(ioctl, 1, IS, TIOCSWINSZ),
	IF(ioctl, 1, IS, TIOCGPTN),
	IF(ioctl, 1, IS, TIOCSPTLCK),
	IF(ioctl, 1, IS, TIOCGSID),
	IF(ioctl, 1, IS, FIONREAD),
	IF(ioctl, 1, IS, BLKGETSIZE64),
	IF(ioctl, 1, IS, BLKSSZGET),
	IF(ioctl, 1, IS, BLKDISCARD),
	IF(ioctl, 1, IS, BLKZEROOUT),
};

static const struct rule ptrace_rules[] = {
	IF(ptrace, 0, IS, PTRACE_CONT),	      IF(ptrace, 0, IS, PTRACE_SINGLESTEP),
	IF(ptrace, 0, IS, PTRACE_SYSEMU),     IF(ptrace, 0, IS, PTRACE_SYSEMU_SINGLESTEP),
	IF(ptrace, 0, IS, PTRACE_GETREGS),    IF(ptrace, 0, IS, PTRACE_SETREGS),
	IF(ptrace, 0, IS, PTRACE_GETREGSET),  IF(ptrace, 0, IS, PTRACE_SETREGSET),
	IF(ptrace, 0, IS, PTRACE_GETSIGINFO), IF(ptrace, 0, IS, PTRACE_GETEVENTMSG),
	IF(ptrace, 0, IS, PTRACE_SETOPTIONS), IF(ptrace, 0, IS, PTRACE_GET_SYSCALL_INFO),
};

#define TYPE_MASK 0xfu /* of SOCK_*, without the flags */
#define SOCKET_IS(family, type, protocol) \
	IF3(socket, 0, IS, (family), 1, TYPE_MASK, (type), 2, IS, (protocol))

/*
 * Sockets of the guest. Streams are TCP, datagrams UDP and ping, raw ones any protocol of IP; netlink is ROUTE and SOCK_DIAG. Options and ioctl requests
 * come from the tables of host_net_tables.c. Rights: capset can only raise what was kept.
 */
static const struct rule network_rules[] = {
	ANY(accept4),
	ANY(listen),
	ANY(shutdown),
	ANY(getsockname),
	ANY(getpeername),
	ANY(connect),
	/* By the length of the address: no path of a Unix socket worth the name fits. */
	IF(bind, 2, IS, 12),
	IF(bind, 2, IS, 16),
	IF(bind, 2, IS, 24),
	IF(bind, 2, IS, 28),
	ANY(capset),
	SOCKET_IS(AF_INET, SOCK_STREAM, 0),
	SOCKET_IS(AF_INET, SOCK_STREAM, IPPROTO_TCP),
	SOCKET_IS(AF_INET, SOCK_DGRAM, 0),
	SOCKET_IS(AF_INET, SOCK_DGRAM, IPPROTO_UDP),
	SOCKET_IS(AF_INET, SOCK_DGRAM, IPPROTO_ICMP),
	SOCKET_IS(AF_INET6, SOCK_STREAM, 0),
	SOCKET_IS(AF_INET6, SOCK_STREAM, IPPROTO_TCP),
	SOCKET_IS(AF_INET6, SOCK_DGRAM, 0),
	SOCKET_IS(AF_INET6, SOCK_DGRAM, IPPROTO_UDP),
	SOCKET_IS(AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6),
	IF3(socket, 0, IS, AF_INET, 1, TYPE_MASK, SOCK_RAW, 2, ~0xffu, 0),
	IF3(socket, 0, IS, AF_INET6, 1, TYPE_MASK, SOCK_RAW, 2, ~0xffu, 0),
	SOCKET_IS(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE),
	SOCKET_IS(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG),
};

#define FILTER_MAX 1536

struct program {
	struct sock_filter code[FILTER_MAX];
	unsigned short n;
	bool full;
};

static void emit(struct program *p, uint16_t code, uint8_t jt, uint8_t jf, uint32_t k)
{
	if (p->n == FILTER_MAX)
		p->full = true;
	else
		p->code[p->n++] = (struct sock_filter){ code, jt, jf, k };
}

static void emit_load(struct program *p, size_t offset)
{
	emit(p, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)offset);
}

static void emit_rule(struct program *p, const struct rule *r)
{
	/* A row is: is it this call? then for each condition load, mask, compare; and at last allow. The number is loaded again for the next row. */
	unsigned int left = r->n > 0 ? 3 * r->n + 2 : 1;

	emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, (uint8_t)left, (uint32_t)r->nr);
	for (unsigned int i = 0; i < r->n; i++) {
		const struct condition *c = &r->all[i];
		unsigned int after = 3 * (r->n - i - 1) + 1;

		emit_load(p, offsetof(struct seccomp_data, args) + c->arg * sizeof(uint64_t));
		emit(p, BPF_ALU | BPF_AND | BPF_K, 0, 0, c->mask);
		emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, (uint8_t)after, c->value);
	}
	emit(p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
	if (r->n > 0)
		emit_load(p, offsetof(struct seccomp_data, nr));
}

static unsigned int level_length(unsigned int first)
{
	unsigned int n = 0;

	while (first + n < host_net_n_options &&
	       host_net_options[first + n].level == host_net_options[first].level)
		n++;
	return n;
}

/* The options of one level: is it this level? is it one of these options? */
static void emit_level(struct program *p, unsigned int first, unsigned int n)
{
	emit_load(p, offsetof(struct seccomp_data, args) + 1 * sizeof(uint64_t));
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, (uint8_t)(n + 3),
	     (uint32_t)host_net_options[first].level);
	emit_load(p, offsetof(struct seccomp_data, args) + 2 * sizeof(uint64_t));
	for (unsigned int i = 0; i < n; i++)
		emit(p, BPF_JMP | BPF_JEQ | BPF_K, (uint8_t)(n - i), 0,
		     (uint32_t)host_net_options[first + i].option);
	emit(p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_TRAP);
	emit(p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
}

/* setsockopt and getsockopt; the end of it is a jump over everything for other calls. */
static void emit_options(struct program *p)
{
	unsigned int jump, n;

	emit(p, BPF_JMP | BPF_JEQ | BPF_K, 2, 0, SYS_setsockopt);
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, SYS_getsockopt);
	jump = p->n;
	emit(p, BPF_JMP | BPF_JA, 0, 0, 0);
	for (unsigned int first = 0; first < host_net_n_options; first += n) {
		n = level_length(first);
		emit_level(p, first, n);
	}
	emit(p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_TRAP);
	if (!p->full)
		p->code[jump].k = p->n - jump - 1u;
}

static void emit_network(struct program *p)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(network_rules); i++)
		emit_rule(p, &network_rules[i]);
	for (unsigned int i = 0; i < host_net_n_ioctls; i++) {
		const struct rule r = IF(ioctl, 1, IS, host_net_ioctls[i]);

		emit_rule(p, &r);
	}
	emit_options(p);
}

static void build(struct program *p, bool with_ptrace, bool with_network)
{
	emit_load(p, offsetof(struct seccomp_data, arch));
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, AUDIT_ARCH_X86_64);
	emit(p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS);
	emit_load(p, offsetof(struct seccomp_data, nr));
	for (unsigned int i = 0; i < ARRAY_SIZE(rules); i++)
		emit_rule(p, &rules[i]);
	for (unsigned int i = 0; with_ptrace && i < ARRAY_SIZE(ptrace_rules); i++)
		emit_rule(p, &ptrace_rules[i]);
	if (with_network)
		emit_network(p);
	/* Its arguments lie in memory, where a filter cannot look: the C library then takes clone. */
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_clone3);
	emit(p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOSYS);
	emit(p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_TRAP);
}

static void (*refused_fn)(int nr, const void *ip);

static void refused_handler(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)context;
	refused_fn(info->si_syscall, info->si_call_addr);
}

int host_sandbox_enter(const struct host_sandbox *s)
{
	struct sigaction sa = { .sa_sigaction = refused_handler,
				.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESETHAND };
	struct program *p;
	struct sock_fprog prog;
	int r = 0;

#ifdef __SANITIZE_ADDRESS__
	return -EOPNOTSUPP;
#endif
	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	build(p, s->ptrace, s->network);
	prog = (struct sock_fprog){ .len = p->n, .filter = p->code };
	refused_fn = s->refused;
	if (p->full)
		r = -E2BIG;
	else if (sigaction(SIGSYS, &sa, NULL) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
		 prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		 syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			 SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_SPEC_ALLOW, &prog) != 0)
		r = errno ? -errno
			  : -EBUSY; /* positive: the thread that could not be brought along */
	free(p);
	return r;
}

int host_sandbox_drop_rights(bool network)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { 0 };

	if (network)
		none[0].permitted = (uint32_t)(BIT(CAP_NET_BIND_SERVICE) | BIT(CAP_NET_ADMIN) |
					       BIT(CAP_NET_RAW));
	/* The bounding set takes a right to drop from; without it there is nothing to gain by exec either, see no_new_privs. */
	for (int cap = 0; cap <= CAP_LAST_CAP; cap++)
		(void)prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(SYS_capset, &head, none) < 0)
		return -errno;
	return 0;
}
