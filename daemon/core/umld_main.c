/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * umld(8): options, signals, the service manager. Everything else is umld.c's.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#include "common/log.h"
#include "daemon/core/requests.h"
#include "daemon/core/umld.h"

enum {
	OPT_SYSTEM = 256,
	OPT_USER,
	OPT_STATE,
	OPT_RUNTIME,
	OPT_CONFIG,
	OPT_LEVEL,
	OPT_REQUESTS,
	OPT_VERSION
};

static const struct option options[] = {
	{ "system", no_argument, NULL, OPT_SYSTEM },
	{ "user", no_argument, NULL, OPT_USER },
	{ "state-dir", required_argument, NULL, OPT_STATE },
	{ "runtime-dir", required_argument, NULL, OPT_RUNTIME },
	{ "config", required_argument, NULL, OPT_CONFIG },
	{ "foreground-log-level", required_argument, NULL, OPT_LEVEL },
	{ "list-requests", no_argument, NULL, OPT_REQUESTS },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void usage(FILE *to)
{
	(void)fputs(
		"Usage: umld [OPTION]...\n"
		"Supervise User-Mode-Linux-style guests.\n\n"
		"  --system                      for the whole host, as root (default for root)\n"
		"  --user                        for the calling user (default for others)\n"
		"  --state-dir DIR               definitions and disks\n"
		"  --runtime-dir DIR             sockets and locks\n"
		"  --config FILE                 instead of umld.conf\n"
		"  --foreground-log-level LEVEL  error, warning, info (default) or debug\n"
		"  --list-requests               print the request table as JSON and exit\n"
		"  --version                     print the version and exit\n",
		to);
}

static int level_parse(const char *s, enum log_level *ret)
{
	static const char *const names[] = { "error", "warning", "info", "debug" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(s, names[i]) == 0) {
			*ret = (enum log_level)i;
			return 0;
		}
	}
	return -EINVAL;
}

static int print_requests(void)
{
	cleanup_free char *text = requests_to_json();

	return text && puts(text) >= 0 && fflush(stdout) == 0 ? 0 : 1;
}

/* Returns -1 to go on, else the exit status. */
static int parse_options(int argc, char **argv, struct umld_options *o, enum log_level *level)
{
	int c;

	o->user_mode = geteuid() != 0;
	while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		switch (c) {
		case OPT_SYSTEM:
		case OPT_USER:
			o->user_mode = c == OPT_USER;
			break;
		case OPT_STATE:
			o->state_dir = optarg;
			break;
		case OPT_RUNTIME:
			o->runtime_dir = optarg;
			break;
		case OPT_CONFIG:
			o->config = optarg;
			break;
		case OPT_LEVEL:
			if (level_parse(optarg, level) == 0)
				break;
			(void)fprintf(stderr, "umld: unknown log level '%s'\n", optarg);
			return 2;
		case OPT_REQUESTS:
			return print_requests();
		case OPT_VERSION:
			(void)printf("umld %s\n", UMLD_VERSION);
			return 0;
		case 'h':
			usage(stdout);
			return 0;
		default:
			return 2;
		}
	}
	if (optind == argc)
		return -1;
	(void)fprintf(stderr, "umld: unexpected argument '%s'\n", argv[optind]);
	return 2;
}

static void signalled(uv_signal_t *handle, int sig)
{
	struct umld *u = handle->data;

	log_info("%s: ending, guests go on", strsignal(sig));
	(void)sd_notify(0, "STOPPING=1");
	uv_stop(&u->loop);
}

static void serve_ready(struct umld *u)
{
	(void)sd_notify(0, "READY=1");
	log_info("ready: %s", u->paths.socket);
}

static void serve(struct umld *u)
{
	static const int signals[] = { SIGTERM, SIGINT };
	uv_signal_t handles[ARRAY_SIZE(signals)];

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		(void)uv_signal_init(&u->loop, &handles[i]);
		handles[i].data = u;
		(void)uv_signal_start(&handles[i], signalled, signals[i]);
	}
	(void)uv_run(&u->loop, UV_RUN_DEFAULT);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		uv_close((uv_handle_t *)&handles[i], NULL);
	/* The handles are on this function's stack: umld_close runs the loop until they are closed, too late. */
	(void)uv_run(&u->loop, UV_RUN_NOWAIT);
}

int main(int argc, char **argv)
{
	cleanup_error struct error err = ERROR_INIT;
	static struct umld u; /* large, and zeroed */
	enum log_level level = LOG_LEVEL_INFO;
	struct umld_options o = { 0 };
	int r = parse_options(argc, argv, &o, &level);

	if (r >= 0)
		return r;
	log_init("umld", level);
	(void)umask(022);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	u.ready = serve_ready;
	if (umld_open(&u, &o, &err) < 0) {
		log_error("%s", err.message);
		if (err.hint)
			log_error("%s", err.hint);
		return err.code == ERROR_USAGE ? 2 : 1;
	}
	serve(&u);
	umld_close(&u);
	return 0;
}
