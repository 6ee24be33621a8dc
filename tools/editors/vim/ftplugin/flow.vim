" How flows are typed: four blanks, comments behind #.
if exists("b:did_ftplugin")
    finish
endif
let b:did_ftplugin = 1
setlocal expandtab shiftwidth=4 softtabstop=4 autoindent
setlocal commentstring=#\ %s comments=:##,:# formatoptions-=t
setlocal suffixesadd=.flow include=^\\s*use
let b:undo_ftplugin = "setlocal et< sw< sts< ai< cms< com< fo< sua< inc<"
