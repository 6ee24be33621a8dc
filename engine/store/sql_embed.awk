# SQL files as C text. Schema: MIGRATION(number, "name", "text") a file. Statements (mode
# statements): SQL(file, name, "text") for each `-- name:` and what follows it.
function quote(s) { gsub(/\\/, "\\\\", s); gsub(/"/, "\\\"", s); return "    \"" s "\\n\"\n" }
function flush_item() { if (open) printf "%s)\n", text; open = 0 }
FNR == 1 {
    flush_item(); file = FILENAME; sub(/^.*\//, "", file); sub(/\.sql$/, "", file)
    if (mode != "statements") {
        number = substr(file, 1, 4) + 0; name = substr(file, 6)
        text = "MIGRATION(" number ", \"" name "\",\n"; open = 1
    }
}
mode == "statements" && /^-- name: / { flush_item(); text = "SQL(" file ", " $3 ",\n"; open = 1; next }
mode == "statements" && /^ *--/ { next }
mode == "statements" && !open { next }
mode == "statements" && /^$/ { next }
{ text = text quote($0) }
END { flush_item() }
