"""What is put back, newest first; and what runs side by side, which may lose and be put back."""
from things import Call, Trouble, names_made
from tree import OPERATIONS

class Undo:

    # ---- undo ----

    def ask_undo(self, f, scope, whens):
        f.call, f.scope, f.whens = None, scope, whens
        if scope[0] in ("all", "since"):
            self.stop_others(f, None)
            f.wait, f.target = "settling", ("undo",)
        else:
            f.wait = "undoing"

    def ask_fail(self, f, t):
        root = self.root(f)
        if root.kind == "choice":
            self.choice_ended(root, "fail")
        f.failing = t
        self.stop_others(f, None)
        f.wait, f.target, f.scope = "settling", ("fail",), ("all",)
        self.say("undo_began", "all, since the flow fails")

    def cancel_now(self, f):
        f.call, f.wait, f.target, f.scope = None, "settling", ("cancel",), ("all",)
        self.say("undo_began", "all, since the flow is cancelled")

    def newest(self, name, f):
        part = self.confines(f, name)
        named = [r for r in self.records if r.name == name and (part is None or self.is_around(part, r.fibre))]
        return max(named, key=lambda r: r.order, default=None)

    def confines(self, f, name):
        """The inmost part in whose steps the name is made; None: the flow's own."""
        while f is not None and f.parent is not None:
            if name in names_made(f.steps):
                return f
            f = f.parent
        return None

    def in_scope(self, f, r):
        if r.stays:
            return False
        scope = f.scope
        if scope[0] == "all":
            return True
        if scope[0] == "since":
            return self.visits.get(scope[1], 0) > 0 and r.seq >= self.mark[scope[1]]
        if scope[0] == "attempt":
            return r.seq >= scope[1] and r.fibre is scope[2]
        if scope[0] == "lost":
            return r.lost and r.fibre is f
        return r is self.newest(scope[1], f)

    def newest_in_scope(self, f):
        return max((r for r in self.records if r.state in ("armed", "done", "in_doubt", "stuck")
                    and self.in_scope(f, r)), key=lambda r: r.order, default=None)

    def undo_pump(self):
        f = self.unwinder
        if f is None or not f.alive or f.wait != "undoing":
            stuck = f if f is not None and f.alive else None
            f = None
            for g in self.living():
                if g.wait == "undoing" and (stuck is None or self.is_choice_for(g, stuck)):
                    f = self.unwinder = g
                    break
            if f is None:
                if stuck is None:
                    self.unwinder = None
                return False
        if f.call is not None and f.call.number:
            return False
        if f.stopping:
            self.end(f)
            return True
        r = self.newest_in_scope(f)
        if r is None:
            self.unwound(f)
        elif r.state == "armed":
            return False
        elif r.state == "in_doubt":
            self.resolve(f, r)
        else:
            self.undo_one(f, r)
        return True

    def is_choice_for(self, choice, stuck):
        while choice is not None and choice is not stuck:
            choice = choice.parked if choice.kind == "choice" and choice.parked.alive else None
        return choice is not None

    def resolve(self, f, r):
        f.call = Call(r.op, r.arg, r.policy, self.now, record=r)
        f.call.sent_at = r.at
        if OPERATIONS[r.op].found_by:
            self.ask_after(f)
        else:
            self.send(f)

    def undo_one(self, f, r):
        r.state = "done"
        c = Call(OPERATIONS[r.op].undo, r.result, r.policy, self.now, record=r)
        c.undoes = True
        f.call = c
        self.send(f)

    def resolved_absent(self, f):
        self.drop_record(f.call.record)
        self.undo_goes_on(f)

    def undo_goes_on(self, f):
        if f.stopping:
            self.end(f)
        else:
            f.call = None

    def undo_ended(self, f, t):
        c = f.call
        r = c.record
        c.number = 0
        if not c.undoes and t is not None and t.name not in ("unavailable", "in_doubt", "broken", "late"):
            self.drop_record(r)  # a declared error: it has not happened
        elif t is None and c.undoes:
            self.say("undone", "shop." + r.op)
            r.state = "undone"
        elif not f.stopping and not (not c.undoes and r.state != "in_doubt"):
            self.undo_failed(f, r, t)
            return
        self.undo_goes_on(f)

    def undo_failed(self, f, r, t):
        self.say("undo_failed", f"{r.name}: {t.name}")
        f.call = None
        if f.scope[0] in ("all", "since", "named") and f.failing is None and not f.target_is("cancel"):
            if any(error == t.name for error, _ in f.whens):
                if r.state == "stuck":
                    r.state = "done"
                self.unwinder = None
                f.go_on(t)
                return
        if r.state != "in_doubt":
            r.state = "stuck"
        self.park(f, self.flow.error_letter, t)

    def stuck_record(self, f):
        if f.wait != "parked" or self.unwinder is not f:
            return None
        for r in reversed(self.records):
            if r.state == "stuck":
                return r
        return self.newest_in_scope(f)

    def unwound(self, f):
        self.unwinder, f.call = None, None
        if f.failing is not None:
            self.error = f.failing.name
            self.finish("failed")
        elif f.target_is("cancel"):
            self.finish("cancelled")
        elif f.scope[0] == "lost":
            self.joined(f)
        else:
            f.target = f.scope = None
            f.go_on()

    # ---- side by side ----

    def parts(self, f):
        return [p for p in self.living() if p.parent is f]

    def ask_join(self, f, step):
        f.wait, f.step, f.begun, f.window = "joining", step, 0, step.window or 99
        f.cause, f.gifts, f.won = None, {}, False

    def parts_move(self):
        for f in list(self.fibres):
            if f.alive and f.wait == "joining" and self.join_moves(f):
                return True
        return False

    def join_moves(self, f):
        living = len(self.parts(f))
        if f.stopping:
            if living == 0:
                self.end(f)
            return living == 0
        all_ = f.step.items if f.step.kind == "each" else f.step.branches
        began = False
        while living < f.window and f.begun < len(all_):
            body = f.step.body if f.step.kind == "each" else all_[f.begun].body
            part = self.add("part", f.home, body)
            part.parent, part.index, part.names, part.steps = f, f.begun, dict(f.names), body
            if f.step.kind == "each":
                part.names[f.step.name] = all_[f.begun]
            f.begun, living, began = f.begun + 1, living + 1, True
        if began:
            return True
        if living > 0:
            return False
        if f.cause is not None and not f.won:
            cause, f.cause = f.cause, None
            if cause.name == "stay":
                self.ask_stay(f)
            elif cause.name == "retry":
                self.ask_retry(f)
            else:
                f.go_on(error=cause)
        elif f.step.mode == "first wins":
            f.call, f.wait, f.scope = None, "undoing", ("lost",)
        else:
            self.joined(f)
        return True

    def joined(self, f):
        for r in self.records:
            if r.fibre is f:
                r.lost = False
        f.cause = f.target = f.scope = None
        f.go_on()

    def close(self, parent, spare):
        parent.window = 0
        self.stop_parts(parent, spare)

    def part_ended(self, f):
        parent = f.parent
        if parent.wait == "joining" and not parent.stopping and parent.step.mode == "first wins" and not parent.won:
            parent.won = True
            for r in self.records:
                if r.fibre is f:
                    r.fibre = parent
            self.close(parent, f)
        self.end(f)

    def part_failed(self, f, t):
        parent = f.parent
        mode = parent.step.mode
        if mode != "despite failures":
            if mode == "first wins" or parent.cause is None:
                parent.cause = t
            if mode != "first wins":
                self.close(parent, f)
        self.end(f)

    def leave_parts(self, f, how):
        f.parent.cause, f.parent.won = Trouble(how), False
        self.close(f.parent, f)
        self.end(f)
