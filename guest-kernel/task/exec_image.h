/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of exec share, and what exec needs of open files, which live above it in vfs/. */
#ifndef TASK_EXEC_IMAGE_H
#define TASK_EXEC_IMAGE_H

#include "abi/abi_elf.h"
#include "abi/abi_regs.h"
#include "mm/mm.h"
#include "task/process.h"

#define EXEC_LOOKUP_FOLLOW 1u /* LOOKUP_FOLLOW of vfs.h */

/* Registered by vfs/. file is a struct file * with one reference for the caller. All may sleep. */
struct exec_files_ops {
	/* Open for execution: a regular file, execute permission, not on a noexec mount, ETXTBSY accounting. */
	int (*open)(int dirfd, const char *name, unsigned int lookup, void **ret_file);
	ssize_t (*read)(void *file, void *buf, size_t len, uint64_t pos);
	int (*mapping)(void *file, struct mapping_source **ret);
	void (*put)(void *file);
	/* Owner and mode for set-user-ID, 0/0/0 on a nosuid mount. */
	void (*suid)(void *file, uint32_t *ret_mode, uint32_t *ret_uid, uint32_t *ret_gid);
	/* May the caller read it? Otherwise the process is not dumpable. */
	bool (*readable)(void *file);
	/* Will exec close this descriptor of the caller? Then what lies at /dev/fd/N cannot be opened by an interpreter. */
	bool (*closes)(int fd);
};
extern const struct exec_files_ops *exec_files;

/* personality(2): addresses are the same each time, as debuggers want them. */
#define PERSONALITY_NO_RANDOMIZE 0x40000u

struct exec_image {
	void *file;
	struct abi_elf_header header;
	struct abi_elf_segment *segments;
	uint64_t bias, phdr, entry;
};

struct exec_request {
	int dirfd;
	char *name;  /* of the file to open: the program, then its interpreter if it is a script */
	char *shown; /* of the program, as scripts, AT_EXECFN and comm show it */
	unsigned int lookup;
	struct exec_strings argv, envp;
	struct exec_image program, interp;
	struct mm *mm;
	struct cred *cred;
	bool secure; /* AT_SECURE: the program gained privileges */
	struct abi_regs regs;
};

/* exec_stack.c: the main stack with strings, argv, envp and the auxiliary vector; fills rq->regs. -E2BIG, -ENOMEM. */
int exec_build_stack(struct exec_request *rq);

/* exec_cred.c: the credentials after exec (set-user-ID, capabilities, ambient set), rq->secure. */
int exec_credentials(struct exec_request *rq);

#endif
