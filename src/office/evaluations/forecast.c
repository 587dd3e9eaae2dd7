// SPDX-License-Identifier: Apache-2.0
#include "forecast.h"

#include "clock.h"
#include "json.h"
#include "str.h"

#include <math.h>
#include <sodium.h>

enum { PATIENCE_MS = 60 * CLOCK_SECOND, SEED = 1 };

static void put(struct ctx *c, struct value *object, const char *key, struct value v)
{
    value_set(c->arena, object, key, v);
}

// As the command line is told it, so that both reckon with the same number.
static double plain(double x)
{
    char text[32];
    snprintf(text, sizeof(text), "%.6g", x);
    return strtod(text, NULL);
}

static void make_plain(struct forecast_basis *b)
{
    double *all[] = { &b->options.mean, &b->options.sd, &b->options.icc, &b->options.correlation };
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        *all[i] = plain(*all[i]);
    }
    for (size_t i = 0; i < b->n_truths; i++) {
        b->truths[i] = plain(b->truths[i]);
    }
    b->options.truths = b->truths;
    b->options.n_truths = b->n_truths;
}

// The options with which `pilothouse simulate` gives the same rates.
static const char *command_of(struct ctx *c, const struct forecast_basis *b)
{
    const struct ph_simulate_options *o = &b->options;
    AUTO_BUF(text, 4096);
    buf_puts(&text, "--truths ");
    for (size_t i = 0; i < b->n_truths; i++) {
        buf_fmt(&text, "%s%.6g", i ? "," : "", b->truths[i]);
    }
    buf_fmt(&text, " --treated %zu --compared %zu --periods %zu --before %zu", o->treated,
        o->compared, o->periods, o->before);
    buf_fmt(&text, " --mean %.6g --sd %.6g --icc %.6g --correlation %.6g", o->mean, o->sd, o->icc,
        o->correlation);
    buf_fmt(
        &text, " --trials %zu --runs %u --seed %d", o->trials > 1 ? o->trials : 1, o->runs, SEED);
    return arena_strdup(c->arena, buf_text(&text));
}

static const char *key_of(struct ctx *c, const char *plan_hash, const char *command)
{
    const char *text = arena_fmt(c->arena, "%d\n%s\n%s", PH_VERSION, plan_hash, command);
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const unsigned char *)text, strlen(text));
    return str_hex(c->arena, hash, sizeof(hash));
}

// ---- power
// ---------------------------------------------------------------------------------------

static void add_power(
    struct ctx *c, struct ph_context *engine, const struct forecast_basis *b, struct value *f)
{
    struct ph_power_options o = b->power;
    struct ph_power_result r;
    if (!b->has_power) {
        return;
    }
    if (ph_power(engine, &o, &r) == PH_OK) {
        put(c, f, "power", value_num(r.power));
    }
    o.solve = PH_SOLVE_EFFECT;
    o.power = 0.8;
    // A share is compared with its floor by the exact test, which jumps.
    if (o.kind != PH_POWER_ONE_PROPORTION && ph_power(engine, &o, &r) == PH_OK) {
        put(c, f, "detectable", value_num(fabs(r.effect)));
    }
}

// ---- the whole rule
// ------------------------------------------------------------------------------

static bool out_of_patience(void *until)
{
    return clock_now() > *(const int64_t *)until;
}

static struct value rates_of(
    struct ctx *c, const struct forecast_basis *b, const struct ph_error_rates *rates)
{
    struct value list = value_list(c->arena);
    for (size_t i = 0; i < b->n_truths; i++) {
        const struct ph_error_rates *r = &rates[i];
        struct value one = value_object(c->arena);
        double error = 0;
        for (int v = 0; v < 5; v++) {
            error = fmax(error, r->mc_error[v]);
        }
        put(c, &one, "means", value_text(b->meanings[i]));
        put(c, &one, "truth", value_num(r->truth));
        put(c, &one, "scale", value_num(r->rate[PH_SCALE]));
        put(c, &one, "stop", value_num(r->rate[PH_STOP]));
        put(c, &one, "extend", value_num(r->rate[PH_EXTEND]));
        put(c, &one, "adapt", value_num(r->rate[PH_ADAPT]));
        put(c, &one, "cannot_tell", value_num(r->rate[PH_CANNOT_TELL]));
        put(c, &one, "error", value_num(error));
        put(c, &one, "covered", value_num(r->covered));
        put(c, &one, "decided_at", value_num(r->decided_at));
        put(c, &one, "failed", value_int((int64_t)r->failed));
        *value_push(c->arena, &list) = one;
    }
    return list;
}

static enum err simulate(
    struct ctx *c, const char *plan, const struct forecast_basis *b, struct value *f)
{
    int64_t until = clock_now() + PATIENCE_MS;
    struct ph_context_options options = {
        .version = PH_VERSION, .seed = SEED, .cancelled = out_of_patience, .cancel_user = &until
    };
    struct ph_context *engine = ph_context_new(&options);
    struct ph_sealed *sealed = NULL;
    struct ph_error_rates rates[FORECAST_TRUTHS];
    if (!engine) {
        return fail(c->arena, ERR_UNAVAILABLE, "There isn't enough memory. Try again later.");
    }
    enum ph_status status = ph_plan_seal(engine, plan, strlen(plan), &sealed);
    if (status == PH_OK) {
        status = ph_simulate(engine, sealed, &b->options, rates);
    }
    if (status == PH_OK) {
        put(c, f, "runs", value_int(b->options.runs));
        put(c, f, "truths", rates_of(c, b, rates));
    } else {
        put(c, f, "why_not",
            value_text(status == PH_CANCELLED
                           ? "It took too long."
                           : arena_strdup(c->arena, ph_context_message(engine))));
    }
    ph_sealed_free(sealed);
    ph_context_free(engine);
    return OK;
}

// ---- the forecast
// --------------------------------------------------------------------------------

static void add_assumed(struct ctx *c, const struct forecast_basis *b, struct value *f)
{
    struct value assumed = value_object(c->arena), from = value_object(c->arena);
    bool share = b->analysis == ANALYSIS_SHARES;
    put(c, &assumed, "units", value_int(b->units));
    put(c, &assumed, "compared", value_int(b->compared));
    put(c, &assumed, "each", value_int(b->each));
    put(c, &assumed, "mean", value_num(b->mean));
    put(c, &assumed, "spread", value_num(b->spread));
    put(c, &assumed, "steady", value_num(b->steady));
    put(c, &assumed, "periods", value_int((int64_t)b->options.periods));
    put(c, &assumed, "counts_mean", value_bool(share));
    put(c, &from, "units", value_text(b->units_from));
    put(c, &from, "each", value_text(b->each_from));
    put(c, &from, "mean", value_text(b->mean_from));
    put(c, &from, "spread", value_text(b->spread_from));
    put(c, &from, "steady", value_text(b->steady_from));
    put(c, f, "analysis", value_text(evaluation_analysis_name(b->analysis)));
    put(c, f, "size", value_num(b->size));
    put(c, f, "is_cut", value_bool(b->is_cut));
    put(c, f, "assumed", assumed);
    put(c, f, "from", from);
}

static enum err recall(struct ctx *c, const char *key, struct value *f, bool *ret_known)
{
    static const char *const columns[] = { "runs", "truths", "why_not" };
    struct value row, kept;
    enum err e = db_row(
        c->db, c->arena, "evaluation.forecast", ARGS(ARG("key_text", value_text(key))), &row);
    *ret_known = e == OK;
    if (e != OK) {
        return e == ERR_NOT_FOUND ? OK : e;
    }
    const char *text = value_get_text(&row, "result_text", "{}");
    TRY(json_read(c->arena, text, strlen(text), JSON_MAX_BYTES, &kept));
    for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
        const struct value *v = value_get(&kept, columns[i]);
        if (v) {
            put(c, f, columns[i], *v);
        }
    }
    return OK;
}

enum err forecast_of(struct ctx *c, const struct value *pilot, const struct value *measure,
    const struct evaluation_sealed *sealed, bool now, struct value *ret_forecast)
{
    struct value f = value_object(c->arena);
    struct forecast_basis b;
    forecast_basis_of(pilot, measure, sealed, &b);
    if (b.lacks) {
        put(c, &f, "lacks", value_text(b.lacks));
        *ret_forecast = f;
        return OK;
    }
    struct ph_context *engine = ph_context_new(NULL);
    if (!engine) {
        return fail(c->arena, ERR_UNAVAILABLE, "There isn't enough memory. Try again later.");
    }
    make_plain(&b);
    add_assumed(c, &b, &f);
    put(c, &f, "days", value_int(sealed->days));
    add_power(c, engine, &b, &f);
    ph_context_free(engine);
    const char *command = command_of(c, &b), *key = key_of(c, sealed->hash, command);
    put(c, &f, "command", value_text(command));
    put(c, &f, "key", value_text(key));
    bool known;
    TRY(recall(c, key, &f, &known));
    if (!known && now) {
        TRY(simulate(c, sealed->text, &b, &f));
    }
    *ret_forecast = f;
    return OK;
}

enum err forecast_keep(struct ctx *c, const struct value *forecast)
{
    AUTO_BUF(text, 1 << 16);
    json_write_canonical(&text, forecast);
    return db_exec(c->db, c->arena, "evaluation.keep_forecast",
        ARGS(ARG("key_text", *value_get(forecast, "key")), ARG("made_at", value_time(c->now)),
            ARG("result_text", value_text(buf_text(&text)))),
        NULL);
}

bool forecast_is_known(const struct value *forecast)
{
    const char *from = value_get_text(value_get(forecast, "from"), "spread", "habit");
    return !str_eq(from, "habit");
}

bool forecast_is_weak(const struct value *forecast)
{
    double power = value_get_num(forecast, "power", NAN);
    if (!isnan(power)) {
        return power < 0.5;
    }
    const struct value *truths = value_get(forecast, "truths");
    for (size_t i = 0; i < value_len(truths); i++) {
        const struct value *one = value_at(truths, i);
        const char *means = value_get_text(one, "means", "");
        if (str_eq(means, "twice") || str_eq(means, "true")) {
            return value_get_num(one, "cannot_tell", 0) > 0.5;
        }
    }
    return false;
}
