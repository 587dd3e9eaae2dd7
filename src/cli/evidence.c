// SPDX-License-Identifier: Apache-2.0
// evidence: the engine has a command line of its own.
#include "cli.h"

#include "str.h"

#include <pilothouse/evidence.h>

int cli_evidence(struct cli *c)
{
    return ph_cli_main(c->n_rest, c->rest, stdout, stderr);
}

// A method of the engine with the plan as first argument.
static int with_plan(struct cli *c, char *method)
{
    static char option[] = "--plan";
    char **words = arena_array(&c->arena, char *, (size_t)c->n_rest + 3);
    int n = 0;
    words[n++] = method;
    if (c->n_rest > 0 && !str_starts(c->rest[0], "--")) {
        words[n++] = option;
    }
    for (int i = 0; i < c->n_rest; i++) {
        words[n++] = c->rest[i];
    }
    return ph_cli_main(n, words, stdout, stderr);
}

int cli_evaluate(struct cli *c)
{
    static char method[] = "evaluate";
    return with_plan(c, method);
}

int cli_simulate(struct cli *c)
{
    static char method[] = "simulate";
    return with_plan(c, method);
}
