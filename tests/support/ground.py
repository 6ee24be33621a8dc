"""A flowd, stand-ins and a database of their own, for tests that break them. Runs under pg_temp.sh."""
import atexit
import glob
import http.client
import itertools
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

TOP = os.environ.get("top_srcdir") or os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = os.environ.get("top_builddir") or "."
PSQL = (sorted(glob.glob("/usr/lib/postgresql/*/bin/psql")) or [shutil.which("psql")])[-1]


def is_sanitized():
    """flowd keeps what it frees and has a shadow of all: its memory says nothing. And nothing may be loaded before the sanitizer."""
    with open(BUILD + "/flowd", "rb") as program:
        return b"__asan_init" in program.read()


class Failed(Exception):
    """What the test waits for did not come."""


class Claims:
    """What a story claims, one after the other: the first that is not so ends it."""

    def __init__(self):
        self.passed, self.failed = 0, 0

    def check(self, is_so, what):
        if not is_so:
            raise Failed(what)
        self.passed += 1
        print("ok   " + what, flush=True)

    def tell(self, story, *closes):
        """Tells it, closes what was opened in any case, and counts. The exit status."""
        try:
            story()
        except Failed as problem:
            print(f"not so: {problem}", flush=True)
            self.failed += 1
        finally:
            for close in closes:
                close()
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0


def begin(script):
    """Goes under pg_temp.sh if there is no database yet; an interruption cleans up like an end."""
    if "FLOW_DB_ADMIN" not in os.environ:
        os.environ["PG_TEMP_FAST"] = "1"
        pg_temp = os.path.join(TOP, "tests", "support", "pg_temp.sh")
        os.execv("/bin/sh", ["/bin/sh", pg_temp, sys.executable, os.path.abspath(script)] + sys.argv[1:])
    atexit.register(close_all)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda n, frame: sys.exit(128 + n))


def close_all():
    """Also while other threads go on: none of them gets a new ground any more."""
    Ground.is_over = True
    while Ground.all:
        for g in list(Ground.all):
            g.close()


ports_lock = threading.Lock()
ports_given = set()


def free_port():
    """Below the ports the kernel gives to those who ask, so that it stays ours while flowd is dead."""
    while True:
        port = random.SystemRandom().randrange(11000, 32000)
        with ports_lock, socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
            if port not in ports_given:
                ports_given.add(port)
                return port


def ask(port, method, path, data=None, token=None, timeout=10):
    """(status, JSON); the status is 0 when there was no answer."""
    headers = {"Content-Type": "application/json"} if data is not None else {}
    if token:
        headers["Authorization"] = "Bearer " + token
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, None if data is None else json.dumps(data), headers)
        answer = connection.getresponse()
        body = answer.read().decode()
        try:
            return answer.status, json.loads(body)
        except ValueError:
            return answer.status, body
    except (OSError, http.client.HTTPException):
        return 0, None
    finally:
        connection.close()


def metric(port, name, token):
    """Its sum over all labels; 0 while nobody answers."""
    status, lines = ask(port, "GET", "/metrics", token=token, timeout=2)
    if status != 200:
        return 0
    return sum(int(float(line.split()[-1])) for line in lines.splitlines() if line.startswith(name + " "))


def pause(waited=0.0):
    """Between two looks at a condition: the longer one has waited, the longer, by a twentieth."""
    time.sleep(min(0.1, max(0.01, waited / 20)))


class Sql:
    """One psql that stays, so that a question costs a millisecond."""

    MARK = "--- end of answer ---"
    ERRORS = subprocess.STDOUT

    def __init__(self, conninfo):
        self.lock = threading.Lock()
        self.conninfo = conninfo
        self.open()

    def open(self):
        self.psql = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", PSQL, "-X", "-qAt", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-d", self.conninfo],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.ERRORS, text=True)

    def rows(self, sql):
        with self.lock:
            return self.answer(sql)

    def answer(self, sql):
        try:
            self.psql.stdin.write(f"{sql};\n\\echo {self.MARK}\n")
            self.psql.stdin.flush()
        except BrokenPipeError:
            pass  # it has said why
        rows = []
        while True:
            line = self.psql.stdout.readline()
            if line == "":
                raise Failed(f"{sql}: " + " / ".join("\t".join(row) for row in rows))
            if line.rstrip("\n") == self.MARK:
                return rows
            rows.append(line.rstrip("\n").split("\t"))

    def one(self, sql):
        rows = self.rows(sql)
        return rows[0][0] if rows else None

    def close(self):
        self.psql.kill()
        self.psql.wait()


class SteadySql(Sql):
    """One that asks again when its server has died, for two minutes. A dying server's last words are no answer."""

    ERRORS = subprocess.DEVNULL

    def rows(self, sql):
        deadline = time.monotonic() + 120
        with self.lock:
            while True:
                try:
                    return self.answer(sql)
                except Failed:
                    if time.monotonic() > deadline:
                        raise
                self.close()
                pause()
                self.open()


class Ground:
    """A database with a flowd and stand-ins on it."""

    FLOWD_KEYS = ["--lease", "900ms", "--beat", "200ms", "--poll", "100ms", "--breaker-pause", "100ms",
                  "--breaker-pause-max", "1s"]

    names = itertools.count(1)
    all = set()
    is_over = False

    def __init__(self, name, keys=(), pace=(20, 20), server=None):
        """On a server of its own (its `conninfo(database)`), the stand-ins stay where nobody dies."""
        if self.is_over:
            raise Failed("the test is over")
        name = f"{name}_{next(self.names)}"
        self.keys = self.FLOWD_KEYS + list(keys)
        self.pace = pace
        self.dir = tempfile.mkdtemp(prefix="orderly-ground-")
        self.all.add(self)
        self.door, self.stand_in = free_port(), free_port()
        self.flowd = self.sandbox = self.sql = self.ledger = self.token = None
        self.deaths = 0
        self.plan = None
        self.program = BUILD + "/flowd"
        self.env = {}  # of flowd, besides what is everybody's
        self.limit = "400 per 1s"  # of calls to the ERP
        self.conninfo = re.sub(r"dbname=\S+", f"dbname={name}", os.environ["FLOW_DB"])
        self.ledger_conninfo = self.conninfo
        admin = Sql(os.environ["FLOW_DB_ADMIN"])
        admin.rows(f"create database {name} owner flow_dev")
        admin.close()
        if server is not None:
            self.conninfo = server.conninfo("flow")
        self.flowd_conninfo = self.conninfo  # another one when something stands between

    # ---- flowd ----

    def start(self, plan=None):
        env = dict(os.environ, FLOW_FAULTS_FILE=self.dir + "/plan", **self.env)
        env.pop("FLOW_FAULTS", None)
        if plan:
            env["FLOW_FAULTS"] = plan
        self.plan = plan
        with open(self.dir + "/flowd.log", "ab") as log:
            self.flowd = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", self.program, "--db", self.flowd_conninfo,
                 "--http", f"127.0.0.1:{self.door}"] + self.keys,
                env=env, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def arm(self, plan):
        """From now on this is the plan of the flowd that runs. One that dies of the plan before is mended, and told again."""
        said, told = self.armed(), None
        with open(self.dir + "/plan", "w") as f:
            f.write(plan)

        def is_read():
            nonlocal told
            if told is not self.flowd and self.is_ready():
                told, self.plan = self.flowd, plan
                told.send_signal(signal.SIGUSR2)
            return self.armed() > said
        self.until(is_read, "the plan is read")

    def armed(self):
        with open(self.dir + "/flowd.log", "rb") as log:
            return log.read().splitlines().count(b"faults armed")

    def mend(self):
        """A flowd that was killed is started again, without a plan. One that ended otherwise is a failure."""
        status = self.flowd.poll()
        if status is None:
            return
        if status != -signal.SIGKILL or not self.plan:
            raise Failed(f"flowd ended by itself, with {status}: {self.last_words()}")
        self.deaths += 1
        self.start()

    def kill(self):
        self.flowd.kill()
        self.flowd.wait()

    def drain(self, seconds=60):
        """In good order; a plan may kill it on the way."""
        self.flowd.terminate()
        try:
            status = self.flowd.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failed("flowd does not drain") from None
        if status == -signal.SIGKILL and self.plan:
            self.deaths += 1
        elif status != 0:
            raise Failed(f"flowd drained with {status}: {self.last_words()}")

    def is_ready(self):
        return ask(self.door, "GET", "/health/ready", timeout=2)[0] == 200

    def last_words(self):
        with open(self.dir + "/flowd.log", errors="replace") as log:
            return "".join(log.readlines()[-30:])

    # ---- the rest ----

    def set_up(self, with_flows=True):
        """From an empty database to deployed flows, with stand-ins; flowd was started."""
        self.until(self.is_ready, "flowd is ready", 60)
        if self.sql is None:
            is_one = self.ledger_conninfo == self.conninfo
            self.sql = Sql(self.conninfo) if is_one else SteadySql(self.conninfo)
            self.ledger = self.sql if is_one else Sql(self.ledger_conninfo)
        self.token = self.token or json.loads(self.flowctl("token", "create", "sandbox", "-o", "json"))["token"]
        if self.sandbox is None:
            with open(self.dir + "/sandbox.log", "ab") as log:
                self.sandbox = subprocess.Popen(
                    ["setpriv", "--pdeathsig", "KILL", BUILD + "/orderly-sandbox", "--db", self.ledger_conninfo,
                     "--listen", f"127.0.0.1:{self.stand_in}", "--flowd", f"http://127.0.0.1:{self.door}",
                     "--token", self.token, "--pack-ms", str(self.pace[0]), "--pay-ms", str(self.pace[1])],
                    stdout=log, stderr=log, stdin=subprocess.DEVNULL)
            self.until(lambda: ask(self.stand_in, "GET", "/sandbox/health")[0] == 200, "the stand-ins are up", 60)
        if with_flows:
            self.deploy()

    def flows(self):
        """The flows as they are, except that nobody has minutes to wait: pauses and rests are short."""
        folder = self.dir + "/flows"
        if not os.path.isdir(folder):
            shutil.copytree(TOP + "/flows", folder)
            self.change(folder + "/systems.flow",
                        r"try \d+ times +within \w+ +each within \w+ +pause \w+( doubling up to \w+)?",
                        "try 10000 times within 1h each within 3s pause 100ms doubling up to 1s")
            self.change(folder + "/systems.flow", r"limit 40 per 1s", "limit " + self.limit)
            self.change(folder + "/systems.flow", r"rest 1m after", "rest 1s after")
            self.change(folder + "/dev.bind", r"127\.0\.0\.1:7301", f"127.0.0.1:{self.stand_in}")
        return folder

    @staticmethod
    def change(path, old, new):
        with open(path) as f:
            text = f.read()
        changed = re.sub(old, new, text)
        if changed == text:
            raise Failed(f"{path} says nothing like {old} any more")
        with open(path, "w") as f:
            f.write(changed)

    def deploy(self, plan=None):
        folder = self.flows()
        return self.flowctl("deploy", folder + "/order_to_cash.flow", folder + "/drop_ship.flow", "--bindings", folder + "/dev.bind",
                            "-I", folder, plan=plan)

    def flowctl(self, *words, plan=None):
        env = dict(os.environ, FLOW_DB=self.conninfo)
        env.pop("FLOW_FAULTS", None)
        if plan:
            env["FLOW_FAULTS"] = plan
        done = subprocess.run([BUILD + "/flowctl", *words], env=env, capture_output=True, text=True, timeout=60)
        if done.returncode == -signal.SIGKILL and plan:
            self.deaths += 1
        elif done.returncode != 0:
            raise Failed(f"flowctl {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout + (done.stderr if plan else "")

    def switch(self, what, data):
        status, said = ask(self.stand_in, "POST", "/sandbox/" + what, data)
        if status // 100 != 2:
            raise Failed(f"/sandbox/{what}: {status} {said}")

    def counts(self, key=None):
        status, said = ask(self.stand_in, "GET", "/sandbox/counts" + (f"?key={key}" if key else ""), timeout=30)
        if status != 200:
            raise Failed(f"/sandbox/counts: {status} {said}")
        return said

    def say(self, path, data):
        """Says it at the door until it is taken, for a minute: a sender that does not give up."""
        said = [None]

        def is_taken():
            said[0] = ask(self.door, "POST", path, data, self.token)
            if said[0][0] // 100 == 4:
                raise Failed(f"POST {path}: {said[0]}")
            return said[0][0] // 100 == 2
        self.until(is_taken, lambda: f"POST {path} is taken, not {said[0]}")
        return said[0]

    def until(self, is_so, what, seconds=60):
        began = time.monotonic()
        while True:
            self.mend()
            got = is_so()
            if got:
                return got
            if time.monotonic() > began + seconds:
                what = what() if callable(what) else what
                raise Failed(f"not within {seconds} s: {what}\n{self.who_waits()}{self.last_words()}")
            pause(time.monotonic() - began)

    def who_waits(self):
        """Of those that have not ended, why, and what happened to them last."""
        said = ""
        try:
            for key, in self.sql.rows("select key from flow.instances where ended_at is null limit 3"):
                said += self.flowctl("why", key) + "".join(self.flowctl("history", key).splitlines(True)[-12:])
        except (Failed, AttributeError, subprocess.SubprocessError) as failed:
            said += f"({failed})\n"
        return said

    def close(self):
        for process in (self.sandbox, self.flowd):
            if process is not None:
                process.kill()
                process.wait()
        for sql in {self.sql, self.ledger} - {None}:
            sql.close()
        shutil.rmtree(self.dir, ignore_errors=True)
        self.all.discard(self)


def order(order_id, customer="C000042", edi=True, lines=(("BRG-6204", 400), ("SEAL-20", 50))):
    """An order of two lines over two warehouses, unless said otherwise."""
    return {"order": {
        "id": order_id, "customer": customer, "po": "P-" + order_id, "contact": "buyer@acme.example",
        "channel": {"edi": {"partner": "ACME"}} if edi else "portal",
        "ship_to": {"name": "Acme", "street": "1 Mill Rd", "city": "Akron", "postal": "44301", "country": "US"},
        "lines": [{"line": n + 1, "sku": sku, "qty": str(qty), "uom": "EA"} for n, (sku, qty) in enumerate(lines)]}}
