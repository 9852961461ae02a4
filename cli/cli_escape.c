// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See cli_escape.h. No input or output happens here, so that every sequence can be tested.
 */
#include "cli/cli_escape.h"

#define KEY_CTRL_BRACKET 0x1d
#define KEY_CTRL_Z	 0x1a

static enum key_action action_after_tilde(uint8_t c)
{
	switch (c) {
	case '.':
		return KEY_DETACH;
	case '?':
		return KEY_HELP;
	case KEY_CTRL_Z:
		return KEY_SUSPEND;
	default:
		return KEY_NONE;
	}
}

size_t key_parse(struct key_parser *k, const uint8_t *in, size_t len, uint8_t *out,
		 size_t *ret_out_len, enum key_action *ret_action)
{
	size_t n = 0, i = 0;

	*ret_action = KEY_NONE;
	while (i < len && *ret_action == KEY_NONE) {
		uint8_t c = in[i++];

		if (c == KEY_CTRL_BRACKET) {
			k->tilde = false;
			*ret_action = KEY_DETACH;
		} else if (k->tilde) {
			k->tilde = false;
			*ret_action = action_after_tilde(c);
			if (*ret_action != KEY_NONE)
				break;
			out[n++] = '~';
			if (c != '~')
				out[n++] = c;
			k->inside_line = c != '\r' && c != '\n';
		} else if (c == '~' && !k->inside_line) {
			k->tilde = true;
		} else {
			out[n++] = c;
			k->inside_line = c != '\r' && c != '\n';
		}
	}
	*ret_out_len = n;
	return i;
}
