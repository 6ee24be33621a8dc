# The door: HTTP in, JSON out.
noinst_LIBRARIES += libapi.a
libapi_a_SOURCES = \
    %D%/api.h %D%/api_adapter.c %D%/api_event.c %D%/api_flow.c %D%/api_hook.c %D%/api_instance.c %D%/api_ops.c %D%/api_start.c \
    %D%/conns.h %D%/conns.c \
    %D%/exchange.h %D%/exchange.c \
    %D%/flows.h %D%/flows.c \
    %D%/routes.def \
    %D%/server.h %D%/server.c \
    %D%/show.h %D%/show.c \
    %D%/tokens.h %D%/tokens.c
EXTRA_DIST += %D%/README.md
