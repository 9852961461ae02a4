// SPDX-License-Identifier: GPL-2.0-or-later
/* The system itself: names, memory, limits, usage, random numbers, and small per-process settings. */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_signal.h"
#include "core/sched.h"
#include "engine/engine.h"
#include "host/host_clock.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "mm/mm_account.h"
#include "mm/mm.h"
#include "mm/user_copy.h"
#include "syscalls/sys_seccomp.h"
#include "syscalls/syscall_handlers.h"
#include "task/exec_image.h"
#include "task/process.h"
#include "task/task_seccomp.h"
#include "task/task_clock.h"
#include "task/uts.h"

/* --- names -------------------------------------------------------------------------------------- */

struct abi_utsname {
	char sysname[65], nodename[65], release[65], version[65], machine[65], domainname[65];
};

SYSCALL_HANDLER(sys_uname)
{
	struct abi_utsname u = { 0 };

	(void)str_copy(u.sysname, "Linux", sizeof(u.sysname));
	(void)str_copy(u.nodename, uts_current()->nodename, sizeof(u.nodename));
	(void)str_copy(u.release, UTS_RELEASE, sizeof(u.release));
	(void)str_copy(u.version, UTS_VERSION, sizeof(u.version));
	(void)str_copy(u.machine, UTS_MACHINE, sizeof(u.machine));
	(void)str_copy(u.domainname, uts_current()->domainname, sizeof(u.domainname));
	return put_user(u, UADDR(a[0]));
}

static int64_t set_uts_name(char *to, const uint64_t a[6])
{
	char name[UTS_NAME_MAX + 1] = { 0 };
	int len = (int)a[1];

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (len < 0 || len > UTS_NAME_MAX)
		return -EINVAL;
	if (copy_from_user(name, UADDR(a[0]), (size_t)len) < 0)
		return -EFAULT;
	memcpy(to, name, sizeof(name));
	return 0;
}

SYSCALL_HANDLER(sys_sethostname)
{
	return set_uts_name(uts_current()->nodename, a);
}

SYSCALL_HANDLER(sys_setdomainname)
{
	return set_uts_name(uts_current()->domainname, a);
}

struct abi_sysinfo {
	int64_t uptime;
	uint64_t loads[3], totalram, freeram, sharedram, bufferram, totalswap, freeswap;
	uint16_t procs, pad;
	uint64_t totalhigh, freehigh;
	uint32_t mem_unit, tail;
};
_Static_assert(sizeof(struct abi_sysinfo) == 112, "struct sysinfo of x86-64");

SYSCALL_HANDLER(sys_sysinfo)
{
	struct abi_sysinfo s = { .mem_unit = 1 };
	struct memory_stats m;
	struct sched_stats st;
	struct thread_group *g;

	memory_stats_get(&m);
	sched_stats_get(&st);
	s.uptime = (int64_t)(host_boottime_ns() / NSEC_PER_SEC);
	for (int i = 0; i < 3; i++)
		s.loads[i] = (uint64_t)st.load[i] << 5; /* 1/2048 to 1/65536 */
	s.totalram = m.total_bytes;
	s.freeram = m.free_bytes;
	s.sharedram = m.arena_bytes;
	list_for_each_entry(g, &thread_group_list, all_link)
		s.procs = (uint16_t)(s.procs + g->n_threads);
	return put_user(s, UADDR(a[0]));
}

SYSCALL_HANDLER(sys_getrandom)
{
	uint64_t len = MIN(a[1], 0x7fffffffull), done = 0;
	char buf[512];

	/* GRND_RANDOM and GRND_INSECURE exclude each other. */
	if ((a[2] & ~7ull) || (a[2] & 6) == 6)
		return -EINVAL;
	while (done < len) {
		size_t n = MIN(len - done, sizeof(buf));

		host_random_bytes(buf, n);
		if (copy_to_user(UADDR(a[0] + done), buf, n) < 0)
			return done > 0 ? (int64_t)done : -EFAULT;
		done += n;
	}
	return (int64_t)done;
}

/* --- limits and usage --------------------------------------------------------------------------- */

static int64_t set_limit(struct thread_group *g, unsigned int which, const struct rlimit_k *new)
{
	struct rlimit_k *old = &g->rlimits[which];

	if (new->cur > new->max)
		return -EINVAL;
	if (new->max > old->max && !capable(CAP_SYS_RESOURCE))
		return -EPERM;
	if (which == RLIMIT_NOFILE && new->max > 1048576)
		return -EPERM;
	*old = *new;
	if (which == RLIMIT_CPU)
		task_cpu_limit_changed(g);
	return 0;
}

static int limit_target(struct task *t, int pid, struct thread_group **ret)
{
	struct task *other = pid ? task_find(pid) : t;
	const struct cred *me = t->cred, *it;

	if (!other || !other->group || !other->cred)
		return -ESRCH;
	it = other->cred;
	if (other->group != t->group && !capable(CAP_SYS_RESOURCE) &&
	    (me->uid != it->euid || me->uid != it->suid || me->uid != it->uid ||
	     me->gid != it->egid || me->gid != it->sgid || me->gid != it->gid))
		return -EPERM;
	*ret = other->group;
	return 0;
}

SYSCALL_HANDLER(sys_prlimit64)
{
	unsigned int which = (unsigned int)a[1];
	struct rlimit_k old, new;
	struct thread_group *g;
	int64_t r;

	if (which >= RLIMITS)
		return -EINVAL;
	if (a[2] && copy_from_user(&new, UADDR(a[2]), sizeof(new)) < 0)
		return -EFAULT;
	r = limit_target(t, (int)a[0], &g); /* after the copy, which may have slept */
	if (r < 0)
		return r;
	old = g->rlimits[which];
	if (a[2]) {
		r = set_limit(g, which, &new);
		if (r < 0)
			return r;
	}
	return a[3] ? copy_to_user(UADDR(a[3]), &old, sizeof(old)) : 0;
}

SYSCALL_HANDLER(sys_getrlimit)
{
	struct rlimit_k l;

	if ((unsigned int)a[0] >= RLIMITS)
		return -EINVAL;
	l = t->group->rlimits[(unsigned int)a[0]];
	return copy_to_user(UADDR(a[1]), &l, sizeof(l));
}

SYSCALL_HANDLER(sys_setrlimit)
{
	struct rlimit_k l;

	if ((unsigned int)a[0] >= RLIMITS)
		return -EINVAL;
	if (copy_from_user(&l, UADDR(a[1]), sizeof(l)) < 0)
		return -EFAULT;
	return set_limit(t->group, (unsigned int)a[0], &l);
}

static void timeval_from_ns(struct abi_timeval *tv, uint64_t ns)
{
	tv->sec = (int64_t)(ns / NSEC_PER_SEC);
	tv->usec = (int64_t)(ns % NSEC_PER_SEC / 1000);
}

static void usage_of_thread(const struct task *t, struct abi_rusage *u, uint64_t *user,
			    uint64_t *system)
{
	uint64_t us, sy;

	sched_task_times(t, &us, &sy);
	*user += us;
	*system += sy;
	u->minflt += (int64_t)t->min_flt;
	u->majflt += (int64_t)t->maj_flt;
	u->nvcsw += (int64_t)t->nvcsw;
	u->nivcsw += (int64_t)t->nivcsw;
}

SYSCALL_HANDLER(sys_getrusage)
{
	const struct thread_group *g = t->group;
	struct abi_rusage u = { 0 };
	uint64_t user = 0, system = 0;
	struct task *other;

	switch ((int)a[0]) {
	case 1: /* RUSAGE_THREAD */
		usage_of_thread(t, &u, &user, &system);
		break;
	case 0: /* RUSAGE_SELF */
		user = g->user_ns;
		system = g->system_ns;
		u.minflt = (int64_t)g->min_flt;
		u.majflt = (int64_t)g->maj_flt;
		u.nvcsw = (int64_t)g->nvcsw;
		u.nivcsw = (int64_t)g->nivcsw;
		list_for_each_entry(other, &g->threads, group_link)
			usage_of_thread(other, &u, &user, &system);
		break;
	case -1: /* RUSAGE_CHILDREN */
		user = g->children_user_ns;
		system = g->children_system_ns;
		u.minflt = (int64_t)g->children_min_flt;
		u.majflt = (int64_t)g->children_maj_flt;
		break;
	default:
		return -EINVAL;
	}
	timeval_from_ns(&u.utime, user);
	timeval_from_ns(&u.stime, system);
	u.maxrss = t->mm ? (int64_t)(t->mm->max_resident_pages << 2) : 0;
	return put_user(u, UADDR(a[1]));
}

/* --- prctl -------------------------------------------------------------------------------------- */

enum {
	PR_SET_PDEATHSIG = 1,
	PR_GET_PDEATHSIG = 2,
	PR_GET_DUMPABLE = 3,
	PR_SET_DUMPABLE = 4,
	PR_GET_KEEPCAPS = 7,
	PR_SET_KEEPCAPS = 8,
	PR_GET_TIMING = 13,
	PR_SET_NAME = 15,
	PR_GET_NAME = 16,
	PR_GET_SECCOMP = 21,
	PR_SET_SECCOMP = 22,
	PR_CAPBSET_READ = 23,
	PR_CAPBSET_DROP = 24,
	PR_GET_TSC = 25,
	PR_GET_SECUREBITS = 27,
	PR_SET_SECUREBITS = 28,
	PR_SET_TIMERSLACK = 29,
	PR_GET_TIMERSLACK = 30,
	PR_SET_CHILD_SUBREAPER = 36,
	PR_GET_CHILD_SUBREAPER = 37,
	PR_SET_NO_NEW_PRIVS = 38,
	PR_GET_NO_NEW_PRIVS = 39,
	PR_GET_TID_ADDRESS = 40,
	PR_SET_THP_DISABLE = 41,
	PR_GET_THP_DISABLE = 42,
	PR_CAP_AMBIENT = 47,
	PR_SET_PTRACER = 0x59616d61,
};
#define SECBITS_VALID	 0xffu
#define SECBIT_KEEP_CAPS 16u

static int64_t prctl_name(struct task *t, bool set, uint64_t addr)
{
	char name[16] = { 0 };

	if (!set)
		return copy_to_user(UADDR(addr), t->comm, sizeof(t->comm));
	if (strncpy_from_user(name, UADDR(addr), sizeof(name)) == -EFAULT)
		return -EFAULT;
	name[15] = '\0';
	memcpy(t->comm, name, sizeof(name));
	return 0;
}

/* Change a copy of the credentials: field values computed by the caller. */
static int64_t commit_copy(struct task *t, uint32_t securebits, uint64_t bounding, uint64_t ambient,
			   bool nnp)
{
	struct cred *c = cred_copy(t->cred);

	if (!c)
		return -ENOMEM;
	c->securebits = securebits;
	c->cap_bounding = bounding;
	c->cap_ambient = ambient;
	c->no_new_privs = nnp;
	cred_commit(t, c);
	return 0;
}

static int64_t prctl_ambient(struct task *t, uint64_t op, uint64_t cap)
{
	const struct cred *c = t->cred;

	if (op == 4) /* CLEAR_ALL */
		return commit_copy(t, c->securebits, c->cap_bounding, 0, c->no_new_privs);
	if (cap > CAP_LAST)
		return -EINVAL;
	switch (op) {
	case 1: /* IS_SET */
		return (c->cap_ambient >> cap) & 1;
	case 2: /* RAISE */
		if (!((c->cap_permitted & c->cap_inheritable) >> cap & 1) || (c->securebits & 64))
			return -EPERM;
		return commit_copy(t, c->securebits, c->cap_bounding, c->cap_ambient | BIT(cap),
				   c->no_new_privs);
	case 3: /* LOWER */
		return commit_copy(t, c->securebits, c->cap_bounding, c->cap_ambient & ~BIT(cap),
				   c->no_new_privs);
	default:
		return -EINVAL;
	}
}

static int64_t prctl_caps(struct task *t, int op, const uint64_t a[6])
{
	const struct cred *c = t->cred;

	switch (op) {
	case PR_CAPBSET_READ:
		return a[1] > CAP_LAST ? -EINVAL : (int64_t)((c->cap_bounding >> a[1]) & 1);
	case PR_CAPBSET_DROP:
		if (!capable(CAP_SETPCAP))
			return -EPERM;
		if (a[1] > CAP_LAST)
			return -EINVAL;
		return commit_copy(t, c->securebits, c->cap_bounding & ~BIT(a[1]), c->cap_ambient,
				   c->no_new_privs);
	case PR_GET_SECUREBITS:
		return c->securebits;
	case PR_SET_SECUREBITS:
		if (!capable(CAP_SETPCAP) || (a[1] & ~(uint64_t)SECBITS_VALID))
			return -EPERM;
		/* A locked bit (the odd one beside it) stays as it is. */
		if ((((c->securebits & 0xaa) >> 1) & (c->securebits ^ a[1])) ||
		    (c->securebits & 0xaa & ~a[1]))
			return -EPERM;
		return commit_copy(t, (uint32_t)a[1], c->cap_bounding, c->cap_ambient,
				   c->no_new_privs);
	case PR_GET_KEEPCAPS:
		return (c->securebits & SECBIT_KEEP_CAPS) != 0;
	case PR_SET_KEEPCAPS:
		if (a[1] > 1)
			return -EINVAL;
		if (c->securebits & (SECBIT_KEEP_CAPS << 1))
			return -EPERM;
		return commit_copy(t,
				   a[1] ? c->securebits | SECBIT_KEEP_CAPS
					: c->securebits & ~SECBIT_KEEP_CAPS,
				   c->cap_bounding, c->cap_ambient, c->no_new_privs);
	case PR_SET_NO_NEW_PRIVS:
		if (a[1] != 1 || a[2] || a[3] || a[4])
			return -EINVAL;
		return commit_copy(t, c->securebits, c->cap_bounding, c->cap_ambient, true);
	case PR_GET_NO_NEW_PRIVS:
		return c->no_new_privs;
	default:
		return prctl_ambient(t, a[1], a[2]);
	}
}

SYSCALL_HANDLER(sys_prctl)
{
	struct thread_group *g = t->group;

	switch ((int)a[0]) {
	case PR_SET_PDEATHSIG:
		if (a[1] > NSIG)
			return -EINVAL;
		g->pdeath_signal = (int)a[1];
		return 0;
	case PR_GET_PDEATHSIG:
		return put_user(g->pdeath_signal, UADDR(a[1]));
	case PR_GET_DUMPABLE:
		return t->mm->dumpable;
	case PR_SET_DUMPABLE:
		if (a[1] > 1)
			return -EINVAL;
		t->mm->dumpable = a[1] == 1;
		return 0;
	case PR_SET_PTRACER:
		/* As Yama with ptrace_scope 0: there is no restriction that could be lifted. */
		if (a[1] == 0 || a[1] == UINT64_MAX || ((int)a[1] > 0 && task_find((int)a[1])))
			return 0;
		return -EINVAL;
	case PR_SET_NAME:
	case PR_GET_NAME:
		return prctl_name(t, a[0] == PR_SET_NAME, a[1]);
	case PR_SET_CHILD_SUBREAPER:
		g->child_subreaper = a[1] != 0;
		return 0;
	case PR_GET_CHILD_SUBREAPER: {
		int on = g->child_subreaper;

		return put_user(on, UADDR(a[1]));
	}
	case PR_GET_TID_ADDRESS:
		return put_user(t->clear_child_tid.a, UADDR(a[1]));
	case PR_GET_SECCOMP:
		return seccomp_mode(t); /* in strict mode the caller does not live to see it */
	case PR_SET_SECCOMP:
		return prctl_set_seccomp(t, a[1], a[2]);
	case PR_SET_TIMERSLACK:
		/* 0: the default, which is what its creator had then. */
		t->timer_slack_ns = (int64_t)a[1] <= 0 ? t->timer_slack_default_ns : a[1];
		return 0;
	case PR_GET_TIMING:
	case PR_SET_THP_DISABLE:
	case PR_GET_THP_DISABLE:
		return 0;
	case PR_GET_TIMERSLACK:
		return (int64_t)t->timer_slack_ns;
	case PR_CAPBSET_READ:
	case PR_CAPBSET_DROP:
	case PR_GET_SECUREBITS:
	case PR_SET_SECUREBITS:
	case PR_GET_KEEPCAPS:
	case PR_SET_KEEPCAPS:
	case PR_SET_NO_NEW_PRIVS:
	case PR_GET_NO_NEW_PRIVS:
	case PR_CAP_AMBIENT:
		return prctl_caps(t, (int)a[0], a);
	default:
		return -EINVAL;
	}
}

enum { ARCH_SET_GS = 0x1001, ARCH_SET_FS = 0x1002, ARCH_GET_FS = 0x1003, ARCH_GET_GS = 0x1004 };

SYSCALL_HANDLER(sys_arch_prctl)
{
	struct abi_regs *r = &t->thread->regs;

	switch ((int)a[0]) {
	case ARCH_SET_FS:
	case ARCH_SET_GS:
		if (a[1] >= ENGINE_USER_MAX)
			return -EPERM;
		*((int)a[0] == ARCH_SET_FS ? &r->fs_base : &r->gs_base) = a[1];
		return 0;
	case ARCH_GET_FS:
		return put_user(r->fs_base, UADDR(a[1]));
	case ARCH_GET_GS:
		return put_user(r->gs_base, UADDR(a[1]));
	default:
		return -EINVAL;
	}
}

SYSCALL_HANDLER(sys_personality)
{
	uint32_t old = t->personality, set = (uint32_t)a[0];

	/* PER_LINUX, its query, and the bit that debuggers set; other personalities do not exist here. */
	if (set == UINT32_MAX)
		return old;
	if (set & ~PERSONALITY_NO_RANDOMIZE)
		return -EINVAL;
	t->personality = set;
	return old;
}
