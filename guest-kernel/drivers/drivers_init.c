// SPDX-License-Identifier: GPL-2.0-or-later
/* The drivers, in the order in which they start, and the device words of the command line. */
#include "abi/abi_errno.h"
#include "core/klog.h"
#include "core/panic.h"
#include "drivers/block.h"
#include "drivers/console.h"
#include "drivers/drivers.h"
#include "drivers/eth.h"
#include "drivers/mconsole.h"
#include "drivers/mem.h"
#include "drivers/pty.h"
#include "drivers/tty.h"
#include "drivers/ubd.h"
#include "host/host_tty.h"
#include "lib/string.h"

static int device_word(const char *word, char *why, size_t len)
{
	if (strncmp(word, "con", 3) == 0 || strncmp(word, "ssl", 3) == 0)
		return console_option(word, why, len);
	if (strncmp(word, "mconsole=", 9) == 0)
		return mconsole_option(word + 9, why, len);
	/* Opened before the kernel process began; their start functions have the rest. */
	if (strncmp(word, "ubd", 3) == 0 || strncmp(word, "eth", 3) == 0 ||
	    strncmp(word, "vec", 3) == 0)
		return 0;
	pr_warning("%s: not supported yet, ignoring", word);
	return 0;
}

/* The end of the kernel, orderly or not; called before the terminals are put back. */
static void drivers_end(void)
{
	block_end();
	console_end();
}

static void drivers_panic(const char *message)
{
	mconsole_panic(message);
	host_tty_restore();
}

int drivers_init(const struct driver_options *o, char *why, size_t len)
{
	int r = mem_init();

	tty_jobctl_init();
	host_tty_at_end = drivers_end;
	panic_notify = drivers_panic;
	super_sync_devices = block_sync_nodes;
	if (r == 0)
		r = console_init();
	if (r == 0)
		r = pty_init();
	for (unsigned int i = 0; r == 0 && i < o->n_devices; i++)
		r = device_word(o->devices[i], why, len);
	if (r == 0)
		r = console_start(why, len);
	if (r == 0)
		r = ubd_start(why, len);
	if (r == 0)
		r = eth_start(why, len);
	if (r == 0)
		r = mconsole_start(o->umid, o->uml_dir, why, len);
	return r;
}
