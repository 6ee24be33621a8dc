"""The grammars of the editors: up to date, and of the same mind as the server about words, texts and comments."""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import *  # noqa: E402,F403
from oniguruma import Oniguruma, includes, patterns  # noqa: E402
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


# ---- the extension, as the editor reads it ----
so("it has what an extension must have", all(isinstance(package.get(k), str) and package[k] for k in ("name", "publisher", "version", "main")))
so("its name and version are of the editor's form", re.fullmatch("[a-z0-9][a-z0-9-]*", package["name"]) and
   re.fullmatch(r"\d+\.\d+\.\d+", package["version"]) and re.fullmatch(r"\^?\d+\.\d+\.\d+", package["engines"]["vscode"]))
so("what it starts with is there", os.path.exists(os.path.join(editors, "vscode", package["main"])))
languages = {part["id"]: part for part in package["contributes"]["languages"]}
so("flows and environments are its languages", sorted(e for l in languages.values() for e in l["extensions"]) == [".bind", ".flow"])
so("each language has one grammar", sorted(g["language"] for g in package["contributes"]["grammars"]) == sorted(languages))
for name, setting in package["contributes"]["configuration"]["properties"].items():
    kind = {"string": str, "array": list, "boolean": bool, "number": (int, float)}.get(setting.get("type"), ())
    so(f"the setting {name} is described, and its default is of its type",
       bool(setting.get("description")) and isinstance(setting.get("default"), kind))
with open(editors + "/vscode/extension.js", encoding="utf-8") as f:
    extension = f.read()
for command in package["contributes"]["commands"]:
    so(f"the command {command['command']} is registered", f'"{command["command"]}"' in extension and bool(command.get("title")))

with open(os.path.join(top, "dsl", "words.def"), encoding="utf-8") as f:
    rows = re.findall(r'^(?:WORD|PHRASE)\("([a-z]+)", (?:"([a-z]+)", )?', f.read(), re.M)
onig = Oniguruma()
so("the library of regular expressions says what is wrong", onig.complaint("(a") != "" and onig.complaint("(?<x>a)\\g<x>") == "")
for part in package["contributes"]["grammars"]:
    with open(os.path.join(editors, "vscode", part["path"]), encoding="utf-8") as f:
        grammar = json.load(f)
    name = part["language"]
    so(f"{name}: the scope is the one that is promised", grammar["scopeName"] == part["scopeName"])
    wrong = [(p, onig.complaint(p)) for p in patterns(grammar) if onig.complaint(p)]
    so(f"{name}: every expression compiles", not wrong and any(True for _ in patterns(grammar)), wrong)
    scopes = {g["scopeName"] for g in package["contributes"]["grammars"]}
    lost = [i for i in includes(grammar) if i != "$self" and i not in scopes and not (i[0] == "#" and i[1:] in grammar["repository"])]
    so(f"{name}: what it refers to is there", not lost, lost)
    for first, second in rows:
        text = f"{first} {second}".strip() + "\n"
        scope = Grammar(grammar).scopes(text)[0]
        so(f"{name}: `{text.strip()}` is coloured as a word of the language",
           all(textmate_kind(scope[i]) == "keyword" for i, c in enumerate(text.strip()) if c != " "), scope)

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
                               path, "-c", "luafile " + script, "-c", "qall!"], capture_output=True, text=True, timeout=5 * DEADLINE,
                              env={**os.environ, "XDG_STATE_HOME": folder, "XDG_DATA_HOME": folder,
                                   "XDG_CONFIG_HOME": folder, "XDG_CACHE_HOME": folder})
        with open(folder + "/seen", encoding="utf-8") as f:
            seen = dict(zip([w[:2] for w in words[path]], f.read().split("\n")))
        compare("Vim", path, lambda line, column: GROUPS.get(seen[(line, column)], "name"))
counts()
