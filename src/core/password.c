// SPDX-License-Identifier: Apache-2.0
// Passwords: Argon2id behind a gate. Each hash takes 64 MB while it is made; the gate lets four
// through at a time and the rest wait for a few seconds at most.
#include "session.h"

#include "clock.h"
#include "str.h"

#include <pthread.h>
#include <sodium.h>

enum {
    GATE_SLOTS = 4, // × 64 MB = 256 MB
    GATE_WAITING = 64,
    GATE_WAIT_MS = 5000,
    SHORTEST = 10,
    LONGEST = 256, // characters; keeps a client from having megabytes hashed
};

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t freed;
    pthread_once_t once;
    int busy, waiting;
} gate = { .mutex = PTHREAD_MUTEX_INITIALIZER, .once = PTHREAD_ONCE_INIT };

static void gate_init(void)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&gate.freed, &attributes);
    pthread_condattr_destroy(&attributes);
}

static bool gate_wait(void)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += GATE_WAIT_MS / 1000;
    gate.waiting++;
    int rc = 0;
    while (gate.busy >= GATE_SLOTS && rc == 0) {
        rc = pthread_cond_timedwait(&gate.freed, &gate.mutex, &until);
    }
    gate.waiting--;
    return gate.busy < GATE_SLOTS;
}

static enum err gate_enter(struct arena *a)
{
    pthread_once(&gate.once, gate_init);
    pthread_mutex_lock(&gate.mutex);
    bool in = gate.busy < GATE_SLOTS || (gate.waiting < GATE_WAITING && gate_wait());
    gate.busy += in;
    pthread_mutex_unlock(&gate.mutex);
    return in ? OK
              : fail(
                    a, ERR_TOO_MANY, "Many people are signing in just now. Try again in a minute.");
}

static void gate_leave(void)
{
    pthread_mutex_lock(&gate.mutex);
    gate.busy--;
    pthread_cond_signal(&gate.freed);
    pthread_mutex_unlock(&gate.mutex);
}

enum err password_hash(struct arena *a, const char *password, const char **ret_hash)
{
    char hash[crypto_pwhash_STRBYTES];
    TRY(gate_enter(a));
    int rc = crypto_pwhash_str(hash, password, strlen(password), crypto_pwhash_OPSLIMIT_INTERACTIVE,
        crypto_pwhash_MEMLIMIT_INTERACTIVE);
    gate_leave();
    if (rc != 0) {
        return fail(a, ERR_UNAVAILABLE, "There is no memory for this now. Try again in a minute.");
    }
    *ret_hash = arena_strdup(a, hash);
    return OK;
}

// Verified against when nobody has the name, so that this takes as long as when somebody has.
static char nobodys_hash[crypto_pwhash_STRBYTES];
static pthread_once_t nobodys_once = PTHREAD_ONCE_INIT;

static void make_nobodys_hash(void)
{
    char secret[32];
    randombytes_buf(secret, sizeof(secret));
    if (crypto_pwhash_str(nobodys_hash, secret, sizeof(secret), crypto_pwhash_OPSLIMIT_INTERACTIVE,
            crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0) {
        nobodys_hash[0] = 0;
    }
}

enum err password_verify(struct arena *a, const char *hash, const char *password, bool *ret_same)
{
    TRY(gate_enter(a));
    pthread_once(&nobodys_once, make_nobodys_hash);
    bool known = hash && *hash;
    int rc = crypto_pwhash_str_verify(known ? hash : nobodys_hash, password, strlen(password));
    gate_leave();
    *ret_same = known && rc == 0;
    return OK;
}

// ---- what won't do -----------------------------------------------------------------------------

// Cores of the passwords that lists of stolen ones have most often, without the digits and marks
// that people hang on.
static const char *const common[] = { "password", "passwort", "passw", "passwrd", "letmein",
    "letmeinnow", "welcome", "welcomehome", "qwerty", "qwertyuiop", "qwertz", "qwertzuiop",
    "qwertyui", "azerty", "azertyuiop", "asdfgh", "asdfghjkl", "zxcvbnm", "qazwsx", "qazwsxedc",
    "iloveyou", "sunshine", "princess", "football", "baseball", "basketball", "superman", "batman",
    "dragon", "monkey", "master", "shadow", "michael", "jennifer", "jordan", "hunter", "killer",
    "trustno", "admin", "administrator", "root", "user", "username", "login", "guest", "test",
    "testing", "tester", "default", "changeme", "change", "secret", "secretpassword", "mypassword",
    "yourpassword", "thepassword", "newpassword", "oldpassword", "passwordpassword", "passphrase",
    "computer", "internet", "samsung", "google", "facebook", "pokemon", "starwars", "liverpool",
    "chelsea", "arsenal", "freedom", "whatever", "nothing", "summer", "winter", "spring", "autumn",
    "monday", "friday", "january", "february", "september", "october", "november", "december",
    "philadelphia", "philly", "phillies", "eagles", "sixers", "pilothouse", "smartcity",
    "smartcityphl", "cityhall", "abc", "abcd", "abcde", "abcdef", "abcdefg", "abcdefgh",
    "abcdefghij", "abcabc", "aaaaaaaaaa", "correcthorsebatterystaple", "charlie", "ashley",
    "cheese", "flower", "hello", "helloworld", "loveyou", "lovely", "babygirl", "chocolate",
    "butterfly", "soccer", "hockey", "yankees", "cowboys", "steelers", "mustang", "corvette",
    "ferrari", "access", "matrix", "ninja", NULL };

// Lower case, letters only; the leet letters read as what they stand for.
static char *core_of(struct arena *a, const char *password)
{
    static const char leet[] = "@a4a3e1i!i0o5s$s7t";
    char *core = arena_strdup(a, password);
    size_t n = 0;
    for (const char *p = str_lower(a, password); *p; p++) {
        if (*p >= 'a' && *p <= 'z') {
            core[n++] = *p;
            continue;
        }
        // A digit in the middle stands for a letter; those at the end hang on.
        size_t rest = strcspn(p, "abcdefghijklmnopqrstuvwxyz");
        for (size_t i = 0; p[rest] && leet[i]; i += 2) {
            if (leet[i] == *p) {
                core[n++] = leet[i + 1];
            }
        }
    }
    core[n] = 0;
    return core;
}

// Few different characters, or each the last one's neighbour: "aaaaaaaaaa", "1234567890".
static bool is_pattern(const char *password)
{
    bool seen[256] = { false };
    size_t different = 0, steps = 0, len = strlen(password);
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)password[i];
        different += !seen[c];
        seen[c] = true;
        int step = i ? c - (unsigned char)password[i - 1] : 9;
        steps += step == 0 || step == 1 || step == -1 || step == '0' - '9';
    }
    return different < 5 || steps * 4 >= len * 3;
}

static bool holds(struct arena *a, const char *password, const char *word)
{
    return strlen(word) >= 4 && strstr(str_lower(a, password), str_lower(a, word)) != NULL;
}

const char *password_weak(const char *password, const char *name, const char *email)
{
    size_t chars = str_chars(password);
    if (chars < SHORTEST) {
        return "Take at least 10 characters. Three or four words that don't belong together are "
               "easy to remember and hard to guess.";
    }
    if (chars > LONGEST) {
        return "Take at most 256 characters.";
    }
    struct arena a;
    arena_init(&a, 1 << 20);
    const char *why = NULL;
    const char *core = core_of(&a, password);
    for (size_t i = 0; common[i] && !why; i++) {
        if (str_eq(core, common[i])) {
            why = "That is among the passwords that are tried first. Take another.";
        }
    }
    if (!why && is_pattern(password)) {
        why = "That is easy to guess. Take one with more different characters.";
    }
    const char *at = email ? strchr(email, '@') : NULL;
    if (!why && at && holds(&a, password, arena_strndup(&a, email, (size_t)(at - email)))) {
        why = "Leave your name and your address out of your password.";
    }
    for (const char *p = name ? name : ""; *p && !why;) {
        size_t len = strcspn(p, " ");
        if (holds(&a, password, arena_strndup(&a, p, len))) {
            why = "Leave your name and your address out of your password.";
        }
        p += len + (p[len] == ' ');
    }
    arena_release(&a);
    return why;
}
