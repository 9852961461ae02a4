// SPDX-License-Identifier: GPL-2.0-or-later
#include "drivers/mconsole.h"
int mconsole_option(const char *value, char *why, size_t len)
{
	(void)value;
	(void)why;
	(void)len;
	return 0;
}
int mconsole_start(const char *umid, const char *uml_dir, char *why, size_t len)
{
	(void)umid;
	(void)uml_dir;
	(void)why;
	(void)len;
	return 0;
}
void mconsole_end(void)
{
}
void mconsole_panic(const char *message)
{
	(void)message;
}
