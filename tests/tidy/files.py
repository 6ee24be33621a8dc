"""Every source file opens with a sentence, is named in its folder's README, and is built; every test can be run."""
import os
import re
import subprocess
import sys

os.chdir(os.environ.get("top_srcdir", "."))
files = subprocess.run(["git", "ls-files"], check=True, capture_output=True, text=True).stdout.split("\n")
files = [f for f in files if f and os.path.exists(f)]
bad = []


def read(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read()


def under(path, *folders):
    return path.split("/")[0] in folders


def readme_of(path):
    folder = os.path.dirname(path)
    while folder and not os.path.exists(folder + "/README.md"):
        folder = os.path.dirname(folder)
    return folder + "/README.md" if folder else None


readmes = {}
built = "\n".join(read(f) for f in files if f.endswith(".mk") or f.endswith("Makefile.am"))
tests = re.findall(r"tests/\S+\.(?:py|sh)", " ".join(re.findall(r"^TESTS \+=((?:.*\\\n)*.*)$", built, re.M)))
bad += [f"{f}: is no program" for f in tests if not os.access(f, os.X_OK)]
for f in files:
    ending = f.rsplit(".", 1)[-1]
    code = under(f, "engine", "dsl", "adapters", "tools", "tests") and ending in ("c", "h", "l", "y")
    if code and "/*" not in "\n".join(read(f).split("\n")[:3]):
        bad.append(f"{f}: does not open with a sentence")
    if code and ending != "h" and os.path.basename(f) not in built:
        bad.append(f"{f}: nothing builds it")
    if under(f, "engine", "dsl", "adapters", "tools", "flows") and ending in (
            "c", "h", "l", "y", "def", "sql", "flow", "bind", "py", "awk"):
        readme = readme_of(f)
        if readme is None:
            bad.append(f"{f}: its folder has no README.md")
            continue
        name = os.path.basename(f)
        words = readmes.setdefault(readme, set(re.findall(r"[A-Za-z0-9_.-]+", read(readme))))
        words |= {w.split(".")[0] for w in words}
        if not {name, name.rsplit(".", 1)[0]} & words:
            bad.append(f"{f}: not named in {readme}")
print("\n".join(bad))
sys.exit(1 if bad else 0)
