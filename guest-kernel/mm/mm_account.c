// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sampling. Two counts of private memory: the quick one (statm, 5 us for each space) takes a page that fork relatives share once for each of them; the exact
 * one (Pss of smaps_rollup) walks the host's page tables, so it is made without the big lock, by the oom task or a reader of meminfo. `doubles` is how
 * much the quick count was too high when the exact one was made last.
 */
#include "mm/mm_account.h"
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/klog.h"
#include "core/ktimer.h"
#include "core/sched.h"
#include "core/wait_queue.h"
#include "engine/engine.h"
#include "host/host_clock.h"
#include "host/host_memory.h"
#include "host/host_process.h"
#include "lib/list.h"
#include "lib/string.h"
#include "mm/arena.h"
#include "mm/mm.h"

/* No guest thread fills memory faster than this (zeroed huge pages; 2 with small ones). */
#define FILL_BYTES_PER_NS 4ull
#define PERIOD_MIN_NS	  (4 * NSEC_PER_MSEC)
#define PERIOD_MAX_NS	  (250 * NSEC_PER_MSEC)
#define FRESH_NS	  (2 * NSEC_PER_MSEC)
#define CHUNK_MIN	  (256 * 1024ull)
#define CHUNK_MAX	  (64ull << 20)
#define CHUNK_LEAST	  (64 * 1024ull)
/* Spaces below this are not worth an exact count: what they could be wrong by is small. */
#define EXACT_MIN_PAGES 64u

void (*mm_shrink_caches)(void);
unsigned int mm_overcommit_memory = OVERCOMMIT_GUESS, mm_overcommit_ratio = 50;

static struct list_head spaces = LIST_HEAD_INIT(spaces);
static uint64_t committed; /* pages that may become private memory */
static uint64_t stacks; /* of them in main stacks, which are mapped whole and stay small mostly */
static uint64_t anon_pages, kernel_pages, doubles;
static uint64_t sampled_ns, sample_cost_ns;
static uint64_t given; /* pages that the guest could fill at once since the last sample */
static struct ktimer sampler;
static unsigned int n_running; /* threads in guest code */

static struct wait_queue oom_queue = WAIT_QUEUE_INIT(oom_queue);
static bool oom_wanted;
static uint64_t exact_cost_ns, exact_round;

static uint64_t total_pages(void)
{
	return arena_pages();
}

static uint64_t private_pages(void)
{
	return anon_pages > doubles ? anon_pages - doubles : 0;
}

static uint64_t used_pages(void)
{
	return arena_used_pages() + private_pages() + kernel_pages;
}

static uint64_t free_pages(void)
{
	uint64_t used = used_pages();

	return used < total_pages() ? total_pages() - used : 0;
}

/* --- counting ----------------------------------------------------------------------------------- */

static void sample_space(struct mm *mm)
{
	uint64_t resident, shared, before = mm->anon_pages;

	if (!mm->space || !host_process_resident(engine->space_pid(mm->space), &resident, &shared))
		return;
	mm->resident_pages = resident;
	mm->anon_pages = resident > shared ? resident - shared : 0;
	mm->max_resident_pages = MAX(mm->max_resident_pages, resident);
	anon_pages += mm->anon_pages - before;
	if (mm->running == 0)
		mm->ran = false;
}

static void sample(void)
{
	uint64_t resident, shared;
	uint64_t start = host_monotonic_ns();
	struct mm *mm;

	list_for_each_entry(mm, &spaces, account_link)
		if (mm->ran)
			sample_space(mm);
	if (host_process_resident(0, &resident, &shared))
		kernel_pages = resident > shared ? resident - shared : 0;
	sampled_ns = host_monotonic_ns();
	sample_cost_ns = sampled_ns - start;
	given = 0;
}

static void sample_if_old(void)
{
	if (host_monotonic_ns() - sampled_ns > MAX(FRESH_NS, 10 * sample_cost_ns))
		sample();
}

/* "Pss_Anon: 123 kB" of smaps_rollup, in pages; the quick count where the host does not have it. */
static uint64_t parse_pss(const char *text, size_t len, uint64_t otherwise)
{
	static const char key[] = "\nPss_Anon:";
	uint64_t kib = 0;

	for (size_t i = 0; i + sizeof(key) < len; i++) {
		if (memcmp(text + i, key, sizeof(key) - 1) != 0)
			continue;
		for (i += sizeof(key) - 1; i < len && text[i] == ' '; i++)
			;
		for (; i < len && text[i] >= '0' && text[i] <= '9'; i++)
			kib = kib * 10 + (uint64_t)(text[i] - '0');
		return kib >> (PAGE_SHIFT - 10);
	}
	return otherwise;
}

/* A space that this round has not counted yet. */
static struct mm *next_space(uint64_t this_round)
{
	struct mm *mm;

	list_for_each_entry(mm, &spaces, account_link)
		if (mm->precise_round != this_round && mm->space && mm->refs > 0)
			return mm;
	return NULL;
}

static uint64_t exact_pages(struct mm *mm)
{
	char text[2048];
	size_t n;
	int pid;

	if (mm->anon_pages < EXACT_MIN_PAGES)
		return mm->anon_pages;
	pid = engine->space_pid(mm->space);
	mm_get(mm);
	big_lock_drop();
	n = host_process_text(pid, "smaps_rollup", text, sizeof(text));
	big_lock_retake();
	n = parse_pss(text, n, mm->anon_pages);
	mm_put(mm);
	return n;
}

/* May sleep. */
static void sample_exactly(void)
{
	uint64_t start = host_monotonic_ns(), this_round = ++exact_round, exact = 0;
	struct mm *mm;

	sample();
	while ((mm = next_space(this_round))) {
		mm->precise_round = this_round;
		exact += exact_pages(mm);
	}
	sample();
	doubles = anon_pages > exact ? anon_pages - exact : 0;
	exact_cost_ns = host_monotonic_ns() - start;
}

/* --- when --------------------------------------------------------------------------------------- */

/* Could guest code, with what it has mapped, use more than there is? */
static bool may_exceed(void)
{
	return committed + arena_used_pages() + kernel_pages > total_pages();
}

static void sampler_arm(void)
{
	uint64_t fill = (free_pages() << PAGE_SHIFT) / (FILL_BYTES_PER_NS * sched_ncpus());
	uint64_t period = MIN(MAX(fill, PERIOD_MIN_NS), PERIOD_MAX_NS);

	/* Counting takes at most a tenth of the time. */
	period = MAX(period, 10 * MAX(exact_cost_ns, sample_cost_ns));
	(void)ktimer_arm(&sampler, host_monotonic_ns() + period);
}

static void ask_for_victim(void)
{
	oom_wanted = true;
	(void)wait_queue_wake_all(&oom_queue);
}

static void sampler_fire(struct ktimer *t)
{
	(void)t;
	sample();
	if (arena_used_pages() + anon_pages + kernel_pages > total_pages()) {
		ask_for_victim();
	} else {
		doubles = 0;
		exact_cost_ns = 0;
	}
	if (n_running > 0 && may_exceed())
		sampler_arm();
}

/* The kernel's own caches, before anybody has to go. */
static void give_back(void)
{
	if (mm_shrink_caches)
		mm_shrink_caches();
	big_lock_drop();
	host_memory_trim();
	big_lock_retake();
	sample();
}

static void oom_main(void *arg)
{
	(void)arg;
	for (;;) {
		while (!oom_wanted)
			(void)!wait_queue_sleep(&oom_queue, UINT64_MAX, 0);
		sample_exactly();
		oom_wanted = false;
		if (used_pages() > total_pages())
			give_back();
		if (used_pages() > total_pages() && oom_ops)
			(void)oom_ops->kill_one();
	}
}

void mm_account_enter(struct mm *mm)
{
	mm->running++;
	mm->ran = true;
	n_running++;
	if (may_exceed() && !ktimer_armed(&sampler))
		sampler_arm();
}

void mm_account_leave(struct mm *mm)
{
	mm->running--;
	n_running--;
}

void mm_account_add(struct mm *mm)
{
	ASSERT_LOCKED();
	list_add_tail(&mm->account_link, &spaces);
}

void mm_account_remove(struct mm *mm)
{
	ASSERT_LOCKED();
	list_del(&mm->account_link);
	anon_pages -= mm->anon_pages;
	doubles = MIN(doubles, anon_pages);
}

uint64_t mm_account_room(void)
{
	if (free_pages() < total_pages() / 4)
		sample_if_old();
	return free_pages();
}

int mm_account_start(void)
{
	uint64_t limit = host_memory_limit();

	ktimer_init(&sampler, sampler_fire);
	if (!kthread_start("oom_reaper", oom_main, NULL))
		return -ENOMEM;
	if (limit != UINT64_MAX)
		pr_info("mem= is kept by sampling, best effort; beyond it stands the host's memory cgroup with %llu MiB",
			(unsigned long long)(limit >> 20));
	else
		pr_info("mem= is kept by sampling, best effort; umlk is in no memory cgroup with a limit");
	return 0;
}

/* --- chunks ------------------------------------------------------------------------------------- */

/* A 64th of memory, a power of two. */
static uint64_t chunk_bytes(void)
{
	uint64_t bytes = CHUNK_MIN;

	while (bytes < CHUNK_MAX && bytes * 2 <= (total_pages() << PAGE_SHIFT) / 64)
		bytes *= 2;
	return bytes;
}

bool mm_account_is_large(uint64_t len)
{
	return len >= (may_exceed() ? 1 : 4) * chunk_bytes();
}

void mm_account_given(uint64_t pages)
{
	given += pages;
	if (!may_exceed() || used_pages() + given <= total_pages())
		return;
	sample_if_old();
	if (used_pages() > total_pages())
		ask_for_victim();
}

int mm_account_chunk(uint64_t addr, uint64_t start, uint64_t end, uint64_t *ret_start,
		     uint64_t *ret_len)
{
	uint64_t chunk = chunk_bytes(), room;

	if (may_exceed() && used_pages() + given + (chunk >> PAGE_SHIFT) > total_pages()) {
		sample();
		if (used_pages() + (chunk >> PAGE_SHIFT) > total_pages())
			sample_exactly();
		/* The last ones are small. */
		room = free_pages() << PAGE_SHIFT;
		while (chunk > CHUNK_LEAST && chunk > room)
			chunk /= 2;
		if (chunk > room)
			return -ENOMEM;
	}
	start = MAX(start, ALIGN_DOWN(addr, chunk));
	end = MIN(end, ALIGN_DOWN(addr, chunk) + chunk);
	given += (end - start) >> PAGE_SHIFT;
	*ret_start = start;
	*ret_len = end - start;
	return 0;
}

/* --- promises ----------------------------------------------------------------------------------- */

static uint64_t commit_limit(void)
{
	return total_pages() * mm_overcommit_ratio / 100;
}

void mm_account_commit(uint64_t pages, bool stack)
{
	committed += pages;
	stacks += stack ? pages : 0;
}

/* What counts as promised: Linux counts a stack as it grows. */
static uint64_t promised(void)
{
	return committed - stacks + arena_used_pages();
}

int mm_may_commit(uint64_t pages)
{
	switch (mm_overcommit_memory) {
	case OVERCOMMIT_ALWAYS:
		return 0;
	case OVERCOMMIT_GUESS: /* only what could not be had even alone */
		return pages > total_pages() ? -ENOMEM : 0;
	default:
		return promised() + pages > commit_limit() ? -ENOMEM : 0;
	}
}

/* --- figures ------------------------------------------------------------------------------------ */

void mm_usage_get(struct mm *mm, struct mm_usage *ret)
{
	ASSERT_LOCKED();
	sample_space(mm);
	*ret = (struct mm_usage){
		.resident = mm->resident_pages,
		.anon = mm->anon_pages,
		.shared = mm->resident_pages - mm->anon_pages,
		.max_resident = mm->max_resident_pages,
	};
}

static void fill_stats(struct memory_stats *ret)
{
	*ret = (struct memory_stats){
		.total_bytes = total_pages() << PAGE_SHIFT,
		.arena_bytes = arena_used_pages() << PAGE_SHIFT,
		.anon_bytes = private_pages() << PAGE_SHIFT,
		.kernel_bytes = kernel_pages << PAGE_SHIFT,
		.free_bytes = free_pages() << PAGE_SHIFT,
		.committed_bytes = promised() << PAGE_SHIFT,
		.commit_limit_bytes = commit_limit() << PAGE_SHIFT,
	};
}

void memory_stats_get(struct memory_stats *ret)
{
	sample_if_old();
	fill_stats(ret);
}

void memory_stats_exact(struct memory_stats *ret)
{
	sample_exactly();
	fill_stats(ret);
}
