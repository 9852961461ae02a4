// SPDX-License-Identifier: GPL-2.0-or-later
/* The life of signal state: what clone shares or copies, what exec resets, what ends with a thread and with a process. */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "task/process.h"
#include "task/signal_state.h"
#include "task/task_internal.h"
#include "task/task_signal.h"

static struct signal_hand *hand_copy(const struct signal_hand *from)
{
	struct signal_hand *h = kzalloc(sizeof(*h));

	if (!h)
		return NULL;
	if (from)
		memcpy(h->actions, from->actions, sizeof(h->actions));
	h->refs = 1;
	return h;
}

static void hand_put(struct signal_hand *h)
{
	if (h && --h->refs == 0)
		kfree(h);
}

/* All handlers to the default; ignored signals stay ignored. */
static void hand_flush(struct signal_hand *h, bool ignored_too)
{
	for (int i = 0; i < NSIG; i++) {
		bool ignored = h->actions[i].handler == SIG_IGN && !ignored_too;

		h->actions[i] = (struct abi_sigaction){ .handler = ignored ? SIG_IGN : SIG_DFL };
	}
}

static int clone_shared(struct task *parent, struct task *child, const struct clone_args_k *a)
{
	struct signal_shared *s;

	if (a->flags & CLONE_THREAD)
		return 0;
	s = kzalloc(sizeof(*s));
	if (!s)
		return -ENOMEM;
	if (parent && (a->flags & CLONE_SIGHAND)) {
		s->hand = parent->group->shared->hand;
		s->hand->refs++;
	} else {
		s->hand = hand_copy(parent ? parent->group->shared->hand : NULL);
		if (!s->hand) {
			kfree(s);
			return -ENOMEM;
		}
		if (a->flags & CLONE_CLEAR_SIGHAND)
			hand_flush(s->hand, false);
	}
	signal_queue_init(&s->pending);
	wait_queue_init(&s->signalfd_queue);
	list_init(&s->posix_timers);
	s->group = child->group;
	s->unkillable = !parent;
	child->group->shared = s;
	itimers_init(child->group);
	return 0;
}

static int signals_clone(struct task *parent, struct task *child, const struct clone_args_k *a)
{
	struct task_signals *s = kzalloc(sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	r = clone_shared(parent, child, a);
	if (r < 0) {
		kfree(s);
		return r;
	}
	signal_queue_init(&s->pending);
	s->altstack.flags = SS_DISABLE;
	if (parent) {
		/* A clone in the middle of sigsuspend cannot be: blocked is the mask the program believes in. */
		s->blocked = parent->signals->blocked;
		/* A vfork child runs on in its parent's stack discipline; a thread has a stack of its own. */
		if (!(a->flags & CLONE_VM) || (a->flags & CLONE_VFORK))
			s->altstack = parent->signals->altstack;
	}
	child->signals = s;
	/* Born into a stop that is under way or done: stop with the others. */
	if ((a->flags & CLONE_THREAD) && child->group->shared &&
	    (child->group->shared->stop_left > 0 || child->group->stopped)) {
		s->stop_pending = true;
		child->group->shared->stop_left++;
	}
	return 0;
}

static void signals_exec(struct task *t)
{
	struct signal_shared *s = t->group->shared;

	if (s->hand->refs > 1) {
		struct signal_hand *own = hand_copy(s->hand);

		if (!own) {
			/* Past the point of no return: the process dies of it. */
			group_kill(t->group, SIGKILL);
			return;
		}
		hand_put(s->hand);
		s->hand = own;
	}
	hand_flush(s->hand, false);
	t->signals->altstack = (struct abi_stack){ .flags = SS_DISABLE };
	t->signals->restart.fn = NULL;
	posix_timers_exit(t->group);
}

static void shared_free(struct thread_group *g)
{
	struct signal_shared *s = g->shared;

	posix_timers_exit(g);
	itimers_exit(g);
	signal_queue_remove(&s->pending, UINT64_MAX);
	wait_queue_release(&s->signalfd_queue); /* epoll sets may be on it */
	hand_put(s->hand);
	g->shared = NULL;
	kfree(s);
}

static void signals_exit(struct task *t)
{
	struct task_signals *s = t->signals;
	struct thread_group *g = t->group;

	if (!s)
		return;
	if (g->n_threads > 1) {
		signal_stop_leave(t);
		if (!g->exiting)
			signal_retarget(t, ~s->blocked);
	}
	posix_timers_thread_exit(t);
	signal_queue_remove(&s->pending, UINT64_MAX);
	t->signals = NULL;
	kfree(s);
	if (g->n_threads == 1)
		shared_free(g);
}

static struct task_part signals_part = {
	.name = "signals",
	.clone = signals_clone,
	.exec = signals_exec,
	.exit = signals_exit,
};

void signal_part_register(void)
{
	task_part_register(&signals_part);
}
