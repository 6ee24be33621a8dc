"""The regular expressions that editors use, compiled by the library they use (libonig5 of Debian)."""
import ctypes


class Oniguruma:
    def __init__(self):
        self.lib = ctypes.CDLL("libonig.so.5")
        self.utf8 = ctypes.byref(ctypes.c_char.in_dll(self.lib, "OnigEncodingUTF8"))
        self.syntax = ctypes.c_void_p.in_dll(self.lib, "OnigDefaultSyntax")

    def complaint(self, pattern):
        """What it says against a pattern; "" for one that compiles."""
        text = pattern.encode()
        start = ctypes.create_string_buffer(text, len(text) + 1)
        at = ctypes.addressof(start)
        compiled, info = ctypes.c_void_p(), ctypes.create_string_buffer(64)
        code = self.lib.onig_new(ctypes.byref(compiled), ctypes.c_void_p(at), ctypes.c_void_p(at + len(text)), 0,
                                 self.utf8, self.syntax, info)
        if code == 0:
            self.lib.onig_free(compiled)
            return ""
        said = ctypes.create_string_buffer(128)
        self.lib.onig_error_code_to_str(said, code, info)
        return said.value.decode()


def patterns(rule):
    """All patterns of a TextMate grammar, with where they stand."""
    for key, value in rule.items() if isinstance(rule, dict) else enumerate(rule) if isinstance(rule, list) else ():
        if key in ("match", "begin", "end", "while") and isinstance(value, str):
            yield value
        else:
            yield from patterns(value)


def includes(rule):
    """What a grammar refers to: "#name", "source.flow" or "$self"."""
    for key, value in rule.items() if isinstance(rule, dict) else enumerate(rule) if isinstance(rule, list) else ():
        if key == "include":
            yield value
        else:
            yield from includes(value)
