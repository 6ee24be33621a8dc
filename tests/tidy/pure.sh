#!/bin/sh
# The heart and the compiler are pure: what they ask the linker for names no clock, dice, file or socket.
bad=0
for lib in "${top_builddir:-.}/libcore.a" "${top_builddir:-.}/libir.a" "${top_builddir:-.}/libdsl.a"; do
    [ -f "$lib" ] || { echo "$lib: not built"; exit 1; }
    nm -u "$lib" 2>/dev/null |
        grep -wE 'U (time|gettimeofday|clock_gettime|rand|random|getrandom|socket|connect|send|recv|open|open64|fopen|fopen64|read|write|getenv|PQ[a-zA-Z]*|event_[a-z_]*|curl_[a-z_]*)' |
        sed "s|^|$lib: asks for|" | grep . && bad=1
done
exit $bad
