-- Flows in Neovim (0.7 and newer): put this folder on 'runtimepath', and that is all.
if vim.g.loaded_orderly then
    return
end
vim.g.loaded_orderly = true
local here = debug.getinfo(1, "S").source:sub(2)
vim.opt.runtimepath:append(vim.fn.fnamemodify(here, ":p:h:h:h") .. "/vim")
vim.cmd("runtime! ftdetect/flow.vim")
require("orderly").setup()
