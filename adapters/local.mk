noinst_LIBRARIES += libadapters.a
libadapters_a_SOURCES = %D%/adapter.h %D%/registry.h %D%/registry.def %D%/registry.c \
    %D%/kit/options.h %D%/kit/options.c %D%/kit/curl_loop.h %D%/kit/curl_loop.c \
    %D%/kit/child.h %D%/kit/child.c \
    %D%/fake/fake.c \
    %D%/http/http.c %D%/http/http_request.h %D%/http/http_request.c \
    %D%/http/http_outcome.h %D%/http/http_outcome.c %D%/http/http_outcome.def \
    %D%/process/process.c %D%/process/process_reply.h %D%/process/process_reply.c
