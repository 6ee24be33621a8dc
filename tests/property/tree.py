"""A flow as a tree, what its outside is, and its text."""
from types import SimpleNamespace


class Operation:
    def __init__(self, effect=True, undo=None, found_by=None, fails=(), gives="text"):
        self.effect, self.undo, self.found_by, self.fails, self.gives = effect, undo, found_by, fails, gives


OPERATIONS = {
    "take": Operation(undo="put"),
    "hold": Operation(undo="free", found_by="holding", fails=("Gone",)),
    "tell": Operation(gives=None),
    "look": Operation(effect=False, fails=("Closed",)),
    "holding": Operation(effect=False),
    "put": Operation(gives=None),
    "free": Operation(gives=None, fails=("Dry",)),
}

POLICIES = {
    "once": {"tries": 1, "within": 10 ** 9, "pause": 0, "most": 0},
    "few": {"tries": 2, "within": 3600, "pause": 1, "most": 0},
    "more": {"tries": 4, "within": 40, "pause": 5, "most": 15},
}

BEFORE = """\
adapter shop {
    limit 16 at once
    effect take(item: text) gives text  once per step  undone by put(taken: result)
    effect put(taken: text)  once per taken  harmless
    effect hold(item: text) gives text  once per step  found by holding(item: item)  undone by free(hold: result)
        fails with Gone
    read holding(item: text) gives text?
    effect free(hold: text)  once per hold  harmless  fails with Dry
    effect tell(item: text)  once per step  harmless
    read look(item: text) gives text  fails with Closed
}

policy once { try 1 times  each within 10s }
policy few  { try 2 times  within 1h  each within 10s  pause 1s }
policy more { try 4 times  within 40s  each within 10s  pause 5s doubling up to 15s }

event Poke key ref { ref: text  hard: bool }
event Item key ref { ref: text  hard: bool }
event Said { ref: text }

"""


class Step:
    """One step; which fields it has, its kind says."""

    def __init__(self, kind, **fields):
        self.kind = kind
        self.__dict__.update(fields)

    def blocks(self):
        """The steps in it, as the lists that hold them."""
        all_ = [getattr(self, name) for name in ("body", "other", "exhausted") if getattr(self, name, None)]
        all_ += [action for _, action in getattr(self, "whens", [])]
        all_ += [self.late] if getattr(self, "late", None) else []
        return all_ + [b.body for b in getattr(self, "branches", [])]


class State:
    def __init__(self, name, path, body=(), handlers=(), inner=(), within=None, up_to=None, final=False):
        self.name, self.path, self.body, self.handlers, self.inner = name, path, list(body), list(handlers), list(inner)
        self.within, self.up_to, self.final = within, up_to, final


class Handler:
    """`on` is event, ignore, after, every, late, error or cancel; `what` its event, seconds or error."""

    def __init__(self, on, what, state, body, where=False):
        self.on, self.what, self.state, self.body, self.where = on, what, state, body, where


class Flow:
    def __init__(self):
        self.vars, self.states, self.handlers, self.body, self.letters = [], [], [], [], []
        self.policy = "few"

    def all_states(self):
        def walk(states):
            for s in states:
                yield s
                yield from walk(s.inner)
        return list(walk(self.states))

    def all_handlers(self):
        """In the order of the text."""
        all_ = list(self.handlers)
        for s in self.all_states():
            all_ += s.handlers
        return all_

    def all_steps(self):
        def walk(steps):
            for s in steps:
                yield s
                for b in s.blocks():
                    yield from walk(b)
        bodies = [self.body] + [s.body for s in self.all_states()] + [h.body for h in self.all_handlers()]
        return [s for b in bodies for s in walk(b)] + [s for d in self.letters for _, b in d.whens for s in walk(b)]

    @property
    def error_letter(self):
        """Where an undo goes that failed."""
        said = [h.body[0].name for h in self.handlers if h.on == "error" and h.what is None and h.body
                and h.body[0].kind == "refer"]
        return said[0] if said else "stuck"

    def letter(self, name):
        return next(d for d in self.letters if d.name == name)


def branch(name, body):
    return SimpleNamespace(name=name, body=body)


def letter(name, whens):
    return SimpleNamespace(name=name, whens=whens)


# ---- text ----

class Page:
    def __init__(self):
        self.lines, self.indent = [], 0

    def line(self, text):
        self.lines.append("    " * self.indent + text)

    def block(self, head, steps, tail=""):
        self.line(head + " {")
        self.indent += 1
        for s in steps:
            self.step(s)
        self.indent -= 1
        self.line("}" + tail)

    def action(self, head, steps):
        plain = {"go": "go to ", "refer": "refer to ", "fail": "fail "}
        if len(steps) == 1 and steps[0].kind in plain:
            s = steps[0]
            self.line(f"{head} {plain[s.kind]}" + {"go": lambda: s.target, "refer": lambda: s.name,
                                                   "fail": lambda: s.error}[s.kind]())
        elif len(steps) == 1 and steps[0].kind in ("stay", "retry"):
            self.line(f"{head} {steps[0].kind}")
        else:
            self.block(head, steps)

    def whens(self, whens):
        self.indent += 1
        for error, action in whens:
            self.action("when " + error, action)
        self.indent -= 1

    def step(self, s):
        getattr(self, "say_" + s.kind)(s)

    def expr(self, e):
        return f'"{e[1]}"' if e[0] == "text" else e[1]

    def cond(self, c):
        return f"{c[0]} {c[1]} {c[2]}"

    def say_note(self, s):
        words = [p[1] if p[0] == "text" else "{" + p[1] + "}" for p in s.parts]
        self.line('note "' + " ".join(words) + '"')

    def say_set(self, s):
        self.line(f"set {s.name} = {s.name} + {s.by}")

    def say_emit(self, s):
        self.line("emit Said(ref: ref)")

    def say_mark(self, s):
        self.line("mark " + s.name)

    def say_if(self, s):
        self.block("if " + self.cond(s.cond), s.body)
        if s.other:
            self.lines.pop()
            self.block("} else", s.other)

    def say_repeat(self, s):
        until = f" until {self.cond(s.cond)}" if s.cond else ""
        self.block(f"repeat up to {s.times} times{until}", s.body)
        if s.exhausted:
            self.lines.pop()
            self.block("} when exhausted", s.exhausted)

    def say_give(self, s):
        self.line(f"give {self.expr(s.value)}")

    def say_call(self, s):
        bound = s.var or s.name
        self.line(f"call shop.{s.op}(item: {self.expr(s.arg)})" + (f" as {bound}" if bound else "")
                  + (f" using {s.policy}" if s.policy else "") + (f" within {s.within}s" if s.within else "")
                  + (' never undone "it stays"' if s.never else ""))
        self.whens(s.whens)

    def say_wait(self, s):
        self.line(f"wait {s.seconds}s")

    def say_wait_until(self, s):
        self.line("wait until " + self.cond(s.cond))

    def say_wait_for(self, s):
        self.line(f"wait for {s.event}(ref: ref) within {s.within}s")
        if s.late is not None:
            self.whens([("late", s.late)])

    def say_attempt(self, s):
        self.block("attempt", s.body)
        self.whens(s.whens)

    def say_undo(self, s):
        self.line({"all": "undo all", "since": f"undo since {str(s.name).rpartition('.')[2]}", "named": f"undo {s.name}"}[s.mode])
        self.whens(s.whens)

    def say_keep(self, s):
        self.line("keep " + (s.name or "all"))

    def say_go(self, s):
        self.line("go to " + s.target)

    def say_refer(self, s):
        self.line("refer to " + s.name)

    def say_fail(self, s):
        self.line("fail " + s.error)

    def say_stay(self, s):
        self.line("stay")

    def say_retry(self, s):
        self.line("retry")

    def say_each(self, s):
        items = ", ".join(f'"{i}"' for i in s.items)
        how = (f", {s.window} at once" if s.window else "") + (", despite failures" if s.mode else "")
        self.block(f"for each {s.name} in [{items}]{how}", s.body)

    def say_together(self, s):
        self.line("together" + (f", {s.mode}" if s.mode else "") + " {")
        self.indent += 1
        for b in s.branches:
            self.block("branch " + b.name, b.body)
        self.indent -= 1
        self.line("}")

    def handler(self, h):
        head = {"event": "on {}(ref: ref)", "ignore": "ignore {}", "after": "after {}s", "every": "every {}s",
                "late": "on late", "error": "on error {}" if h.what else "on error", "cancel": "on cancel"}
        text = head[h.on].format(h.what)
        if h.on == "ignore":
            self.line(text)
        else:
            self.action(text + (" as p where p.hard" if h.where else ""), h.body)

    def state(self, s):
        limits = (f" up to {s.up_to} times" if s.up_to else "") + (f" within {s.within}s" if s.within else "")
        if s.final:
            if s.body:
                self.block("final " + s.name, s.body)
            else:
                self.line("final " + s.name)
            return
        self.line(f"state {s.name}{limits} {{")
        self.indent += 1
        for step in s.body:
            self.step(step)
        for h in s.handlers:
            self.handler(h)
        for i in s.inner:
            self.state(i)
        self.indent -= 1
        self.line("}")


def text_of(flow):
    page = Page()
    page.line(f"flow invented version 1 (ref: text) gives text fails with Enough using {flow.policy} {{")
    page.indent = 1
    page.line("key ref")
    for name, start in flow.vars:
        page.line(f"var {name}: " + (f"int = {start}" if isinstance(start, int) else f'text = "{start}"'))
    for h in flow.handlers:
        page.handler(h)
    for s in flow.body:
        page.step(s)
    for s in flow.states:
        page.state(s)
    for d in flow.letters:
        page.line(f'dead letter {d.name} for clerk "stuck" {{')
        page.indent += 1
        for name, action in d.whens:
            page.action("when " + name, action)
        page.indent -= 1
        page.line("}")
    page.indent = 0
    page.line("}")
    return BEFORE + "\n".join(page.lines) + "\n"
