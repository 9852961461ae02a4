/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs in memory, to start processes from. */
#ifndef HOST_MEMFD_H
#define HOST_MEMFD_H

#include "lib/types.h"

/* A memfd with this content that can be executed and never changed. */
int host_memfd_image(const char *name, const void *data, size_t len);

#endif
