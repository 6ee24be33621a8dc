"""A small interpreter of the language, written from its reference: what a flow does when something happens.

Each thing that runs is a Python generator over the steps of the flow; it yields what it waits for, and errors are
exceptions thrown into it. Nothing here knows the compiler, the image or the engine."""
from calls import Calls
from states import States
from steps import Steps
from things import Fibre, Over, Trouble
from undo import Undo
from tree import OPERATIONS


class Reference(Steps, States, Calls, Undo):
    def __init__(self, flow):
        self.flow, self.now, self.seq, self.orders = flow, 0, 0, 0
        self.said, self.calls, self.fibres, self.records = [], [], [], []
        self.open, self.tasks, self.queues = [], [], []
        self.status, self.state, self.result, self.error = "running", None, None, None
        self.visits, self.mark, self.limits, self.due = {}, {}, {}, {}
        self.active, self.vars = [], {name: start for name, start in flow.vars}
        self.unwinder, self.cancelling, self.paused, self.changed = None, False, False, False
        self.given_back = []
        self.states = {s.path: s for s in flow.all_states()}
        self.handlers = flow.all_handlers()
        self.patterns = {s.event for s in flow.all_steps() if s.kind == "wait_for"}
        self.patterns |= {h.what for h in self.handlers if h.on == "event"}

    # ---- what is told ----

    def say(self, *words):
        self.said.append(words)

    def next(self):
        self.seq += 1
        return self.seq

    # ---- where things stand ----

    def within(self, state, around):
        return around is None or (state is not None and (state == around or state.startswith(around + ".")))

    def parent(self, state):
        return state.rpartition(".")[0] or None

    def is_final(self, state):
        return state is not None and self.states[state].final

    def inmost(self, state):
        while self.states[state].inner:
            state = self.states[state].inner[0].path
        return state

    def living(self):
        return [f for f in self.fibres if f.alive]

    def levels(self, state):
        """A state, those around it, and the flow."""
        while state is not None:
            yield state
            state = self.parent(state)
        yield None

    def value(self, expr, f=None):
        kind, what = expr
        if kind == "text":
            return what
        if kind == "item":
            return f.names[what]
        return self.vars[what]

    def holds(self, cond):
        name, op, number = cond
        return {"is": self.vars[name] == number, ">": self.vars[name] > number,
                "<": self.vars[name] < number}[op]

    # ---- fibres ----

    def add(self, kind, home, steps):
        f = Fibre(self.next(), kind, home, None)
        f.gen = self.block(f, steps)
        self.fibres.append(f)
        return f

    def end(self, f):
        if not f.alive:
            return
        if f.task is not None:
            self.drop_task(f)
        if self.unwinder is f:
            self.unwinder = None
        f.alive = False
        for part in [p for p in self.living() if p.parent is f]:
            self.end(part)
        if f.parent is not None:
            for r in self.records:
                if r.fibre is f:
                    r.fibre = f.parent
                    r.lost = r.lost or f.parent.step.mode == "first wins"

    def run_one(self):
        for f in self.fibres:
            if f.alive and f.wait == "ready":
                self.run(f)
                return True
        return False

    def run(self, f):
        while f.alive and f.wait == "ready" and not self.paused and self.status_is_living():
            try:
                if f.throw is not None:
                    t, f.throw = f.throw, None
                    asked = f.gen.throw(t)
                else:
                    value, f.send = f.send, None
                    asked = f.gen.send(value)
            except StopIteration:
                self.ended(f)
                return
            except Over:
                if f.parent is not None:
                    self.part_ended(f)
                else:
                    self.end(f)
                return
            except Trouble as t:
                self.failed(f, t)
                return
            getattr(self, "ask_" + asked[0])(f, *asked[1:])

    def ask_time(self, f, until):
        f.wait, f.until = "time", until

    def ask_cond(self, f, step):
        f.wait, f.step, self.changed = "cond", step, True

    def ask_event(self, f, step):
        f.wait, f.step, f.until = "event", step, self.now + step.within

    def ask_park(self, f, letter, t):
        if f.kind == "choice" and t is None and f.parked.alive and f.parked.wait == "parked":
            parked = f.parked  # to whom else it may go
            self.end(f)
            parked.problem = None
            self.park(parked, letter, None)
        else:
            self.park(f, letter, t)

    def ask_stay(self, f):
        if f.parent is not None:
            self.leave_parts(f, "stay")
        elif f.kind == "choice":
            self.choice_ended(f, "stay")
        else:
            if f.kind == "handler" and f.handler.on == "late":
                self.rearm(f.handler.state)
            self.ended(f)

    def ask_retry(self, f):
        if f.parent is not None:
            self.leave_parts(f, "retry")
        else:
            self.choice_ended(f, "retry")

    def ended(self, f):
        """It has come to the end of its steps."""
        if f.parent is not None:
            self.part_ended(f)
        elif f.kind == "flow" or (f.kind == "state" and self.is_final(f.home)):
            f.wait, f.target = "settling", ("end",)
        elif f.kind == "handler" and f.handler.on == "cancel":
            self.cancel_now(f)
        elif f.kind == "choice":
            self.choice_ended(f, "on")
        else:
            self.end(f)

    def handler_fibre(self, handler):
        f = self.add("handler", handler.state, handler.body)
        f.handler = handler
        return f

    # ---- people ----

    def park(self, f, letter, t):
        f.wait, f.until, f.letter, f.problem = "parked", None, letter, t
        self.say("parked", letter, t.name if t else None)
        self.add_task(f)

    def add_task(self, f):
        f.task = self.next()
        self.tasks.append((f.task, f))

    def drop_task(self, f):
        self.tasks = [x for x in self.tasks if x[0] != f.task]
        f.task = None

    def choices(self, f):
        """What may be chosen for a parked step, by name."""
        if f.letter == "stuck":
            return ["retry"] if f.problem is not None else []
        letter = self.flow.letter(f.letter)
        return [name for name, steps in letter.whens
                if not (steps and steps[0].kind == "retry" and f.problem is None) and not self.forbids(steps)]

    def choose(self, task, name):
        f = next(g for n, g in self.tasks if n == task)
        self.say("decided", name)
        if f.letter == "stuck":
            self.retried(f)
            return
        self.drop_task(f)
        self.stop_choices(f)
        choice = self.add("choice", f.home, dict(self.flow.letter(f.letter).whens)[name])
        choice.parked = f

    def stop_choices(self, parked):
        for f in self.living():
            if f.kind == "choice" and f.parked is parked and f.alive:
                self.stop_choices(f)
                self.stop(f)

    def retried(self, parked):
        stuck = self.stuck_record(parked)
        if parked.task is not None:
            self.drop_task(parked)
        self.stop_choices(parked)
        parked.problem = None
        if self.unwinder is parked or parked.failing is not None or parked.target_is("cancel"):
            if stuck is not None and stuck.state == "stuck":
                stuck.state = "done"
            parked.call, parked.wait = None, "undoing"
        elif parked.gen is None:  # a limit that ran out
            self.rearm(parked.home)
            self.end(parked)
        else:
            parked.go_on("retry")

    def choice_ended(self, f, how):
        parked = f.parked if f.parked.alive and f.parked.wait == "parked" else None
        persons = parked is not None and parked.task is None
        if how in ("go", "fail"):
            while parked is not None and parked.wait == "parked":
                outer = parked.parked if parked.kind == "choice" and parked.parked.alive else None
                self.end(parked)
                parked = outer
            return
        self.end(f)
        if parked is None:
            return
        if how == "retry":
            self.retried(parked)
        elif persons and how == "stay":
            self.dismiss(parked)
        elif persons:
            self.carry_on(parked)

    def dismiss(self, parked):
        if parked.target_is("cancel") or (parked.kind == "handler" and parked.handler.on == "cancel"):
            if parked.task is not None:
                self.drop_task(parked)
            self.cancel_now(parked)
            return
        late = parked.gen is None if parked.kind != "handler" else parked.handler.on == "late"
        if late:
            self.rearm(parked.home)
        self.end(parked)

    def carry_on(self, parked):
        stuck = self.stuck_record(parked)
        if parked.failing is not None:
            self.retried(parked)
            return
        if stuck is not None and stuck.state == "stuck":
            stuck.state = "done"
        if self.unwinder is parked:
            self.unwinder = None
        parked.problem, parked.call = None, None
        if parked.gen is None:
            self.end(parked)
        else:
            parked.target = parked.scope = None
            parked.go_on("on")

    def ask_again(self):
        for f in self.living():
            if f.wait == "parked" and f.task is None and not any(
                    g.kind == "choice" and g.parked is f for g in self.living()):
                self.add_task(f)
                return True
        return False

    # ---- time ----

    def due_first(self):
        first = None

        def consider(at, what, which):
            nonlocal first
            if at is not None and (first is None or at < first[0]):
                first = (at, what, which)
        for f in self.living():
            if f.wait in ("call", "undoing"):
                if f.call is None or not f.call.number or f.stopping:
                    continue
                if f.call.phase in ("paused", "asking paused"):
                    consider(f.call.next_at, "call", f)
                if not f.call.limit_passed:
                    consider(f.call.limit_at, "call", f)
            elif f.wait in ("time", "event"):
                consider(f.until, "wait", f)
        for s in self.states:
            if s in self.active:
                consider(self.limits.get(s), "limit", s)
        for h in sorted(self.handlers, key=self.turn):
            consider(self.due.get(h), "handler", h)
        return first

    def wake(self):
        if self.paused or not self.status_is_living():
            return None
        first = self.due_first()
        return first[0] if first else None

    def fire(self):
        first = self.due_first()
        if first is None or first[0] > self.now:
            return False
        _, what, which = first
        if what == "call":
            self.call_due(which)
        elif what == "wait":
            if which.wait == "event":
                self.say("late")
                which.go_on(error=Trouble("late"))
            else:
                which.go_on()
        elif what == "limit":
            self.limit_passed(which)
        else:
            del self.due[which]
            if which.on == "every":
                self.due[which] = self.now + which.what
                if any(h is which for h, _ in self.queues):
                    return True
            if self.is_armed(which):
                self.queues.append((which, None))
        return True

    def limit_passed(self, state):
        handler = None
        for level in self.levels(state):
            handler = next((h for h in self.handlers if h.on == "late" and h.state == level), None)
            if handler is not None:
                break
        if handler is None and self.is_deaf():
            self.limits[state] = self.now + 60
            return
        del self.limits[state]
        self.say("late")
        if handler is not None:
            self.queues.append((handler, None))
        else:
            self.raise_in(state, "late")

    def raise_in(self, state, name, past_all=False):
        f = self.add("flow" if state is None else "state", state, [])
        f.gen = None
        t = Trouble(name)
        handler = None if past_all else self.handler_for(f, name)
        if handler is not None and not self.refers(handler):
            self.failed(f, t)
        else:
            self.park(f, handler.body[0].name if handler else "stuck", t)

    # ---- operators ----

    def cancel(self):
        self.say("commanded", "cancel")
        handler = None
        for level in self.levels(self.state):
            handler = next((h for h in self.handlers if h.on == "cancel" and h.state == level), None)
            if handler is not None:
                break
        self.cancelling, self.paused = True, False
        if handler is None:
            f = self.add("flow", None, [])
            self.cancel_now(f)
        else:
            f = self.handler_fibre(handler)
            f.wait, f.target = "settling", ("body",)
        self.stop_others(f, None)

    def may_cancel(self):
        return not self.cancelling and not any(
            f.failing is not None and f.wait in ("settling", "undoing", "parked") for f in self.living())

    def cancel_goes_on(self):
        if not self.cancelling or self.living():
            return False
        self.cancel_now(self.add("flow", None, []))
        return True

    # ---- one thing happens ----

    def start(self):
        self.say("started")
        self.arm(None)
        if self.flow.body:
            self.add("flow", None, self.flow.body)
        else:
            self.enter(self.flow.states[0].path)

    def recover(self):
        flying = [f for f in self.living() if f.wait in ("call", "undoing") and f.call is not None and f.call.number
                  and f.call.phase in ("sent", "asking")]
        self.open = []
        if not flying:
            return False
        self.say("recovered")
        for f in flying:
            self.recover_call(f)
        return True

    def recover_call(self, f):
        c, op = f.call, OPERATIONS[f.call.op]
        if c.phase == "asking":
            self.ask_after(f)
            return
        r = c.record
        if r is not None and r.state == "armed":
            r.state = "in_doubt"
            self.orders += 1
            r.order = self.orders
        c.in_doubt = op.effect
        if f.stopping:
            self.call_ended(f, Trouble("in_doubt"))
        elif not op.effect or not op.found_by:
            c.attempt, c.tries = c.attempt + 1, c.tries + 1
            self.send(f)
        else:
            c.recovered = True
            self.ask_after(f)

    def settle(self, fires=False):
        while self.status_is_living() and not self.paused:
            if (self.run_one() or self.parts_move() or self.settle_one() or self.undo_pump() or self.queues_move()
                    or self.conditions() or self.ask_again()):
                continue
            if not (fires and self.fire()) and not self.cancel_goes_on():
                break
        self.fibres = self.living()

    def can_move(self):
        if self.paused or self.tasks or self.wake() is not None:
            return True
        if any(f.call is not None and f.call.number and f.wait in ("call", "undoing") for f in self.living()):
            return True
        return any(f.wait == "event" for f in self.living()) or any(
            h.on in ("event", "ignore") and self.is_armed(h) for h in self.handlers)

    def happens(self, what, *about):
        """What came of it: False: nothing."""
        self.said, self.calls, self.given_back = [], [], []
        fires = what == "timer"
        taken = {"start": self.start, "answer": self.outcome, "event": self.event, "timer": self.fire,
                 "choose": self.choose, "cancel": self.cancel, "recover": self.recover}[what](*about)
        if taken is False:
            return False
        self.settle(fires)
        asked = False
        while self.status_is_living() and not self.can_move():
            self.raise_in(self.state, "stuck", asked)  # whoever answers errors, then a person
            self.settle()
            asked = True
        return True
