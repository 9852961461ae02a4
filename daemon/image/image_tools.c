// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where the worker and the scripts are: in the build tree for an umld that runs from there, in the installed places otherwise.
 * What the running program is decides, so that an installed umld never starts anything from somebody's
 * home directory.
 */
#include "daemon/image/image_store.h"

#include <limits.h>
#include <string.h>

int image_tools_locate(struct images *im)
{
	static const char build[] = UMLD_IMAGE_BUILD_DIR "/";
	const char *worker = UMLD_IMAGE_LIBEXEC_DIR "/umld-image-worker";
	const char *scripts = UMLD_IMAGE_DATA_DIR;
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n > 0) {
		self[n] = '\0';
		if (strncmp(self, build, strlen(build)) == 0) {
			worker = UMLD_IMAGE_BUILD_DIR "/daemon/image/umld-image-worker";
			scripts = UMLD_IMAGE_SOURCE_DIR;
		}
	}
	im->worker = strdup(worker);
	im->scripts = strdup(scripts);
	return im->worker && im->scripts ? 0 : -ENOMEM;
}
