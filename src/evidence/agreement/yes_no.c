// SPDX-License-Identifier: Apache-2.0
#include "internal.h"

static struct ph_share share_of(struct ph_result *r, double count, double of)
{
    struct ph_share s = { NAN, count, of, { NAN, NAN } };
    if (of > 0) {
        s.share = count / of;
        s.interval = ph_wilson(count, of, r->level);
    } else {
        r->warnings |= PH_WARN_UNDEFINED;
    }
    return s;
}

// Cohen (1960, Educ. Psychol. Meas. 20:37); standard errors of Fleiss, Cohen & Everitt (1969,
// Psychol. Bull. 72:323): eq. 13 for the interval, eq. 14, under no agreement beyond chance, for p.
static void kappa_into(struct ph_yes_no_result *out)
{
    struct ph_result *r = &out->head;
    double n = out->both_yes + out->only_outcome + out->only_reference + out->both_no;
    double yes_yes = out->both_yes / n;
    double yes_no = out->only_outcome / n;
    double no_yes = out->only_reference / n;
    double no_no = out->both_no / n;
    double row[2] = { yes_yes + yes_no, no_yes + no_no };
    double col[2] = { yes_yes + no_yes, yes_no + no_no };
    double chance = row[0] * col[0] + row[1] * col[1];
    // Not 1 - chance: exact 0 when one answer is all there is.
    double room = row[0] * col[1] + row[1] * col[0];
    if (!(room > 0)) {
        r->warnings |= PH_WARN_UNDEFINED | PH_WARN_NO_VARIATION;
        return;
    }
    // The excess of agreement over chance is twice the determinant of the table.
    double kappa = 2 * (yes_yes * no_no - yes_no * no_yes) / room;
    r->estimate = kappa;
    r->df = INFINITY;
    double b = 1 - kappa;
    double a0 = 1 - (row[0] + col[0]) * b;
    double a1 = 1 - (row[1] + col[1]) * b;
    double c0 = col[0] + row[1];
    double c1 = col[1] + row[0];
    double e = kappa - chance * b;
    double spread =
        yes_yes * a0 * a0 + no_no * a1 * a1 + b * b * (yes_no * c0 * c0 + no_yes * c1 * c1) - e * e;
    double by_chance = chance + chance * chance - row[0] * col[0] * (row[0] + col[0]) -
                       row[1] * col[1] * (row[1] + col[1]);
    if (yes_no + no_yes > 0 && spread > 1e-15) {
        double half;
        r->se = sqrt(spread / n) / room;
        half = ph_normal_quantile(0.5 + r->level / 2) * r->se;
        r->interval = (struct ph_interval){ fmax(kappa - half, -1), fmin(kappa + half, 1) };
    } else {
        r->warnings |= PH_WARN_NO_VARIATION;
    }
    if (by_chance > 0) {
        r->p = 2 * ph_normal_sf(fabs(kappa) / (sqrt(by_chance / n) / room));
    }
}

static void fill(struct ph_yes_no_result *out)
{
    struct ph_result *r = &out->head;
    double outcome_yes = out->both_yes + out->only_outcome;
    double reference_yes = out->both_yes + out->only_reference;
    double reference_no = out->both_no + out->only_outcome;
    double all = reference_yes + reference_no;
    out->sensitivity = share_of(r, out->both_yes, reference_yes);
    out->specificity = share_of(r, out->both_no, reference_no);
    out->ppv = share_of(r, out->both_yes, outcome_yes);
    out->npv = share_of(r, out->both_no, all - outcome_yes);
    out->agreement = share_of(r, out->both_yes + out->both_no, all);
    out->prevalence = share_of(r, reference_yes, all);
    if (out->both_yes == 0 || out->only_outcome == 0 || out->only_reference == 0 ||
        out->both_no == 0) {
        r->warnings |= PH_WARN_ZERO_CELL;
    }
    if (reference_yes < SMALL_SAMPLE || reference_no < SMALL_SAMPLE) {
        r->warnings |= PH_WARN_SMALL_SAMPLE;
    }
    kappa_into(out);
}

static bool whole(double v)
{
    return v >= 0 && v <= 0x1p51 && v == floor(v);
}

enum ph_status ph_yes_no_counts(struct ph_context *c, double both_yes, double only_outcome,
    double only_reference, double both_no, double level, struct ph_yes_no_result *ret_result)
{
    enum ph_status status = ev_begin(c, &level, PH_VERSION, ret_result);
    if (status != PH_OK || (status = ev_check_level(c, level)) != PH_OK) {
        return status;
    }
    double all = both_yes + only_outcome + only_reference + both_no;
    if (!whole(both_yes) || !whole(only_outcome) || !whole(only_reference) || !whole(both_no) ||
        all <= 0) {
        return ev_complain(
            c, PH_DATA, "The four counts must be whole, not negative, and not all 0.");
    }
    struct ph_yes_no_result out = { .head = ev_result_blank(level, "cohen-kappa.fleiss-1969"),
        .both_yes = both_yes,
        .only_outcome = only_outcome,
        .only_reference = only_reference,
        .both_no = both_no };
    out.head.n = (size_t)all;
    fill(&out);
    *ret_result = out;
    return PH_OK;
}

enum ph_status ph_yes_no(struct ph_context *c, const struct ph_frame *f,
    const struct ph_accuracy_options *o, struct ph_yes_no_result *ret_result)
{
    enum ph_status status = ev_begin(c, o, o ? o->version : 0, ret_result);
    if (status != PH_OK || (status = ev_check_level(c, o->level)) != PH_OK) {
        return status;
    }
    if (o->unit != PH_NONE) {
        return ev_complain(
            c, PH_UNSUPPORTED, "Yes/no answers are counted by row; leave out the unit.");
    }
    if (o->reference == PH_NONE) {
        return ev_complain(c, PH_INVALID, "A reference column is needed.");
    }
    struct ph_yes_no_result out = { .head = ev_result_blank(o->level, "cohen-kappa.fleiss-1969") };
    struct roles roles = { .outcome = o->outcome,
        .group = o->reference,
        .key = PH_NONE,
        .trials = PH_NONE,
        .group_word = "reference",
        .yes_no = true };
    struct keyed *rows = NULL;
    status = ev_gather_rows(c, f, &roles, &out.head, &rows);
    if (status != PH_OK) {
        return status;
    }
    for (size_t i = 0; i < out.head.n; i++) {
        bool says = rows[i].value == 1;
        bool is = rows[i].group == 1;
        out.both_yes += says && is;
        out.only_outcome += says && !is;
        out.only_reference += !says && is;
        out.both_no += !says && !is;
    }
    ev_give_back(c, rows);
    fill(&out);
    *ret_result = out;
    return PH_OK;
}
