// SPDX-License-Identifier: GPL-2.0-or-later
/* Panic: say all that is known, tell the management console, and end. */
#include "core/panic.h"
#include "abi/abi_regs.h"
#include "core/klog.h"
#include "core/sched.h"
#include "core/task.h"
#include "host/host_thread.h"
#include "lib/string.h"

void (*panic_notify)(const char *message);

static void panic_registers(const struct abi_regs *r)
{
	klog(KLOG_EMERG, "rip %016llx rsp %016llx flags %llx", (unsigned long long)r->rip,
	     (unsigned long long)r->rsp, (unsigned long long)r->eflags);
	klog(KLOG_EMERG, "rax %016llx rbx %016llx rcx %016llx rdx %016llx",
	     (unsigned long long)r->rax, (unsigned long long)r->rbx, (unsigned long long)r->rcx,
	     (unsigned long long)r->rdx);
	klog(KLOG_EMERG, "rsi %016llx rdi %016llx rbp %016llx orig_rax %lld",
	     (unsigned long long)r->rsi, (unsigned long long)r->rdi, (unsigned long long)r->rbp,
	     (long long)r->orig_rax);
}

static void kernel_fault(int signo, const void *addr, const void *ip)
{
	char where[128];

	host_symbol_name(ip, where, sizeof(where));
	panic("kernel fault: host signal %d at %s, address %p", signo, where, addr);
}

void panic_catch_faults(void)
{
	host_fault_stack();
	host_catch_faults(kernel_fault);
}

void panic(const char *fmt, ...)
{
	static uint32_t panicking;
	char message[400];
	void *frames[32];
	struct task *t = current_task();
	unsigned int n;
	va_list ap;

	if (__atomic_exchange_n(&panicking, 1, __ATOMIC_SEQ_CST))
		host_exit(UMLK_EXIT_PANIC); /* a panic within a panic */
	va_start(ap, fmt);
	(void)format_str_va(message, sizeof(message), fmt, ap);
	va_end(ap);
	klog_set_writer(
		NULL); /* straight to the host from here on: the tty code may be what broke */
	klog(KLOG_EMERG, "Kernel panic - not syncing: %s", message);
	if (t)
		klog(KLOG_EMERG, "vCPU %d, task %d (%s)", current_vcpu(), t->tid, t->comm);
	if (t && t->thread && sched_engine.regs)
		panic_registers(sched_engine.regs(t->thread));
	n = host_backtrace(frames, ARRAY_SIZE(frames));
	for (unsigned int i = 1; i < n; i++) {
		char name[128];

		host_symbol_name(frames[i], name, sizeof(name));
		klog(KLOG_EMERG, " [<%p>] %s", frames[i], name);
	}
	klog(KLOG_EMERG, "---[ end Kernel panic - not syncing: %s ]---", message);
	if (panic_notify)
		panic_notify(message);
	host_exit(UMLK_EXIT_PANIC);
}
