"""What a flow under way is made of: what runs, its calls, its effects, its errors."""
from tree import OPERATIONS


class Trouble(Exception):
    """An error of the flow that looks for an answer."""

    def __init__(self, name, attempts=0):
        super().__init__(name)
        self.name, self.attempts = name, attempts


class Over(Exception):
    """What runs is over: it went elsewhere, or somebody gave it up."""


class Call:
    def __init__(self, op, arg, policy, began, limit=None, record=None):
        self.op, self.arg, self.policy, self.began, self.limit_at, self.record = op, arg, policy, began, limit, record
        self.number, self.phase, self.attempt, self.tries = 0, "sent", 1, 1
        self.sent_at, self.next_at, self.limit_passed, self.in_doubt = began, None, False, False
        self.recovered, self.undoes = False, False


class Record:
    """An effect that happened or may have, and how it is put back."""

    def __init__(self, seq, order, name, op, arg, policy, fibre):
        self.seq, self.order, self.name, self.op, self.arg, self.policy = seq, order, name, op, arg, policy
        self.fibre, self.state, self.result, self.at, self.lost = fibre, "armed", None, 0, False
        self.stays = OPERATIONS[op].undo is None


class Fibre:
    """One thing the flow does: steps, a handler, a choice of a dead letter, a part."""

    def __init__(self, number, kind, home, gen):
        self.number, self.kind, self.home, self.gen = number, kind, home, gen
        self.wait, self.until, self.stopping, self.send, self.throw = "ready", None, False, None, None
        self.call = self.task = self.problem = self.letter = self.target = self.scope = self.step = None
        self.failing = None           # the error for which everything is undone
        self.handler = self.parent = self.parked = None
        self.attempts = 0             # attempts it is within
        self.names, self.index, self.here = {}, 0, None
        self.begun, self.window, self.cause, self.gifts, self.won, self.items = 0, 0, None, {}, False, None
        self.alive = True

    def target_is(self, what):
        return self.target is not None and self.target[0] == what

    def go_on(self, value=None, error=None):
        self.wait, self.send, self.throw, self.until, self.problem = "ready", value, error, None, None


def names_made(steps):
    names = set()
    for s in steps:
        if s.kind == "call":
            names.add(s.name or s.op)
        for b in s.blocks():
            names |= names_made(b)
    return names
