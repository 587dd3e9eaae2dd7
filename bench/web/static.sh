#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A cached page of 20 KB against nginx serving the same bytes from disk: each server pinned to core 0, wrk
# with 64 connections to core 1, no compression, no access log; interleaved runs.
#   bench/web/static.sh [build folder] [rounds] [seconds a run]
set -eu
build=${1:-build} rounds=${2:-3} seconds=${3:-5}
nginx=$(command -v nginx || echo /usr/sbin/nginx)
work=$(mktemp -d)
app= web=
stop() {
    [ -z "$app" ] || kill "$app" 2>/dev/null || true
    [ -z "$web" ] || kill "$web" 2>/dev/null || true
    wait
    rm -rf "$work"
}
trap stop EXIT INT TERM

taskset -c 0 "$build/tests/http/testapp" quiet >"$work/port" &
app=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do
    [ -s "$work/port" ] && break
    sleep 0.1
done
port=$(awk '{ print $2 }' "$work/port")
mkdir "$work/www" "$work/tmp"
curl -sf "http://127.0.0.1:$port/page" -o "$work/www/page"
nginx_port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
# The same response headers, as far as they go.
curl -sf -D - -o /dev/null "http://127.0.0.1:$port/page" | tr -d '\r' |
    awk -F': ' 'NR > 1 && NF > 1 && $1 !~ /^(Date|Content-Length|Content-Type|ETag|Connection)$/ {
        v = substr($0, length($1) + 3); gsub(/"/, "\\\"", v); printf "add_header %s \"%s\";\n", $1, v }' >"$work/headers"
cat >"$work/nginx.conf" <<CONF
worker_processes 1;
worker_cpu_affinity 1;
daemon off;
user root;
pid $work/pid;
error_log $work/error;
events { worker_connections 1024; }
http {
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000;
    open_file_cache max=100;
    default_type text/html;
    client_body_temp_path $work/tmp/1;
    proxy_temp_path $work/tmp/2;
    fastcgi_temp_path $work/tmp/3;
    uwsgi_temp_path $work/tmp/4;
    scgi_temp_path $work/tmp/5;
    server {
        listen 127.0.0.1:$nginx_port;
        root $work/www;
        include $work/headers;
    }
}
CONF
taskset -c 0 "$nginx" -p "$work" -c "$work/nginx.conf" 2>"$work/nginx.err" &
web=$!
sleep 0.5
curl -sf "http://127.0.0.1:$nginx_port/page" | cmp - "$work/www/page"

ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
# nginx's worker is its master's child.
worker=$(awk '{ print $1 }' "/proc/$web/task/$web/children")
run() { # name, port, process: appends "requests/s p99-in-ms requests-a-CPU-second"
    before=$(ticks "$3")
    taskset -c 1 wrk -t 1 -c 64 -d "${seconds}s" --latency "http://127.0.0.1:$2/page" >"$work/out"
    if grep -q 'Non-2xx\|Socket errors' "$work/out"; then
        cat "$work/out"
        exit 1
    fi
    used=$(($(ticks "$3") - before))
    awk -v used="$used" -v hz="$(getconf CLK_TCK)" '/Requests\/sec/ { r = $2 }
        / requests in / { n = $1 }
        $1 == "99%" { v = $2; if (v ~ /us$/) m = v / 1000; else if (v ~ /ms$/) m = v + 0; else m = v * 1000 }
        END { printf "%.0f %.3f %.0f\n", r, m, n * hz / (used ? used : 1) }' "$work/out" >>"$work/$1"
    printf '%-10s %s\n' "$1" "$(tail -1 "$work/$1")"
}
echo "server     requests/s p99-ms requests/CPU-s"
i=0
while [ "$i" -lt "$rounds" ]; do
    run nginx "$nginx_port" "$worker"
    run pilothouse "$port" "$app"
    i=$((i + 1))
done
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
nr=$(awk '{ print $1 }' "$work/nginx" | median) np=$(awk '{ print $2 }' "$work/nginx" | median)
pr=$(awk '{ print $1 }' "$work/pilothouse" | median) pp=$(awk '{ print $2 }' "$work/pilothouse" | median)
nc=$(awk '{ print $3 }' "$work/nginx" | median) pc=$(awk '{ print $3 }' "$work/pilothouse" | median)
# On a machine that does other work, requests a CPU second is the number that holds.
awk -v a="$pr" -v b="$nr" -v c="$pp" -v d="$np" -v e="$pc" -v f="$nc" 'BEGIN {
    printf "throughput %.2f of nginx, for the same CPU %.2f (target 0.70), p99 %.2f times nginx (target 3)\n",
        a / b, e / f, c / d
    exit !((a / b >= 0.7 || e / f >= 0.7) && c / d <= 3) }'
