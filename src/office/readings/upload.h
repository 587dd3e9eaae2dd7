// SPDX-License-Identifier: Apache-2.0
// Pages that take readings: a file, other columns for a file that is there, the API's bulk call.
#pragma once

#include "page.h"

// /measures/{id}/upload
CHECKED enum err build_upload(
    struct ctx *c, struct request *q, struct value *data, struct response *r);
// /batches/{id}/columns, POST only: the same file read with other columns, as a new batch.
CHECKED enum err build_columns(
    struct ctx *c, struct request *q, struct value *data, struct response *r);
// /api/v1/measures/{id}/readings: CSV or JSON in.
CHECKED enum err build_bulk(
    struct ctx *c, struct request *q, struct value *data, struct response *r);
// /batches/{id}: what is in it, before it counts and after.
CHECKED enum err build_batch(
    struct ctx *c, struct request *q, struct value *data, struct response *r);
// /batches/{id}/left-out.csv: the rows left out, with the reason, to be mended and sent again.
CHECKED enum err build_left_out(
    struct ctx *c, struct request *q, struct value *data, struct response *r);
