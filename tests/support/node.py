"""Another flowd on the database of a ground."""
import os
import subprocess

from ground import Failed, ask, free_port, metric


class Node:
    """With a door of its own, perhaps under a plan of faults. It counts as closed when it is killed."""

    def __init__(self, g, name, plan=None):
        self.g, self.name, self.door = g, name, free_port()
        env = dict(os.environ)
        env.pop("FLOW_FAULTS", None)
        if plan:
            env["FLOW_FAULTS"] = plan
        with open(f"{g.dir}/{name}.log", "ab") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", g.program, "--db", g.flowd_conninfo, "--http", f"127.0.0.1:{self.door}",
                 "--node", name] + g.keys, env=env, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def is_ready(self):
        if self.process.poll() is not None:
            with open(f"{self.g.dir}/{self.name}.log", errors="replace") as log:
                raise Failed(f"{self.name} ended by itself, with {self.process.returncode}: {''.join(log.readlines()[-8:])}")
        return ask(self.door, "GET", "/health/ready", timeout=2)[0] == 200

    def is_stopped(self):
        with open(f"/proc/{self.process.pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] == "T"

    def shards(self):
        return int(self.g.sql.one(f"select coalesce(sum(shards), 0) from flow.nodes where alive and name = '{self.name}'"))

    def metric(self, name):
        return metric(self.door, name, self.g.token)

    def close(self):
        self.process.kill()
        self.process.wait()
