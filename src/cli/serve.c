// SPDX-License-Identifier: Apache-2.0
// serve: the HTTP server, the job thread, the sequencer, until a signal ends them.
#include "cli.h"

#include "job.h"
#include "ledger.h"
#include "log.h"
#include "str.h"

#include <signal.h>
#include <unistd.h>

enum { GRACE_MS = 15000 };

int cli_serve(struct cli *c)
{
    const char *listen = c->listen ? c->listen : "127.0.0.1:8080";
    if (!c->base_url) {
        c->base_url = arena_fmt(&c->arena, "http://%s", listen);
    }
    // The signals are taken by sigwait() below, by no other thread.
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);

    int code = cli_open(c, false, false);
    if (code != EXIT_DONE) {
        return code;
    }
    db_close(c->handle); // threads have their own
    c->handle = NULL;
    struct server *server;
    struct sequencer *sequencer = NULL;
    enum err e = office_routes(c->office, &c->arena);
    if (e == OK) {
        e = jobs_start(c->office, &c->arena, &c->office->jobs);
    }
    if (e == OK) {
        e = sequencer_start(c->office, &c->arena, &sequencer);
    }
    if (e == OK) {
        e = office_serve(c->office, &c->arena, listen, c->trusted_proxy, c->workers, &server);
    }
    if (e != OK) {
        jobs_stop(c->office->jobs);
        sequencer_stop(sequencer);
        return cli_failed(c, e, "serve");
    }
    cli_say(c, "Pilothouse is at http://%.*s:%d/",
        (int)(strrchr(listen, ':') ? strrchr(listen, ':') - listen : 0), listen,
        server_port(server));
    int which = 0;
    sigwait(&ends, &which);
    cli_say(c, "Ending: finishing what was taken.");
    office_stop(c->office, server, GRACE_MS);
    jobs_stop(c->office->jobs);
    c->office->jobs = NULL;
    sequencer_stop(sequencer);
    return EXIT_DONE;
}
