"""A PostgreSQL server of one's own, with durability on, that may be killed and comes up again."""
import glob
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

from ground import Failed, Sql, pause

BIN = os.path.dirname(sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))[-1])

CONF = """
listen_addresses = ''
unix_socket_directories = '{dir}'
timezone = 'UTC'
log_timezone = 'UTC'
shared_buffers = 64MB
max_wal_size = 512MB
max_connections = {connections}
client_connection_check_interval = 1s
"""


def as_user():
    """PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return [], None
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"], user


class Cluster:
    def __init__(self, connections=60):
        self.dir = tempfile.mkdtemp(prefix="orderly-pg-")
        self.data = self.dir + "/data"
        self.prefix, self.user = as_user()
        self.server = None
        self.give(self.dir)
        self.connections = connections

    def give(self, folder):
        """To whom the server runs as."""
        if self.user:
            os.chown(folder, self.user.pw_uid, self.user.pw_gid)

    def create(self, *options):
        self.run("initdb", "-D", self.data, "-U", "flow_admin", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
                 *options)
        with open(self.data + "/postgresql.conf", "a") as conf:
            conf.write(CONF.format(dir=self.dir, connections=self.connections))
        self.start()
        self.admin("create role flow_dev login createrole", "create database flow owner flow_dev")
        return self

    def copy(self, primary):
        """As a standby of `primary`, in the place of what lay here."""
        shutil.rmtree(self.data, ignore_errors=True)
        self.run("pg_basebackup", "-D", self.data, "-d", f"host={primary.dir} user=flow_admin", "-R", "-c", "fast", "--no-sync")
        with open(self.data + "/postgresql.conf", "a") as conf:
            conf.write(f"unix_socket_directories = '{self.dir}'\n")
        self.server = None

    def admin(self, *statements):
        """The last one's answer."""
        admin = Sql(self.conninfo("postgres", "flow_admin"))
        try:
            return [admin.one(sql) for sql in statements][-1]
        finally:
            admin.close()

    def run(self, program, *words):
        done = subprocess.run([*self.prefix, f"{BIN}/{program}", *words], capture_output=True, text=True, timeout=120, cwd="/")
        if done.returncode != 0:
            raise Failed(f"{program}: {done.stdout}{done.stderr}")

    def conninfo(self, database="flow", user="flow_dev"):
        return f"host={self.dir} user={user} dbname={database}"

    # ---- its life ----

    def start(self, seconds=60):
        """Until it answers. What its last life left (shared memory, a lock) may take a moment to go."""
        deadline = time.monotonic() + seconds
        while not self.is_up():
            if self.server is None or self.server.poll() is not None:
                with open(self.dir + "/server.log", "ab") as log:
                    self.server = subprocess.Popen(
                        ["setpriv", "--pdeathsig", "INT", *self.prefix, BIN + "/postgres", "-D", self.data],
                        stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/")
            if time.monotonic() > deadline:
                with open(self.dir + "/server.log", errors="replace") as log:
                    raise Failed("PostgreSQL does not come up: " + "".join(log.readlines()[-8:]))
            pause()

    def is_up(self):
        return subprocess.run([f"{BIN}/pg_isready", "-q", "-h", self.dir]).returncode == 0

    def crash(self, how):
        """signal.SIGQUIT (-m immediate) or SIGKILL of the postmaster; its children follow."""
        self.server.send_signal(how)
        self.server.wait()

    def cut(self):
        """Every connection of flowd's, by the server."""
        self.admin("select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name like 'flowd %'")

    def says(self, what):
        """How often its log has it."""
        with open(self.dir + "/server.log", errors="replace") as log:
            return log.read().count(what)

    def kill_backend(self, dice):
        """One of those that serve flowd. The server takes all others down with it, and recovers by itself."""
        admin = Sql(self.conninfo("postgres", "flow_admin"))
        pids = [int(pid) for pid, in admin.rows("select pid from pg_stat_activity where application_name like 'flowd %'")]
        admin.close()
        if not pids:
            return False
        try:
            os.kill(dice.choice(pids), signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def close(self):
        if self.server is not None and self.server.poll() is None:
            self.server.send_signal(signal.SIGQUIT)
            self.server.wait()
        for disk in glob.glob(self.dir + "/disk of *"):
            subprocess.run(["umount", "-l", disk], capture_output=True)
        shutil.rmtree(self.dir, ignore_errors=True)
