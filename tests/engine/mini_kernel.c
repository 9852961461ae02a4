// SPDX-License-Identifier: GPL-2.0-or-later
/* The miniature kernel's scheduler: each ready task runs until it traps; a helper thread interrupts it now and then. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/engine/mini_task.h"

struct mini_task mini_tasks[MINI_TASKS];
struct mini_result *mini_out;

static int next_tid;
static pthread_mutex_t ticker_lock = PTHREAD_MUTEX_INITIALIZER;
static struct engine_thread *ticker_target;
static bool ticker_stop;

static void *ticker_main(void *arg)
{
	const struct timespec period = { 0, 2000000 };

	while (!__atomic_load_n(&ticker_stop, __ATOMIC_RELAXED)) {
		(void)nanosleep(&period, NULL);
		(void)pthread_mutex_lock(&ticker_lock);
		if (ticker_target)
			engine->interrupt(ticker_target);
		(void)pthread_mutex_unlock(&ticker_lock);
	}
	return NULL;
}

static void ticker_set(struct engine_thread *t)
{
	(void)pthread_mutex_lock(&ticker_lock);
	ticker_target = t;
	(void)pthread_mutex_unlock(&ticker_lock);
}

struct mini_task *mini_task_new(void)
{
	for (unsigned int i = 0; i < MINI_TASKS; i++)
		if (mini_tasks[i].state == MINI_FREE) {
			mini_tasks[i] = (struct mini_task){ .tid = ++next_tid };
			return &mini_tasks[i];
		}
	return NULL;
}

static void task_run(struct mini_task *t)
{
	struct engine_event ev;
	int r;

	ticker_set(t->thread);
	r = mini_step(t->thread, &ev);
	ticker_set(NULL);
	if (r < 0) {
		mini_exit(t, 128 + 9, true);
		return;
	}
	switch (ev.kind) {
	case ENGINE_EVENT_SYSCALL:
		mini_syscall(t);
		break;
	case ENGINE_EVENT_INTERRUPTED:
		mini_out->interrupts++;
		break;
	case ENGINE_EVENT_DEAD:
		mini_exit(t, 128 + 9, true);
		break;
	default:
		mini_out->faults++;
		mini_exit(t, 128 + ev.signo, true);
		break;
	}
}

static void tasks_clear(void)
{
	for (unsigned int i = 0; i < MINI_TASKS; i++)
		if (mini_tasks[i].state != MINI_FREE && mini_tasks[i].state != MINI_ZOMBIE)
			mini_exit(&mini_tasks[i], 0, true);
	memset(mini_tasks, 0, sizeof(mini_tasks));
}

int mini_run(const char *const argv[], struct mini_result *ret)
{
	struct mini_task *first;
	struct abi_regs regs;
	pthread_t ticker;
	bool any = true;
	int r;

	memset(ret, 0, sizeof(*ret));
	mini_out = ret;
	next_tid = 0;
	first = mini_task_new();
	first->tgid = first->tid;
	r = mini_load(argv[0], argv, &first->mm, &regs);
	if (r == 0)
		r = engine->thread_create(first->mm->space, &regs, NULL, &first->thread);
	if (r < 0)
		return r;
	first->state = MINI_READY;
	ticker_stop = false;
	if (pthread_create(&ticker, NULL, ticker_main, NULL) != 0)
		return -EAGAIN;
	while (any && first->state != MINI_ZOMBIE) {
		any = false;
		for (unsigned int i = 0; i < MINI_TASKS; i++)
			if (mini_tasks[i].state == MINI_READY) {
				any = true;
				task_run(&mini_tasks[i]);
			}
	}
	ret->status = first->state == MINI_ZOMBIE ? first->status : -EDEADLK;
	__atomic_store_n(&ticker_stop, true, __ATOMIC_RELAXED);
	(void)pthread_join(ticker, NULL);
	tasks_clear();
	return 0;
}
