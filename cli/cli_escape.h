/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keys that umlctl keeps for itself while a console is attached: ^] anywhere, and after a new line "~." (detach),
 * "~?" (help), "~^Z" (suspend umlctl), "~~" (one tilde). A "~" with any other key is sent with it.
 */
#ifndef CLI_ESCAPE_H
#define CLI_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum key_action { KEY_NONE, KEY_DETACH, KEY_HELP, KEY_SUSPEND };

/* Zero-initialise; the beginning counts as the start of a line. */
struct key_parser {
	bool inside_line; /* something other than a line end was sent last */
	bool tilde;	  /* held back until the next key is known */
};

/*
 * Look at in[0..len) up to the first key that is ours. What is for the guest goes to out (room for len + 1 bytes, its length in
 * ret_out_len); returns how many bytes of in were used, and what to do in ret_action.
 */
size_t key_parse(struct key_parser *k, const uint8_t *in, size_t len, uint8_t *out,
		 size_t *ret_out_len, enum key_action *ret_action);

#endif
