// SPDX-License-Identifier: GPL-2.0-or-later
/* Does a child's write stay its own, in data, heap, stack and a private map, while a shared map carries it over? */
#include <sys/mman.h>
#include <sys/wait.h>

#include "guest_test.h"

static int data = 1;

int main(void)
{
	int stack = 1, *heap = malloc(sizeof(int)), status;
	int *priv = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CHECK(priv != MAP_FAILED && shared != MAP_FAILED);
	*heap = *priv = *shared = 1;
	if (fork() == 0) {
		data = stack = *heap = *priv = *shared = 2;
		_exit(data + stack + *heap + *priv + *shared);
	}
	wait(&status);
	printf("child had %d\n", WEXITSTATUS(status));
	printf("parent has %d %d %d %d, shared %d\n", data, stack, *heap, *priv, *shared);
	return 0;
}
