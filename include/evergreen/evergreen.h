/* SPDX-License-Identifier: MIT */
/*
 * evergreen: green threads for blocking code. This header is all of them.
 */
#ifndef EVERGREEN_EVERGREEN_H
#define EVERGREEN_EVERGREEN_H

#include <evergreen/callback.h>
#include <evergreen/chan.h>
#include <evergreen/coro.h>
#include <evergreen/dag.h>
#include <evergreen/debug.h>
#include <evergreen/error.h>
#include <evergreen/fiber.h>
#include <evergreen/group.h>
#include <evergreen/hub.h>
#include <evergreen/io.h>
#include <evergreen/local.h>
#include <evergreen/loop.h>
#include <evergreen/net.h>
#include <evergreen/pool.h>
#include <evergreen/queue.h>
#include <evergreen/resource.h>
#include <evergreen/select.h>
#include <evergreen/shared.h>
#include <evergreen/spawn.h>
#include <evergreen/sync.h>
#include <evergreen/test.h>
#include <evergreen/time.h>
#include <evergreen/version.h>
#include <evergreen/watch.h>
#include <evergreen/watcher.h>

#endif
