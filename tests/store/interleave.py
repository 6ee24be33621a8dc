#!/usr/bin/env python3
"""Two transactions at once, step by step in every order: whichever comes first, what comes of it is allowed. The statements are
the engine's own (engine/store/sql), on two sessions of a PostgreSQL. A step that must wait for the other session waits, and the
other goes on."""
import itertools
import os
import queue
import re
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.dont_write_bytecode = True
import ground  # noqa: E402
from ground import Claims, Ground, PSQL, Sql, TOP  # noqa: E402

MARK = "--- end of step ---"
SHARD = 7
ONE, OTHER = "00000000-0000-7000-8000-0000000000a7", "00000000-0000-7000-8000-0000000000b7"  # two instances of the shard
EVENT = "00000000-0000-7000-8000-0000000000c7"
OWNER, HEIR = "00000000-0000-7000-8000-000000000001", "00000000-0000-7000-8000-000000000002"
LETTER = 10**9  # its number; those that are written meanwhile count from 1
LATE = 60  # seconds a step may take


class Session:
    """A psql of its own that says SQLSTATEs, and may be left waiting."""

    def __init__(self, conninfo):
        self.psql = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", PSQL, "-X", "-qAt", "-F", " ", "-d", conninfo],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.lines = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()
        self.send("\\set VERBOSITY sqlstate")
        self.answer()
        self.send("set search_path = flow_data, pg_temp; set jit = off")
        self.answer()
        self.send("select pg_backend_pid()")
        self.pid = int(self.answer()[0])

    def read(self):
        for line in self.psql.stdout:
            self.lines.put(line.rstrip("\n"))

    def send(self, text):
        self.got = []
        end = "\n" if text.startswith("\\") else ";\n"
        self.psql.stdin.write(f"{text}{end}\\echo {MARK}\n")
        self.psql.stdin.flush()

    def is_answered(self):
        """Takes what has come by now."""
        while True:
            try:
                line = self.lines.get(timeout=0.002)
            except queue.Empty:
                return False
            if line == MARK:
                return True
            self.got.append(line)

    def answer(self):
        until = time.monotonic() + LATE
        while not self.is_answered():
            if time.monotonic() > until:
                raise ground.Failed("a step does not end")
        return self.got

    def close(self):
        self.psql.kill()
        self.psql.wait()


class Player:
    """One transaction: its steps that are left, and what was said."""

    def __init__(self, session, steps):
        self.session, self.steps = session, ["begin"] + list(steps) + ["commit"]
        self.said, self.error, self.is_waiting = [], "", False

    def take(self):
        for line in self.session.got:
            error = re.match(r"ERROR:\s+(\w+)", line)
            if error:
                self.error = self.error or error.group(1)
            elif line and not line.startswith("WARNING"):
                self.said.append(line.split()[0])
        self.is_waiting = False

    def says(self):
        return self.error or " ".join(self.said)


def go_on(player, watch):
    """Until its step is done, or waits for the other session."""
    until = time.monotonic() + LATE
    while not player.session.is_answered():
        if watch.one(f"select cardinality(pg_blocking_pids({player.session.pid})) > 0") == "t":
            player.is_waiting = True
            return
        if time.monotonic() > until:
            raise ground.Failed("a step neither ends nor waits")
    player.take()


def play(sessions, watch, script, order):
    """`order`: whose step is next. Who waits is passed over until it does not."""
    players = [Player(session, steps) for session, steps in zip(sessions, script)]
    left = list(order)
    while left or any(p.is_waiting for p in players):
        for p in players:
            if p.is_waiting:
                go_on(p, watch)
        at = next((i for i, who in enumerate(left) if not players[who].is_waiting), None)
        if at is None:
            continue
        p = players[left.pop(at)]
        p.session.send(p.steps.pop(0))
        go_on(p, watch)
    return tuple(p.says() for p in players)


def orders(a, b):
    """Of a and b steps, each way to mix them; `begin` goes with the first step."""
    for places in itertools.combinations(range(a + b), a):
        yield tuple(0 if i in places else 1 for i in range(a + b))


# ---- the statements ----

def statements():
    found = {}
    for name in ("lane", "control", "match", "fence", "door"):
        with open(f"{TOP}/engine/store/sql/{name}.sql") as f:
            for part in re.split(r"^-- name: ", f.read(), flags=re.M)[1:]:
                title, _, text = part.partition("\n")
                found[title.strip()] = re.sub(r"--.*", "", text).strip().rstrip(";")
    return found


ALL = statements()


def say(name, *values):
    """The statement with its values in their places."""
    return re.sub(r"\$(\d+)", lambda m: "(" + values[int(m.group(1)) - 1] + ")", ALL[name])


def moves(node=OWNER, epoch=1, rev=1, one=ONE, state="next", stimulus=1):
    now = "array[clock_timestamp()]"
    return say("move", f"array[{SHARD}]", f"array[{epoch}]", f"'{node}'", f"array[{SHARD}]", f"array['{one}']", f"array[{rev}]",
               "array[2]", "array[false]", f"array['{state}']", now, now, "array[null]::timestamptz[]",
               "array[null]::timestamptz[]", "array['x'::bytea]", now, f"array[{stimulus}]", "array['[]']").replace(
                   "SELECT clock_timestamp(),", "SELECT 'moved',")


def takes(seq):
    return say("take_mail", f"array[{SHARD}]", f"array[{seq}]", "array[false]", "array[null]").replace("SELECT took_all", "SELECT 'taken', took_all")


def claims(node):
    return say("claim", f"'{node}'", "32").replace("RETURNING l.shard, l.epoch, l.deaths", "RETURNING 'claimed'")


def releases(node):
    return say("release", f"'{node}'", f"array[{SHARD}]::smallint[]") + " RETURNING 'released'"


def waits(one=ONE, number=1):
    return say("add_subscriptions", f"array[{SHARD}]", "array[5]", "array[1]", f"array['{one}']", f"array[{number}]", "array['Paid']",
               "array[true]")


FILES = say("file", f"array['{EVENT}']", "array[false]", "array[null]", "array[null]", "array[1]", "array[5]", "array[1]", "array[1]")
DELIVERS = say("deliver", f"array[{SHARD}]")
OFFERS = say("deliver_fresh", f"array[{SHARD}]", "100")
FENCES = say("fence", f"array[{SHARD}]", "array[1]", f"'{OWNER}'")
GIVES_BACK = say("take_mail", f"array[{SHARD}]", f"array[{LETTER}]", "array[true]", "array[null]").replace(
    "SELECT took_all", "SELECT 'declined', took_all")
RECALLS = say("take_back", f"array[{SHARD}]", "100")
STOPS = say("drop_subscriptions", f"array[{SHARD}]", "array[5]", "array[1]", f"array['{ONE}']", "array[1]")
NOON, LATER = "'2026-01-01T12:00Z'", "'2026-01-01T13:00Z'"
BEGINS = say("schedule_begin", "'f'", "0", "'h'", "'2026-01-01T11:00Z'", NOON, LATER, "'{}'", "'noon'").replace(
    "SELECT id, created, key, number", "SELECT case when created then 'began' else 'known' end")
PAUSES = "select 'paused', flow.pause_schedule('f')"
REARMS = say("rearm", f"array[{SHARD}]", f"array['{ONE}']", f"array[{NOON}]", f"array[{LATER}]") + ", 'rearmed'"
LEAVES = say("leave", f"'{OWNER}'")
FORGETS = say("forget_ended", f"array[{SHARD}]::smallint[]", "100")
FORGETS_SEEN = say("forget_seen", "(select array_agg(s::smallint) from generate_series(0, 31) s)", "100")
HALTS = say("adapter_say", "'erp'", "'pause'", "'why'", "'somebody'")


def sets(rev, state):
    """A breaker, as it was read at `rev`."""
    return say("breaker_set", "'erp'", str(rev), str(state), "5", "1", "0", "''")


STARTS = "select case when created then 'began' else 'known' end from start_instance('f', '{}', 'k', 'somebody')"
SENDS = "select case when duplicate then 'again' else 'came' end from send_event('Sent', '{\"m\":\"1\"}', 'somebody')"

# What is looked at in the end, by a session that has seen nothing.
STANDS = (f"select i.rev || ', ' || (select count(*) from journal where instance = i.id) || ' told, epoch ' || l.epoch"
          f" from instance i, shard_lease l where i.id = '{ONE}' and l.shard = {SHARD}")
MAILS = "select count(*) from mail"

# ---- the scripts: what two say, what is looked at afterwards, and which (one, other, stands) are allowed ----

SCHEDULED = "insert into schedule (flow, line, version, rule, over) values ('f', 0, 1, 'every day', '2026-01-01T11:00Z')"
HELD = (f"update inbox set what = 3, keys = array[5], masks = array[1] where id = '{EVENT}';"
        f" insert into inbox_key (shard, key, fields, id) values ({SHARD}, 5, 1, '{EVENT}'); ")

# A fifth part is what is so before, beside what always is.
SCRIPTS = [
    ("of two commits from one revision one counts",
     ([moves(state="a")], [moves(state="b")]), STANDS,
     {("moved", "FL001", "2, 1 told, epoch 1"), ("FL001", "moved", "2, 1 told, epoch 1")}),
    ("a commit is done before its shard is taken over, or is refused; a take-over does not wait for one",
     ([moves()], [claims(HEIR)]), STANDS,
     {("moved", "", "2, 1 told, epoch 1"),             # it was locked, and is left for the next time
      ("moved", "claimed", "2, 1 told, epoch 2"),      # the commit came first
      ("FL001", "claimed", "1, 0 told, epoch 2")}),    # the take-over came first
    ("the two halves of a commit count together, also beside a take-over",
     ([moves(), takes(LETTER)], [claims(HEIR)]), STANDS.replace("|| l.epoch", "|| l.epoch || ', mail ' || (select count(*) from mail)"),
     {("moved taken", "", "2, 1 told, epoch 1, mail 0"), ("moved taken", "claimed", "2, 1 told, epoch 2, mail 0"),
      ("FL001", "claimed", "1, 0 told, epoch 2, mail 1")}),
    ("a shard that is given back waits for the commit under way, and a later one is refused",
     ([moves()], [releases(OWNER)]), STANDS,
     {("moved", "released", "2, 1 told, epoch 2"), ("FL001", "released", "1, 0 told, epoch 2")}),
    ("a shard is taken by one of two",
     ([claims(HEIR)], [claims(OWNER.replace("1", "3"))]), f"select epoch from shard_lease where shard = {SHARD}",
     {("claimed", "", "2"), ("", "claimed", "2")}),
    ("one letter is taken by one of two",
     ([takes(LETTER)], [takes(LETTER)]), MAILS,
     {("taken", "FL002", "0"), ("FL002", "taken", "0")}),
    ("two commits of different instances do not hinder each other, though both need the lease",
     ([moves()], [moves(one=OTHER)]), "select string_agg(rev::text, ',' order by id) from instance",
     {("moved", "moved", "2,2")}),
    ("an event and its waiter find each other, whoever is first",
     ([FENCES, FILES, DELIVERS], [waits()]), f"{OFFERS}; {OFFERS}; {MAILS} where message = '{EVENT}'",
     {("any", "", "1")}),
    ("what a matcher files is not filed by one whose shard was taken over",
     ([FENCES, FILES], [claims(HEIR)]), f"select what || ', epoch ' || (select epoch from shard_lease where shard = {SHARD})"
     f" from inbox where id = '{EVENT}'",
     {("any", "", "1, epoch 1"), ("any", "claimed", "1, epoch 2"), ("FL001", "claimed", "0, epoch 2")}),
    ("of two starts under a key one begins",
     ([STARTS], [STARTS]), "select count(*) from instance where key = 'k'",
     {("began", "known", "1"), ("known", "began", "1")}),
    ("of two copies of an event one counts",
     ([SENDS], [SENDS]), "select count(*) filter (where what = 0) || ' of ' || count(*) from inbox where event = 'Sent'",
     {("came", "again", "1 of 2"), ("again", "came", "1 of 2")}),
    ("of two who say that a moment has come one begins it",
     ([BEGINS], [BEGINS]), "select count(*) from instance where key = 'noon'",
     {("began", "55000", "1"), ("55000", "began", "1")}, SCHEDULED),
    ("a moment begins before its schedule is paused, or not at all",
     ([BEGINS], [PAUSES]), "select count(*) || ' of ' || (select over from schedule) from instance where key = 'noon'",
     {("began", "paused", "1 of 2026-01-01 12:00:00+00"), ("55000", "paused", "0 of 2026-01-01 11:00:00+00")}, SCHEDULED),
    ("a letter is settled before its shard is taken over, or stays",
     ([FENCES, takes(LETTER)], [claims(HEIR)]), f"select count(*) || ', epoch ' || (select epoch from shard_lease where shard = {SHARD}) from mail",
     {("1 taken", "", "0, epoch 1"), ("1 taken", "claimed", "0, epoch 2"), ("FL001", "claimed", "1, epoch 2")}),
    ("a letter is settled, or moves its instance",
     ([FENCES, takes(LETTER)], [moves(), takes(LETTER)]), STANDS.replace("|| l.epoch", "|| l.epoch || ', mail ' || (select count(*) from mail)"),
     {("1 taken", "FL002", "1, 0 told, epoch 1, mail 0"), ("FL002", "moved taken", "2, 1 told, epoch 1, mail 0")}),
    ("a timer that is set again is not one that a transition has set",
     ([FENCES, REARMS], [moves()]), f"select rev || ', ' || coalesce(timer_at::text, 'none') from instance where id = '{ONE}'",
     {("any", "moved", "2, none")}, f"update instance set timer_at = {NOON} where id = '{ONE}'"),
    ("what is held is offered once, though two offer it",
     ([FENCES, OFFERS], [OFFERS]), f"{OFFERS}; select what || ', mail ' || count(m) from inbox i left join mail m on m.message = i.id"
     f" where i.id = '{EVENT}' group by what",
     {("any", "any", "2, mail 1")}, HELD + waits()),
    ("what is held is offered to who waits, or stays for others when he waits no more",
     ([FENCES, OFFERS], [moves(), STOPS]), f"{OFFERS}; select what || ', mail ' || count(m) from inbox i left join mail m on m.message = i.id"
     f" where i.id = '{EVENT}' group by what",
     {("any", "moved", "2, mail 1"), ("any", "moved", "3, mail 0")}, HELD + waits()),
    ("an event that is declined is looked at again, whoever asks meanwhile",
     ([FENCES, RECALLS], [moves(), GIVES_BACK]), f"{RECALLS}; select what || ', declined ' || refusals from inbox where id = '{EVENT}'",
     {("any", "moved declined", "1, declined 1")},
     f"update inbox set what = 2, copies = 1 where id = '{EVENT}'; update mail set message = '{EVENT}', event = 'Paid'"),
    ("who goes on as another node loses its shards, taken over or not",
     ([LEAVES], [claims(HEIR)]), f"select coalesce(owner::text, 'nobody') || ', epoch ' || epoch from shard_lease where shard = {SHARD}",
     {("", "", "nobody, epoch 2"), ("", "claimed", f"{HEIR}, epoch 2"), ("", "claimed", f"{HEIR}, epoch 3")}),
    ("a commit of before its node went on as another is done first, or is refused",
     ([moves()], [LEAVES]), STANDS,
     {("moved", "", "2, 1 told, epoch 1"),  # it was locked, and whoever takes over finds it
      ("moved", "", "2, 1 told, epoch 2"), ("FL001", "", "1, 0 told, epoch 2")}),
    ("of two who open a breaker that they have not seen one does",
     ([sets(0, 1)], [sets(0, 1)]), "select rev from breaker", {("1", "", "1"), ("", "1", "1")}),
    ("of two who have read a breaker one sets it",
     ([sets(1, 2)], [sets(1, 0)]), "select rev || ', state ' || state from breaker", {("2", "", "2, state 2"), ("", "2", "2, state 0")},
     "insert into breaker (adapter, rev, state, failures, rounds, since) values ('erp', 1, 1, 5, 1, now())"),
    ("an operator's pause stands beside what a node says of a breaker",
     ([HALTS], [sets(1, 0)]), "select (paused_at is not null) || ', rev ' || rev || ', state ' || state from breaker",
     {("", "", "true, rev 2, state 1"), ("", "2", "true, rev 3, state 0")},
     "insert into breaker (adapter, rev, state, failures, rounds, since) values ('erp', 1, 1, 5, 1, now())"),
    ("what has ended is forgotten, or lives again: then it is not",
     ([FORGETS], [moves(stimulus=8)]), f"select count(*) || ', ' || (select count(*) from journal where instance = '{ONE}') || ' told' from instance"
     f" where id = '{ONE}'",
     {("any", "moved", "1, 1 told"), ("1", "FL001", "0, 0 told")},
     f"insert into retention (flow, keep, set_by) values ('f', '1 hour', 'x');"
     f" update instance set status = 100, ended_at = now() - interval '1 day' where id = '{ONE}'"),
    ("a copy after the time in which copies are known is another, and then known",
     ([FORGETS_SEEN], [SENDS]), f"{SENDS}; select count(*) filter (where what = 0) || ' of ' || count(*) from inbox where event = 'Sent'",
     {("any", "came", "1 of 2")}, f"{SENDS}; update seen set until = now() - interval '1 minute'; delete from inbox where event = 'Sent'"),
]

# Who looks first and then writes, without a lock: the same judgement must find it out.
DOCTORED = ("found out: who looks, and then moves what it saw",
            ([f"select rev from instance where id = '{ONE}'", f"update instance set rev = 2 where id = '{ONE}' returning 'moved'"],) * 2,
            f"select rev from instance where id = '{ONE}'", {("1 moved", "2 moved", "2"), ("2 moved", "1 moved", "2")})


GIVEN = f"""
truncate instance, journal, mail, subscription, inbox, inbox_key, inbox_back, seen, living, tally, schedule, breaker, adapter_word, retention;
update shard_lease set owner = '{OWNER}', epoch = 1 where shard = {SHARD};
update shard_lease set owner = '{HEIR}' where shard <> {SHARD};
delete from node;
insert into node (nonce, lock_key, name, expires_at, capacity, snapshots) values
    ('{HEIR}', 42, 'heir', clock_timestamp() + interval '1 hour', 32, 5),
    ('{OWNER.replace("1", "3")}', 43, 'other heir', clock_timestamp() + interval '1 hour', 32, 5);
insert into instance (shard, id, version, rev, status, in_flight, key, since, started_at)
    select {SHARD}, id::uuid, 1, 1, 2, false, id, now(), now() from unnest(array['{ONE}', '{OTHER}']) id;
insert into mail (shard, seq, instance, kind) overriding system value values ({SHARD}, {LETTER}, '{ONE}', 2);
insert into inbox (shard, id, event, body, at, until, held, what)
    values ({SHARD}, '{EVENT}', 'Paid', '{{}}', now(), now() + interval '1 day', 86400000000, 0);
"""

ALWAYS = """
select pg_advisory_lock(42), pg_advisory_lock(43);
insert into version (flow, number, hash, image, source, meta, deployed_by)
    values ('f', 1, 'h', 'i', 's', '{"params": [], "has_key": true}', 'test');
insert into environment (name, document, deployed_by) values ('x', '{"adapters": {"erp": {"over": "fake"}}}', 'test');
insert into event (name, version, fields, unique_fields, held) values ('Sent', 1, '[{"name": "m", "kind": "string"}]', '{m}', 0)
"""


def is_allowed(allowed, came):
    return any(all(want in ("any", got) for want, got in zip(row, came)) for row in allowed)


def try_script(sessions, watch, script):
    """How often it was played, and what was not allowed."""
    _, steps, looks, allowed, *given = script
    wrong, n, seen = [], 0, set()
    for order in orders(len(steps[0]) + 1, len(steps[1]) + 1):
        watch.rows(GIVEN + "".join(given))
        spread = list(order)
        for who in (0, 1):  # `begin` right before the first step
            spread.insert(spread.index(who), who)
        said = play(sessions, watch, steps, spread)
        stands = watch.rows(looks)[-1][0]
        n += 1
        seen.add((*said, stands))
        if not is_allowed(allowed, (*said, stands)):
            wrong.append(f"{''.join('AB'[who] for who in order)}: {(*said, stands)}")
    return n, wrong, seen


def story(c, g):
    g.start()
    g.until(g.is_ready, "flowd is ready", 60)
    g.kill()
    watch = g.sql = Sql(g.conninfo)
    watch.rows("set search_path = flow_data, pg_temp;" + ALWAYS)
    sessions = [Session(g.conninfo), Session(g.conninfo)]
    try:
        for script in SCRIPTS:
            n, wrong, seen = try_script(sessions, watch, script)
            c.check(not wrong, f"{script[0]}: {n} orders, {len(seen)} outcomes" + "".join("\n    " + w for w in wrong))
        n, wrong, _ = try_script(sessions, watch, DOCTORED)
        c.check(0 < len(wrong) < n, DOCTORED[0])
    finally:
        for session in sessions:
            session.close()


def main():
    g = Ground("interleave")
    c = Claims()
    return c.tell(lambda: story(c, g), g.close)


if __name__ == "__main__":
    ground.begin(__file__)
    sys.exit(main())
