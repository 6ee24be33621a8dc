"""A TextMate grammar as editors read it: as much of one as ours use. Scopes of each character of a text."""
import re


class Grammar:
    def __init__(self, grammar):
        self.grammar = grammar
        self.compiled = {}

    def regex(self, pattern):
        if pattern not in self.compiled:
            self.compiled[pattern] = re.compile(pattern)
        return self.compiled[pattern]

    def rules(self, patterns):
        for rule in patterns:
            if "include" in rule:
                yield from self.rules(self.grammar["repository"][rule["include"][1:]]["patterns"])
            else:
                yield rule

    def scopes(self, text):
        """For each line a list: the scopes of each character, outermost first."""
        stack = [{"patterns": self.grammar["patterns"], "names": []}]
        return [self.line(line, stack) for line in text.split("\n")]

    def line(self, line, stack):
        said = [None] * len(line)
        at = 0

        def say(begin, end, names):
            for i in range(begin, end):
                said[i] = list(names)

        for _ in range(4 * len(line) + 8):
            top = stack[-1]
            best = None
            if "end" in top:
                found = self.regex(top["end"]).search(line, at)
                if found:
                    best = (found.start(), None, found)
            for rule in self.rules(top["patterns"]):
                found = self.regex(rule.get("match") or rule["begin"]).search(line, at)
                if found and (best is None or found.start() < best[0]):
                    best = (found.start(), rule, found)
            if best is None:
                break
            begin, rule, found = best
            say(at, begin, top["names"])
            if rule is None:
                say(begin, found.end(), top["names"])
                stack.pop()
            elif "begin" in rule:
                names = top["names"] + [rule["name"]]
                say(begin, found.end(), names)
                stack.append({"patterns": rule.get("patterns", []), "end": rule["end"], "names": names})
            else:
                names = top["names"] + ([rule["name"]] if "name" in rule else [])
                say(begin, found.end(), names)
                for group, capture in rule.get("captures", {}).items():
                    say(found.start(int(group)), found.end(int(group)), top["names"] + [capture["name"]])
            at = found.end()
        say(at, len(line), stack[-1]["names"])
        return said
