// SPDX-License-Identifier: GPL-2.0-or-later
/* Start of task/, and the deaths of stubs that no vCPU was waiting for. */
#include "task/task_init.h"
#include "abi/abi_errno.h"
#include "abi/abi_signal.h"
#include "core/big_lock.h"
#include "core/klog.h"
#include "core/ktimer.h"
#include "core/sched.h"
#include "engine/engine.h"
#include "host/host_epoll.h"
#include "mm/mm.h"
#include "task/process.h"
#include "task/signal_state.h"
#include "task/task_oom.h"
#include "task/task_seccomp.h"
#include "task/uts.h"

static struct io_watch reap_watch;
static struct wait_queue reap_queue = WAIT_QUEUE_INIT(reap_queue);
static bool reap_wanted;

void task_space_died(struct engine_space *space, void *owner)
{
	struct mm *mm = owner;
	struct thread_group *g;
	struct task *t;

	(void)space;
	ASSERT_LOCKED();
	if (!mm || mm->dead)
		return;
	mm->dead = true;
	list_for_each_entry(g, &thread_group_list, all_link) {
		list_for_each_entry(t, &g->threads, group_link) {
			if (t->mm != mm)
				continue;
			group_kill(g, SIGKILL);
			break;
		}
	}
}

/* The ptrace engine may be asked by its tracer's host thread only, so a task does it and not the I/O thread. */
static void reap_main(void *arg)
{
	(void)arg;
	for (;;) {
		while (!reap_wanted)
			(void)!wait_queue_sleep(&reap_queue, NO_DEADLINE, WAIT_UNINTERRUPTIBLE);
		reap_wanted = false;
		engine->reap();
		(void)io_watch_set(&reap_watch, HOST_POLL_IN);
	}
}

static void reap_ready(struct io_watch *w, uint32_t events)
{
	(void)events;
	/* Level triggered: silent until the task has looked. */
	(void)io_watch_set(w, 0);
	reap_wanted = true;
	wait_queue_wake_all(&reap_queue);
}

int task_init(const char *hostname)
{
	int fd = engine->reap_fd ? engine->reap_fd() : -1;

	task_signal_register();
	signal_part_register();
	seccomp_init();
	task_oom_register();
	uts_init(hostname);
	if (fd < 0)
		return 0;
	if (!kthread_start("reaper", reap_main, NULL))
		return -ENOMEM;
	io_watch_init(&reap_watch, fd, reap_ready);
	return io_watch_set(&reap_watch, HOST_POLL_IN);
}
