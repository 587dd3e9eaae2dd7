// SPDX-License-Identifier: Apache-2.0
// evidence: the engine has a command line of its own.
#include "cli.h"

#include <pilothouse/evidence.h>

int cli_evidence(struct cli *c)
{
    return ph_cli_main(c->n_rest, c->rest, stdout, stderr);
}
