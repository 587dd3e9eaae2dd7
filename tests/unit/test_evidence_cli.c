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
        "\"df\":null,\"dropped\":{\"always-treated\":0,\"covariate-missing\":0,"
        "\"group-missing\":0,\"outcome-missing\":0,\"singleton\":0,\"time-missing\":0,"
        "\"unit-missing\":0,\"unit-unbalanced\":0,\"unit-unpaired\":0,\"weight-missing\":0},"
        "\"estimate\":0,\"exact\":{\"half_width\":0.353799113089,"
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
        "welch --data @ --outcome y --treat g --cluster y,g",
        "welch --data @ --outcome y --treat g --cluster y,,g",
        "welch --data @ --data @ --outcome y --treat g", "power --n 3 --threads 1.5",
        "welch --data @ --outcome y --treat g --where y<a",
        "welch --data @ --outcome y --treat g --where y<1,2",
        "welch --data @ --outcome y --treat g --where =1" };
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

static void nearest_words(void **state)
{
    assert_int_equal(RUN("", "powr --n 3"), 2);
    assert_non_null(strstr(err_text, "There is no method powr. Is it power?\n"));
    assert_int_equal(RUN("", "power --efect 3"), 2);
    assert_string_equal(err_text, "power does not know --efect. Is it --effect?\n");
    assert_int_equal(RUN("", "power --zzzzzzzzzzzz 3"), 2);
    assert_string_equal(err_text, "power does not know --zzzzzzzzzzzz.\n");
    assert_int_equal(RUN("", "accuracy --limits narrow"), 2);
    assert_string_equal(err_text, "--limits takes one of exact|approximate, not \"narrow\".\n");
}

static void help_lists_options(void **state)
{
    assert_int_equal(RUN("", "--help"), 0);
    assert_non_null(strstr(out_text, "\n  welch "));
    assert_int_equal(RUN("", "before-after --help"), 0);
    assert_non_null(strstr(out_text, "--from NUMBER"));
    // Its own --time stands once, without the generic one.
    const char *time = strstr(out_text, "--time");
    assert_non_null(time);
    assert_null(strstr(time + 1, "\n  --time"));
    assert_int_equal(RUN("", "power --help"), 0);
    assert_non_null(strstr(out_text, "--icc"));
    // Behind other options, too, also behind wrong ones.
    assert_int_equal(RUN("", "power --n 20 --no-such --help"), 0);
    assert_non_null(strstr(out_text, "--icc"));
    assert_null(strstr(out_text, "--data"));
}

static void conditions(void **state)
{
    static const char csv[] = "y,g,who\n1,0,a\n2,0,b\n4,0,c\n7,1,a\n9,1,b\n12,1,c\n20,1,\n";
    assert_int_equal(RUN(csv, "welch --data @ --outcome y --treat g --where who=a,c"), 0);
    assert_non_null(strstr(out_text, "\"estimate\":7,")); // 9.5 - 2.5
    assert_int_equal(RUN(csv, "welch --data @ --outcome y --treat g --where who!=a"), 0);
    assert_non_null(strstr(out_text, "\"n\":4,")); // an empty cell answers no condition
    assert_int_equal(RUN(csv, "welch --data @ --outcome y --treat g --where y=1,2,7,9"), 0);
    assert_non_null(strstr(out_text, "\"estimate\":6.5,"));
    assert_int_equal(RUN(csv, "welch --data @ --outcome y --treat g --where y!=20"), 0);
    assert_non_null(strstr(out_text, "\"n\":6,"));
    // One column as numbers and as keys.
    assert_int_equal(RUN(csv, "welch --data @ --outcome y --treat g --cluster y --where y<10"), 0);
    assert_non_null(strstr(out_text, "\"clusters\":5,"));
}

// What is passed over is said.
static void what_is_left_out_is_said(void **state)
{
    static const char same[] = "y,x,g\n1,1,a\n2,3,a\n4,3,a\n7,9,a\n";
    assert_int_equal(RUN(same, "regress --data @ --formula y~x+factor(g)"), 1);
    assert_non_null(strstr(err_text, "g is the same in all 4 rows"));
    assert_int_equal(RUN(same, "regress --data @ --formula y~0+x+factor(g)"), 0);
    static const char places[] =
        "u,t,y,on,p\na,1,1,0,3\na,2,2,0,\na,3,9,1,5\nb,1,1,0,1\nb,2,3,0,2\n"
        "b,3,4,0,1\nc,1,2,0,4\nc,2,2,0,7\nc,3,2,0,1\nd,1,0,0,2\nd,2,1,0,\nd,3,1,0,2\n";
    assert_int_equal(RUN(places, "synth --data @ --outcome y --unit u --time t --treat on "
                                 "--predictors p@1:2 --v equal"),
        0);
    assert_non_null(strstr(out_text, "\"predictor_missing\":2,"));
}

static void tables(void **state)
{
    assert_int_equal(RUN("", "feasibility --floor 0.5 --counts 81,263 --table"), 0);
    assert_non_null(strstr(out_text, "interval, Wilson          0.255289 to 0.36621\n"));
    assert_null(strstr(out_text, "{"));
    // People read words, not keys; what is not known or counts nothing has no line.
    assert_int_equal(RUN(groups, "welch --data @ --outcome y --treat g --table"), 0);
    assert_non_null(strstr(out_text, "\nrows used                 6\n"));
    assert_non_null(strstr(out_text, "\nrows left out             1\n"));
    assert_non_null(strstr(out_text, "\nmean, treated             8\n"));
    assert_null(strstr(out_text, "units"));
    assert_null(strstr(out_text, "_"));
    for (const char *line = out_text; *line; line = strchr(line, '\n') + 1) {
        assert_true(strcspn(line, "\n") <= 80);
    }
    // Many digits, small and large.
    assert_int_equal(RUN("y,g\n1234567,0\n2234567,0\n0.00012,1\n0.00013,1\n",
                         "welch --data @ --outcome y --treat g --table"),
        0);
    assert_non_null(strstr(out_text, "mean, comparison          1734567\n"));
    assert_non_null(strstr(out_text, "mean, treated             0.000125\n"));
    // A column of what is nowhere known is left out.
    assert_int_equal(RUN("y,se\n1,1\n2,1\n", "shrink --data @ --outcome y --se se --table"), 0);
    assert_null(strstr(out_text, "worthwhile"));
    assert_non_null(strstr(out_text, "shrunk"));
}

// The same rows in another order, and other labels in the same order, give the same bytes.
static void order_of_rows(void **state)
{
    static const char *const files[] = { "y,g,who\n1.1,0,10\n2.7,0,9\n4.3,0,9\n7.9,1,2\n9.3,1,1\n",
        "y,g,who\n9.3,1,1\n4.3,0,9\n7.9,1,2\n1.1,0,10\n2.7,0,9\n",
        "y,g,who\n4.3,0,c\n2.7,0,c\n1.1,0,d\n9.3,1,a\n7.9,1,b\n" };
    char *first = NULL;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        assert_int_equal(
            run(files[i], strlen(files[i]), "welch --data @ --outcome y --treat g --cluster who"),
            0);
        first = first ? first : strdup(out_text);
        assert_string_equal(out_text, first);
    }
    free(first);
}

static void numbers(void **state)
{
    // Short decimals, long ones, and those that only look like numbers.
    static const char csv[] = "y,g\n0.1,0\n-0.3,0\n123456789012345678,1\n1e2,1\n.5,0\n5.,1\n";
    assert_int_equal(
        RUN(csv, "welch --data @ --outcome y --treat g --where y=0.1,-0.3,.5,5.,100"), 0);
    assert_non_null(strstr(out_text, "\"mean0\":0.1,"));
    assert_non_null(strstr(out_text, "\"mean1\":52.5,"));
    static const char *const bad[] = { "y,g\n-,0\n", "y,g\n.,0\n", "y,g\n1.2.3,0\n", "y,g\n1e,0\n",
        "y,g\n--1,0\n", "y,g\n1 2,0\n" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(run(bad[i], strlen(bad[i]), "welch --data @ --outcome y --treat g"), 1);
        assert_non_null(strstr(err_text, "is not a number"));
    }
}

static int release(void **state)
{
    free(out_text);
    free(err_text);
    return 0;
}

static char *file_text(const char *path)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    char *text = calloc(1, 100000);
    assert_true(fread(text, 1, 99999, f) > 0);
    fclose(f);
    return text;
}

static void plot_is_written(void **state)
{
    char path[] = "/tmp/evidence-plot-XXXXXX";
    char words[200];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    snprintf(words, sizeof(words), "welch --data @ --outcome y --treat g --plot %s", path);
    assert_int_equal(RUN(groups, words), 0);
    assert_non_null(strstr(out_text, "\"method\":\"welch\""));
    char *first = file_text(path);
    assert_non_null(strstr(first, "<svg class=\"svg svg-effect\" xmlns="));
    assert_non_null(strstr(first, "prefers-color-scheme:dark"));
    assert_non_null(strstr(first, ">Effect on y<"));
    assert_int_equal(RUN(groups, words), 0);
    char *second = file_text(path);
    assert_string_equal(first, second);
    free(first);
    free(second);
    snprintf(words, sizeof(words),
        "welch --data @ --outcome y --treat g --plot %s --plot-unit <Minutes> --plot-title T&T",
        path);
    assert_int_equal(RUN(groups, words), 0);
    first = file_text(path);
    assert_non_null(strstr(first, ">&lt;Minutes&gt;<"));
    assert_non_null(strstr(first, ">T&amp;T</title>"));
    free(first);
    unlink(path);
}

// Each method with a picture, on data that it takes.
static void every_picture_is_drawn(void **state)
{
    static const char panel[] = "y,u,t,f,on\n1,a,1,3,0\n2,a,2,3,0\n6,a,3,3,1\n7,a,4,3,1\n"
                                "2,b,1,0,0\n3,b,2,0,0\n3,b,3,0,0\n5,b,4,0,0\n"
                                "1,c,1,0,0\n3,c,2,0,0\n4,c,3,0,0\n4,c,4,0,0\n"
                                "4,d,1,4,0\n4,d,2,4,0\n5,d,3,4,0\n9,d,4,4,1\n";
    static const char places[] = "y,u,t,on\n1,a,1,0\n2,a,2,0\n6,a,3,1\n7,a,4,1\n"
                                 "2,b,1,0\n3,b,2,0\n3,b,3,0\n5,b,4,0\n"
                                 "1,c,1,0\n3,c,2,0\n4,c,3,0\n4,c,4,0\n"
                                 "0,d,1,0\n2,d,2,0\n2,d,3,0\n3,d,4,0\n";
    static const char series[] = "y,t\n1,1\n2,2\n2,3\n4,4\n9,5\n9,6\n11,7\n12,8\n";
    static const char many[] = "y,se\n1,1\n2,1\n4,2\n";
    static const char ratings[] = "s,i,r\n1,a,x\n2,b,x\n3,c,x\n2,a,y\n2,b,y\n4,c,y\n";
    static const char pairs[] = "n,r\n1,2\n3,3\n5,4\n7,7\n";
    static const struct {
        const char *csv, *words, *picture;
    } calls[] = {
        { groups, "before-after --data @ --outcome y --period g", "svg-effect" },
        { groups, "proportions --counts 5,10,2,10", "svg-effect" },
        { groups, "feasibility --floor 0.5 --counts 8,10", "svg-effect" },
        { groups, "accuracy --counts 5,1,2,9", "svg-effect" },
        { groups, "lin --data @ --outcome y --treat g", "svg-effect" },
        { groups, "rate --floor 2 --counts 5,10", "svg-effect" },
        { groups, "rates --counts 5,10,8,10", "svg-effect" },
        { groups, "sequence --data @ --outcome y", "svg-looks" },
        { groups, "sequence --kind betting --bounds 0,10 --grid 50 --data @ --outcome y",
            "svg-looks" },
        { groups, "regress --data @ --formula y~g", "svg-effect" },
        { panel, "attgt --data @ --outcome y --unit u --time t --first-treated f", "svg-events" },
        { panel, "sunab --data @ --outcome y --unit u --time t --first-treated f", "svg-events" },
        { panel, "bacon --data @ --outcome y --unit u --time t --first-treated f", "svg-bacon" },
        { places, "synth --data @ --outcome y --unit u --time t --treat on", "svg-course" },
        { places, "sdid --data @ --outcome y --unit u --time t --treat on", "svg-course" },
        { series, "its --data @ --outcome y --time t --from 5", "svg-series" },
        { groups, "sequence --data @ --outcome y --treat g", "svg-looks" },
        { many, "shrink --data @ --outcome y --se se", "svg-pilots" },
        { many, "cost --estimates 1,1,2,1 --value 1,2,3", "svg-cost" },
        { ratings, "topk --data @ --outcome s --item i --rater r --k 1", "svg-ranking" },
        { pairs, "accuracy --data @ --outcome n --reference r --margin 2", "svg-agreement" },
    };
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        char path[] = "/tmp/evidence-plot-XXXXXX";
        char words[300];
        int fd = mkstemp(path);
        assert_true(fd >= 0);
        close(fd);
        snprintf(words, sizeof(words), "%s --plot %s", calls[i].words, path);
        if (run(calls[i].csv, strlen(calls[i].csv), words) != 0) {
            fail_msg("%s: %s", words, err_text);
        }
        char *svg = file_text(path);
        assert_non_null(strstr(svg, calls[i].picture));
        assert_non_null(strstr(svg, "</svg>\n"));
        free(svg);
        unlink(path);
    }
}

static void plot_says_what_is_wrong(void **state)
{
    assert_int_equal(RUN("", "power --n 20 --effect 1 --plot x.svg"), 2);
    assert_non_null(strstr(err_text, "power has no picture. These have one:"));
    assert_non_null(strstr(err_text, " welch"));
    assert_int_equal(
        RUN(groups, "welch --data @ --outcome y --treat g --plot /nowhere/at/all.svg"), 1);
    assert_non_null(strstr(err_text, "/nowhere/at/all.svg"));
    assert_int_equal(RUN("n,r\n1,2\n3,3\n5,4\n7,7\n",
                         "accuracy --data @ --outcome n --reference r --slopes --plot x.svg"),
        2);
    assert_non_null(strstr(err_text, "leave --plot out"));
    assert_int_equal(RUN("", "sequence --bound normal --v 10 --plot x.svg"), 2);
    assert_non_null(strstr(err_text, "leave --plot out"));
    assert_string_equal(out_text, "");
}

// ---- Comparisons over time, and rates ----

// Places a and b start in 3 and 4, c and d never; the effect is 2.
static const char staggered[] =
    "y,on,unit,t,first\n1,0,a,1,3\n2,0,a,2,3\n5,1,a,3,3\n6,1,a,4,3\n3,0,b,1,4\n4,0,b,2,4\n"
    "5,0,b,3,4\n8,1,b,4,4\n2,0,c,1,\n3,0,c,2,\n4,0,c,3,\n5,0,c,4,\n7,0,d,1,\n8,0,d,2,\n"
    "9.5,0,d,3,\n10,0,d,4,\n";

// The header's estimate, which stands before the grade.
static double headline(const char *text)
{
    const char *end = strstr(text, ",\"grade\"");
    assert_non_null(end);
    while (end[-1] != ':') {
        end--;
    }
    return strtod(end, NULL);
}

static void did_and_its_leads(void **state)
{
    assert_int_equal(RUN(staggered, "did --data @ --outcome y --treat on --unit unit --time t"), 0);
    char *marks = strdup(out_text);
    assert_non_null(strstr(marks, "\"beside\":{\"bacon\":[{"));
    assert_non_null(strstr(marks, "\"starts\":2"));
    assert_non_null(strstr(marks, "\"staggered\""));
    assert_int_equal(
        RUN(staggered, "did --data @ --outcome y --first-treated first --unit unit --time t"), 0);
    assert_true(fabs(headline(marks) - headline(out_text)) < 1e-9);
    free(marks);
    assert_int_equal(RUN("y,g,p\n1,0,0\n2,0,1\n3,0,0\n4,0,1\n2,1,0\n7,1,1\n3,1,0\n8,1,1\n",
                         "did --data @ --outcome y --treat g --post p"),
        0);
    assert_non_null(strstr(out_text, "\"estimate\":4,")); // (7.5 - 2.5) - (3 - 2)
    assert_null(strstr(out_text, "\"beside\""));
    assert_int_equal(RUN(staggered, "did --data @ --outcome y --treat on --unit unit"), 2);
    assert_int_equal(
        RUN(staggered,
            "eventstudy --data @ --outcome y --unit unit --time t --first-treated first"),
        0);
    assert_non_null(strstr(out_text, "\"events\":[{"));
    assert_non_null(strstr(out_text, "\"time\":-2,"));
    assert_int_equal(RUN(staggered, "pretrend --data @ --outcome y --unit unit --time t "
                                    "--first-treated first --delta 2"),
        0);
    assert_non_null(strstr(out_text, "\"leads\":[{"));
    assert_non_null(strstr(out_text, "\"pre_test\""));
}

static void rates_of_events(void **state)
{
    assert_int_equal(RUN("", "rate --counts 17,250 --floor 0.1"), 0);
    assert_non_null(strstr(out_text, "\"estimate\":0.068,"));
    assert_non_null(strstr(out_text, "\"lo\":0.0396125058784"));
    assert_int_equal(RUN("x,t,g,s\n3,100,1,a\n4,100,1,b\n9,100,0,c\n8,100,0,d\n",
                         "rates --data @ --outcome x --exposure t --treat g --design randomised"),
        0);
    assert_non_null(strstr(out_text, "\"estimate\":-0.05,"));
    assert_int_equal(
        RUN("x,t,g\n3,100,1\n4.5,100,0\n", "rates --data @ --outcome x --exposure t --treat g"), 1);
    assert_string_equal(err_text, "Row 3: 4.5 is not a count.\n");
    assert_int_equal(RUN("", "rates --counts 3,100"), 2);
}

static void the_rule_alone(void **state)
{
    static const struct {
        const char *words, *verdict, *reason;
    } cases[] = {
        { "verdict --estimate 5 --se 1 --delta 2 --grade A", "scale", "worthwhile" },
        { "verdict --estimate 5 --se 1 --delta 2", "cannot-tell", "grade-too-low" },
        { "verdict --estimate -5 --se 1 --delta 2 --grade B --direction lower", "scale",
            "worthwhile" },
        { "verdict --estimate 0 --se 0.5 --delta 2 --grade A", "stop", "worthwhile-ruled-out" },
        { "verdict --estimate 5 --se 1 --delta 2 --grade A --early", "cannot-tell", "too-early" },
        { "verdict --estimate 5 --lo 1 --hi 9 --se 1 --delta 2 --grade A --early --anytime",
            "scale", "worthwhile" },
        { "verdict --estimate 5 --se 1 --delta 2 --grade A --gate-failed", "cannot-tell",
            "gate-failed" },
        { "verdict --estimate 5 --se 1 --delta 2 --grade A --harm-lower 3 --harm-margin 1", "stop",
            "harm" },
        { "verdict --estimate 5 --se 1 --delta 2 --grade A --benefit 0.1", "stop",
            "not-worth-cost" },
        { "verdict --estimate 1 --se 1 --delta 2 --grade A --component-works", "adapt",
            "component-works" },
        { "verdict --estimate 1 --se 1 --delta 2 --grade A --extension-detects 1.5", "extend",
            "extension-pays" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char verdict[60];
        char reason[60];
        assert_int_equal(run("", 0, cases[i].words), 0);
        snprintf(verdict, sizeof(verdict), "\"verdict\":\"%s\"", cases[i].verdict);
        snprintf(reason, sizeof(reason), "\"reason\":\"%s\"", cases[i].reason);
        if (!strstr(out_text, verdict) || !strstr(out_text, reason)) {
            fail_msg("%s: %s", cases[i].words, out_text);
        }
    }
    assert_int_equal(RUN("", "verdict --estimate 5 --delta 2 --lo 1"), 2);
    assert_int_equal(RUN("", "verdict --estimate 5 --se 1 --delta -2"), 1);
}

// ---- A sealed plan with earlier pilots ----

static void write_temp(char *path, const char *text)
{
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

static void evaluated_among_pilots(void **state)
{
    static const char data[] = "y,arm\n1,0\n2,0\n1.5,0\n2.5,0\n4,1\n5,1\n4.5,1\n3.5,1\n";
    char plan[] = "/tmp/evidence-plan-XXXXXX";
    char pilots[] = "/tmp/evidence-pilots-XXXXXX";
    char words[200];
    write_temp(plan, "{\"pilothouse_plan\":1,\"kind\":\"effect\",\"design\":\"randomised\","
                     "\"method\":\"welch\",\"columns\":{\"outcome\":\"y\",\"treat\":\"arm\"},"
                     "\"delta\":1,\"portfolio\":true}");
    write_temp(pilots, "estimate,se\n0.1,0.2\n0,0.2\n,0.1\n0.2,0.3\n");
    snprintf(words, sizeof(words), "evaluate --plan %s --data @", plan);
    assert_int_equal(RUN(data, words), 1);
    assert_non_null(strstr(err_text, "earlier pilots"));
    snprintf(words, sizeof(words), "evaluate --plan %s --data @ --portfolio %s", plan, pilots);
    assert_int_equal(RUN(data, words), 0);
    assert_non_null(strstr(out_text, "\"pilots\":4,"));
    assert_non_null(strstr(out_text, "\"input\":\""));
    assert_non_null(strstr(out_text, "\"seed\":"));
    snprintf(words, sizeof(words), "evaluate --plan %s --data @ --portfolio /nowhere.csv", plan);
    assert_int_equal(RUN(data, words), 1);
    assert_string_equal(err_text, "/nowhere.csv cannot be opened.\n");
    snprintf(words, sizeof(words), "evaluate --plan %s --data @ --portfolio %s", plan, plan);
    assert_int_equal(RUN(data, words), 1);
    unlink(plan);
    unlink(pilots);
}

// ---- What is printed about the methods is true ----

static void every_method_is_in_the_manual(void **state)
{
    char *page = file_text("docs/pilothouse.1");
    assert_int_equal(RUN("", "--help"), 0);
    char *lines = strdup(out_text);
    char *rest = lines;
    size_t n = 0;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        char name[40];
        char named[60];
        if (line[0] == ' ' && sscanf(line, "%39s", name) == 1) {
            snprintf(named, sizeof(named), ".B %s\n", name);
            if (!strstr(page, named)) {
                fail_msg("docs/pilothouse.1 does not name %s", name);
            }
            n++;
        }
    }
    assert_true(n > 30);
    free(lines);
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_canonical),
        cmocka_unit_test(plot_is_written),
        cmocka_unit_test(every_picture_is_drawn),
        cmocka_unit_test(plot_says_what_is_wrong),
        cmocka_unit_test(csv_reads),
        cmocka_unit_test(errors_name_the_place),
        cmocka_unit_test(long_cells_are_refused),
        cmocka_unit_test(usage),
        cmocka_unit_test(nearest_words),
        cmocka_unit_test(help_lists_options),
        cmocka_unit_test(conditions),
        cmocka_unit_test(tables),
        cmocka_unit_test(what_is_left_out_is_said),
        cmocka_unit_test(order_of_rows),
        cmocka_unit_test(numbers),
        cmocka_unit_test(did_and_its_leads),
        cmocka_unit_test(rates_of_events),
        cmocka_unit_test(the_rule_alone),
        cmocka_unit_test(evaluated_among_pilots),
        cmocka_unit_test(every_method_is_in_the_manual),
    };
    return cmocka_run_group_tests(tests, NULL, release);
}
