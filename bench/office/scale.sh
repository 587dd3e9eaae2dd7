#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Lists and details of pilots in an office of very many beside one of few, in one run: the median time of each page, one
# client, and how many times as long it takes among many.
#   [taskset -c 1 script/with-postgres] bench/office/scale.sh [pilothouse] [few] [many] [seconds a run]
set -euo pipefail
# shellcheck disable=SC2034 # office.sh reads them
program=$(realpath "${1:-build/pilothouse}") few=${2:-1000} many=${3:-1000000} seconds=${4:-3} database=
here=$(dirname "$(realpath "$0")") work=$(mktemp -d) server=
trap 'stop_office; rm -rf "$work"' EXIT
# shellcheck source=bench/office/office.sh
. "$here/office.sh"

# next PATH: the address of that list's next page.
next() {
    curl -s -H "Cookie: ph=$token" "http://127.0.0.1:$port$1" | grep -o 'href="/pilots?[^"]*after=[^"]*"' |
        head -n 1 | sed -e 's/^href="//' -e 's/"$//' -e 's/&amp;/\&/g'
}

# pages: names and addresses, a line each. Far in a list is where its fifth page ends.
pages() {
    local far="/pilots?sort=title"
    for _ in 1 2 3 4 5; do
        far=$(next "$far")
    done
    echo "newest first /pilots"
    echo "its next page $(next /pilots)"
    echo "by title /pilots?sort=title"
    echo "by title, far in $far"
    echo "by end, last first /pilots?sort=-ends_on"
    echo "by change /pilots?sort=-changed_at"
    echo "those that run /pilots?state=running"
    echo "those that run, by title /pilots?state=running&sort=title"
    echo "of a kind that none has /pilots?type=proof"
    local department
    department=$(curl -s -H "Cookie: ph=$token" "http://127.0.0.1:$port/pilots" | tr '\n' ' ' |
        grep -o 'name="department_id">.*' | grep -o 'value="[0-9a-z]\{13\}"' | head -n 1 | grep -o '[0-9a-z]\{13\}')
    echo "of a department /pilots?department_id=$department"
    echo "one pilot $(curl -s -H "Cookie: ph=$token" "http://127.0.0.1:$port/pilots" | grep -o '/pilots/[0-9a-z]\{13\}' | head -n 1)"
}

# measure_pages PILOTS: a line a page, its name and its median in microseconds.
measure_pages() {
    make_office "$1" "$1"
    serve_office
    pages >addresses
    while read -r line; do
        path=${line##* }
        read -r _ median _ <<<"$(rate "$path" 1)"
        awk -v name="${line% *}" -v m="$median" 'BEGIN {
            u = m ~ /us$/ ? 1 : m ~ /ms$/ ? 1000 : 1000000; sub(/[a-z]+$/, "", m); printf "%s\t%.0f\n", name, m * u }'
    done <addresses
    stop_office
}

compare() {
    local where=$1
    mkdir -p "$work/$where-few" "$work/$where-many"
    cd "$work/$where-few"
    database=$2
    measure_pages "$few" >medians.txt
    cd "$work/$where-many"
    database=$3
    measure_pages "$many" >medians.txt
    echo "$where: $few and $many pilots, medians in microseconds"
    paste "$work/$where-few/medians.txt" "$work/$where-many/medians.txt" |
        awk -F '\t' '{printf "  %-28s %8d %8d   %.2f times\n", $1, $2, $4, $4 / $2}'
}

compare SQLite office.db office.db
if [ -n "${PILOTHOUSE_TEST_PG_FRESH:-}" ]; then
    other=${PILOTHOUSE_TEST_PG_FRESH%/*}/many
    psql -q "$PILOTHOUSE_TEST_PG" -c "CREATE DATABASE many TEMPLATE template0 ENCODING 'UTF8'"
    compare PostgreSQL "$PILOTHOUSE_TEST_PG_FRESH" "$other"
fi
