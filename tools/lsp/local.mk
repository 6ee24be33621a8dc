# The language server: part of flowc.
noinst_LIBRARIES += liblsp.a
liblsp_a_SOURCES = tools/lsp/lsp.h tools/lsp/methods.def tools/lsp/things.def \
    tools/lsp/frames.h tools/lsp/frames.c tools/lsp/server.c tools/lsp/drafts.h tools/lsp/drafts.c \
    tools/lsp/place.h tools/lsp/place.c tools/lsp/reading.h tools/lsp/reading.c tools/lsp/tree.h tools/lsp/tree.c \
    tools/lsp/thing.h tools/lsp/thing.c tools/lsp/mention.h tools/lsp/mention.c tools/lsp/spot.h tools/lsp/spot.c \
    tools/lsp/thing_text.h tools/lsp/thing_text.c tools/lsp/problems.h tools/lsp/problems.c \
    tools/lsp/find.c tools/lsp/hover.c tools/lsp/symbols.c tools/lsp/colours.h tools/lsp/colours.c tools/lsp/layout.c \
    tools/lsp/cursor.h tools/lsp/cursor.c tools/lsp/complete.h tools/lsp/complete.c tools/lsp/complete_names.c \
    tools/lsp/signature.c tools/lsp/rename.c tools/lsp/fixes.c tools/lsp/hints.c
flowc_SOURCES += tools/flowc/cmd_lsp.c
flowc_LDADD += liblsp.a libcli.a libdsl.a $(LINK_ADAPTERS)
