// SPDX-License-Identifier: GPL-2.0-or-later
/* Output processing: newlines, tabs, carriage returns, lower case. */
#include "tty_test.h"

static void try(struct pair *p, const char *label, tcflag_t oflag)
{
	struct termios t;

	tcgetattr(p->slave, &t);
	t.c_oflag = oflag;
	tcsetattr(p->slave, TCSADRAIN, &t);
	type(p->slave, "\rab\tc\r\n\td\b\te\n");
	show_all(label, p->master);
}

int main(void)
{
	struct pair p;

	pair_open(&p);
	try(&p, "none", 0);
	try(&p, "OPOST", OPOST);
	try(&p, "ONLCR", OPOST | ONLCR);
	try(&p, "OCRNL", OPOST | OCRNL);
	try(&p, "ONOCR", OPOST | ONOCR);
	try(&p, "ONLRET", OPOST | ONLRET);
	try(&p, "XTABS", OPOST | XTABS);
	try(&p, "OLCUC", OPOST | OLCUC);
	return 0;
}
