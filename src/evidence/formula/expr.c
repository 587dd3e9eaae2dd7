// SPDX-License-Identifier: Apache-2.0
#include "internal.h"

#include "expr.h"

struct parser {
    struct ph_context *c;
    const char *from;
    const char *at;
    const char *end;
    size_t room;
    int depth; // of brackets
    int stack; // values that the program has on its stack at this point
    struct ev_expr *e;
};

void ev_skip_blanks(const char **at, const char *end)
{
    while (*at < end && (**at == ' ' || **at == '\t' || **at == '\n')) {
        (*at)++;
    }
}

static bool letter(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || ch == '_' || ch == '.' ||
           (unsigned char)ch >= 0x80;
}

static bool digit(char ch)
{
    return ch >= '0' && ch <= '9';
}

char *ev_word(struct ph_context *c, const char **at, const char *end)
{
    const char *from = *at;
    const char *to = from;
    if (from < end && *from == '`') {
        from++;
        for (to = from; to < end && *to != '`'; to++) {
        }
        if (to == end || to == from) {
            return NULL;
        }
        *at = to + 1;
    } else {
        if (from == end || !letter(*from)) {
            return NULL;
        }
        while (to < end && (letter(*to) || digit(*to))) {
            to++;
        }
        *at = to;
    }
    char *word = ev_take(c, (size_t)(to - from) + 1, 1);
    if (word) {
        memcpy(word, from, (size_t)(to - from));
    }
    return word;
}

static enum ph_status wrong(struct parser *p, const char *words)
{
    int rest = (int)(p->end - p->at < 20 ? p->end - p->at : 20);
    if (rest == 0) {
        return ev_complain(p->c, PH_INVALID, "The formula ends too early: %s.", words);
    }
    return ev_complain(p->c, PH_INVALID, "In the formula at \"%.*s\": %s.", rest, p->at, words);
}

static enum ph_status emit(struct parser *p, struct ev_step step, int taken)
{
    struct ev_expr *e = p->e;
    if (e->n == p->room) {
        size_t room = p->room ? 2 * p->room : 16;
        struct ev_step *more = ev_take(p->c, room, sizeof(*more));
        if (!more) {
            return PH_NO_MEMORY;
        }
        if (e->n > 0) {
            memcpy(more, e->step, e->n * sizeof(*more));
        }
        ev_give_back(p->c, e->step);
        e->step = more;
        p->room = room;
    }
    p->stack += 1 - taken;
    if (p->stack > EV_EXPR_DEPTH_MAX) {
        return wrong(p, "it is nested too deeply");
    }
    e->step[e->n++] = step;
    return PH_OK;
}

static enum ph_status emit_name(struct parser *p, char *word)
{
    struct ev_expr *e = p->e;
    size_t i = 0;
    while (i < e->n_names && strcmp(e->name[i], word) != 0) {
        i++;
    }
    if (i < e->n_names) {
        ev_give_back(p->c, word);
    } else if (e->n_names == EV_EXPR_NAMES_MAX) {
        ev_give_back(p->c, word);
        return wrong(p, "too many columns in one expression");
    } else {
        e->name[e->n_names++] = word;
    }
    return emit(p, (struct ev_step){ .op = EV_OP_COLUMN, .name = (int32_t)i }, 0);
}

static bool accept(struct parser *p, const char *sign)
{
    ev_skip_blanks(&p->at, p->end);
    size_t len = strlen(sign);
    if ((size_t)(p->end - p->at) < len || strncmp(p->at, sign, len) != 0) {
        return false;
    }
    p->at += len;
    return true;
}

static enum ph_status parse_or(struct parser *p);

static const struct function {
    const char *name;
    enum ev_op op;
    int arguments;
} functions[] = { { "log", EV_OP_LOG, 1 }, { "exp", EV_OP_EXP, 1 }, { "sqrt", EV_OP_SQRT, 1 },
    { "abs", EV_OP_ABS, 1 }, { "sin", EV_OP_SIN, 1 }, { "cos", EV_OP_COS, 1 },
    { "floor", EV_OP_FLOOR, 1 }, { "min", EV_OP_MIN, 2 }, { "max", EV_OP_MAX, 2 },
    { "I", EV_OP_NUMBER, 1 } };

// AT is behind the opening bracket.
static enum ph_status parse_call(struct parser *p, const struct function *f)
{
    for (int i = 0; i < f->arguments; i++) {
        enum ph_status status = i > 0 && !accept(p, ",") ? wrong(p, "a comma is missing") : PH_OK;
        if (status == PH_OK) {
            status = parse_or(p);
        }
        if (status != PH_OK) {
            return status;
        }
    }
    if (!accept(p, ")")) {
        return wrong(p, "a closing bracket is missing");
    }
    return f->op == EV_OP_NUMBER ? PH_OK : emit(p, (struct ev_step){ .op = f->op }, f->arguments);
}

static enum ph_status parse_word(struct parser *p)
{
    bool quoted = *p->at == '`';
    char *word = ev_word(p->c, &p->at, p->end);
    if (!word) {
        return wrong(p, "a name or a number is expected");
    }
    if (!quoted && accept(p, "(")) {
        for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
            if (strcmp(functions[i].name, word) == 0) {
                ev_give_back(p->c, word);
                return parse_call(p, &functions[i]);
            }
        }
        enum ph_status status = ev_complain(p->c, PH_INVALID,
            "There is no function %.40s; there are log exp sqrt abs sin cos floor min max.", word);
        ev_give_back(p->c, word);
        return status;
    }
    if (!quoted && strcmp(word, "pi") == 0) {
        ev_give_back(p->c, word);
        return emit(p, (struct ev_step){ .op = EV_OP_NUMBER, .number = acos(-1) }, 0);
    }
    return emit_name(p, word);
}

static enum ph_status parse_number(struct parser *p)
{
    const char *from = p->at;
    double value = 0;
    while (p->at < p->end && (digit(*p->at) || *p->at == '.')) {
        p->at++;
    }
    bool mantissa = p->at > from;
    if (mantissa && p->at < p->end && (*p->at == 'e' || *p->at == 'E')) {
        const char *q = p->at + 1;
        q += q < p->end && (*q == '+' || *q == '-');
        if (q < p->end && digit(*q)) {
            while (q < p->end && digit(*q)) {
                q++;
            }
            p->at = q;
        }
    }
    if (!ev_number(from, (size_t)(p->at - from), &value)) {
        p->at = from;
        return wrong(p, "this is not a number");
    }
    return emit(p, (struct ev_step){ .op = EV_OP_NUMBER, .number = value }, 0);
}

static enum ph_status parse_atom(struct parser *p)
{
    ev_skip_blanks(&p->at, p->end);
    if (p->at == p->end) {
        return wrong(p, "a name or a number is expected");
    }
    if (accept(p, "(")) {
        enum ph_status status = parse_or(p);
        if (status == PH_OK && !accept(p, ")")) {
            status = wrong(p, "a closing bracket is missing");
        }
        return status;
    }
    return digit(*p->at) || (*p->at == '.' && p->at + 1 < p->end && digit(p->at[1]))
               ? parse_number(p)
               : parse_word(p);
}

static enum ph_status parse_unary(struct parser *p)
{
    if (++p->depth > EV_EXPR_DEPTH_MAX) {
        return wrong(p, "it is nested too deeply");
    }
    enum ph_status status;
    if (accept(p, "-")) {
        status = parse_unary(p);
        status = status == PH_OK ? emit(p, (struct ev_step){ .op = EV_OP_NEGATE }, 1) : status;
    } else {
        status = parse_atom(p);
        if (status == PH_OK && accept(p, "^")) {
            status = parse_unary(p);
            status = status == PH_OK ? emit(p, (struct ev_step){ .op = EV_OP_POWER }, 2) : status;
        }
    }
    p->depth--;
    return status;
}

struct sign {
    const char *text;
    enum ev_op op;
};

// NEXT (SIGN NEXT)*; longer signs come first.
static enum ph_status parse_chain(
    struct parser *p, enum ph_status (*next)(struct parser *), const struct sign *signs, size_t n)
{
    enum ph_status status = next(p);
    for (size_t i = 0; status == PH_OK && i < n;) {
        if (!accept(p, signs[i].text)) {
            i++;
            continue;
        }
        status = next(p);
        if (status == PH_OK) {
            status = emit(p, (struct ev_step){ .op = signs[i].op }, 2);
        }
        i = 0;
    }
    return status;
}

static enum ph_status parse_product(struct parser *p)
{
    static const struct sign signs[] = { { "*", EV_OP_MULTIPLY }, { "/", EV_OP_DIVIDE },
        { "%", EV_OP_MODULO } };
    return parse_chain(p, parse_unary, signs, 3);
}

static enum ph_status parse_sum(struct parser *p)
{
    static const struct sign signs[] = { { "+", EV_OP_ADD }, { "-", EV_OP_SUBTRACT } };
    return parse_chain(p, parse_product, signs, 2);
}

static enum ph_status parse_comparison(struct parser *p)
{
    static const struct sign signs[] = { { "<=", EV_OP_LESS_EQUAL }, { ">=", EV_OP_MORE_EQUAL },
        { "==", EV_OP_EQUAL }, { "!=", EV_OP_UNEQUAL }, { "<", EV_OP_LESS }, { ">", EV_OP_MORE } };
    return parse_chain(p, parse_sum, signs, 6);
}

static enum ph_status parse_not(struct parser *p)
{
    ev_skip_blanks(&p->at, p->end);
    if (p->at + 1 < p->end && *p->at == '!' && p->at[1] != '=') {
        p->at++;
        if (++p->depth > EV_EXPR_DEPTH_MAX) {
            return wrong(p, "it is nested too deeply");
        }
        enum ph_status status = parse_not(p);
        p->depth--;
        return status == PH_OK ? emit(p, (struct ev_step){ .op = EV_OP_NOT }, 1) : status;
    }
    return parse_comparison(p);
}

static enum ph_status parse_and(struct parser *p)
{
    static const struct sign signs[] = { { "&", EV_OP_AND } };
    return parse_chain(p, parse_not, signs, 1);
}

static enum ph_status parse_or(struct parser *p)
{
    static const struct sign signs[] = { { "|", EV_OP_OR } };
    return parse_chain(p, parse_and, signs, 1);
}

enum ph_status ev_expr_parse(
    struct ph_context *c, const char **at, const char *end, struct ev_expr *ret_expr)
{
    *ret_expr = (struct ev_expr){ 0 };
    struct parser p = { .c = c, .from = *at, .at = *at, .end = end, .e = ret_expr };
    if (end - *at > EV_EXPR_TEXT_MAX) {
        return ev_complain(
            c, PH_TOO_LARGE, "The formula is longer than %d bytes.", EV_EXPR_TEXT_MAX);
    }
    ret_expr->name = ev_take(c, EV_EXPR_NAMES_MAX, sizeof(char *));
    enum ph_status status = ret_expr->name ? parse_or(&p) : PH_NO_MEMORY;
    *at = p.at;
    return status;
}

void ev_expr_release(struct ph_context *c, struct ev_expr *e)
{
    for (size_t i = 0; i < e->n_names; i++) {
        ev_give_back(c, e->name[i]);
    }
    ev_give_back(c, e->name);
    ev_give_back(c, e->step);
    *e = (struct ev_expr){ 0 };
}

int32_t ev_column_named(const struct ph_frame *f, const char *name, enum ph_column_kind kind)
{
    for (size_t i = 0; i < f->columns; i++) {
        if (f->column[i].kind == kind && f->column[i].name &&
            strcmp(f->column[i].name, name) == 0) {
            return (int32_t)i;
        }
    }
    return PH_NONE;
}

enum ph_status ev_expr_bind(struct ph_context *c, struct ev_expr *e, const struct ph_frame *f)
{
    for (size_t i = 0; i < e->n; i++) {
        if (e->step[i].op != EV_OP_COLUMN) {
            continue;
        }
        const char *name = e->name[e->step[i].name];
        int32_t column = ev_column_named(f, name, PH_REAL);
        if (column == PH_NONE) {
            return ev_complain(c, PH_INVALID, "There is no column %.100s with numbers.", name);
        }
        e->step[i].name = column;
        enum ph_status status = (e->n == 1 ? ev_column_check_kind : ev_column_check)(
            c, f, column, PH_REAL, "formula's");
        if (status != PH_OK) {
            return status;
        }
    }
    return PH_OK;
}

bool ev_expr_missing(const struct ev_expr *e, const struct ph_frame *f, size_t row)
{
    for (size_t i = 0; i < e->n; i++) {
        if (e->step[i].op == EV_OP_COLUMN && ev_cell_missing(f, e->step[i].name, row)) {
            return true;
        }
    }
    return false;
}

static double one(enum ev_op op, double a)
{
    switch (op) {
    case EV_OP_NEGATE:
        return -a;
    case EV_OP_NOT:
        return isnan(a) ? NAN : a == 0;
    case EV_OP_LOG:
        return log(a);
    case EV_OP_EXP:
        return exp(a);
    case EV_OP_SQRT:
        return sqrt(a);
    case EV_OP_ABS:
        return fabs(a);
    case EV_OP_SIN:
        return sin(a);
    case EV_OP_COS:
        return cos(a);
    default:
        return floor(a);
    }
}

static double two(enum ev_op op, double a, double b)
{
    if (isnan(a) || isnan(b)) {
        return NAN; // also from a comparison, which would call it false
    }
    switch (op) {
    case EV_OP_ADD:
        return a + b;
    case EV_OP_SUBTRACT:
        return a - b;
    case EV_OP_MULTIPLY:
        return a * b;
    case EV_OP_DIVIDE:
        return a / b;
    case EV_OP_POWER:
        return pow(a, b);
    case EV_OP_MODULO:
        return a - b * floor(a / b);
    case EV_OP_LESS:
        return a < b;
    case EV_OP_LESS_EQUAL:
        return a <= b;
    case EV_OP_MORE:
        return a > b;
    case EV_OP_MORE_EQUAL:
        return a >= b;
    case EV_OP_EQUAL:
        return a == b;
    case EV_OP_UNEQUAL:
        return a != b;
    case EV_OP_AND:
        return a != 0 && b != 0;
    case EV_OP_OR:
        return a != 0 || b != 0;
    case EV_OP_MIN:
        return a < b ? a : b;
    default:
        return a > b ? a : b;
    }
}

static int values_taken(enum ev_op op)
{
    if (op == EV_OP_NUMBER || op == EV_OP_COLUMN) {
        return 0;
    }
    bool single = op == EV_OP_NEGATE || op == EV_OP_NOT || (op >= EV_OP_LOG && op <= EV_OP_FLOOR);
    return single ? 1 : 2;
}

double ev_expr_value(const struct ev_expr *e, const struct ph_frame *f, size_t row)
{
    double stack[EV_EXPR_DEPTH_MAX + 1] = { 0 };
    int top = 0;
    for (size_t i = 0; i < e->n; i++) {
        const struct ev_step *s = &e->step[i];
        switch (values_taken(s->op)) {
        case 0:
            stack[top++] = s->op == EV_OP_NUMBER ? s->number : ev_cell(f, s->name, row);
            break;
        case 1:
            stack[top - 1] = one(s->op, stack[top - 1]);
            break;
        default:
            top--;
            stack[top - 1] = two(s->op, stack[top - 1], stack[top]);
            break;
        }
    }
    return stack[0];
}
