// SPDX-License-Identifier: GPL-2.0-or-later
/* umlk: command line, launcher, start-up, and then the scheduler for ever. */
#include "boot/cmdline.h"
#include "boot/startup.h"
#include "core/panic.h"
#include "core/sched.h"
#include "drivers/eth.h"
#include "drivers/ubd.h"
#include "host/host_launch.h"
#include "host/host_thread.h"
#include "lib/string.h"

static struct boot_options options;

int main(int argc, char **argv);

static noreturn void usage_error(const char *why)
{
	char text[512];
	int n = format_str(text, sizeof(text), "umlk: %s\n", why);

	host_write_raw(2, text, MIN((size_t)n, sizeof(text) - 1));
	host_exit(UMLK_EXIT_USAGE);
}

int main(int argc, char **argv)
{
	struct host_launch launch = { .reboot_status = UMLK_EXIT_REBOOT,
				      .panic_status = UMLK_EXIT_PANIC };
	char why[400];
	int r;

	if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		cmdline_usage(1);
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		host_write_raw(1, "umlk " UMLK_VERSION "\n", sizeof("umlk " UMLK_VERSION "\n") - 1);
		return 0;
	}
	if (cmdline_parse(argc, argv, &options, why, sizeof(why)) < 0)
		usage_error(why);
	for (unsigned int i = 0; i < options.n_devices; i++)
		if ((strncmp(options.devices[i], "ubd", 3) == 0 &&
		     ubd_open(options.devices[i], why, sizeof(why)) < 0) ||
		    eth_open(options.devices[i], why, sizeof(why)) < 0)
			usage_error(why);
	if (!options.initrd && options.n_devices == 0)
		usage_error(
			"nothing to boot from: give ubd0=IMAGE or initrd=FILE; umlk --help lists the options");
	launch.restart_on_reboot = !options.noreboot;
	eth_ask(&launch);
	r = host_launch(&launch);
	if (r < 0)
		usage_error(
			"the host lets this user make no more processes: raise the limit (ulimit -u, or pids.max of the cgroup)");
	eth_take(&launch);
	r = startup(&options, launch.lacks, why, sizeof(why));
	if (r < 0)
		usage_error(why);
	sched_run();
}
