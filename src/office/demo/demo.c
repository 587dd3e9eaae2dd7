// SPDX-License-Identifier: Apache-2.0
#include "demo_private.h"

#include "clock.h"
#include "embed.h"
#include "ledger.h"
#include "office.h"
#include "session.h"
#include "str.h"

#include <sodium.h>

void demo_say(const struct demo_run *r, const char *what)
{
    if (r->options->say) {
        r->options->say(r->options->context, what);
    }
}

const char *demo_password(struct arena *a, const struct city *city)
{
    static const char letters[] = "abcdefghjkmnpqrstuvwxyz23456789"; // none that look alike
    static const unsigned char label[] = "pilothouse demonstration password";
    unsigned char hash[16];
    crypto_generichash(
        hash, sizeof(hash), label, sizeof(label) - 1, city->id_key.bytes, ID_KEY_SIZE);
    char *password = arena_alloc(a, 20);
    for (size_t i = 0, at = 0; i < 12; i++) {
        if (i && i % 4 == 0) {
            password[at++] = '-';
        }
        password[at++] = letters[hash[i] % (sizeof(letters) - 1)];
    }
    return password;
}

enum err demo_accounts(struct ctx *c, struct value *ret_list)
{
    return db_rows(c->db, c->arena, "demo.accounts", NO_ARGS, ret_list);
}

// "demo/20-roadmap.json" → "roadmap".
static const char *part_name(struct arena *a, const char *path)
{
    const char *file = strrchr(path, '/') + 1, *dash = strchr(file, '-');
    const char *from = dash ? dash + 1 : file;
    return arena_strndup(a, from, strcspn(from, "."));
}

// The scripts that need the data set are in a folder of their own.
static enum err run_scripts(struct demo_run *r, bool with_data)
{
    for (const struct embedded *f = embedded_files; f->path; f++) {
        if (str_starts(f->path, "demo/") && str_ends(f->path, ".json") &&
            str_starts(f->path, "demo/data/") == with_data) {
            demo_say(r, part_name(r->keep, f->path));
            TRY(demo_script(r, f->path, f->data, f->len));
        }
    }
    return OK;
}

enum err demo_make(struct ctx *c, const struct demo *options)
{
    struct demo_run r = { .house = c, .keep = c->arena, .options = options };
    map_init(&r.refs, c->arena);
    r.today = locale_day(c->locale, clock_now());
    c->via = "import";
    TRY(password_hash(c->arena, demo_password(c->arena, c->city), &r.password_hash));
    if (options->data) {
        demo_say(&r, "places");
        TRY(demo_places(&r));
    }
    TRY(run_scripts(&r, false));
    if (options->data) {
        TRY(run_scripts(&r, true));
    }
    demo_say(&r, "ledger");
    int n = 0;
    do {
        TRY(ledger_sequence(c, &n));
    } while (n > 0);
    return OK;
}
