# Blocks of Markdown files: each one's lines to OUT/N, and to standard output N, file, line and what its fence says.
function base(path) { sub(/.*\//, "", path); return path }
FNR == 1 { inside = 0 }
/^```/ {
    if (inside) {
        inside = 0
        close(out)
    } else {
        inside = 1
        out = OUT "/" ++n
        printf "" > out
        print n "\t" base(FILENAME) "\t" FNR "\t" substr($0, 4)
    }
    next
}
inside { print > out }
