// SPDX-License-Identifier: GPL-2.0-or-later
/* Bounds on what guests make the kernel keep: for each user, and in all; and small pieces that the anonymous kinds share. */
#include "abi/abi_errno.h"
#include "abi/abi_signal.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "fs/anon/anon.h"
#include "host/host_memory.h"
#include "mm/mm_account.h"
#include "task/process.h"
#include "task/task_signal.h"

/* Kernel objects (pipe pages, socket buffers, events) may take this part of the guest's memory. */
#define CHARGE_SHARE 4

static struct list_head users = LIST_HEAD_INIT(users);
static uint64_t charged_bytes, charge_limit;

struct anon_user *anon_user_get(uint32_t uid)
{
	struct anon_user *u;

	ASSERT_LOCKED();
	list_for_each_entry(u, &users, link) {
		if (u->uid == uid) {
			u->refs++;
			return u;
		}
	}
	u = kzalloc(sizeof(*u));
	if (!u)
		return NULL;
	u->uid = uid;
	u->refs = 1;
	list_add(&u->link, &users);
	return u;
}

void anon_user_put(struct anon_user *u)
{
	ASSERT_LOCKED();
	if (!u || --u->refs > 0)
		return;
	list_del(&u->link);
	kfree(u);
}

bool anon_charge(size_t bytes)
{
	if (charge_limit == 0) {
		struct memory_stats s;

		memory_stats_get(&s);
		charge_limit = MAX(s.total_bytes / CHARGE_SHARE, (uint64_t)4 << 20);
	}
	if (bytes > charge_limit || charged_bytes > charge_limit - bytes)
		return false;
	charged_bytes += bytes;
	return true;
}

void anon_uncharge(size_t bytes)
{
	ASSERT(bytes <= charged_bytes);
	charged_bytes -= bytes;
}

void send_sigpipe(void)
{
	struct task *t = current_task();
	struct abi_siginfo info = { .signo = SIGPIPE, .code = SI_USER };

	if (!t->group)
		return;
	info.kill.pid = t->group->tgid;
	info.kill.uid = t->cred->uid;
	(void)signal_send_task(t, &info);
}

int anon_fd(const char *name, const struct file_ops *ops, void *private, uint32_t flags)
{
	struct file *f;
	int r = file_create_anon(name, ops, private, flags & ~O_CLOEXEC, &f);

	if (r < 0)
		return r;
	r = fd_install(f, 0, (flags & O_CLOEXEC) != 0);
	if (r < 0) {
		/* private stays the caller's: release must not see it. */
		f->private = NULL;
		file_put(f);
	}
	return r;
}

int64_t anon_llseek(struct file *f, int64_t offset, int whence)
{
	(void)f;
	(void)offset;
	(void)whence;
	return 0;
}

int anon_file_of(int fd, const struct file_ops *ops, int wrong_kind, struct file **ret)
{
	struct file *f = fd_get(fd);

	if (!f)
		return -EBADF;
	if (f->ops != ops) {
		file_put(f);
		return wrong_kind;
	}
	*ret = f;
	return 0;
}

int timespec_to_ns(const struct abi_timespec *ts, uint64_t *ret)
{
	/* About 146 years; sums with a clock stay below 2^63. */
	const int64_t sec_max = INT64_MAX / (int64_t)NSEC_PER_SEC / 2;

	if (ts->sec < 0 || ts->nsec < 0 || ts->nsec >= (int64_t)NSEC_PER_SEC)
		return -EINVAL;
	*ret = ts->sec > sec_max ? (uint64_t)sec_max * NSEC_PER_SEC
				 : (uint64_t)ts->sec * NSEC_PER_SEC + (uint64_t)ts->nsec;
	return 0;
}
