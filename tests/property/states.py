"""States: who is stopped when they are left, what is entered, and what handlers take."""
from things import Trouble

class States:

    # ---- stopping ----

    def stop(self, f):
        active = f.wait == "undoing" and self.unwinder is f
        if f.wait == "joining":
            self.stop_parts(f, None)
        if f.call is not None:
            f.call.limit_passed = True
        if f.wait in ("call", "undoing") and f.call is not None and f.call.number and f.call.phase == "sent":
            f.stopping = True
        elif f.wait == "joining" and self.parts(f):
            f.stopping = True
        else:
            self.end(f)
        return active

    def stop_parts(self, f, spare):
        for part in self.parts(f):
            if part is spare or part.stopping:
                continue
            if part.wait == "parked":
                self.stop_choices(part)
            if part.alive:
                self.stop(part)

    def is_spared(self, f, spare):
        if spare is None or not self.is_around(f, spare):
            return False
        if f.wait == "joining":
            f.window = 0
        return True

    def is_decided_by(self, f, choice):
        while choice is not None and choice.kind == "choice":
            choice = choice.parked
            if choice is None or not choice.alive:
                return False
            if self.is_spared(f, choice):
                return True
        return False

    def stop_others(self, spare, around):
        for f in list(self.fibres):
            if not f.alive or f.stopping or self.is_spared(f, spare) or self.is_decided_by(f, spare):
                continue
            if self.within(f.home, around):
                self.stop(f)

    # ---- going ----

    def is_left(self, state, target):
        return state is not None and state in self.active and (state == target or not self.within(target, state))

    def going(self):
        for f in self.living():
            if f.wait == "settling" and f.target[0] == "go":
                return f
        return None

    def ask_go(self, f, target):
        first = self.going()
        if (self.cancelling or self.is_final(self.state)
                or (first is not None and not (first.home != f.home and self.within(first.home, f.home)))):
            self.stop(self.root(f))  # too late
            return
        if self.too_often(target):
            f.throw = Trouble("too_often")
            return
        if first is not None:
            self.stop(self.root(first))
        root = self.root(f)
        if root.kind == "choice":
            self.choice_ended(root, "go")
        for other in list(self.fibres):
            if not other.alive or other.stopping or self.is_spared(other, f):
                continue
            beside = other.parent is not None if self.root(other) is root else (
                self.root(other).kind == "state" and self.is_left(other.home, target))
            if beside:
                self.stop(other)
        f.wait, f.target = "settling", ("go", target)

    def too_often(self, target):
        for s in self.levels(self.inmost(target)):
            if s is not None and (self.within(s, target) or s not in self.active):
                most = self.states[s].up_to
                if most and self.visits.get(s, 0) >= most:
                    return True
        return False

    def only_referred(self, f):
        return f.wait == "parked" and f.problem is None

    def can_leave(self, f):
        target = f.target[1]
        last = self.is_final(self.inmost(target))
        root = self.root(f)
        for other in self.living():
            if other is f or self.is_around(other, f):
                continue
            if not last and not self.is_left(other.home, target) and self.root(other) is not root:
                continue
            if not self.only_referred(other):
                return False
        if root.kind not in ("state", "flow"):
            return True
        return not any(self.is_armed(h) and (last or self.is_left(h.state, target)) for h, _ in self.queues)

    def can_end(self, f):
        return (all(o is f or self.only_referred(o) for o in self.living())
                and not any(self.is_armed(h) for h, _ in self.queues))

    def have_stopped(self, f, around):
        return not any(o is not f and o.stopping and self.within(o.home, around) for o in self.living())

    def settle_one(self):
        if not self.living() and self.is_final(self.state):
            self.finish("completed")
            return True
        for f in self.living():
            if f.wait != "settling":
                continue
            kind = f.target[0]
            if kind == "go" and self.can_leave(f):
                self.leave(f)
            elif kind == "end" and self.can_end(f):
                self.finish("completed")
            elif kind == "body" and self.have_stopped(f, f.home if f.handler.on == "error" else None):
                f.go_on()
            elif kind in ("undo", "fail", "cancel") and self.have_stopped(f, None):
                f.wait, f.call = "undoing", None
            else:
                continue
            return True
        return False

    def leave(self, f):
        target = f.target[1]
        for other in self.living():
            if other is not f and (self.is_final(self.inmost(target)) or self.is_left(other.home, target)):
                self.end(other)
        self.end(self.root(f))
        while self.is_left(self.state, target):
            self.active.remove(self.state)
            self.limits.pop(self.state, None)
            for h in self.handlers:
                if h.state == self.state:
                    self.due.pop(h, None)
            self.state = self.parent(self.state)
        self.enter(target)

    def enter(self, target):
        inner = self.inmost(target)
        fresh = [s for s in reversed(list(self.levels(inner))) if s is not None and s not in self.active]
        for s in fresh:
            self.active.append(s)
            self.visits[s] = self.visits.get(s, 0) + 1
            self.mark[s] = self.next()
            self.state = s
            self.say("entered", s)
            if self.states[s].within:
                self.limits[s] = self.now + self.states[s].within
            self.arm(s)
        for s in fresh:
            if self.states[s].final:
                self.limits.clear()
                self.due.clear()
            if self.states[s].body:
                self.add("state", s, self.states[s].body)
            elif self.states[s].final:
                f = self.add("state", s, [])
                f.wait, f.target = "settling", ("end",)

    def arm(self, state):
        for h in self.handlers:
            if h.state == state and h.on in ("after", "every"):
                self.due[h] = self.now + h.what

    def rearm(self, around):
        for s in self.levels(self.state):
            if s is not None and self.states[s].within and s not in self.limits and self.within(s, around):
                self.limits[s] = self.now + self.states[s].within
                return

    def status_is_living(self):
        return self.status not in ("completed", "failed", "cancelled")

    def finish(self, how):
        for f in self.living():
            self.end(f)
        back = {}
        for h, event in self.queues:
            if h.on == "event":
                back.setdefault(h, []).append(event)
        for h, events in back.items():
            self.say("noted", f"{len(events)} {h.what} came too late to be answered")
            self.given_back += [h.what] * len(events)
        self.queues, self.limits, self.due, self.active = [], {}, {}, []
        self.status, self.cancelling, self.unwinder = how, False, None
        self.say(how)

    # ---- handlers and events ----

    def is_armed(self, h):
        if self.is_final(self.state) and h.on not in ("error", "cancel"):
            return False
        return h.state is None or h.state in self.active

    def unwinds_everything(self, f):
        return f.failing is not None or (f.target is not None and f.target[0] in ("fail", "cancel")) or (
            f.scope is not None and f.scope[0] in ("all", "since"))

    def is_deaf(self):
        if self.cancelling or (self.unwinder is not None and self.unwinds_everything(self.unwinder)):
            return True
        return any(f.wait == "settling" and f.target[0] in ("undo", "fail", "cancel") for f in self.living())

    def event(self, name, body):
        taker, deepest = None, 0
        for f in self.living():
            if f.wait == "event" and f.step.event == name:
                depth = len(list(self.levels(f.home)))
                if depth > deepest:
                    taker, deepest = f, depth
        if taker is not None:
            self.say("event", name)
            taker.go_on()
            return True
        for level in self.levels(self.state):
            for h in self.handlers:
                if h.state != level or not self.is_armed(h) or h.on not in ("event", "ignore") or h.what != name:
                    continue
                if h.where and not body["hard"] or (h.on == "ignore" and name not in self.patterns):
                    continue
                self.say("event", name)
                if h.on == "event":
                    self.queues.append((h, body))
                return True
        return False

    def queues_move(self):
        if self.is_deaf():
            return False
        for h in sorted({h for h, _ in self.queues}, key=self.turn):
            at = next((i for i, (g, _) in enumerate(self.queues) if g is h), None)
            if at is None:
                continue
            body = self.queues[at][1]
            if self.is_armed(h):
                if any(f.kind == "handler" and f.handler is h for f in self.living()):
                    continue
                del self.queues[at]
                self.handler_fibre(h)
                return True
            if h.on != "event":
                del self.queues[at]
                return True
            rest = self.queues.pop(at)
            if self.event(h.what, body):
                return True
            self.queues.insert(at, rest)
        return False

    def turn(self, h):
        """Handlers in source order, inner state first."""
        return (-len(list(self.levels(h.state))), self.handlers.index(h))

    def conditions(self):
        if not self.changed:
            return False
        self.changed = False
        any_ = False
        for f in self.living():
            if f.wait == "cond" and self.holds(f.step.cond):
                f.go_on()
                any_ = True
        return any_
