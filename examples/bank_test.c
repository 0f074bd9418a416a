/* SPDX-License-Identifier: MIT */
/*
 * A test of a bank with a fault that hardly ever shows: it takes an order in
 * which a customer asks while another is being served. Run with many seeds, the
 * test finds one, and says how to repeat it. "bank_test fixed" has no fault.
 */
#include <evergreen/evergreen.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct {
	int balance;
	eg_mutex counter; /* with a fault, nobody stands in line */
	bool is_fixed;
} bank;

struct customer {
	int64_t comes; /* at what time */
	int wants;
};

static void withdraw(int amount)
{
	if (bank.balance < amount)
		return;
	eg_sleep(EG_MSEC); /* the head office is asked */
	bank.balance -= amount;
}

static void *visit(void *arg)
{
	const struct customer *customer = arg;

	if (customer->comes)
		eg_sleep(customer->comes);
	if (bank.is_fixed)
		eg_mutex_lock(&bank.counter, EG_FOREVER);
	withdraw(customer->wants);
	if (bank.is_fixed)
		eg_mutex_unlock(&bank.counter);
	return NULL;
}

/* The second one comes when the first has just been served. */
static int a_day(void *arg)
{
	static struct customer customers[] = {
		{ 0, 80 },
		{ EG_MSEC, 80 },
	};
	eg_group visits = { 0 };

	bank.balance = 100;
	bank.is_fixed = arg != NULL;
	eg_mutex_init(&bank.counter);
	for (int i = 0; i < 2; i++)
		if (eg_group_spawn(&visits, visit, &customers[i], NULL) < 0)
			return -1;
	eg_group_wait(&visits, EG_FOREVER);
	EG_TEST_CHECK(bank.balance >= 0);
	return 0;
}

int main(int argc, char **argv)
{
	bool is_fixed = argc > 1 && !strcmp(argv[1], "fixed");
	eg_test_report report = EG_TEST_REPORT_INIT;
	int r = eg_test_seeds(a_day, is_fixed ? &bank : NULL, NULL, 1, 1000,
			      &report);

	if (r < 0)
		fprintf(stderr, "cannot test: %s\n", eg_strerror(r));
	else
		eg_test_report_print(&report, STDOUT_FILENO);
	return r != 0;
}
