# What an author may write: each word and phrase of dsl/words.def and dsl/lexer.l, each function of dsl/ir_builtins.def, a line each.
/^(WORD|PHRASE|BUILTIN)\(/ {
    split($0, part, "\"")
    word = part[2]
    if (/^PHRASE/) word = word " " part[4]
    if (/^BUILTIN/ && word ~ / /) next # an operator's other name
    if (/^BUILTIN/) word = word "("
    if (!seen[word]++) print word
}
/^} binding_words|^ +[{]"/ { # the words of environments
    while (match($0, /[{]"[a-z]+", [A-Z_]+[}]/)) {
        word = substr($0, RSTART + 2)
        sub(/".*/, "", word)
        if (!seen[word]++) print word
        $0 = substr($0, RSTART + RLENGTH)
    }
}
