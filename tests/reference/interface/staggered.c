// SPDX-License-Identifier: Apache-2.0
// Places that start at different times.
#include "interface.h"

static void tell_att(struct interface *in, const struct ph_att *a, const char *id, const char *part)
{
    tell(in, a->att, "%s.%s", id, part);
    tell(in, a->se, "%s.%s", id, part);
}

static void tell_list(struct interface *in, const struct ph_att_list *list, const char *id,
    const char *effects, const char *errors)
{
    for (size_t i = 0; i < list->n; i++) {
        tell(in, list->item[i].att, "%s.%s", id, effects);
        tell(in, list->item[i].se, "%s.%s", id, errors);
    }
}

static struct ph_attgt_options wages_options(const struct data *d)
{
    struct ph_attgt_options o = PH_ATTGT_OPTIONS;
    o.outcome = column(d, "lemp");
    o.unit = key_column(d, "county");
    o.time = column(d, "year");
    o.first_treated = column(d, "first_treat");
    return o;
}

// Minimum wages: both comparisons, with and without population.
static void wages(struct interface *in, const struct data *d)
{
    static const struct {
        const char *id;
        enum ph_did_control control;
        size_t n_covariates;
    } asked[] = {
        { "cs.mpdta.nev", PH_DID_NEVER_TREATED, 0 },
        { "cs.mpdta.nev.lpop", PH_DID_NEVER_TREATED, 1 },
        { "cs.mpdta.nyt", PH_DID_NOT_YET_TREATED, 0 },
        { "cs.mpdta.nyt.lpop", PH_DID_NOT_YET_TREATED, 1 },
    };
    const int32_t population = column(d, "lpop");
    for (size_t i = 0; i < COUNT(asked); i++) {
        const char *id = asked[i].id;
        struct ph_attgt_options o = wages_options(d);
        struct ph_attgt_result r;
        o.control = asked[i].control;
        o.covariates = &population;
        o.n_covariates = asked[i].n_covariates;
        if (!worked(in, ph_attgt(in->context, &d->frame, &o, &r), id)) {
            continue;
        }
        tell_list(in, &r.cells, id, "attgt", "se");
        tell_list(in, &r.by_event, id, "es", "es.se");
        tell_att(in, &r.simple, id, "simple");
        tell_att(in, &r.by_group.overall, id, "group");
        tell_att(in, &r.by_event.overall, id, "dynamic");
        tell_att(in, &r.by_time.overall, id, "calendar");
        tell(in, r.pre_wald, "%s.pretest", id);
        tell(in, r.pre_p, "%s.pretest", id);
        ph_attgt_release(in->context, &r);
    }
}

static void bands(struct interface *in, const struct data *d)
{
    struct ph_attgt_options o = wages_options(d);
    struct ph_attgt_result r;
    o.draws = 25000;
    o.multiplier =
        PH_DID_RADEMACHER; // as the reference's tool draws them, whatever its manual says
    if (worked(in, ph_attgt(in->context, &d->frame, &o, &r), "bands")) {
        tell(in, r.cells.critical, "cs.mpdta.nev.crit");
        tell(in, r.by_event.critical, "cs.mpdta.nev.es.crit");
        ph_attgt_release(in->context, &r);
    }
}

static void weighted_events(struct interface *in, const struct data *d)
{
    struct ph_sunab_options o = PH_SUNAB_OPTIONS;
    struct ph_sunab_result r;
    o.outcome = column(d, "lemp");
    o.unit = key_column(d, "county");
    o.time = column(d, "year");
    o.first_treated = column(d, "first_treat");
    if (worked(in, ph_sunab(in->context, &d->frame, &o, &r), "sunab")) {
        tell(in, r.head.estimate, "sunab.mpdta.att");
        tell(in, r.head.se, "sunab.mpdta.att");
        ph_sunab_release(in->context, &r);
    }
}

// Laws on self-defence: group-time effects, and what two-way fixed effects compare.
static void laws(struct interface *in)
{
    static const char *const kinds[] = { [PH_BACON_NEVER] = "Treated_vs_Untreated",
        [PH_BACON_EARLIER] = "Earlier_vs_Later_Treated",
        [PH_BACON_LATER] = "Later_vs_Earlier_Treated" };
    struct ph_attgt_options o = PH_ATTGT_OPTIONS;
    struct ph_attgt_result r;
    struct ph_bacon_result b;
    struct data *d = read_data(in, "castle_doctrine.csv");
    data_add_keys(d, "sid");
    data_add_log(d, "homicide", "log(homicide)");
    const struct ph_panel_columns columns = { .outcome = column(d, "log(homicide)"),
        .unit = key_column(d, "sid"),
        .time = column(d, "year"),
        .treat = PH_NONE,
        .first_treated = column(d, "first_treat") };
    o.outcome = columns.outcome;
    o.unit = columns.unit;
    o.time = columns.time;
    o.first_treated = columns.first_treated;
    o.control = PH_DID_NOT_YET_TREATED;
    if (worked(in, ph_attgt(in->context, &d->frame, &o, &r), "laws")) {
        tell_att(in, &r.simple, "cs.castle", "simple");
        tell_att(in, &r.by_group.overall, "cs.castle", "group");
        ph_attgt_release(in->context, &r);
    }
    if (worked(in, ph_bacon(in->context, &d->frame, &columns, &b), "bacon")) {
        for (size_t i = 0; i < COUNT(kinds); i++) {
            tell(in, b.weight[i], "bacon.castle.%s", kinds[i]);
            tell(in, b.estimate[i], "bacon.castle.%s", kinds[i]);
        }
        ph_bacon_release(in->context, &b);
    }
    data_free(d);
}

void answer_staggered(struct interface *in)
{
    struct data *d = read_data(in, "mpdta.csv");
    data_add_keys(d, "county");
    wages(in, d);
    bands(in, d);
    weighted_events(in, d);
    data_free(d);
    laws(in);
}
