/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ptrace(2) of x86-64: requests, options, events and the structures they copy. */
#ifndef ABI_PTRACE_H
#define ABI_PTRACE_H

#include "abi/abi_regs.h"
#include "lib/types.h"

enum {
	PTRACE_TRACEME = 0,
	PTRACE_PEEKTEXT = 1,
	PTRACE_PEEKDATA = 2,
	PTRACE_PEEKUSER = 3,
	PTRACE_POKETEXT = 4,
	PTRACE_POKEDATA = 5,
	PTRACE_POKEUSER = 6,
	PTRACE_CONT = 7,
	PTRACE_KILL = 8,
	PTRACE_SINGLESTEP = 9,
	PTRACE_GETREGS = 12,
	PTRACE_SETREGS = 13,
	PTRACE_GETFPREGS = 14,
	PTRACE_SETFPREGS = 15,
	PTRACE_ATTACH = 16,
	PTRACE_DETACH = 17,
	PTRACE_SYSCALL = 24,
	PTRACE_ARCH_PRCTL = 30,
	PTRACE_SYSEMU = 31,
	PTRACE_SYSEMU_SINGLESTEP = 32,
	PTRACE_SETOPTIONS = 0x4200,
	PTRACE_GETEVENTMSG = 0x4201,
	PTRACE_GETSIGINFO = 0x4202,
	PTRACE_SETSIGINFO = 0x4203,
	PTRACE_GETREGSET = 0x4204,
	PTRACE_SETREGSET = 0x4205,
	PTRACE_SEIZE = 0x4206,
	PTRACE_INTERRUPT = 0x4207,
	PTRACE_LISTEN = 0x4208,
	PTRACE_PEEKSIGINFO = 0x4209,
	PTRACE_GETSIGMASK = 0x420a,
	PTRACE_SETSIGMASK = 0x420b,
	PTRACE_GET_SYSCALL_INFO = 0x420e,
};

enum {
	PTRACE_EVENT_FORK = 1,
	PTRACE_EVENT_VFORK = 2,
	PTRACE_EVENT_CLONE = 3,
	PTRACE_EVENT_EXEC = 4,
	PTRACE_EVENT_VFORK_DONE = 5,
	PTRACE_EVENT_EXIT = 6,
	PTRACE_EVENT_SECCOMP = 7,
	PTRACE_EVENT_STOP = 128,
};

/* Option n switches event n on; 1 is TRACESYSGOOD. */
#define PTRACE_O_TRACESYSGOOD 1u
#define PTRACE_O_EXITKILL     (1u << 20)
#define PTRACE_O_MASK	      (0xffu | PTRACE_O_EXITKILL)

#define PTRACE_PEEKSIGINFO_SHARED 1u

struct abi_peeksiginfo {
	uint64_t off;
	uint32_t flags;
	int32_t nr;
};

enum {
	PTRACE_SYSCALL_INFO_NONE = 0,
	PTRACE_SYSCALL_INFO_ENTRY = 1,
	PTRACE_SYSCALL_INFO_EXIT = 2,
};
#define AUDIT_ARCH_X86_64 0xc000003eu

struct abi_syscall_info {
	uint8_t op, pad[3];
	uint32_t arch;
	uint64_t ip, sp;
	union {
		struct {
			uint64_t nr, args[6];
		} entry;
		struct {
			int64_t rval;
			uint8_t is_error;
		} exit;
	};
};
_Static_assert(sizeof(struct abi_syscall_info) == 80, "struct ptrace_syscall_info without seccomp");

enum { NT_PRSTATUS = 1, NT_PRFPREG = 2, NT_X86_XSTATE = 0x202 };

/* struct user of <sys/user.h>: where PEEKUSER finds the debug registers, and its size. */
#define USER_DEBUGREG_OFFSET 848u
#define USER_BYTES	     912u

#endif
