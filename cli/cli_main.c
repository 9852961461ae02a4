// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * umlctl: the command line of umld. Parse, run the verb, turn what came of it into an exit status (enum error_code).
 */
#include <locale.h>
#include <signal.h>
#include <string.h>

#include "cli/cli_args.h"
#include "cli/cli_help.h"
#include "cli/cli_output.h"

/* -o json must hold for errors of the parser too, wherever on the line it stands. */
static bool wants_json(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "-ojson") == 0 || strcmp(argv[i], "--output=json") == 0)
			return true;
		if (i + 1 < argc && strcmp(argv[i + 1], "json") == 0 &&
		    (strcmp(argv[i], "-o") == 0 || strcmp(argv[i], "--output") == 0))
			return true;
	}
	return false;
}

static int run(struct ctl *ctl, int argc, char **argv, struct verb_call *call, struct error *err)
{
	int r = args_parse(ctl, argc, argv, call, err);

	if (r < 0) {
		ctl->json = wants_json(argc, argv);
		return r;
	}
	if (call->want_version) {
		help_version(stdout);
		return output_check(err);
	}
	if (call->want_help) {
		if (call->verb)
			help_verb(call->verb, stdout);
		else
			help_overview(stdout);
		return output_check(err);
	}
	if (!call->verb) {
		help_overview(stderr);
		ctl->exit_code = ERROR_USAGE;
		return 0;
	}
	if (ctl->socket && strlen(ctl->socket) >= sizeof(ctl->client.path))
		return error_set(err, ERROR_USAGE, "path-too-long",
				 "the socket's path is too long");
	if (ctl->socket)
		(void)snprintf(ctl->client.path, sizeof(ctl->client.path), "%s", ctl->socket);
	ctl->client.progress = &ctl->progress;
	r = call->verb->run(ctl, call, err);
	progress_end(&ctl->progress);
	return r;
}

int main(int argc, char **argv)
{
	struct ctl ctl = { .client = CLIENT_INIT };
	struct error err = ERROR_INIT;
	struct verb_call call = { 0 };
	int status;

	(void)setlocale(LC_CTYPE, "");
	(void)signal(SIGPIPE, SIG_IGN);
	ctl.progress.enabled = true;
	ctl.progress.is_tty = isatty(STDERR_FILENO);

	if (run(&ctl, argc, argv, &call, &err) < 0) {
		report_error(&ctl, &err);
		status = error_is_set(&err) ? (int)err.code : ERROR_FAILED;
	} else {
		status = ctl.exit_code;
	}
	args_done(&call);
	client_close(&ctl.client);
	error_done(&err);
	return status;
}
