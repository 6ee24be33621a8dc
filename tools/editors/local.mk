# What editors need, as it is installed: $(pkgdatadir)/editors.
vimdetectdir = $(pkgdatadir)/editors/vim/ftdetect
dist_vimdetect_DATA = %D%/vim/ftdetect/flow.vim
vimplugdir = $(pkgdatadir)/editors/vim/ftplugin
dist_vimplug_DATA = %D%/vim/ftplugin/flow.vim
vimsyntaxdir = $(pkgdatadir)/editors/vim/syntax
dist_vimsyntax_DATA = %D%/vim/syntax/flow.vim
nvimplugdir = $(pkgdatadir)/editors/nvim/plugin
dist_nvimplug_DATA = %D%/nvim/plugin/orderly.lua
nvimluadir = $(pkgdatadir)/editors/nvim/lua
dist_nvimlua_DATA = %D%/nvim/lua/orderly.lua
vscodedir = $(pkgdatadir)/editors/vscode
dist_vscode_DATA = %D%/vscode/package.json %D%/vscode/language-configuration.json %D%/vscode/extension.js \
    %D%/vscode/README.md %D%/vscode/.vscodeignore
vscodesyntaxdir = $(pkgdatadir)/editors/vscode/syntaxes
dist_vscodesyntax_DATA = %D%/vscode/syntaxes/flow.tmLanguage.json %D%/vscode/syntaxes/bind.tmLanguage.json
EXTRA_DIST += %D%/README.md %D%/generate
