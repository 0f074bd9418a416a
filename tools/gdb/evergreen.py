# SPDX-License-Identifier: MIT
"""
Fibers in gdb, in a live process and in a core dump alike: what gdb shows of
itself are OS threads. Needs evergreen's debug information. x86-64.

    (gdb) source tools/gdb/evergreen.py
    (gdb) evergreen threads         all of them, and what each waits for
    (gdb) evergreen bt 268435457    the backtrace of one, by its tid
    (gdb) evergreen bt all
    (gdb) evergreen select 268435457
    (gdb) bt; frame 5; info locals; ...
    (gdb) evergreen select none     back to the OS thread

A thread of a program under `evergreen run` has the id that gettid() gives it;
a fiber of a program that calls the library has the number of its eg_spawn().

A core dump should be the kernel's (ulimit -c unlimited). gdb's own
generate-core-file leaves out the stacks, which have guard pages in them that
it cannot read.

Nothing in the process is changed. A selected fiber's frames stand behind the
OS thread's own frame #0, as if that had been called by the fiber: so frame #0
is not shown, and its registers are the OS thread's. Resuming the process
selects the OS thread again.
"""
import os

import gdb
import gdb.frames
import gdb.unwinder


def number(expression):
    return int(gdb.parse_and_eval(expression))


def symbol(name):
    """A global of the library, however hidden, or None."""
    found = gdb.lookup_global_symbol(name) or gdb.lookup_static_symbol(name)
    return found.value() if found else None


def pointer(address, type_name):
    value = gdb.Value(int(address))
    return value.cast(gdb.lookup_type(type_name).pointer())


def offset_of(type_name, field):
    return gdb.lookup_type(type_name)[field].bitpos // 8


def text(array):
    return array.string(errors="replace") if int(array[0]) else ""


def program_name():
    """What the kernel calls a thread that was not given a name."""
    path = gdb.current_progspace().filename or ""
    return os.path.basename(path)[:15]


class Fiber:
    """One fiber; @thread is its struct eg_run_thread, or None."""

    def __init__(self, fiber, thread=None):
        self.fiber = fiber
        self.thread = thread
        self.key = int(thread["tid"] if thread else fiber["id"])
        self.name = text((thread or fiber)["name"]) or program_name()
        state = fiber["state"].cast(gdb.lookup_type("enum eg_fiber_state"))
        self.state = str(state).replace("EG_FIBER_", "").lower()

    def waits_for(self):
        if self.state != "parked":
            return ""
        wait = self.fiber["wait"]
        kind, what = wait["kind"], int(wait["object"])
        if not kind:
            return "?"
        name = kind["what"].string()
        if kind["is_number"]:
            return f"{name} {what}"
        return f"{name} {what:#x}" if what else name

    def cpu(self):
        """Seconds, up to the last switch; once somebody has asked for it."""
        ns = int(self.thread["cpu_ns"]) if self.thread else 0
        return f"{ns / 1e9:.3f}" if ns else ""

    def registers(self):
        """What it goes on with, by the names of gdb; not while it runs."""
        if self.thread and self.state == "new":
            return self.registers_before_first_run()
        sp = int(self.fiber["ctx"]["sp"])
        frame = pointer(sp, "struct eg_ctx_frame")
        kind = frame.type.target()
        found = {f.name: int(frame[f.name]) for f in kind.fields()}
        found["rip"] = found.pop("resume")
        found["rsp"] = sp + kind.sizeof
        if self.thread:
            found["fs_base"] = int(self.thread["fs_base"])
        return found

    def registers_before_first_run(self):
        regs = self.fiber["arg"].cast(
            gdb.lookup_type("struct eg_run_regs").pointer())
        found = {name: int(regs[name])
                 for name in ("rbx", "rbp", "r12", "r13", "r14", "r15")}
        found["rip"] = int(regs["resume"])
        found["rsp"] = int(regs + 1) + number("EG_RUN_RED_ZONE")
        found["fs_base"] = int(self.thread["fs_base"])
        return found


def list_of(head, type_name, field):
    """The structures on a list of evergreen's."""
    back = offset_of(type_name, field)
    node = head["next"]
    while int(node) != int(head.address):
        yield pointer(int(node) - back, type_name)
        node = node["next"]


def run_fibers():
    """Of the program that the layer carries, the oldest thread first."""
    run = symbol("eg__run")
    if run is None or not run["is_on"]:
        return []
    return [Fiber(t["fiber"], t)
            for t in list_of(run["threads"], "struct eg_run_thread", "link")]


def stack_headers(slab, pool):
    """Where the fibers of a slab are: see slot_header() in ctx/stack.c."""
    shift = number("EG_STACK_SHIFT_MIN") + int(slab["class"])
    for i in range(int(slab["carved"])):
        top = int(slab["base"]) + ((i + 1) << shift)
        colour = (int(slab["first_colour"]) + i) % number("EG_STACK_COLOURS")
        if i == 0:
            top -= 64
        yield (top - colour * number("EG_STACK_COLOUR_STEP") -
               int(pool["header_bytes"]))


def hub_fibers(hub):
    fibers = [Fiber(hub["main"])]
    slab = hub["stacks"]["slabs"]
    while slab:
        for address in stack_headers(slab, hub["stacks"]):
            fiber = pointer(address, "struct eg_fiber").dereference()
            is_idle = int(fiber["flags"]) & number("EG_FIBER_IS_IDLE")
            if fiber["stack"]["is_in_use"] and not is_idle:
                fibers.append(Fiber(fiber))
        slab = slab["next"]
    return sorted(fibers, key=lambda f: f.key)


class InThread:
    """Selects an OS thread for a while."""

    def __init__(self, thread):
        self.thread = thread

    def __enter__(self):
        self.before = gdb.selected_thread()
        self.frame = gdb.selected_frame()
        self.thread.switch()

    def __exit__(self, *unused):
        self.before.switch()
        if self.frame.is_valid():
            self.frame.select()


def os_threads():
    return sorted(gdb.selected_inferior().threads(), key=lambda t: t.num)


def worker_of(thread):
    """The struct eg_worker * of an OS thread, or None: by the library's
    thread-local variable, or by the GS base under `run`."""
    with InThread(thread):
        gdb.newest_frame().select()
        try:
            if symbol("eg__run") is not None:
                base = number("$gs_base")
                mine = pointer(base, "struct eg_run_worker")
                return mine["core"] if base and mine["self"] == mine else None
            worker = gdb.parse_and_eval("eg__worker_tls")
            return worker if worker else None
        except gdb.error:
            return None


def all_fibers():
    found = run_fibers()
    if found or symbol("eg__run") is not None:
        return found
    for thread in os_threads():
        worker = worker_of(thread)
        if worker is not None:
            found += hub_fibers(worker["hub"])
    if not found:
        raise gdb.GdbError("no fibers: no hub runs, or the debug information "
                           "of evergreen is not there")
    return found


def find(key):
    for fiber in all_fibers():
        if fiber.key == key:
            return fiber
    raise gdb.GdbError(f"no fiber {key}: see `evergreen threads`")


def os_thread_of(fiber):
    """The OS thread that runs @fiber now, or None."""
    for thread in os_threads():
        worker = worker_of(thread)
        if worker is not None and \
                int(worker["current"]) == int(fiber.fiber.address):
            return thread
    return None


class FrameId:
    def __init__(self, sp, pc):
        self.sp = gdb.Value(sp)
        self.pc = gdb.Value(pc)


class Selection(gdb.unwinder.Unwinder):
    """Makes the selected fiber the caller of the OS thread's frame #0. The
    registers are not touched: a core has none to write, and a system call
    under way would not survive it."""

    def __init__(self):
        super().__init__("evergreen-selection")
        self.registers = None
        self.thread = None

    def set(self, registers):
        self.registers = registers
        self.thread = gdb.selected_thread()
        SHOWN.enabled = registers is not None
        gdb.invalidate_cached_frames()

    def __call__(self, pending):
        if self.registers is None or pending.level() != 0 or \
                gdb.selected_thread() != self.thread:
            return None
        # Inner to the fiber's frames, or gdb takes the stack for corrupt.
        sp = self.registers["rsp"] - 128
        info = pending.create_unwind_info(FrameId(sp, self.registers["rip"]))
        word = gdb.lookup_type("unsigned long")
        for name, value in self.registers.items():
            info.add_saved_register(name, gdb.Value(value).cast(word))
        return info


class WithoutFirst:
    """The frame filter that leaves frame #0 out of a fiber's backtrace."""

    def __init__(self):
        self.name = "evergreen-selection"
        self.priority = 1000
        self.enabled = False
        gdb.frame_filters[self.name] = self

    def filter(self, frames):
        for decorator in frames:
            if decorator.inferior_frame().level() > 0:
                yield decorator


class Deselected:
    """Shows the OS threads as they are, for a while."""

    def __enter__(self):
        self.before = SELECTION.registers
        self.thread = SELECTION.thread
        SELECTION.set(None)

    def __exit__(self, *unused):
        if self.before:
            self.thread.switch()
            SELECTION.set(self.before)
            gdb.execute("frame level 1", to_string=True)


def backtrace(fiber, options=""):
    """Prints it; nothing is selected before or after."""
    command = f"backtrace {options}"
    if fiber.state == "running":
        thread = os_thread_of(fiber)
        if thread is None:
            raise gdb.GdbError("its OS thread is not found")
        with InThread(thread):
            gdb.execute(command)
        return
    SELECTION.set(fiber.registers())
    try:
        gdb.execute(command)
    finally:
        SELECTION.set(None)


class Prefix(gdb.Command):
    """Fibers: of `evergreen run`, and of programs that call evergreen."""

    def __init__(self):
        super().__init__("evergreen", gdb.COMMAND_STACK, prefix=True)


class Threads(gdb.Command):
    """evergreen threads: lists fibers, and what each waits for.
    `*' runs, `>' is selected by `evergreen select'. The CPU time is in
    seconds, and kept once the program has asked for one of them."""

    def __init__(self):
        super().__init__("evergreen threads", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        with Deselected():
            rows = [(f.key, f.name, f.state, f.waits_for(),
                     int(f.fiber["id"]), f.cpu()) for f in all_fibers()]
        line = "{} {:>10} {:<16} {:<8} {:<30} {:>6} {:>9}"
        print(line.format(" ", "tid", "name", "state", "waits for", "id",
                          "cpu").rstrip())
        for row in rows:
            mark = "*" if row[2] == "running" else " "
            if SELECTION.registers and row[0] == SELECTION.key:
                mark = ">"
            print(line.format(mark, *row).rstrip())


class Backtrace(gdb.Command):
    """evergreen bt TID|all [OPTION...]: the frames of a fiber, or of all.
    Options are those of `backtrace'."""

    def __init__(self):
        super().__init__("evergreen bt", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        which, _, options = argument.strip().partition(" ")
        if not which:
            raise gdb.GdbError("evergreen bt TID|all")
        with Deselected():
            if which != "all":
                backtrace(find(number(which)), options)
                return
            for fiber in all_fibers():
                waits = fiber.waits_for()
                print(f"\nFiber {fiber.key} '{fiber.name}' {fiber.state}" +
                      (f": {waits}" if waits else ""))
                backtrace(fiber, options)


class Select(gdb.Command):
    """evergreen select TID|none: `bt', `frame', `info locals' show a fiber.
    Until the process goes on, or `evergreen select none'."""

    def __init__(self):
        super().__init__("evergreen select", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        SELECTION.set(None)
        if argument.strip() in ("", "none"):
            return
        fiber = find(number(argument))
        if fiber.state == "running":
            thread = os_thread_of(fiber)
            if thread:
                thread.switch()
            print(f"{fiber.key} runs: it is the OS thread itself")
            return
        SELECTION.set(fiber.registers())
        SELECTION.key = fiber.key
        gdb.execute("frame level 1")


def forget(event):
    if SELECTION.registers:
        SELECTION.set(None)


# How system calls reach the layer: thousands, before their sites are patched.
gdb.execute("handle SIGSYS nostop noprint pass", to_string=True)
SHOWN = WithoutFirst()
SELECTION = Selection()
gdb.unwinder.register_unwinder(None, SELECTION, replace=True)
gdb.events.cont.connect(forget)
gdb.events.exited.connect(forget)
Prefix()
Threads()
Backtrace()
Select()
