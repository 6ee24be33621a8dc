#!/bin/sh
# Events that come in as files: each once, over kill -9 at every step of its way; and files that are none.
. "${top_srcdir:-.}/tests/e2e/lib.sh"

mine=$top_srcdir/tests/bind
in=$here/in
sed "s|@in@|$in|" "$mine/folder.bind" >"$here/folder.bind"
cp "$mine/folder.flow" "$here/folder.flow"

# drop NAME TEXT: a file whose writer went away long ago.
drop() {
    printf %s "$2" >"$in/.$1"
    touch -d '2 minutes ago' "$in/.$1"
    mv "$in/.$1" "$in/$1"
}
submit() { drop "$1" "{\"kind\":\"submitted\",\"no\":\"$2\"}"; }
began() { ctl sql "select count(*) as n from flow.instances where flow = 'intake' and key = '$1'" -o json | tr -dc 0-9; }
stored() { ctl sql "select count(*) as n from flow_data.inbox i where i.body::json->>'order' = '$1' and what <> 5" -o json | tr -dc 0-9; }
count() { find "$in/$1" -maxdepth 1 -name "*$2" 2>/dev/null | wc -l; }
has_begun() { [ "$(began "$1")" = 1 ]; }
is_put_away() { [ "$(count done ".$1")" = 1 ] && [ "$(count taken "")" = 1 ]; } # the folder itself
is_failed() { [ "$(count failed "$1.why")" = 1 ] && [ ! -e "$in/$1" ]; }
why() { cat "$in"/failed/*"$1.why"; }

check "a flowd" flowd_start
check "the flow and its folder are deployed, though the folder is missing" ctl deploy "$here/folder.flow" --bindings "$here/folder.bind"
says_missing() { grep -q 'folder of events cannot be read' "$here/err"; }
check "which is said" until_true 20 says_missing
mkdir "$in"
submit a.json A-1
check "a file of a folder that is there now begins an instance" until_true 20 has_begun A-1
check "and is put away" until_true 20 is_put_away a.json
is_named() { has "$(ctl show A-1 -o json | tr -d ' ')" '"file":"a.json"'; }
check "its name is the event's" until_true 20 is_named
drop w.json '{"kind":"withdrawn","no":"A-1"}'
is_gone_now() { has "$(ctl show A-1 -o json | tr -d ' ')" '"state":"gone"'; }
check "another one moves it" until_true 20 is_gone_now
submit a.json A-2
check "the same name once more is another file" until_true 20 has_begun A-2

drop half.json '{"kind":"subm'
check "what is no JSON long after it was written has failed" until_true 20 is_failed half.json
check "and says why" has "$(why half.json)" "JSON"
drop other.json '{"kind":"other"}'
check "so has what is no event of it" until_true 20 is_failed other.json
check "and says so" has "$(why other.json)" "none of the events"
drop part.json '{"kind":"submitted","no":7}'
check "and what does not fit" until_true 20 is_failed part.json
check "by its place" has "$(why part.json)" "/no"
head -c 1100000 /dev/zero | tr '\0' 7 >"$in/.huge"
touch -d '2 minutes ago' "$in/.huge"
mv "$in/.huge" "$in/huge"
check "and what is too large" until_true 20 is_failed huge
printf '{"kind":"submitted","no":"A-3"}' >"$here/secret"
touch -d '2 minutes ago' "$here/secret"
ln -s "$here/secret" "$in/link.json"
touch -h -d '2 minutes ago' "$in/link.json"
check "a symbolic link is not followed" until_true 20 is_failed link.json
ln "$here/secret" "$in/hard.json"
check "a second name of another file is not read" until_true 20 is_failed hard.json
mkfifo "$in/fifo"
touch -d '2 minutes ago' "$in/fifo"
check "a fifo is not waited for" until_true 20 is_failed fifo
mkdir "$in/sub"
printf '{"kind":"submitted","no":"A-4"}' >"$in/.hidden"
submit "$(printf 'bad\nname')" A-5
two_whys() { [ "$(find "$in/failed" -name '*.why' | wc -l)" = 8 ]; }
check "nor has a name with a line's end become one" until_true 20 two_whys
submit "$(printf 'größe \047$(x); .json')" A-6
check "a name of any other letters is as good as any" until_true 20 has_begun A-6
printf '{"kind":"submi' >"$in/slow.json"
exec 9>>"$in/slow.json"
is_taken() { [ "$(count taken .slow.json)" = 1 ]; }
check "a file that is still being written is claimed when it rests" until_true 20 is_taken
printf 'tted","no":"A-7"}' >&9
exec 9>&-
flowd_kill
check "and read again" flowd_start
check "when it is whole" until_true 20 has_begun A-7
check "what was none of them has begun nothing" is "$(began A-3)$(began A-4)$(began A-5)" 000
check "folders and hidden files are left alone" test -d "$in/sub" -a -e "$in/.hidden"

if "$flowd" --failpoints | grep -q folder.after_claim; then
    n=0
    for point in folder.after_claim folder.before_commit folder.after_commit; do
        n=$((n + 1))
        flowd_stop
        FLOW_FAULTS=$point=kill flowd_start
        submit "k$n.json" "K-$n"
        check "a flowd that dies at $point" until_true 20 is_gone
        pid=
        check "leaves the file claimed" is "$(count taken ".k$n.json")" 1
        check "the next one" flowd_start
        check "begins its instance" until_true 20 has_begun "K-$n"
        check "and puts it away" until_true 20 is_put_away "k$n.json"
        check "one event was stored" is "$(stored "K-$n")" 1
    done
fi
i=0
while [ $i -lt 40 ]; do
    submit "many$i.json" "M-$i"
    i=$((i + 1))
    [ $i = 20 ] && flowd_kill && flowd_start
done
all_begun() { [ "$(ctl sql "select count(*) as n from flow.instances where flow = 'intake' and key like 'M-%'" -o json | tr -dc 0-9)" = 40 ]; }
check "forty files over a kill -9: forty instances" until_true 60 all_begun
check "and each file is put away once" is "$(find "$in/done" -name '*many*' | wc -l)" 40
flowd_stop
check "it drains and ends with 0" is "$status" 0
finish
