"""Calls: attempts, what comes of them, and what is done when nobody knows."""
from things import Call, Record, Trouble
from tree import OPERATIONS, POLICIES

EACH_WITHIN = 10

class Calls:

    # ---- calls ----

    def policy(self, name):
        return POLICIES[name]

    def ask_call(self, f, step, earlier):
        op = OPERATIONS[step.op]
        c = Call(step.op, self.value(step.arg, f), step.policy or self.flow.policy, self.now,
                 self.now + step.within if step.within else None)
        if earlier is not None and earlier.op == step.op:
            c.attempt = earlier.attempt + 1
        f.wait, f.call = "call", c
        r = earlier.record if earlier is not None else None
        if r is not None and r.state == "in_doubt":  # it goes on with what is in doubt
            c.record, c.sent_at, c.in_doubt, c.arg = r, r.at, True, r.arg
            if op.found_by:
                self.ask_after(f)
            else:
                self.send(f)
        else:
            self.send(f)

    def arm_record(self, f):
        c = f.call
        self.orders += 1
        step = f.here
        r = Record(self.next(), self.orders, step.name or c.op, c.op, c.arg, c.policy, f)
        r.stays = r.stays or step.never
        self.records.append(r)
        c.record = r

    def order(self, f, op, arg):
        c = f.call
        c.number = self.next()
        self.open.append((c.number, op, f))
        self.calls.append((op, arg, c.attempt))
        name = "shop." + op
        self.say("called", name + (f", attempt {c.attempt}" if c.attempt > 1 else ""))

    def send(self, f):
        c = f.call
        c.phase, c.next_at, c.recovered = "sent", None, False
        if OPERATIONS[c.op].effect and f.wait == "call" and c.record is None:
            self.arm_record(f)
        c.sent_at = self.now
        if c.record is not None and not c.undoes:
            c.record.at = self.now
        self.order(f, c.op, c.arg)

    def ask_after(self, f):
        c = f.call
        c.phase, c.next_at = "asking", None
        self.order(f, OPERATIONS[c.op].found_by, c.arg)

    def drop_record(self, r):
        if r is not None and r.state in ("armed", "in_doubt"):
            self.records.remove(r)

    def next_try(self, c, why, least):
        p = self.policy(c.policy)
        if c.tries >= p["tries"]:
            return None
        pause = p["pause"]
        if p["most"]:
            pause = min(pause * 2 ** (c.tries - 1), p["most"])
        at = self.now + max(pause, least)
        return None if at > c.began + p["within"] else at

    def pause_for(self, f, phase, least=0):
        c = f.call
        at = self.next_try(c, None, least)
        if at is None:
            return False
        if c.limit_at is not None and at >= c.limit_at and least > 0:
            self.call_late(f)
            return True
        c.phase = phase
        c.next_at = min(at, c.limit_at) if c.limit_at is not None else at
        self.say("tried")
        return True

    def outcome(self, number, how, value=None):
        at = next(i for i, o in enumerate(self.open) if o[0] == number)
        f = self.open.pop(at)[2]
        c = f.call
        if not f.alive or c is None or c.number != number or not self.status_is_living():
            return False  # nobody waits for it any more
        self.answered_by(f, c, how, value)
        return True

    def answered_by(self, f, c, how, value):
        effect = OPERATIONS[c.op].effect
        if c.phase == "asking":
            self.found(f, how, value)
        elif how == "value":
            self.happened(f, value)
        elif how == "refused":
            self.say("refused", value)
            self.forget(f)
            self.call_ended(f, Trouble(value))
        elif how == "broken":
            if not self.still_in_doubt(c):
                self.forget(f)
            self.call_failed(f, "broken")
        elif effect and (how == "in_doubt" or self.still_in_doubt(c)):
            self.now_in_doubt(f)
        else:
            self.unavailable(f, value if how == "busy" else 0)

    def still_in_doubt(self, c):
        if c.record is not None and not c.undoes:
            return c.record.state == "in_doubt"
        return c.in_doubt

    def forget(self, f):
        if f.wait == "call":
            self.drop_record(f.call.record)
            f.call.record = None

    def unavailable(self, f, least=0):
        c = f.call
        c.in_doubt = False
        self.forget(f)
        if f.stopping:
            self.call_ended(f, Trouble("unavailable"))
        elif c.limit_passed:
            self.call_late(f)
        elif not self.pause_for(f, "paused", least):
            self.call_failed(f, "unavailable")

    def now_in_doubt(self, f):
        c = f.call
        op = OPERATIONS[c.op]
        c.in_doubt = True
        if c.record is not None and not c.undoes and c.record.state == "armed":
            c.record.state = "in_doubt"
            self.orders += 1
            c.record.order = self.orders
        self.say("in_doubt")
        if f.stopping:
            self.call_ended(f, Trouble("in_doubt"))
        elif c.limit_passed:
            self.call_late(f)
        elif op.found_by:
            self.ask_after(f)
        elif not self.pause_for(f, "paused"):
            self.call_failed(f, "in_doubt")

    def found(self, f, how, value):
        c = f.call
        if how == "value" and value is not None:
            self.say("settled", "it had happened")
            self.happened(f, value)
        elif how == "value":
            sure_at = c.sent_at + EACH_WITHIN
            if self.now < sure_at:  # it may still land
                c.phase, c.tries = "asking paused", c.tries - 1
                c.next_at = sure_at if c.limit_at is None else min(sure_at, c.limit_at)
                return
            self.say("settled", "it had not happened")
            if f.wait == "undoing" and not c.undoes:
                self.resolved_absent(f)
            elif c.recovered and not f.stopping and not c.limit_passed:
                self.forget(f)
                c.attempt, c.tries = c.attempt + 1, c.tries + 1
                self.send(f)
            else:
                self.unavailable(f)
        elif how in ("unavailable", "in_doubt", "busy"):
            if c.limit_passed:
                self.call_late(f)
            elif not self.pause_for(f, "asking paused"):
                self.call_failed(f, "in_doubt")
        else:
            self.call_failed(f, "in_doubt")

    def happened(self, f, value):
        c = f.call
        self.say("answered", "shop." + c.op)
        r = c.record if not c.undoes else None
        if f.wait == "call" and f.stopping and f.here.var:
            self.vars[f.here.var] = value
            self.changed = True
        if r is not None:
            r.state, r.result, r.at = "done", value, self.now
            self.orders += 1
            r.order = self.orders
        if r is not None and f.wait == "undoing":
            f.call = None  # now it can be undone
        elif f.wait == "undoing":
            self.undo_ended(f, None)
        elif f.stopping:
            self.end(f)
        else:
            f.call = None
            f.go_on(value)

    def call_late(self, f):
        self.say("late")
        self.call_failed(f, "late")

    def call_failed(self, f, name):
        self.call_ended(f, Trouble(name))

    def call_ended(self, f, t):
        if f.wait == "undoing":
            self.undo_ended(f, t)
        elif f.stopping:
            self.end(f)
        else:
            t.attempts = f.call.attempt
            f.call.number = 0
            f.go_on(error=t)

    def call_due(self, f):
        c = f.call
        if c.limit_at is not None and c.limit_at <= self.now and not c.limit_passed:
            if c.phase in ("paused", "asking paused") or not OPERATIONS[c.op].effect:
                self.call_late(f)
            else:
                c.limit_passed = True
            return
        c.tries += 1
        if c.phase == "asking paused":
            self.ask_after(f)
        else:
            c.attempt += 1
            self.send(f)
