/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's own vDSO, as this process has it mapped. */
#ifndef HOST_VDSO_H
#define HOST_VDSO_H

#include "lib/types.h"

/* How far behind its start a function of the host's vDSO lies; 0 if it has none of this name. The same in every process. */
uint64_t host_vdso_offset(const char *name);

#endif
