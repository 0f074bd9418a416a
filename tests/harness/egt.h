/* SPDX-License-Identifier: MIT */
/*
 * What a test sees: how to declare one, and the assertions. Tests register
 * themselves; each runs in a process of its own, under a time limit, and is
 * checked for leaks. Running them is main.c's, runner.c's and child.c's.
 */
#ifndef EGT_H
#define EGT_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef ARRAY_LEN
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#endif

enum egt_backend {
	EGT_NO_HUB,
	EGT_URING = 1,
	EGT_EPOLL = 2,
	EGT_SIM = 4,
	EGT_REAL = EGT_URING | EGT_EPOLL,
	EGT_ALL = EGT_URING | EGT_EPOLL | EGT_SIM,
};

enum egt_want {
	EGT_WANT_PASS,
	EGT_WANT_FAIL,	/* an assertion, a leak or the time limit */
	EGT_WANT_DEATH, /* by signal .want_signal */
};

struct egt_test {
	const char *name;
	const char *file;
	int line;
	void (*body)(void);
	unsigned backends; /* runs once on each; EGT_NO_HUB: once, plain */
	bool is_bare;	   /* on backends, but as a thread without a hub */
	enum egt_want want;
	int want_signal;
	const char *want_text; /* part of the report or of the output */
	int limit_ms;	       /* 0: the runner's */
};

/*
 * EG_TEST(name) { ... } runs as the main fiber of a hub, once per backend.
 * EG_TEST_BARE(name)    runs once per backend without a hub: for loops that
 *                       the test makes itself, of the backend in EG_BACKEND.
 * EG_TEST_PLAIN(name)   runs once, in a process without a hub.
 * EG_TEST_DIES(name, SIGABRT, "text")  must die so, having printed the text.
 * EG_TEST_FAILS(name, "text")  must fail so: for the harness's own tests.
 *
 * More fields of struct egt_test may follow:
 *	EG_TEST(name, .backends = EGT_SIM, .limit_ms = 60000)
 */
#define EG_TEST(name, ...) EGT__TEST(name, .backends = EGT_ALL, ##__VA_ARGS__)
#define EG_TEST_BARE(name, ...) \
	EGT__TEST(name, .is_bare = true, EGT__ON(EGT_ALL, ##__VA_ARGS__))
#define EG_TEST_PLAIN(name, ...) \
	EGT__TEST(name, .backends = EGT_NO_HUB, ##__VA_ARGS__)
#define EG_TEST_DIES(name, signal_, text, ...)                            \
	EGT__TEST(name, .want = EGT_WANT_DEATH, .want_signal = (signal_), \
		  .want_text = (text), EGT__ON(EGT_ALL, ##__VA_ARGS__))
#define EG_TEST_PLAIN_DIES(name, signal_, text, ...)                      \
	EGT__TEST(name, .want = EGT_WANT_DEATH, .want_signal = (signal_), \
		  .want_text = (text), ##__VA_ARGS__)
#define EG_TEST_FAILS(name, text, ...)                              \
	EGT__TEST(name, .want = EGT_WANT_FAIL, .want_text = (text), \
		  ##__VA_ARGS__)

#define EGT__ON(all, ...) .backends = (all), ##__VA_ARGS__

/* A field given by the test may replace a default: that is not a mistake. */
/* clang-format off */
#define EGT__TEST(name_, ...)                                              \
	static void egt__body_##name_(void);                               \
	_Pragma("GCC diagnostic push")                                     \
	_Pragma("GCC diagnostic ignored \"-Woverride-init\"")              \
	static const struct egt_test egt__test_##name_ = {                 \
		.name = #name_,                                            \
		.file = __FILE__,                                          \
		.line = __LINE__,                                          \
		.body = egt__body_##name_,                                 \
		__VA_ARGS__                                                \
	};                                                                 \
	_Pragma("GCC diagnostic pop")                                      \
	static const struct egt_test *const egt__entry_##name_             \
		__attribute__((used, section("egt_tests"))) =              \
			&egt__test_##name_;                                \
	static void egt__body_##name_(void)
/* clang-format on */

/* A failed assertion reports, then ends the process of this test alone. */
#define egt_eq(a, b) EGT__CMP("==", a, b)
#define egt_ne(a, b) EGT__CMP("!=", a, b)
#define egt_lt(a, b) EGT__CMP("<", a, b)
#define egt_le(a, b) EGT__CMP("<=", a, b)
#define egt_true(cond) \
	((cond) ? (void)0 : egt__fail(__FILE__, __LINE__, "%s is false", #cond))
#define egt_ptr_eq(a, b) egt__ptr_eq(__FILE__, __LINE__, #a, (a), #b, (b))
#define egt_str_eq(a, b) egt__str_eq(__FILE__, __LINE__, #a, (a), #b, (b))
#define egt_str_has(haystack, needle) \
	egt__str_has(__FILE__, __LINE__, #haystack, (haystack), (needle))
#define egt_fail(...) egt__fail(__FILE__, __LINE__, __VA_ARGS__)
#define egt_skip(...) egt__skip(__VA_ARGS__)

#define EGT__CMP(op, a, b) \
	egt__cmp(__FILE__, __LINE__, op, #a, (intmax_t)(a), #b, (intmax_t)(b))

/* Names the row of a table that is being tested; failures print it. */
void egt_case(const char *label);
void egt_casef(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The backend this test runs on: one of enum egt_backend. */
enum egt_backend egt_backend(void);
bool egt_is_sim(void);

/* How many descriptors this process has open. */
int egt_fd_count(void);

void egt__cmp(const char *file, int line, const char *op, const char *a_expr,
	      intmax_t a, const char *b_expr, intmax_t b);
void egt__ptr_eq(const char *file, int line, const char *a_expr, const void *a,
		 const char *b_expr, const void *b);
void egt__str_eq(const char *file, int line, const char *a_expr, const char *a,
		 const char *b_expr, const char *b);
void egt__str_has(const char *file, int line, const char *expr,
		  const char *haystack, const char *needle);
_Noreturn void egt__fail(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
_Noreturn void egt__skip(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

#endif
