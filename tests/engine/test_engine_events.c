// SPDX-License-Identifier: GPL-2.0-or-later
/* Is every trap of guest code told rightly? Each test runs a few bytes of code in a space of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "tests/engine/space_fixture.h"

#define SIGILL	4
#define SIGTRAP 5
#define SIGBUS	7
#define SIGFPE	8
#define SIGSEGV 11

static void step(enum engine_event_kind kind)
{
	assert_int_equal(mini_step(thread, &ev), 0);
	assert_int_equal(ev.kind, kind);
}

static void expect_fault(int signo, uint64_t addr, unsigned int access)
{
	step(ENGINE_EVENT_FAULT);
	assert_int_equal(ev.signo, signo);
	assert_int_equal(ev.addr, addr);
	assert_int_equal(ev.access, access);
	assert_int_equal(ev.trapno, 14);
}

static void expect_trap(int signo, int trapno, uint64_t addr)
{
	step(ENGINE_EVENT_TRAP);
	assert_int_equal(ev.signo, signo);
	assert_int_equal(ev.trapno, trapno);
	assert_int_equal(ev.addr, addr);
}

static void a_system_call_tells_all_registers(void **state)
{
	CODE(0x0f, 0x05, 0x0f, 0x05); /* syscall; syscall */
	struct abi_regs want = {
		.r15 = 15,
		.r14 = 14,
		.r13 = 13,
		.r12 = 12,
		.rbp = 5,
		.rbx = 3,
		.r10 = 10,
		.r9 = 9,
		.r8 = 8,
		.rax = 1000,
		.rdx = 2,
		.rsi = 4,
		.rdi = 7,
		.rip = MINI_CODE,
		.cs = 0x33,
		.eflags = 0x246,
		.rsp = 0x123450,
		.ss = 0x2b,
		.fs_base = 0x7000,
		.gs_base = 0x8000,
	};

	thread->regs = want;
	step(ENGINE_EVENT_SYSCALL);
	assert_false(ev.compat);
	want.rip += 2;
	want.orig_rax = 1000;
	want.rax = (uint64_t)-38;
	want.rcx = want.rip;
	want.r11 = want.eflags;
	for (size_t i = 0; i < offsetof(struct abi_regs, ds) / 8; i++)
		assert_int_equal(((uint64_t *)&thread->regs)[i], ((uint64_t *)&want)[i]);
	/* What is changed arrives; nothing else does. */
	thread->regs.rax = 77;
	thread->regs.rbx = 78;
	thread->regs.fs_base = 0x9000;
	step(ENGINE_EVENT_SYSCALL);
	assert_int_equal(thread->regs.orig_rax, 77);
	assert_int_equal(thread->regs.rbx, 78);
	assert_int_equal(thread->regs.fs_base, 0x9000);
	assert_int_equal(thread->regs.gs_base, 0x8000);
	assert_int_equal(thread->regs.r15, 15);
}

static void guest_changes_fs_and_gs_itself(void **state)
{
	/* wrfsbase rax; wrgsbase rbx; syscall; rdfsbase rsi; rdgsbase rdi; syscall */
	CODE(0xf3, 0x48, 0x0f, 0xae, 0xd0, 0xf3, 0x48, 0x0f, 0xae, 0xdb, 0x0f, 0x05, 0xf3, 0x48,
	     0x0f, 0xae, 0xc6, 0xf3, 0x48, 0x0f, 0xae, 0xcf, 0x0f, 0x05);
	thread->regs.rax = 0xffff800000001000; /* a kernel address: the processor allows it */
	thread->regs.rbx = 0x4444;
	step(ENGINE_EVENT_SYSCALL);
	assert_int_equal(thread->regs.fs_base, 0xffff800000001000);
	assert_int_equal(thread->regs.gs_base, 0x4444);
	step(ENGINE_EVENT_SYSCALL);
	assert_int_equal(thread->regs.rsi, 0xffff800000001000);
	assert_int_equal(thread->regs.rdi, 0x4444);
	/* The kernel may not set such a one. */
	thread->regs.fs_base = 0xffff900000000000;
	assert_true(engine->resume(thread) < 0);
}

static void int80_and_compat_mode_are_told(void **state)
{
	CODE(0xcd, 0x80, 0x0f, 0x05); /* int $0x80; syscall */
	thread->regs.rax = 20;
	step(ENGINE_EVENT_SYSCALL);
	assert_true(ev.compat);
	assert_int_equal(thread->regs.orig_rax, 20);
	assert_int_equal(thread->regs.rip, MINI_CODE + 2);
	thread->regs.rax = (uint64_t)-38;
	step(ENGINE_EVENT_SYSCALL);
	assert_false(ev.compat);
	/* In a 32-bit segment. */
	thread->regs.rip = MINI_CODE;
	thread->regs.cs = 0x23;
	step(ENGINE_EVENT_SYSCALL);
	assert_true(ev.compat);
}

static void write_to_read_only(void **state)
{
	CODE(0xc6, 0x07, 0x01, 0x0f, 0x05); /* movb $1,(rdi); syscall */
	assert_int_equal(
		mini_order(space, ENGINE_ORDER_MPROTECT, MINI_DATA, 4096, PROT_READ, 0, 0, 0), 0);
	thread->regs.rdi = MINI_DATA + 5;
	expect_fault(SIGSEGV, MINI_DATA + 5, ENGINE_WRITE);
	assert_int_equal(ev.code, 2); /* SEGV_ACCERR */
	assert_int_equal(thread->regs.rip, MINI_CODE);
	/* Mended, it goes on as if nothing had been. */
	assert_int_equal(mini_order(space, ENGINE_ORDER_MPROTECT, MINI_DATA, 4096,
				    PROT_READ | PROT_WRITE, 0, 0, 0),
			 0);
	step(ENGINE_EVENT_SYSCALL);
}

static void unmapped_read_and_write(void **state)
{
	CODE(0x8a, 0x07, 0xc6, 0x07, 0x01); /* movb (rdi),al; movb $1,(rdi) */
	thread->regs.rdi = 0x700123;
	expect_fault(SIGSEGV, 0x700123, ENGINE_READ);
	assert_int_equal(ev.code, 1); /* SEGV_MAPERR */
	thread->regs.rip = MINI_CODE + 2;
	expect_fault(SIGSEGV, 0x700123, ENGINE_WRITE);
}

static void execution_of_data(void **state)
{
	CODE(0xff, 0xe7); /* jmp *rdi */
	thread->regs.rdi = MINI_DATA + 16;
	expect_fault(SIGSEGV, MINI_DATA + 16, ENGINE_EXEC);
	assert_int_equal(thread->regs.rip, MINI_DATA + 16);
}

static void beyond_the_end_of_a_file(void **state)
{
	CODE(0x8a, 0x07); /* movb (rdi),al */
	assert_int_equal(mini_order(space, ENGINE_ORDER_MMAP, 0x800000, 4096, PROT_READ,
				    MAP_SHARED | MAP_FIXED, ENGINE_FD_ARENA_RO, MINI_ARENA_BYTES),
			 0x800000);
	thread->regs.rdi = 0x800010;
	expect_fault(SIGBUS, 0x800010, ENGINE_READ);
}

static void breakpoint(void **state)
{
	CODE(0x90, 0xcc, 0x0f, 0x05); /* nop; int3; syscall */
	expect_trap(SIGTRAP, 3, MINI_CODE + 1);
	assert_int_equal(thread->regs.rip, MINI_CODE + 2);
	step(ENGINE_EVENT_SYSCALL);
}

static void single_step(void **state)
{
	/* nop; nop; pushf; syscall; nop */
	CODE(0x90, 0x90, 0x9c, 0x0f, 0x05, 0x90, 0x90);
	thread->single_step = true;
	for (unsigned int i = 1; i <= 3; i++) {
		expect_trap(SIGTRAP, 1, MINI_CODE + i);
		assert_int_equal(thread->regs.rip, MINI_CODE + i);
		assert_int_equal(thread->regs.eflags & 0x100, 0);
	}
	step(ENGINE_EVENT_SYSCALL);
	assert_int_equal(thread->regs.rip, MINI_CODE + 5);
	assert_int_equal(thread->regs.eflags & 0x100, 0);
	expect_trap(SIGTRAP, 1, MINI_CODE + 6);
}

static void divide_error(void **state)
{
	CODE(0x31, 0xd2, 0x31, 0xc9, 0xf7, 0xf1); /* xor edx,edx; xor ecx,ecx; div ecx */
	expect_trap(SIGFPE, 0, MINI_CODE + 4);
	assert_int_equal(ev.code, 1); /* FPE_INTDIV */
}

static void undefined_instruction(void **state)
{
	CODE(0x0f, 0x0b); /* ud2 */
	expect_trap(SIGILL, 6, MINI_CODE);
}

static void general_protection(void **state)
{
	CODE(0xf4); /* hlt */
	expect_trap(SIGSEGV, 13, MINI_CODE);
}

static void alignment_check(void **state)
{
	/* pushf; orl $0x40000,(rsp); popf; movl 1(rdi),eax */
	CODE(0x9c, 0x81, 0x0c, 0x24, 0x00, 0x00, 0x04, 0x00, 0x9d, 0x8b, 0x47, 0x01);
	thread->regs.rdi = MINI_DATA;
	expect_trap(SIGBUS, 17, MINI_CODE + 9);
}

static void vector_division(void **state)
{
	/* stmxcsr -8(rsp); andl $~0x200,-8(rsp); ldmxcsr -8(rsp); xorps xmm1,xmm1; divss xmm1,xmm0 */
	CODE(0x0f, 0xae, 0x5c, 0x24, 0xf8, 0x81, 0x64, 0x24, 0xf8, 0xff, 0xfd, 0xff, 0xff, 0x0f,
	     0xae, 0x54, 0x24, 0xf8, 0xb8, 1, 0, 0, 0, 0xf3, 0x0f, 0x2a, 0xc0, 0x0f, 0x57, 0xc9,
	     0xf3, 0x0f, 0x5e, 0xc1);
	expect_trap(SIGFPE, 19, MINI_CODE + 30);
}

static void extended_state_is_read_written_and_copied(void **state)
{
	/* movq rax,xmm3; syscall; movq xmm3,rbx; syscall; the same again */
	CODE(0x66, 0x48, 0x0f, 0x6e, 0xd8, 0x0f, 0x05, 0x66, 0x48, 0x0f, 0x7e, 0xdb, 0x0f, 0x05);
	char *fp = test_malloc(engine_fp_bytes());
	struct engine_thread *other;
	uint64_t xmm3, value = 0x1122334455667788;
	ssize_t n;

	assert_true(engine->fp_get(thread, fp, 100) < 0);
	thread->regs.rax = value;
	step(ENGINE_EVENT_SYSCALL);
	n = engine->fp_get(thread, fp, engine_fp_bytes());
	assert_true(n >= 576 && (size_t)n <= engine_fp_bytes());
	memcpy(&xmm3, fp + 160 + 3 * 16, 8);
	assert_int_equal(xmm3, value);
	/* A copy for another thread, then a change for this one. */
	assert_int_equal(engine->thread_create(space, &thread->regs, thread, &other), 0);
	xmm3 = ~value;
	memcpy(fp + 160 + 3 * 16, &xmm3, 8);
	assert_int_equal(engine->fp_set(thread, fp, (size_t)n), 0);
	step(ENGINE_EVENT_SYSCALL);
	assert_int_equal(thread->regs.rbx, ~value);
	assert_int_equal(mini_step(other, &ev), 0);
	assert_int_equal(other->regs.rbx, value);
	test_free(fp);
}

static void a_new_thread_has_initial_extended_state(void **state)
{
	/* pcmpeqb xmm0,xmm0; syscall   and at 6:  movq xmm0,rbx; stmxcsr -8(rsp); movl -8(rsp),ecx; syscall */
	CODE(0x66, 0x0f, 0x74, 0xc0, 0x0f, 0x05, 0x66, 0x48, 0x0f, 0x7e, 0xc3, 0x0f, 0xae, 0x5c,
	     0x24, 0xf8, 0x8b, 0x4c, 0x24, 0xf8, 0x89, 0xce, 0x0f, 0x05);
	struct engine_thread *fresh;

	step(ENGINE_EVENT_SYSCALL);
	engine->thread_destroy(thread);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(mini_code_thread(space, 6, &fresh), 0);
		fresh->regs.rbx = 1;
		assert_int_equal(mini_step(fresh, &ev), 0);
		assert_int_equal(fresh->regs.rbx, 0);
		assert_int_equal(fresh->regs.rsi, 0x1f80);
		engine->thread_destroy(fresh);
	}
}

int main(int argc, char **argv)
{
#define T(name) cmocka_unit_test_teardown(name, teardown)
	const struct CMUnitTest tests[] = {
		T(a_system_call_tells_all_registers),
		T(guest_changes_fs_and_gs_itself),
		T(int80_and_compat_mode_are_told),
		T(write_to_read_only),
		T(unmapped_read_and_write),
		T(execution_of_data),
		T(beyond_the_end_of_a_file),
		T(breakpoint),
		T(single_step),
		T(divide_error),
		T(undefined_instruction),
		T(general_protection),
		T(alignment_check),
		T(vector_division),
		T(extended_state_is_read_written_and_copied),
		T(a_new_thread_has_initial_extended_state),
	};

	if (argc != 2 || mini_engine_start(argv[1]) < 0)
		return 1;
	return cmocka_run_group_tests_name(argv[1], tests, NULL, NULL);
}
