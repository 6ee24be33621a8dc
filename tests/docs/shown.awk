# Is what a page shows (the first file) said by a program (the second), line by line and in this order? Ids, moments and
# spaces may be others; further lines may stand between. The line that is missing is printed.
function plain(line) {
    gsub(/[0-9a-f]+-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+/, "ID", line)
    gsub(/[0-9]+-[0-9]+-[0-9]+[T ][0-9:.]+Z?/, "TIME", line)
    gsub(/[ \t]+/, " ", line)
    sub(/^ /, "", line)
    sub(/ $/, "", line)
    return line
}
NR == FNR { if (plain($0) != "") wanted[++n] = $0; next }
met < n && plain($0) == plain(wanted[met + 1]) { met++ }
END {
    if (met < n) print wanted[met + 1]
    exit met < n
}
