// SPDX-License-Identifier: Apache-2.0
// Loads a CSV file of readings into an office of its own and says how long it took, beside how long
// other people's acts took meanwhile. import.sh compares it with the databases' own tools.
//
//   bench_readings_import ADDRESS FILE [acts]
#include "clock.h"
#include "office.h"
#include "readings/readings.h"
#include "rooms.h"
#include "str.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { MOST_ACTS = 200000 };

static struct office *office;
static int64_t took[MOST_ACTS];
static atomic_int acts;
static atomic_bool done;

static void must(enum err e, const struct arena *a, const char *what)
{
    if (e != OK) {
        fprintf(stderr, "%s: %s: %s\n", what, err_name(e), a->detail ? a->detail : "");
        exit(1);
    }
}

static struct value pilot_values(struct arena *a, int64_t department)
{
    struct value v = value_object(a);
    value_set(a, &v, "title", value_text("Bench"));
    value_set(a, &v, "question", value_text("How fast?"));
    value_set(a, &v, "department_id", value_id(department));
    value_set(a, &v, "origin", value_text("department"));
    value_set(a, &v, "origin_reason", value_text("To know."));
    return v;
}

static int64_t act(struct ctx *c, const char *command, int64_t id, const struct value *v)
{
    struct outcome o;
    must(act_run_values(c, command, id, v, &o), c->arena, command);
    return o.id;
}

static void *other_people(void *context)
{
    struct arena a;
    struct db *db;
    arena_init(&a, 64 << 20);
    must(db_open(office->store, &a, &db), &a, "handle");
    int64_t pilot = *(int64_t *)context;
    while (!atomic_load(&done) && atomic_load(&acts) < MOST_ACTS) {
        arena_reset(&a);
        struct ctx c;
        ctx_system(&c, office, &office->cities[0], db, &a);
        c.viewer.roles = ROLES_OFFICE | ROLE_CLOCK;
        c.viewer.grants = &(const struct grant){ .role = ROLE_DIRECTOR };
        c.viewer.n_grants = 1;
        struct value v = value_object(&a);
        value_set(&a, &v, "question", value_text("How fast, while others load?"));
        int64_t begin = clock_ns();
        act(&c, "pilot.edit", pilot, &v);
        took[atomic_fetch_add(&acts, 1)] = clock_ns() - begin;
        usleep(5000);
    }
    db_close(db);
    arena_release(&a);
    return NULL;
}

static int by_size(const void *x, const void *y)
{
    int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
    return (a > b) - (a < b);
}

static void open_office(struct arena *a, const char *address, char *keys)
{
    struct office_options options = { .db = address,
        .create = true,
        .skip_schema_check = true,
        .key_folder = keys,
        .rooms = office_rooms };
    must(office_open(a, &options, &office), a, "open");
    must(store_migrate(office->store, a, NULL), a, "migrate");
    must(office_new_city(office, a,
             &(struct new_city){ .slug = "bench",
                 .name = "Bench",
                 .office_name = "Bench",
                 .zone = "America/New_York",
                 .currency = "USD",
                 .host = "bench.example" }),
        a, "city");
}

static int64_t a_measure(struct ctx *c, int64_t pilot)
{
    struct arena *a = c->arena;
    struct value v = value_object(a);
    value_set(a, &v, "pilot_id", value_id(pilot));
    value_set(a, &v, "title", value_text("Speed"));
    value_set(a, &v, "unit", value_text("x"));
    value_set(a, &v, "type", value_text("number"));
    value_set(a, &v, "direction", value_text("higher"));
    value_set(a, &v, "role", value_text("primary"));
    return act(c, "measure.add", 0, &v);
}

int main(int argc, char **argv)
{
    char keys[] = "/tmp/pilothouse-bench-XXXXXX";
    struct arena a;
    struct db *db;
    if (argc < 3 || !mkdtemp(keys)) {
        return 2;
    }
    arena_init(&a, 256 << 20);
    open_office(&a, argv[1], keys);
    must(db_open(office->store, &a, &db), &a, "handle");
    struct ctx c;
    ctx_system(&c, office, &office->cities[0], db, &a);
    c.viewer.roles |= ROLES_OFFICE;
    c.viewer.grants = &(const struct grant){ .role = ROLE_DIRECTOR };
    c.viewer.n_grants = 1;
    struct value v = pilot_values(&a, 1);
    int64_t pilot = act(&c, "pilot.propose", 0, &v), measure = a_measure(&c, pilot);
    pthread_t thread;
    bool others = argc > 3;
    if (others && pthread_create(&thread, NULL, other_people, &pilot) != 0) {
        return 2;
    }
    struct import_result r;
    int64_t begin = clock_ns();
    must(readings_import_file(
             &c, measure, argv[2], &(struct import_options){ .publish = true }, NULL, NULL, &r),
        &a, "import");
    double seconds = (double)(clock_ns() - begin) / 1e9;
    atomic_store(&done, true);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    if (others) {
        pthread_join(thread, NULL);
    }
    printf("%.3f s, %lld rows, %lld bad, %s, %ld MB at most", seconds, (long long)r.good,
        (long long)r.bad, r.published ? "published" : "staged", usage.ru_maxrss / 1024);
    int n = atomic_load(&acts);
    if (n) {
        qsort(took, (size_t)n, sizeof(took[0]), by_size);
        printf("; %d acts of others: median %.1f ms, 99 %% below %.1f ms, the longest %.1f ms", n,
            (double)took[n / 2] / 1e6, (double)took[n * 99 / 100] / 1e6, (double)took[n - 1] / 1e6);
    }
    printf("\n");
    db_close(db);
    office_close(office);
    arena_release(&a);
    return 0;
}
