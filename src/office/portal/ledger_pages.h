// SPDX-License-Identifier: Apache-2.0
// The ledger over HTTP, as C2SP's tlog-tiles wants it: below /ledger, checkpoint, tile/<L>/<N>,
// tile/entries/<N>.
#pragma once

#include "page.h"

CHECKED enum err build_ledger(
    struct ctx *c, struct request *q, struct value *data, struct response *r);
CHECKED enum err build_checkpoint(
    struct ctx *c, struct request *q, struct value *data, struct response *r);
CHECKED enum err build_tile(
    struct ctx *c, struct request *q, struct value *data, struct response *r);
