#!/bin/sh
# What `flowc graph` and `flowc doc` promise besides texts: SVG and pages that are well formed and whole, and clear refusals.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top_srcdir=$(readlink -f "${top_srcdir:-$here/../..}")
flowctl=$(readlink -f "${top_builddir:-.}/flowc") # what `it` of checks.sh runs
work=$(mktemp -d "${TMPDIR:-/tmp}/pictures.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
. "$here/checks.sh"
parcel=$top_srcdir/tests/golden/graph/parcel.flow

picture() { # SENTENCE EXPR: a python expression over the SVG printed last, as text in `d`, its words in `words`
    if python3 - "$2" <<'PY'; then held; else fell "$1"; fi
import re, sys, xml.dom.minidom
d = open('out', encoding='utf-8').read()
tree = xml.dom.minidom.parseString(d.encode())
words = {t.firstChild.data.strip() for t in tree.getElementsByTagName('text')}
sys.exit(0 if eval(sys.argv[1]) else 1)
PY
}

it "a flow is drawn by Graphviz" 0 '^<.xml.*<svg .*</svg>' graph --svg "$parcel"
picture "all places are in the picture" "{'gathering','packing','driving','stuck_there','delivered','stopped','failed'} <= words"
picture "what leads from one to the next is said, escaped" "'quick if q.hours < 4' in words and 'late' in words"
picture "it is light and dark" "'prefers-color-scheme:dark' in d"
picture "it draws nothing from elsewhere" "'href=' not in d.replace('xmlns:xlink=', '')"
picture "finals are bars of their own class" \
    "{'parcel/delivered','parcel/stopped','box//done','box//failed'} <= set(re.findall('node final\">.<title>(.*?)</title>', d, re.S))"
it "a flow that runs another is drawn with it" 0 '<svg' graph --svg "$top_srcdir/flows/order_to_cash.flow"
flowc=$flowctl
printf '#!/bin/sh\nPATH=/nowhere exec "%s" "$@"\n' "$flowc" >without_dot
chmod +x without_dot
flowctl=$work/without_dot
it "without Graphviz it is said what to do" 1 'no program `dot`.*hint: install the package graphviz' graph --svg "$parcel"
flowctl=$flowc
it "two forms at once are a slip" 2 'one of --svg' graph --svg --dot "$parcel"
it "a ladder is no picture" 2 'text or --json' graph --undo --svg "$parcel"
echo 'type Qty = int' >types.flow
it "a file without flows has no picture" 3 'there is no flow in types.flow' graph types.flow
echo 'flow f version 1 () { go to nowhere }' >wrong.flow
it "a wrong flow is not drawn, but explained" 20 'F0101' graph wrong.flow
it "the ladder is JSON too" 0 '' graph --undo --json "$parcel"
so "each rung says what puts it back" "[r['put_back_by'] for r in d[1]['ladder'] if r['name']=='shop.charge']==['shop.refund(payment, \"given back\")']"
it "so is who reads and writes what" 0 '' graph --data --json "$parcel"
so "a variable knows its writers" "[v['written_by'] for v in d[1]['data'] if v['name']=='boxes']==[['','gathering']]"

# ---- pages
page() { # SENTENCE FILE…: well formed, self-contained, all links lead somewhere
    sentence=$1
    shift
    if python3 "$here/page.py" "$@"; then held; else fell "$sentence"; fi
}
it "each file becomes a page, and there is a list of them" 0 '^site/canonical.html~site/systems.html~site/order_to_cash.html~site/index.html~$' \
    doc "$top_srcdir/flows/canonical.flow" "$top_srcdir/flows/systems.flow" "$top_srcdir/flows/order_to_cash.flow" -d site
page "pages need nothing else" site/*.html
it "a page with two flows has two pictures" 0 '^two/parcel.html~$' doc -d two "$parcel"
page "and no id twice" two/parcel.html
it "what is written is escaped" 0 '' doc -d two "$parcel"
if grep -q 'It \\&quot;may\\&quot; take &lt;long&gt; &amp; longer' two/parcel.html; then held; else fell "marks are escaped"; fi
flowctl=$work/without_dot
it "without Graphviz there are pages all the same" 0 'pages without pictures: Graphviz is not here' doc -d bare "$parcel"
flowctl=$flowc
page "which say so" bare/parcel.html
if grep -q 'There is no picture: Graphviz' bare/parcel.html; then held; else fell "the page says why"; fi
if cmp -s bare/parcel.html "$top_srcdir/tests/golden/doc/parcel.html"; then held; else
    fell "a page is as before (UPDATE=1 blesses it)"
    if [ -n "${UPDATE:-}" ]; then cp bare/parcel.html "$top_srcdir/tests/golden/doc/parcel.html"; fi
fi
it "a folder has to be said" 2 'which folder' doc "$parcel"
it "a folder that cannot be made is said" 1 'flowc: ' doc -d /dev/null/x "$parcel"
it "a wrong flow has no page" 20 'F0101' doc -d two wrong.flow
counts
