// SPDX-License-Identifier: Apache-2.0
#include "internal.h"

// What follows from the design and the clusters, for every two-group method.
void ev_grade_groups(struct ph_result *r, enum ph_design design)
{
    r->grade = ev_grade_of(design);
    if (design == PH_DESIGN_UNSTATED) {
        r->warnings |= PH_WARN_DESIGN_UNSTATED;
    } else if (design != PH_DESIGN_RANDOMISED) {
        r->warnings |= PH_WARN_COMPARISON;
    }
}

enum ph_status ev_two_group_welch(struct ph_context *c, const struct ph_frame *f,
    const struct roles *roles, struct keyed *rows, enum ph_design design,
    struct ph_welch_result *out)
{
    struct two_groups g;
    enum ph_status status = ev_gather_groups(c, f, roles, rows, out->head.n, true, &g);
    if (status != PH_OK) {
        return status;
    }
    bool clustered = roles->key != PH_NONE;
    struct moments m[2] = { ev_moments_of(g.values, g.count[0]),
        ev_moments_of(g.values + g.count[0], g.count[1]) };
    ev_give_back(c, g.values);
    for (int k = 0; k < 2; k++) {
        out->mean[k] = m[k].mean;
        out->sd[k] = sqrt(m[k].var);
        out->n[k] = g.rows[k];
        out->clusters[k] = clustered ? g.count[k] : 0;
    }
    struct ph_result *r = &out->head;
    ev_grade_groups(r, design);
    ev_welch_into(r, &m[0], &m[1]);
    if (clustered) {
        r->clusters = g.count[0] + g.count[1];
        r->warnings |= r->clusters < FEW_CLUSTERS ? PH_WARN_FEW_CLUSTERS : 0;
        r->warnings |= g.uneven ? PH_WARN_UNEQUAL_CLUSTERS : 0;
        r->warnings |= g.repeated ? PH_WARN_AGGREGATED : 0;
        r->convention = "welch.cluster-means.satterthwaite";
    }
    return ev_check_finite(c, r);
}

enum ph_status ph_welch(struct ph_context *c, const struct ph_frame *f,
    const struct ph_two_group_options *o, struct ph_welch_result *ret_result)
{
    enum ph_status status = ev_begin(c, o, o ? o->version : 0, ret_result);
    if (status != PH_OK || (status = ev_check_level(c, o->level)) != PH_OK) {
        return status;
    }
    if (o->trials != PH_NONE) {
        return ev_complain(c, PH_INVALID, "Trials are for the proportions method.");
    }
    struct ph_welch_result out = { .head = ev_result_blank(o->level, "welch.t.satterthwaite") };
    struct roles roles = { .outcome = o->outcome,
        .group = o->treat,
        .key = o->cluster,
        .trials = PH_NONE,
        .group_word = "treatment",
        .key_word = "clusters" };
    struct keyed *rows = NULL;
    if (o->treat == PH_NONE) {
        return ev_complain(c, PH_INVALID, "A treatment column is needed.");
    }
    status = ev_gather_rows(c, f, &roles, &out.head, &rows);
    if (status == PH_OK) {
        status = ev_two_group_welch(c, f, &roles, rows, o->design, &out);
    }
    ev_give_back(c, rows);
    if (status == PH_OK) {
        *ret_result = out;
    }
    return status;
}
