// SPDX-License-Identifier: Apache-2.0
#include "bench.h"

#include <sys/mman.h>
#include <time.h>

enum { RUNS = 5, LONG = 200000, HUGE_PAGE = 2 << 20 };

struct ph_context *bench_context;
static const char *folder;

void bench_begin(int argc, char **argv)
{
    struct ph_context_options o = { .version = PH_VERSION, .seed = 1 };
    folder = argc > 1 ? argv[1] : NULL;
    bench_context = ph_context_new(&o);
    if (!bench_context) {
        exit(1);
    }
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

void bench_measure(const char *name, bench_fn *work, const struct ph_frame *f)
{
    double seconds[RUNS];
    for (int i = 0; i < RUNS; i++) {
        double from = now();
        work(f);
        seconds[i] = now() - from;
    }
    qsort(seconds, RUNS, sizeof(double), by_size);
    printf("%s %.5f\n", name, seconds[RUNS / 2]);
    fflush(stdout);
}

void bench_need(enum ph_status status)
{
    if (status != PH_OK) {
        fprintf(stderr, "%s\n", ph_context_message(bench_context));
        exit(1);
    }
}

void *bench_room(size_t count, size_t size)
{
    size_t bytes = count * size;
    void *p = NULL;
    if (posix_memalign(&p, HUGE_PAGE, bytes) != 0) {
        exit(1);
    }
    if (bytes >= HUGE_PAGE) {
        (void)madvise(p, bytes, MADV_HUGEPAGE); // as what reads files has them
    }
    memset(p, 0, bytes);
    return p;
}

static FILE *begin_file(const char *name, const char *ending)
{
    char path[400];
    snprintf(path, sizeof(path), "%s/%s.%s", folder, name, ending);
    FILE *out = fopen(path, "w");
    if (!out) {
        perror(path);
        exit(1);
    }
    return out;
}

static double cell(const struct ph_column *column, size_t row)
{
    return column->kind == PH_REAL ? column->real[row] : (double)column->key[row];
}

static void write_raw(const char *name, const struct ph_frame *f)
{
    for (size_t k = 0; k < f->columns; k++) {
        FILE *out = begin_file(name, f->column[k].name);
        for (size_t i = 0; i < f->rows; i++) {
            double v = cell(&f->column[k], i);
            fwrite(&v, sizeof(v), 1, out);
        }
        fclose(out);
    }
}

void bench_write(const char *name, const struct ph_frame *f)
{
    if (!folder) {
        return;
    }
    if (f->rows > LONG) {
        write_raw(name, f);
        return;
    }
    FILE *out = begin_file(name, "csv");
    for (size_t k = 0; k < f->columns; k++) {
        fprintf(out, "%s%s", k ? "," : "", f->column[k].name);
    }
    for (size_t i = 0; i < f->rows; i++) {
        for (size_t k = 0; k < f->columns; k++) {
            fprintf(out, "%s%.15g", k ? "," : "\n", cell(&f->column[k], i));
        }
    }
    fputc('\n', out);
    fclose(out);
}
