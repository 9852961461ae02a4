// SPDX-License-Identifier: GPL-2.0-or-later
/* The masks that /proc/PID/status shows. */
#include "core/task.h"
#include "task/process.h"
#include "task/signal_state.h"
#include "task/task_signal.h"

void signal_status_get(struct task *t, struct signal_status *ret)
{
	*ret = (struct signal_status){ 0 };
	if (!t->signals || !t->group || !t->group->shared)
		return; /* it has ended */
	ret->pending = t->signals->pending.set;
	ret->shared_pending = t->group->shared->pending.set;
	ret->blocked = t->signals->blocked;
	ret->queued = signal_user_count(t->cred->uid);
	for (int i = 0; i < NSIG; i++) {
		uint64_t handler = t->group->shared->hand->actions[i].handler;

		if (handler == SIG_IGN)
			ret->ignored |= SIG_BIT(i + 1);
		else if (handler != SIG_DFL)
			ret->caught |= SIG_BIT(i + 1);
	}
}
