"""What each step does, as a generator that yields what it waits for; and who answers an error."""
from things import Over, Trouble

class Steps:

    # ---- steps ----

    def block(self, f, steps):
        for step in steps:
            yield from getattr(self, "do_" + step.kind)(f, step)

    def do_note(self, f, step):
        words = [str(self.value(p, f)) for p in step.parts]
        self.say("noted", " ".join(words))
        return
        yield

    def do_set(self, f, step):
        self.vars[step.name] += step.by
        self.changed = True
        return
        yield

    def do_emit(self, f, step):
        self.say("emitted", "Said")
        return
        yield

    def do_mark(self, f, step):
        self.say("marked", step.name)
        return
        yield

    def do_if(self, f, step):
        yield from self.block(f, step.body if self.holds(step.cond) else step.other)

    def do_repeat(self, f, step):
        for _ in range(step.times):
            if step.cond is not None and self.holds(step.cond):
                return
            yield from self.block(f, step.body)
        if step.cond is not None and self.holds(step.cond):
            return
        yield from self.block(f, step.exhausted)

    def do_give(self, f, step):
        if f.parent is not None:
            f.given = self.value(step.value, f)
            raise Over
        self.result = self.value(step.value, f)
        return
        yield

    def do_call(self, f, step):
        earlier = None
        while True:
            try:
                f.here = step
                got = yield ("call", step, earlier)
                if step.var:
                    self.vars[step.var] = got
                    self.changed = True
                return
            except Trouble as t:
                earlier = f.call
                self.say("failed_step", t.name)
                if (yield from self.answered(f, step.whens, t)) != "retry":
                    return
                f.call = earlier

    def do_wait(self, f, step):
        if step.seconds > 0:
            self.say("waits", "for a moment")
            yield ("time", self.now + step.seconds)

    def do_wait_until(self, f, step):
        yield ("cond", step)

    def do_wait_for(self, f, step):
        while True:
            self.say("waits", "for " + step.event)
            try:
                yield ("event", step)
                return
            except Trouble as t:
                whens = [] if step.late is None else [("late", step.late)]
                if (yield from self.answered(f, whens, t)) != "retry":
                    return

    def do_attempt(self, f, step):
        while True:
            since, f.attempts = self.next(), f.attempts + 1
            depth = f.attempts - 1
            try:
                yield from self.block(f, step.body)
                f.attempts = depth
                return
            except Trouble as t:
                f.attempts = depth + 1  # while it is unwound, what fails is not the attempt's
                f.call = None
                f.here = step
                yield ("undo", ("attempt", since, f), [])
                f.attempts = depth
                if (yield from self.answered(f, step.whens, Trouble(t.name))) != "retry":
                    return

    def do_undo(self, f, step):
        scope = {"all": ("all",), "since": ("since", step.name), "named": ("named", step.name, f)}[step.mode]
        while True:
            self.say("undo_began", {"all": "all", "since": "since " + str(step.name),
                                    "named": step.name}[step.mode])
            f.here = step
            t = yield ("undo", scope, step.whens)
            if t is None:
                return
            for error, action in step.whens:
                if error == t.name:
                    if action and action[0].kind == "refer":
                        how = yield ("park", action[0].name, t)
                        if how == "retry":
                            break
                        return
                    yield from self.block(f, action)
                    return
            else:
                raise AssertionError("an undo that failed without an answer is stuck")

    def do_keep(self, f, step):
        n = 0
        for r in self.records:
            if r.state == "done" and (step.name is None or r is self.newest(step.name, f)):
                r.state = "kept"
                n += 1
        if n > 0:
            self.say("kept", step.name or ("1 effect" if n == 1 else f"{n} effects"))
        return
        yield

    def do_go(self, f, step):
        while True:
            try:
                f.here = step
                yield ("go", step.target)
            except Trouble as t:
                if (yield from self.unanswered(f, t)) == "retry":
                    continue
                raise Over from None

    def do_refer(self, f, step):
        f.here = step
        how = yield ("park", step.name, None)
        if how == "retry":
            raise AssertionError("nothing failed: retry is not offered")

    def do_fail(self, f, step):
        self.say("failed_step", step.error)
        t = Trouble(step.error)
        if f.attempts > 0 or self.is_caught(f):
            raise t
        yield ("fail", t)

    def do_stay(self, f, step):
        yield ("stay",)

    def do_retry(self, f, step):
        yield ("retry",)

    def do_each(self, f, step):
        if step.window is None:
            for item in step.items:
                f.names = dict(f.names, **{step.name: item})
                yield from self.block(f, step.body)
        else:
            yield from self.do_together(f, step)

    def do_together(self, f, step):
        while True:
            f.here = step
            try:
                yield ("join", step)
                return
            except Trouble as t:
                if (yield from self.unanswered(f, t)) != "retry":
                    return

    # ---- errors ----

    def answered(self, f, whens, t):
        """The step's own `when`s, then whoever is around. What it comes to: "on" or "retry"."""
        for error, action in whens:
            if error != t.name:
                continue
            if action and action[0].kind == "refer":
                return (yield ("park", action[0].name, t))
            f.call = None
            yield from self.block(f, action)
            return "on"
        return (yield from self.unanswered(f, t))

    def unanswered(self, f, t):
        if f.attempts > 0:
            raise t
        root = self.root(f)
        handler = self.handler_for(root, t.name)
        if f.parent is not None and self.is_caught(f):
            raise t
        if handler is not None and not self.refers(handler):
            raise t
        return (yield ("park", handler.body[0].name if handler else "stuck", t))

    def refers(self, handler):
        return bool(handler.body) and handler.body[0].kind == "refer"

    def says_go(self, steps):
        return any(s.kind == "go" or self.says_go([x for b in s.blocks() for x in b]) for s in steps)

    def forbids(self, steps):
        """In a final, what leads out is no answer."""
        return self.is_final(self.state) and self.says_go(steps)

    def handler_for(self, f, name):
        skip = f.kind == "handler" and f.handler.on == "error"
        for level in self.levels(f.home):
            if not skip:
                here = [h for h in self.handlers if h.on == "error" and h.state == level and not self.forbids(h.body)]
                for h in here:
                    if h.what == name:
                        return h
                for h in here:
                    if h.what is None:
                        return h
            skip = False
        return None

    def is_caught(self, f):
        while f.parent is not None:
            p = f.parent
            if p.attempts > 0 or p.step.mode in ("despite failures", "first wins"):
                return True
            f = p
        return False

    def root(self, f):
        while f.parent is not None:
            f = f.parent
        return f

    def is_around(self, outer, f):
        while f is not None and f is not outer:
            f = f.parent
        return f is not None

    def failed(self, f, t):
        """An error came out of what runs: an `on error` answers it."""
        if f.parent is not None:
            self.part_failed(f, t)
            return
        handler = self.handler_for(f, t.name)
        if handler is None:
            self.park(f, "stuck", t)
            return
        self.end(f)
        g = self.handler_fibre(handler)
        self.stop_others(g, handler.state)
        g.wait, g.target = "settling", ("body",)
