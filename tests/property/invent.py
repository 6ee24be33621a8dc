"""Invents flows: whatever the language can say, put into each other by chance."""
import random

from tree import OPERATIONS, Flow, Handler, State, Step, branch, letter

ITEMS = ("a", "b", "c")


class Inventor:
    def __init__(self, seed):
        self.dice = random.Random(seed)
        self.flow = Flow()
        self.names = 0
        self.deep_most = self.dice.choice((1, 2, 2, 3))
        self.keeps_all = self.chance(30)  # then nothing leads back for certain

    def chance(self, percent):
        return self.dice.random() * 100 < percent

    def name(self, start):
        self.names += 1
        return f"{start}{self.names}"

    # ---- steps ----

    def steps(self, here, deep, most=3):
        known = list(here.known)
        steps = [self.step(here, deep) for _ in range(self.dice.randint(1, most))]
        here.known = known  # what they name is known only inside
        return steps

    def step(self, here, deep):
        flat = [self.call] * 8 + [self.note, self.set, self.emit, self.mark, self.wait, self.wait_for, self.keep,
                                  self.undo, self.undo, self.way, self.way, self.wait_until]
        nested = [self.attempt, self.attempt, self.if_, self.repeat, self.each, self.together, self.each_at_once]
        if deep > 0 and self.chance(45):
            return self.dice.choice(nested)(here, deep)
        return self.dice.choice(flat)(here, deep)

    def expr(self, here):
        if here.items and self.chance(60):
            return ("item", self.dice.choice(here.items))
        return ("text", self.dice.choice(ITEMS))

    def cond(self, here):
        ints = [n for n, v in self.flow.vars if isinstance(v, int)]
        return (self.dice.choice(ints), self.dice.choice(("is", ">", "<")), self.dice.choice((0, 0, 1, 2)))

    def action(self, here, deep):
        dice = self.dice.random()
        if dice < 0.55:
            return self.steps(here, 0 if deep < 2 else 1, 2)
        if dice < 0.7 and not here.cancelling:
            return [Step("refer", name="desk")]
        if dice < 0.8:
            return [Step("fail", error="Enough")]
        if here.may_go and self.targets:
            return [Step("go", target=self.surely())]
        return [self.note(here, 0)]

    def surely(self):
        return self.dice.choice(("over", "lost")) if self.keeps_all else self.dice.choice(self.targets)

    def call(self, here, deep):
        op = self.dice.choice(("take", "take", "hold", "hold", "look", "tell"))
        whens = []
        for error in OPERATIONS[op].fails:
            if self.chance(60) or here.strict:
                whens.append((error, self.action(here, deep)))
        for error in ("unavailable", "in_doubt"):
            if self.chance(8):
                whens.append((error, self.action(here, deep)))
        within = self.dice.choice((7, 25, 90)) if self.chance(15) else None
        if within and self.chance(70):
            whens.append(("late", self.action(here, deep)))
        name = var = None
        if OPERATIONS[op].gives and here.said and self.chance(30):
            var = here.said
        elif OPERATIONS[op].gives and self.chance(80):
            name = self.name("e")
            if OPERATIONS[op].undo:
                here.known.append(name)
        never = OPERATIONS[op].undo is not None and self.chance(8)
        return Step("call", op=op, arg=self.expr(here), name=name or var, var=var, whens=whens, within=within,
                    never=never, policy=self.dice.choice((None, None, None, "once", "more")))

    def note(self, here, deep):
        parts = [("text", self.name("n"))]
        parts += [("var", n) for n, _ in self.flow.vars if self.chance(30)]
        parts += [("item", n) for n in here.items if self.chance(50)]
        return Step("note", parts=parts)

    def set(self, here, deep):
        if here.counter is None:
            return self.note(here, deep)
        return Step("set", name=here.counter, by=self.dice.choice((1, 1, 2)))

    def emit(self, here, deep):
        return Step("emit")

    def mark(self, here, deep):
        return Step("mark", name=self.dice.choice(("passed", "seen")))

    def wait(self, here, deep):
        return Step("wait", seconds=self.dice.choice((3, 20, 70)))

    def wait_for(self, here, deep):
        late = self.action(here, deep) if self.chance(80) else None
        return Step("wait_for", event=self.dice.choice(("Item", "Item", "Poke")), within=self.dice.choice((9, 45, 200)),
                    late=late)

    def wait_until(self, here, deep):
        return Step("wait_until", cond=self.cond(here)) if self.chance(40) else self.wait(here, deep)

    def keep(self, here, deep):
        if here.known and self.chance(60):
            return Step("keep", name=self.dice.choice(here.known))
        return Step("keep", name=None) if self.keeps_all else self.call(here, deep)

    def undo(self, here, deep):
        whens = [("Dry", self.action(here, 0))] if self.chance(40) else []
        if here.known and self.chance(60):
            return Step("undo", mode="named", name=self.dice.choice(here.known), whens=whens)
        whens = [w for w in whens if w[1] and w[1][0].kind in ("fail", "go", "refer")]
        if here.part or self.chance(40):
            return self.call(here, deep)
        if here.state and self.chance(50) and not self.keeps_all:
            return Step("undo", mode="since", name=here.state, whens=whens)
        return Step("undo", mode="all", name=None, whens=whens)

    def way(self, here, deep):
        dice = self.dice.random()
        if dice < 0.5 and here.may_go and self.targets:
            steps = [Step("go", target=self.dice.choice(self.targets))]
        elif dice < 0.75:
            steps = [Step("fail", error="Enough")]
        elif not here.cancelling:
            steps = [Step("refer", name="desk")]
        else:
            steps = [self.note(here, 0)]
        return Step("if", cond=self.cond(here), body=steps, other=[])

    def attempt(self, here, deep):
        body = self.steps(here, deep - 1)
        errors = [e for e in ("Gone", "Closed", "unavailable", "in_doubt", "late", "Enough") if self.chance(35)]
        errors = errors or ["Gone"]
        return Step("attempt", body=body, whens=[(e, self.action(here, deep)) for e in errors])

    def if_(self, here, deep):
        return Step("if", cond=self.cond(here), body=self.steps(here, deep - 1),
                    other=self.steps(here, deep - 1) if self.chance(50) else [])

    def repeat(self, here, deep):
        return Step("repeat", times=2, cond=self.cond(here) if self.chance(40) else None,
                    body=self.steps(here, deep - 1, 2),
                    exhausted=self.steps(here, 0, 1) if self.chance(30) else [])

    def inside(self, here, **changes):
        inner = Here(**dict(here.__dict__, **changes))
        inner.known = list(here.known)
        return inner

    def each(self, here, deep):
        item = self.name("i")
        inner = self.inside(here, items=here.items + [item])
        return Step("each", name=item, items=self.some_items(), window=None, mode=None,
                    body=self.steps(inner, deep - 1, 2))

    def some_items(self):
        return list(ITEMS[:self.dice.choice((1, 2, 2, 3))])

    def each_at_once(self, here, deep):
        item = self.name("i")
        inner = self.inside(here, items=here.items + [item], part=True, counter=None, said=None, may_go=False)
        return Step("each", name=item, items=self.some_items(), window=self.dice.choice((1, 2, 5)),
                    mode=self.dice.choice((None, None, "despite failures")), body=self.steps(inner, deep - 1, 2))

    def together(self, here, deep):
        mode = self.dice.choice((None, "first wins", "first wins", "despite failures"))
        branches = []
        for i in range(self.dice.choice((2, 2, 3))):
            inner = self.inside(here, part=True, may_go=False, said=None,
                                counter=here.counter if i == 0 and not here.part else None)
            branches.append(branch(self.name("p"), self.steps(inner, deep - 1, 2)))
        return Step("together", mode=mode, window=None, branches=branches)

    # ---- around them ----

    def here(self, who, **more):
        counter, said = f"n_{who}", f"s_{who}"
        self.flow.vars += [(counter, 0), (said, "-")]
        return Here(counter=counter, said=said, **more)

    def handler(self, on, what, state, where=False):
        here = self.here(self.name("h"), may_go=on != "cancel", cancelling=on == "cancel",
                         strict=on == "error")
        body = self.steps(here, 1, 2)
        if on in ("event", "after", "late", "error") and self.targets and self.chance(45 if on == "event" else 65):
            body.append(Step("go", target=self.surely()))
        elif on == "error" and self.chance(60):
            body = [Step("refer", name="desk")]
        elif on == "late":
            dice = self.dice.random()
            if dice < 0.3:
                body = [Step("refer", name="desk")]
            elif dice < 0.6:
                body.append(Step("stay"))
        return Handler(on, what, state, body, where)

    def handlers(self, state, many):
        all_ = []
        for on, what, percent in (("event", "Poke", 35), ("event", "Item", 20), ("ignore", "Item", 6),
                                  ("after", self.dice.choice((15, 50, 130)), 15),
                                  ("every", self.dice.choice((40, 110)), 12), ("error", "Gone", 15),
                                  ("error", "unavailable", 12), ("error", None, 15)):
            if self.chance(percent * many):
                if on == "ignore":
                    all_.append(Handler(on, what, state, []))
                else:
                    all_.append(self.handler(on, what, state, on == "event" and self.chance(30)))
        return all_

    def state(self, i, n):
        name = f"s{i}"
        s = State(name, name, within=self.dice.choice((60, 300)) if self.chance(40) else None,
                  up_to=self.dice.choice((2, 3)))
        inner = self.chance(30)
        if not inner or self.chance(40):
            s.body = self.steps(self.here(name, state=name), self.deep_most)
        if inner:
            for k in range(2):
                path = f"{name}.{name}{'ab'[k]}"
                t = State(path.rpartition(".")[2], path, up_to=3, within=70 if self.chance(20) else None)
                t.body = self.steps(self.here(t.name, state=path), self.deep_most - 1)
                t.body.append(Step("go", target=f"{name}.{name}b" if k == 0 else self.after(i, n)))
                t.handlers = self.handlers(path, 0.4)
                if t.within:
                    t.handlers.append(self.handler("late", None, path))
                s.inner.append(t)
        else:
            s.body.append(Step("go", target=self.after(i, n)))
        s.handlers = self.handlers(name, 0.6)
        if s.within:
            s.handlers.append(self.handler("late", None, name))
        return s

    def after(self, i, n):
        return f"s{i + 1}" if i + 1 < n else "over"

    def invent(self):
        flow = self.flow
        n = self.dice.choice((1, 1, 2, 2, 3))
        if self.chance(15):
            n = 0
        self.targets = [f"s{i}" for i in range(n)] + ["over", "over", "lost"]
        flow.policy = self.dice.choice(("few", "few", "more", "once"))
        if n == 0:
            self.targets = []
            flow.body = self.steps(self.here("flow", may_go=False), self.deep_most, 5)
            flow.body.append(Step("give", value=("var", "s_flow")))
            if self.chance(40):
                flow.handlers = self.only_plain(self.handlers(None, 1))
        else:
            flow.states = [self.state(i, n) for i in range(n)]
            flow.handlers = self.handlers(None, 1)
            over, lost = State("over", "over", final=True), State("lost", "lost", final=True)
            if self.chance(30):
                over.body = [self.call(self.here("over", may_go=False), 0)]
            over.body.append(Step("give", value=("text", "done")))
            flow.states += [over, lost]
        if self.chance(30):
            flow.handlers.append(self.handler("cancel", None, None))
        if not any(h.on == "error" and h.what is None for h in flow.handlers):
            flow.handlers.append(Handler("error", None, None, [Step("refer", name="desk")]))
        whens = [("again", [Step("retry")]), ("finish", [Step("fail", error="Enough")])]
        if n > 0:
            whens += [("away", [Step("go", target=self.surely())]), ("lose", [Step("go", target="lost")])]
        if self.chance(40):
            whens.append(("leave", [Step("stay")]))
        if self.chance(30) and n > 0:
            here = self.here("desk", may_go=False)
            whens.append(("back", [Step("undo", mode="all", name=None, whens=[]), self.note(here, 0),
                                   Step("go", target="lost")]))
        flow.letters = [letter("desk", whens)]
        return flow

    def only_plain(self, handlers):
        return [h for h in handlers if not any(s.kind == "go" for s in h.body)]


class Here:
    """Where steps stand: what they may say there."""

    def __init__(self, counter=None, said=None, may_go=True, part=False, cancelling=False, strict=False,
                 items=(), known=(), state=None):
        self.counter, self.said, self.may_go, self.part = counter, said, may_go, part
        self.cancelling, self.strict = cancelling, strict
        self.items, self.known, self.state = list(items), list(known), state


def invent(seed):
    return Inventor(seed).invent()
