// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How verbs ask umld, and the rpc verb: one raw request, its result as JSON whatever the output format.
 */
#include <string.h>

#include "cli/cli_output.h"
#include "common/file.h"

int ctl_call(struct ctl *ctl, const char *method, struct json_object *params,
	     struct json_object **ret_result, struct error *err)
{
	int r = client_call(&ctl->client, method, params, ret_result, err);

	progress_end(&ctl->progress);
	return r;
}

static int read_params(const struct verb_call *call, struct json_object **ret, struct error *err)
{
	cleanup_free char *text = NULL;
	size_t len = 0;
	int r;

	if (call->n_args < 2)
		return 0;
	if (strcmp(call->args[1], "-") == 0) {
		r = fd_read_all(STDIN_FILENO, RPC_LINE_MAX, &text, &len);
		if (r < 0)
			return error_set_errno(err, r, "cannot read the parameters");
		r = json_parse_strict(text, len, ret, err);
	} else {
		r = json_parse_strict(call->args[1], strlen(call->args[1]), ret, err);
	}
	if (r < 0) {
		error_prefix(err, "the parameters are no JSON object");
		if (err)
			err->code = ERROR_USAGE;
		return r;
	}
	if (json_object_is_type(*ret, json_type_object))
		return 0;
	json_object_put(TAKE_PTR(*ret));
	return error_set(err, ERROR_USAGE, "invalid-argument",
			 "the parameters must be one JSON object, like '{\"name\":\"gonzo\"}'");
}

int verb_rpc(struct ctl *ctl, const struct verb_call *call, struct error *err)
{
	cleanup_json struct json_object *result = NULL;
	struct json_object *params = NULL;
	int r = read_params(call, &params, err);

	if (r < 0)
		return r;
	r = ctl_call(ctl, call->args[0], params, &result, err);
	if (r < 0)
		return r;
	if (ctl->client.n_fds)
		note(ctl, "%u descriptors came with the answer and were closed", ctl->client.n_fds);
	return print_json(result, err);
}
