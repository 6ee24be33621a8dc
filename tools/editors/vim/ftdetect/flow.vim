" Which files are flows.
au BufRead,BufNewFile *.flow,*.bind set filetype=flow
