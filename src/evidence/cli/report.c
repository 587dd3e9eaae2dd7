// SPDX-License-Identifier: Apache-2.0
// The parts that every report has.
#include "internal.h"

#include "cli.h"

void ev_report_interval(struct ev_json *o, const char *key, struct ph_interval i)
{
    struct ev_json *part = ev_json_object(o, key);
    ev_json_number(part, "half_width", (i.hi - i.lo) / 2);
    ev_json_number(part, "hi", i.hi);
    ev_json_number(part, "lo", i.lo);
}

void ev_report_warnings(struct ev_json *o, uint64_t set)
{
    struct ev_json *ids = ev_json_array(o, "warnings");
    struct ev_json *words = ev_json_array(o, "warnings_words");
    for (uint64_t bit; (bit = ph_warning_next(&set)) != 0;) {
        ev_json_text(ids, NULL, ph_warning_id(bit));
        ev_json_text(words, NULL, ph_warning_words(bit));
    }
}

void ev_report_head(struct ev_json *o, const char *method, const struct ph_result *h)
{
    ev_json_text(o, "method", method);
    ev_json_text(o, "convention", h->convention);
    ev_json_number(o, "estimate", h->estimate);
    ev_json_number(o, "se", h->se);
    ev_report_interval(o, "interval", h->interval);
    ev_json_number(o, "level", h->level);
    ev_json_number(o, "p", h->p);
    ev_json_number(o, "df", h->df);
    ev_json_number(o, "n", (double)h->n);
    ev_json_number(o, "clusters", (double)h->clusters);
    ev_json_text(o, "grade", ph_grade_name(h->grade));
    ev_json_bool(o, "anytime", h->anytime);
    ev_json_number(o, "n_dropped", (double)h->n_dropped);
    struct ev_json *dropped = ev_json_object(o, "dropped");
    for (int i = 0; i < PH_DROP_REASONS; i++) {
        ev_json_number(dropped, ph_drop_id((enum ph_drop)i), (double)h->dropped[i]);
    }
    ev_report_warnings(o, h->warnings);
}

// By chi-squared, as the literature has it, and for few units, as gates read it.
void ev_report_lead_test(struct ev_json *o, const struct ph_attgt_result *r)
{
    struct ev_json *pre = ev_json_object(o, "pre_test");
    ev_json_number(pre, "wald", r->pre_wald);
    ev_json_number(pre, "df", (double)r->pre_cells);
    ev_json_number(pre, "p", r->pre_p);
    struct ev_json *few = ev_json_object(pre, "few_units");
    ev_json_text(few, "convention", r->leads.convention ? r->leads.convention : "none");
    ev_json_number(few, "f", r->leads.f);
    ev_json_number(few, "df1", r->leads.df1);
    ev_json_number(few, "df2", r->leads.df2);
    ev_json_number(few, "p", r->leads.p);
}
