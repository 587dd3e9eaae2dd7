// SPDX-License-Identifier: Apache-2.0
#include "pilothouse/evidence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

static char *out_text;
static char *err_text;

// Runs WORDS, where @ stands for a file that holds CSV. What was printed is in out_text and
// err_text.
static int run(const char *csv, size_t csv_len, const char *words)
{
    char path[] = "/tmp/evidence-cli-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, csv, csv_len) == (ssize_t)csv_len);
    close(fd);
    char copy[400];
    char *argv[40];
    int argc = 0;
    snprintf(copy, sizeof(copy), "%s", words);
    char *rest = copy;
    for (char *word; (word = strsep(&rest, " ")) != NULL;) {
        argv[argc++] = strcmp(word, "@") == 0 ? path : word;
    }
    size_t len;
    free(out_text);
    free(err_text);
    FILE *out = open_memstream(&out_text, &len);
    FILE *err = open_memstream(&err_text, &len);
    int code = ph_cli_main(argc, argv, out, err);
    fclose(out);
    fclose(err);
    unlink(path);
    return code;
}

#define RUN(csv, words) run(csv, sizeof(csv) - 1, words)

static void json_is_canonical(void **state)
{
    assert_int_equal(RUN("", "feasibility --floor 0.5 --counts 0,3"), 0);
    assert_string_equal(out_text,
        "{\"anytime\":false,\"clusters\":0,\"convention\":\"clopper-pearson\",\"design_effect\":1,"
        "\"df\":null,\"dropped\":{\"group-missing\":0,\"outcome-missing\":0,\"unit-missing\":0,"
        "\"unit-unpaired\":0},\"estimate\":0,\"exact\":{\"half_width\":0.353799113089,"
        "\"hi\":0.707598226179,\"lo\":0},\"floor\":0.5,\"grade\":\"none\",\"interval\":{"
        "\"half_width\":0.353799113089,\"hi\":0.707598226179,\"lo\":0},\"level\":0.95,"
        "\"method\":\"feasibility\",\"n\":3,\"n_dropped\":0,\"p\":1,"
        "\"probability_met\":0.0331455002638,\"se\":0,\"successes\":0,\"trials\":3,"
        "\"warnings\":[\"small-sample\",\"zero-cell\"],\"warnings_words\":[\"There are fewer than "
        "10 "
        "in a group: the interval leans on an even, bell-shaped spread that so few cannot show.\","
        "\"One of the counts is zero: the estimate sits at the edge of what is possible.\"],"
        "\"wilson\":{\"half_width\":0.280748515878,\"hi\":0.561497031755,\"lo\":0}}\n");
}

static const char groups[] = "y,g,who\n1,0,a\n2,0,a\n4,0,b\n,0,b\n7,1,c\n9,1,\"d, e\"\n\n8,1,c\n";

static void csv_reads(void **state)
{
    assert_int_equal(
        RUN("\xef\xbb\xbfy,g,who\r\n1,0,a\r\n 2 ,0,b\r\n7,1,c\r\n\"9\",1,\"d \"\"x\"\"\"",
            "welch --data @ --outcome y --treat g --cluster who"),
        0);
    assert_non_null(strstr(out_text, "\"estimate\":6.5,"));
    assert_int_equal(RUN(groups, "welch --data @ --outcome y --treat g --cluster who"), 0);
    assert_non_null(strstr(out_text, "\"n\":6,"));
    assert_non_null(strstr(out_text, "\"n_dropped\":1,"));
    assert_non_null(strstr(out_text, "\"estimate\":5.5,")); // (7.5 + 9) / 2 - (1.5 + 4) / 2
    assert_int_equal(
        RUN(groups, "welch --data @ --outcome y --treat g --where y<9 --where y>=1"), 0);
    assert_non_null(strstr(out_text, "\"n\":5,"));
    assert_int_equal(RUN("t,u,y\n1,a,5\n2,a,6\n3,a,9\n1,b,4\n2,b,4\n3,b,6\n",
                         "before-after --data @ --outcome y --time t --from 3 --unit u"),
        0);
    assert_non_null(strstr(out_text, "\"estimate\":2.75,"));
}

static void errors_name_the_place(void **state)
{
    static const struct {
        const char *csv, *words, *error;
    } cases[] = {
        { "y,g\n1,0\nx,1\n", "welch --data @ --outcome y --treat g",
            "Row 3, y: \"x\" is not a number; leave the cell empty if it is missing.\n" },
        { "y,g\n1,0\nnan,1\n", "welch --data @ --outcome y --treat g",
            "Row 3, y: \"nan\" is not a number; leave the cell empty if it is missing.\n" },
        { "y,g\n1e999,0\n", "welch --data @ --outcome y --treat g",
            "Row 2, y: \"1e999\" is not a number; leave the cell empty if it is missing.\n" },
        { "y,g\n1,0\n\n1,2\n", "welch --data @ --outcome y --treat g",
            "Row 4, g: the treatment must be 0 or 1, not 2.\n" },
        { "y,g\n1\n", "welch --data @ --outcome y --treat g",
            "Row 2 has 1 cell; the header has 2.\n" },
        { "y,g\n1,0,3\n", "welch --data @ --outcome y --treat g",
            "Row 2 has more than the header's 2 cells.\n" },
        { "y,g\n\"1,0\n", "welch --data @ --outcome y --treat g",
            "Row 2: a quote is opened and not closed.\n" },
        { "y,g\n\"1\"2,0\n", "welch --data @ --outcome y --treat g",
            "Row 2: text behind a closing quote.\n" },
        { "y,y\n1,0\n", "welch --data @ --outcome y --treat g", "Two columns are named y.\n" },
        { "y,h\n1,0\n", "welch --data @ --outcome y --treat g", "There is no column g.\n" },
        { "", "welch --data @ --outcome y --treat g", "The file is empty.\n" },
        { "y,g\n", "welch --data @ --outcome y --treat g",
            "No row of 0 has all the values that are needed.\n" },
        { "y,g\n1,0\n2,0\n", "welch --data @ --outcome y --treat g --where y>5",
            "No row of 0 has all the values that are needed.\n" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(run(cases[i].csv, strlen(cases[i].csv), cases[i].words), 1);
        assert_string_equal(err_text, cases[i].error);
        assert_string_equal(out_text, "");
    }
    assert_int_equal(RUN("y,g\n1\0,0\n", "welch --data @ --outcome y --treat g"), 1);
    assert_string_equal(err_text, "Row 2: a NUL byte; this is not a text file.\n");
}

static void long_cells_are_refused(void **state)
{
    char csv[6000] = "y,g\n";
    memset(csv + 4, '1', sizeof(csv) - 4);
    assert_int_equal(run(csv, sizeof(csv), "welch --data @ --outcome y --treat g"), 1);
    assert_string_equal(err_text, "Row 2: a cell is longer than 4096 bytes.\n");
}

static void usage(void **state)
{
    static const char *const wrong[] = { "", "dance", "welch", "welch --floor 1",
        "welch --data @ --outcome", "welch --data @ --outcome y", "power --n x", "power --n 0x10",
        "power --kind many --n 4", "feasibility --counts 1,2", "feasibility --floor 0.5 --counts 1",
        "feasibility --floor 0.5 --counts 1,2,3,4,5", "welch --where y!3 --data @",
        "before-after --data @ --outcome y", "power --kind one-proportion --n 20 --effect 0.1",
        "welch --data @ --outcome y --treat y --cluster y" };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(RUN("y,g\n1,0\n", wrong[i]), 2);
        assert_true(strlen(err_text) > 0);
        assert_string_equal(out_text, "");
    }
    assert_int_equal(RUN("", "welch --data /nowhere/x.csv --outcome y --treat g"), 1);
    assert_int_equal(RUN("", "power --n 64 --effect 0.5"), 0);
    assert_int_equal(RUN("", "accuracy --counts 20,5,10,15"), 0);
    assert_non_null(strstr(out_text, "\"estimate\":0.4,"));
}

static int release(void **state)
{
    free(out_text);
    free(err_text);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_canonical),
        cmocka_unit_test(csv_reads),
        cmocka_unit_test(errors_name_the_place),
        cmocka_unit_test(long_cells_are_refused),
        cmocka_unit_test(usage),
    };
    return cmocka_run_group_tests(tests, NULL, release);
}
