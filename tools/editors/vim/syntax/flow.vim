" Colours of flows and bindings. Written by tools/editors/generate from dsl/words.def: do not edit.
if exists("b:current_syntax")
    finish
endif
syn case match
syn sync minlines=200

" A word before a colon or behind a dot is a name.
syn match flowType      /\v<[A-Z][A-Za-z0-9]*>/
syn match flowNumber    /\v<\d[0-9_]*(\.\d+)?(\s?[A-Z]{3}>|\%|(ms|bd|bh|s|m|h|d|w)(\d+(ms|s|m|h|d|w))*>)?/
syn match flowNumber    /\v<\d{4}-\d\d-\d\d(T[0-9:.]+Z)?/
syn match flowOperator  /\v\?\?|\?\.|[-+*\/<>=|]+/
syn match flowKeyword   /\v\.@1<!<(irreversible|calendar|doubling|failures|function|harmless|together|adapter|advance|attempt|emitted|explore|measure|private|setting|showing|version|answer|asking|branch|called|effect|expect|faults|ignore|policy|repeat|schema|secret|spread|taking|undone|unique|within|after|allow|event|every|fails|false|final|gives|limit|match|never|pause|retry|share|start|state|stays|times|until|using|where|call|else|emit|fail|flow|from|give|goal|held|keep|mark|mock|none|note|only|read|rest|send|stay|test|then|true|type|undo|wait|when|with|add|and|ask|for|key|let|not|per|run|set|try|use|var|as|at|by|if|in|is|of|on|or|to)>(\s*:)@!/
syn match flowKeyword   /\v\.@1<!<(despite\_s+failures|nothing\_s+standing|when\_s+exhausted|migrate\_s+from|never\_s+undone|starts\_s+every|dead\_s+letter|each\_s+within|fails\_s+with|first\_s+wins|undo\_s+since|wait\_s+until|on\_s+cancel|starts\_s+on|undone\_s+by|when\_s+late|for\_s+each|found\_s+by|keep\_s+all|on\_s+error|once\_s+per|refer\_s+to|undo\_s+all|wait\_s+for|at\_s+once|list\_s+of|on\_s+late|is\_s+not|map\_s+of|not\_s+in|go\_s+to|up\_s+to)>/
syn match flowConstant  /\v\.@1<!<(true|false|none)>(\s*:)@!/
syn match flowPlainType /\v(:\s*|<of\_s+|<to\_s+|<gives\_s+|<private\_s+|<secret\_s+|\=\s*)@<=<(text|bool|int|decimal|money|date|instant|duration|workdays)>/
" So is one where only a name can stand.
syn match flowName      /\v(<(dead\_s+letter|undo\_s+since|function|refer\_s+to|adapter|measure|branch|effect|policy|final|go\_s+to|state|flow|mark|read|let|set|as)\_s+)@<=[a-z]\w*/
syn match flowName      /\v(<when\_s+)@<=(none>|late>|exhausted>)@![a-z]\w*/
syn match flowName      /\v(<answer\_s+\w+\_s+with\_s+)@<=[a-z]\w*/
if expand("%:e") ==# "bind"
    syn match flowKeyword /\v\.@1<!<(environment|zone|open|closed|role|over|events|signed)>(\s*:)@!/
    syn match flowName    /\v(<(environment|role|over)\_s+)@<=[a-z]\w*/
endif

syn match  flowEscape   /\\./ contained
syn region flowHole     matchgroup=flowBrace start=/{/ end=/}/ contained contains=TOP
syn region flowText     start=/"/ skip=/\\./ end=/"/ end=/$/ contains=flowEscape,flowHole
syn region flowRaw      start=/'/ end=/'/ end=/$/
syn region flowLong     start=/"""/ end=/"""/
syn match  flowComment  /#.*/ contains=@Spell
syn match  flowDoc      /##.*/ contains=@Spell

hi def link flowKeyword   Keyword
hi def link flowConstant  Constant
hi def link flowType      Type
hi def link flowPlainType Type
hi def link flowNumber    Number
hi def link flowOperator  Operator
hi def link flowText      String
hi def link flowRaw       String
hi def link flowLong      String
hi def link flowEscape    SpecialChar
hi def link flowBrace     Special
hi def link flowComment   Comment
hi def link flowDoc       SpecialComment
let b:current_syntax = "flow"
