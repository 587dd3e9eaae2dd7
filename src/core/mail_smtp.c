// SPDX-License-Identifier: Apache-2.0
// Handing a message to a mail server, by libcurl.
//
// Without credentials TLS is taken when it is offered, whatever the certificate says: who could
// take the offer away could read along, too. With credentials, or smtps://, it is TLS with a good
// certificate or nothing.
#include "mail.h"

#include "str.h"

#include <curl/curl.h>
#include <pthread.h>

enum { CONNECT_SECONDS = 15, TOTAL_SECONDS = 60, MAX_WORDS = 300 };

struct smtp {
    CURL *curl;
    char words[MAX_WORDS];         // the server's latest complaint
    char trouble[CURL_ERROR_SIZE]; // libcurl's
    char *user, *password;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void start_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

static size_t take_line(char *data, size_t size, size_t n, void *context)
{
    struct smtp *s = context;
    if (size * n == 0 || (data[0] != '4' && data[0] != '5')) {
        return size * n; // what it says when it is content, or says goodbye
    }
    size_t len = size * n < MAX_WORDS - 1 ? size * n : MAX_WORDS - 1, kept = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)data[i];
        if (c >= ' ' && c < 0x7f) {
            s->words[kept++] = (char)c;
        }
    }
    s->words[kept] = 0;
    return size * n;
}

// The environment has them, or names the file that has the password.
static enum err read_credentials(struct arena *detail, struct smtp *s)
{
    const char *user = getenv("PILOTHOUSE_SMTP_USER");
    const char *password = getenv("PILOTHOUSE_SMTP_PASSWORD");
    const char *path = getenv("PILOTHOUSE_SMTP_PASSWORD_FILE");
    char line[512] = "";
    if (!user || !*user) {
        return OK;
    }
    if (!password && path) {
        FILE *file = fopen(path, "re");
        if (!file || !fgets(line, sizeof(line), file)) {
            if (file) {
                fclose(file);
            }
            return fail(detail, ERR_UNAVAILABLE, "The file with the mail password can't be read.");
        }
        fclose(file);
        line[strcspn(line, "\r\n")] = 0;
        password = line;
    }
    s->user = strdup(user);
    s->password = strdup(password ? password : "");
    return OK;
}

enum err smtp_new(struct arena *detail, const char *url, const char *domain, struct smtp **ret_smtp)
{
    if (!str_starts(url, "smtp://") && !str_starts(url, "smtps://")) {
        return fail(detail, ERR_INVALID, "A mail server is given as smtp://host:port.");
    }
    pthread_once(&once, start_curl);
    struct smtp *s = calloc(1, sizeof(*s));
    if (!s || !(s->curl = curl_easy_init())) {
        smtp_free(s);
        return fail(detail, ERR_UNAVAILABLE, "There is no memory left.");
    }
    enum err e = read_credentials(detail, s);
    if (e != OK) {
        smtp_free(s);
        return e;
    }
    bool slash = str_ends(url, "/");
    // The path is the name by which the server is greeted.
    curl_easy_setopt(
        s->curl, CURLOPT_URL, arena_fmt(detail, "%s%s%s", url, slash ? "" : "/", domain));
    curl_easy_setopt(s->curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(s->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(s->curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    curl_easy_setopt(s->curl, CURLOPT_TIMEOUT, (long)TOTAL_SECONDS);
    curl_easy_setopt(s->curl, CURLOPT_HEADERFUNCTION, take_line);
    curl_easy_setopt(s->curl, CURLOPT_HEADERDATA, s);
    curl_easy_setopt(s->curl, CURLOPT_UPLOAD, 1L);
    if (s->user) {
        curl_easy_setopt(s->curl, CURLOPT_USERNAME, s->user);
        curl_easy_setopt(s->curl, CURLOPT_PASSWORD, s->password);
        curl_easy_setopt(s->curl, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
    } else {
        curl_easy_setopt(s->curl, CURLOPT_USE_SSL, (long)CURLUSESSL_TRY);
        long check = str_starts(url, "smtps://");
        curl_easy_setopt(s->curl, CURLOPT_SSL_VERIFYPEER, check);
        curl_easy_setopt(s->curl, CURLOPT_SSL_VERIFYHOST, check ? 2L : 0L);
    }
    const char *authorities = getenv("PILOTHOUSE_SMTP_CA_FILE");
    if (authorities && *authorities) {
        curl_easy_setopt(s->curl, CURLOPT_CAINFO, authorities);
    }
    curl_easy_setopt(s->curl, CURLOPT_ERRORBUFFER, s->trouble);
    *ret_smtp = s;
    return OK;
}

void smtp_free(struct smtp *s)
{
    if (!s) {
        return;
    }
    if (s->curl) {
        curl_easy_cleanup(s->curl);
    }
    free(s->user);
    free(s->password);
    free(s);
}

struct reading {
    const struct buf *message;
    size_t at;
};

static size_t give(char *to, size_t size, size_t n, void *context)
{
    struct reading *r = context;
    size_t left = r->message->len - r->at, len = size * n < left ? size * n : left;
    if (len) {
        memcpy(to, r->message->data + r->at, len);
    }
    r->at += len;
    return len;
}

// What the server's answer means for this message. Codes of the session itself (greeting, commands,
// signing in) say nothing about it: that is ours to mend.
static enum mail_answer judge(CURLcode rc, long code)
{
    if (rc == CURLE_OK) {
        return MAIL_SENT;
    }
    bool about_session =
        code < 400 || code == 421 || (code >= 500 && code <= 504) || (code >= 530 && code <= 538);
    if (about_session) {
        return MAIL_AWAY;
    }
    return code >= 500 ? MAIL_REFUSED : MAIL_LATER;
}

// What is in the way, and what to do where that is ours to do.
static const char *words_for(struct arena *a, const struct smtp *s, CURLcode rc)
{
    const char *trouble = *s->trouble ? s->trouble : curl_easy_strerror(rc);
    const char *said = *s->words ? s->words : trouble;
    switch (rc) {
    case CURLE_OK:
        return "";
    case CURLE_LOGIN_DENIED:
        return arena_fmt(a,
            "The mail server doesn't take the user name and password. Set PILOTHOUSE_SMTP_USER and "
            "PILOTHOUSE_SMTP_PASSWORD anew. (%s)",
            said);
    case CURLE_PEER_FAILED_VERIFICATION:
        return arena_fmt(a,
            "The mail server's certificate isn't trusted, so nothing was sent. Let "
            "PILOTHOUSE_SMTP_CA_FILE name a file with its authority's certificate. (%s)",
            trouble);
    case CURLE_SSL_CACERT_BADFILE:
        return "The file that PILOTHOUSE_SMTP_CA_FILE names can't be read, or holds no "
               "certificate.";
    case CURLE_USE_SSL_FAILED:
        return "The mail server offers no TLS, and a password isn't sent without it. Name a server "
               "that does, or leave PILOTHOUSE_SMTP_USER out.";
    default:
        return arena_strdup(a, said);
    }
}

enum mail_answer smtp_send(struct smtp *s, struct arena *a, const char *from, const char *to,
    const struct buf *message, const char **ret_why)
{
    struct reading reading = { .message = message };
    struct curl_slist *recipients = curl_slist_append(NULL, arena_fmt(a, "<%s>", to));
    s->words[0] = 0;
    s->trouble[0] = 0;
    curl_easy_setopt(s->curl, CURLOPT_MAIL_FROM, arena_fmt(a, "<%s>", from));
    curl_easy_setopt(s->curl, CURLOPT_MAIL_RCPT, recipients);
    curl_easy_setopt(s->curl, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(s->curl, CURLOPT_READDATA, &reading);
    curl_easy_setopt(s->curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)message->len);
    CURLcode rc = curl_easy_perform(s->curl);
    long code = 0;
    curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &code);
    curl_easy_setopt(s->curl, CURLOPT_MAIL_RCPT, NULL);
    curl_slist_free_all(recipients);
    *ret_why = words_for(a, s, rc);
    return judge(rc, code);
}
