/* The statements as the server reads them. */
#include <libpq-fe.h>
#include <stdio.h>

#include "engine/store/pg_link.h"
#include "tests/store/check.h"
#include "tests/store/sides.h"

/* A connection learns a statement when it is first asked for: a typing error in one that
 * is rarely asked for must not wait until then. */
void the_server_understands_every_statement(struct side *side)
{
    PGconn *conn = PQconnectdb(side->conninfo);
    PQclear(PQexec(conn, "SET search_path = flow_data, pg_temp"));
    for (int i = 0; i < PG_STATEMENTS; i++) {
        enum pg_statement statement = (enum pg_statement)i;
        PGresult *result = PQprepare(conn, pg_statement_name(statement),
                                     pg_statement_text(statement), 0, NULL);
        if (!CHECK(PQresultStatus(result) == PGRES_COMMAND_OK))
            printf("    %s: %s\n", pg_statement_name(statement), PQerrorMessage(conn));
        PQclear(result);
    }
    PQfinish(conn);
}
