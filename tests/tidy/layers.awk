# Who may include whom. First file: the table (tests/tidy/layers.txt), a line a layer: the
# folder (or one file), then the prefixes of what it may include. The longest name wins.
FNR == NR {
    if (NF && $1 !~ /^#/) {
        layer[$1] = 1
        for (i = 1; i <= NF; i++)
            may[$1, $i] = 1
    }
    next
}

function layer_of(name,    l, home) {
    home = ""
    for (l in layer)
        if (index(name, l) == 1 && length(l) > length(home))
            home = l
    return home
}

/^#include "/ {
    split($0, q, "\"")
    named = q[2]
    home = layer_of(FILENAME)
    if (home == "" || named == "config.h")
        next
    # A folder may not reach a deeper layer of its own name unless the table says so.
    deep = layer_of(named)
    ok = 0
    for (k in may) {
        split(k, p, SUBSEP)
        if (p[1] == home && index(named, p[2]) == 1 && (deep == home || length(p[2]) >= length(deep)))
            ok = 1
    }
    if (!ok) {
        printf "%s:%d: %s may not include %s\n", FILENAME, FNR, home, named
        bad = 1
    }
}
END { exit bad }
