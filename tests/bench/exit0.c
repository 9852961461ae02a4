// SPDX-License-Identifier: GPL-2.0-or-later
/* The smallest program, for the cost of exec. */
int main(void)
{
	return 0;
}
