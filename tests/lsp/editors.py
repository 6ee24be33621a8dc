"""The grammars of the editors: up to date, and of the same mind as the server about words, texts and comments."""
import glob
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import *  # noqa: E402,F403
from textmate import Grammar  # noqa: E402

editors = os.path.join(top, "tools", "editors")
said = subprocess.run([sys.executable, editors + "/generate", "--check"], capture_output=True, text=True)
so("the grammars are what the table of words makes of them", said.returncode == 0, said.stdout + said.stderr)

with open(editors + "/vscode/package.json", encoding="utf-8") as f:
    package = json.load(f)
for part in package["contributes"]["grammars"]:
    so(f"{part['path']} is there", os.path.exists(os.path.join(editors, "vscode", part["path"])))
for part in package["contributes"]["languages"]:
    with open(os.path.join(editors, "vscode", part["configuration"]), encoding="utf-8") as f:
        so(f"how {part['id']} is typed can be read", json.load(f)["comments"]["lineComment"] == "#")
if shutil.which("node"):
    said = subprocess.run(["node", "--check", editors + "/vscode/extension.js"], capture_output=True, text=True)
    so("the extension is JavaScript", said.returncode == 0, said.stderr)

# ---- what the server says of each word ----
ALIKE = {"keyword": "keyword", "string": "string", "comment": "comment"}
s = Server()
legend = s.hello["capabilities"]["semanticTokensProvider"]["legend"]["tokenTypes"]
files = sorted(glob.glob(top + "/flows/*.flow") + glob.glob(top + "/flows/*.bind") +
               glob.glob(top + "/flows/examples/*.flow"))
words = {}  # path: [(line, column, word, "keyword" | "string" | "comment" | "name")]
for path in files:
    with open(path, encoding="utf-8") as f:
        text = s.open(path, f.read())
    lines = text.text.split("\n")
    data = s.of("semanticTokens/full", text)["data"]
    line = column = 0
    words[path] = []
    for i in range(0, len(data), 5):
        down, right, length, kind, _ = data[i:i + 5]
        line, column = line + down, right if down else column + right
        word = lines[line][column:column + length]
        kind = ALIKE.get(legend[kind], "name" if word[:1].isalpha() else None)
        if kind and not word.startswith("}"):
            words[path].append((line, column, word, kind))
s.end()
so("there is something to compare", sum(len(w) for w in words.values()) > 2500, str(sum(len(w) for w in words.values())))


def compare(editor, path, kind_at):
    wrong = []
    for line, column, word, kind in words[path]:
        got = kind_at(line, column)
        if got != kind and not (kind == "name" and got not in ("keyword", "string", "comment")):
            wrong.append(f"{line + 1}:{column + 1} `{word}` is a {kind}, and {editor} shows {got}")
    so(f"{editor} shows {os.path.basename(path)} as the server does", not wrong, "\n".join(wrong[:12]))


# ---- TextMate ----
grammars = {}
for part in package["contributes"]["grammars"]:
    with open(os.path.join(editors, "vscode", part["path"]), encoding="utf-8") as f:
        grammars[part["language"]] = Grammar(json.load(f))


def textmate_kind(scopes):
    for name in reversed(scopes or []):
        if name.startswith("meta."):
            return "name"
        if name.startswith(("keyword.control", "constant.language")):
            return "keyword"
        for kind in ("string", "comment"):
            if name.startswith(kind):
                return kind
    return "name"


for path in files:
    grammar = grammars["flow-bind" if path.endswith(".bind") else "flow"]
    with open(path, encoding="utf-8") as f:
        scopes = grammar.scopes(f.read())
    compare("TextMate", path, lambda line, column: textmate_kind(scopes[line][column]))

# ---- Vim ----
GROUPS = {"flowKeyword": "keyword", "flowConstant": "keyword", "flowText": "string", "flowRaw": "string",
          "flowLong": "string", "flowComment": "comment", "flowDoc": "comment"}
nvim = shutil.which("nvim")
so("there is a Neovim (tools/packages.txt)", nvim is not None)
with tempfile.TemporaryDirectory() as folder:
    for path in files if nvim else []:
        with open(path, encoding="utf-8") as f:
            lines = f.read().split("\n")
        places = [(line + 1, len(lines[line][:column].encode()) + 1) for line, column, *_ in words[path]]
        script = folder + "/look.lua"
        with open(script, "w", encoding="utf-8") as f:
            f.write("local out = {}\nfor _, at in ipairs(vim.fn.json_decode('" + json.dumps(places) + "')) do\n"
                    "  out[#out + 1] = vim.fn.synIDattr(vim.fn.synID(at[1], at[2], 1), 'name')\nend\n"
                    "vim.fn.writefile(out, '" + folder + "/seen')\nvim.cmd('qall!')\n")
        said = subprocess.run([nvim, "--headless", "-n", "-i", "NONE", "-u", "NONE",
                               "--cmd", f"set rtp^={editors}/vim", "--cmd", "filetype plugin on", "--cmd", "syntax on",
                               path, "-c", "luafile " + script, "-c", "qall!"], capture_output=True, text=True, timeout=DEADLINE,
                              env={**os.environ, "XDG_STATE_HOME": folder, "XDG_DATA_HOME": folder,
                                   "XDG_CONFIG_HOME": folder, "XDG_CACHE_HOME": folder})
        with open(folder + "/seen", encoding="utf-8") as f:
            seen = dict(zip([w[:2] for w in words[path]], f.read().split("\n")))
        compare("Vim", path, lambda line, column: GROUPS.get(seen[(line, column)], "name"))
counts()
