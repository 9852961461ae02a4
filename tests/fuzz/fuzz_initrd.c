// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hostile cpio archives, unpacked into a tmpfs of their own as the root. The input is copied into memory of exactly its size, so that reading behind it is seen; what is
 * unpacked must all go with the tmpfs.
 */
#include "fuzz_kernel.h"

#include "abi/abi_mount.h"
#include "core/task.h"
#include "fs/initrd.h"
#include "fuzz_leaks.h"
#include "image_rig.h"
#include "vfs/vfs_calls.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const uint8_t *given;
static size_t given_len;

static void move_to(const struct path *p)
{
	MUST(vfs_chroot(p) == 0 && vfs_chdir(p) == 0);
}

static void unpack_once(void)
{
	uint8_t *copy = malloc(given_len ? given_len : 1);
	struct path outside, inside;

	MUST(copy);
	memcpy(copy, given, given_len);
	MUST(path_lookup(AT_FDCWD, "/", 0, &outside) == 0);
	MUST(mount_do("tmpfs", "/m", "tmpfs", 0, "size=8m") == 0);
	MUST(path_lookup(AT_FDCWD, "/m", LOOKUP_FOLLOW, &inside) == 0);
	move_to(&inside);
	path_put(&inside);
	MUST(initrd_unpack(copy, given_len) <= 0);
	move_to(&outside);
	path_put(&outside);
	MUST(mount_umount("/m", 0) == 0);
	free(copy);
}

static void unpack(void)
{
	size_t before, used = 0;

	for (unsigned int i = 0; i < 4; i++) {
		before = leaks_bytes();
		if (i == 3)
			leaks_begin();
		unpack_once();
		used = leaks_bytes();
		if (used <= before)
			return;
	}
	(void)printf("memory is lost: %zu bytes each time\n", used - before);
	leaks_print();
	abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	rig_begin((*argv)[0], unpack);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	given = data;
	given_len = len;
	rig_run();
	return 0;
}
