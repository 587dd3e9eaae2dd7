#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Signed-in pages of a large office: Today and the list of pilots, uncached, the server on core 0, wrk (and PostgreSQL) on
# core 1; the time until `serve` answers on a database that is there; memory. On both databases under script/with-postgres.
#   [taskset -c 1 script/with-postgres] bench/office/pages.sh [pilothouse] [pilots] [entries] [seconds a run]
set -euo pipefail
# shellcheck disable=SC2034 # office.sh reads them
program=$(realpath "${1:-build/pilothouse}") pilots=${2:-10000} entries=${3:-1000000} seconds=${4:-8} database=
here=$(dirname "$(realpath "$0")") work=$(mktemp -d) server=
trap 'stop_office; rm -rf "$work"' EXIT
# shellcheck source=bench/office/office.sh
. "$here/office.sh"

# start_time: from the process's start to its first answer, in milliseconds; the median and the worst of 15.
start_time() {
    taskset -c 0 python3 - "$program" "$database" <<'PYTHON'
import http.client, socket, subprocess, sys, time
times = []
for _ in range(15):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    began = time.monotonic()
    server = subprocess.Popen([sys.argv[1], "serve", "--db", sys.argv[2], "--keys", "keys", "--listen", f"127.0.0.1:{port}", "--quiet"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while True:
        try:
            c = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            c.request("GET", "/readyz")
            if c.getresponse().status == 200:
                break
        except OSError:
            time.sleep(0.001)
    times.append((time.monotonic() - began) * 1000)
    server.terminate()
    server.wait()
times.sort()
print(f"{times[len(times) // 2]:.0f} ms, at worst {times[-1]:.0f}")
PYTHON
}

measure() {
    make_office "$pilots" "$entries"
    echo "$1, $pilots pilots, $entries entries"
    echo "  from the start to the first answer: $(start_time)"
    serve_office
    echo "  idle memory: $(memory)"
    for path in / /pilots '/pilots?state=running&sort=title' /tasks; do
        read -r r m p <<<"$(rate "$path" 16)"
        echo "  $path ($(stat -c %s page) bytes): $r requests/s, median $m, p99 $p"
    done
    echo "  memory after: $(memory)"
    stop_office
}

mkdir "$work/sqlite" && cd "$work/sqlite"
database=office.db
measure SQLite
if [ -n "${PILOTHOUSE_TEST_PG_FRESH:-}" ]; then
    mkdir "$work/postgres" && cd "$work/postgres"
    database=$PILOTHOUSE_TEST_PG_FRESH
    measure PostgreSQL
fi
