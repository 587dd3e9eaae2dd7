// SPDX-License-Identifier: Apache-2.0
// The value of a further study when the net benefit's uncertainty is normal.
#include "internal.h"

double ph_unit_normal_loss(double z)
{
    if (isinf(z)) {
        return z > 0 ? 0 : INFINITY;
    }
    double loss = exp(-0.5 * z * z) / sqrt(2 * M_PI) - z * ph_normal_sf(z);
    return fmax(loss, 0); // far out, rounding
}

static double information(double mean, double sd, double population)
{
    return sd > 0 ? population * sd * ph_unit_normal_loss(fabs(mean) / sd) : 0;
}

enum ph_status ph_voi(
    struct ph_context *c, const struct ph_voi_options *o, struct ph_voi_result *ret_result)
{
    enum ph_status status = ev_begin(c, o, o ? o->version : 0, ret_result);
    if (status != PH_OK) {
        return status;
    }
    if (!isfinite(o->mean) || !(o->sd >= 0) || isinf(o->sd) || !(o->population >= 0) ||
        isinf(o->population)) {
        return ev_complain(
            c, PH_INVALID, "Mean, sd and population must be numbers, the last two not negative.");
    }
    if (!(o->n >= 0) || isinf(o->n) || (o->n > 0 && (!(o->sigma > 0) || isinf(o->sigma)))) {
        return ev_complain(
            c, PH_INVALID, "A study needs its number of units and the sd of one, above 0.");
    }
    if (!(o->fixed >= 0) || !(o->each >= 0) || isinf(o->fixed) || isinf(o->each)) {
        return ev_complain(c, PH_INVALID, "The study's costs must not be negative.");
    }
    struct ph_voi_result out = { .evpi = information(o->mean, o->sd, o->population),
        .evsi = NAN,
        .preposterior = NAN,
        .study_cost = NAN,
        .net = NAN };
    if (o->n > 0) {
        double v = o->sd * o->sd;
        out.preposterior = v > 0 ? o->sd / sqrt(1 + o->sigma * (o->sigma / v) / o->n) : 0;
        out.evsi = information(o->mean, out.preposterior, o->population);
        out.study_cost = o->fixed + o->n * o->each;
        out.net = out.evsi - out.study_cost;
    }
    if (isinf(out.evpi)) {
        return ev_complain(
            c, PH_DATA, "The values are too large to compute with; use a larger unit.");
    }
    *ret_result = out;
    return PH_OK;
}
