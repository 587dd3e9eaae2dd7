#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bench/readings/import.sh [ROWS]: a file of readings (time, unit, value) into Pilothouse, checked, compared with
# what is there, staged and published with its ledger entry, beside the databases' own tools loading the same rows,
# already turned into the table's own numbers, into the same keyed table: sqlite3 .import and psql \copy. All in one
# run on one disk, each three times, the best counts. A ratio above 1 means Pilothouse took less time.
set -euo pipefail
cd "$(dirname "$0")/../.."
rows=${1:-1000000}
build=${BUILD:-build}
ninja -C "$build" bench/readings/bench_readings_import >/dev/null
if [ "${2:-}" != inside ]; then
    exec script/with-postgres "$0" "$rows" inside
fi
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
python3 - "$rows" "$home" <<'PY'
import random, sys
from datetime import datetime, timedelta, timezone
rows, home = int(sys.argv[1]), sys.argv[2]
random.seed(1)
start = datetime(2025, 1, 1, tzinfo=timezone.utc)
units = 500
with open(f"{home}/readings.csv", "w") as plain, open(f"{home}/keyed.csv", "w") as keyed:
    plain.write("time,unit,value\n")
    for i in range(rows):
        when, unit, value = start + timedelta(hours=i // units), i % units, random.gauss(50, 10)
        plain.write(f"{when:%Y-%m-%dT%H:%M:%SZ},BIN-{unit:04d},{value:.2f}\n")
        keyed.write(f"1,7,{unit + 1},{int(when.timestamp() * 1000)},1,{value:.2f},,0,9\n")
PY
columns='city %s NOT NULL, measure_id %s NOT NULL, unit_n %s NOT NULL, read_at %s NOT NULL, rev %s NOT NULL,
    value_num %s NOT NULL, reference_num %s, quality_n %s NOT NULL, batch_id %s NOT NULL,
    PRIMARY KEY (city, measure_id, unit_n, read_at, rev)'
seconds() { # COMMAND…: how long it took
    local begin end
    begin=$(date +%s.%N)
    "$@" >"$home/said" 2>&1 || { cat "$home/said" >&2; exit 1; }
    end=$(date +%s.%N)
    echo "$end - $begin" | bc
}
sqlite_import() {
    rm -f "$home"/bare.db*
    # shellcheck disable=SC2059
    sqlite3 "$home/bare.db" "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;" \
        "CREATE TABLE reading ($(printf "$columns" INTEGER INTEGER INTEGER INTEGER INTEGER REAL TEXT INTEGER INTEGER)) STRICT, WITHOUT ROWID" >/dev/null
    seconds sqlite3 "$home/bare.db" "PRAGMA synchronous = FULL" ".mode csv" ".import $home/keyed.csv reading"
}
psql_copy() {
    # shellcheck disable=SC2059
    psql -q "$PILOTHOUSE_TEST_PG_FRESH" -c "SET client_min_messages = error" -c "DROP TABLE IF EXISTS bare_reading" -c \
        "CREATE TABLE bare_reading ($(printf "$columns" BIGINT BIGINT BIGINT BIGINT BIGINT 'DOUBLE PRECISION' 'DOUBLE PRECISION' BIGINT BIGINT))"
    seconds psql -q "$PILOTHOUSE_TEST_PG_FRESH" -c "\\copy bare_reading FROM '$home/keyed.csv' WITH (FORMAT csv)"
}
house() { # ADDRESS: seconds, as it says itself
    "$build/bench/readings/bench_readings_import" "$1" "$home/readings.csv" | tee "$home/house" | cut -d' ' -f1
}
fresh() { psql -q "$PILOTHOUSE_TEST_PG" -c "DROP DATABASE IF EXISTS $1" -c "CREATE DATABASE $1"; }
best() { sort -n | head -1; }
for turn in 1 2 3; do
    sqlite_import >>"$home/a"
    rm -f "$home"/house.db*
    house "$home/house.db" >>"$home/b"
    psql_copy >>"$home/c"
    fresh "turn_$turn" 2>/dev/null
    house "${PILOTHOUSE_TEST_PG%/*}/turn_$turn" >>"$home/d"
done
a=$(best <"$home/a") b=$(best <"$home/b") c=$(best <"$home/c") d=$(best <"$home/d")
printf 'SQLite      .import %6.2f s   Pilothouse %6.2f s   ratio %.2f\n' "$a" "$b" "$(echo "scale=4; $a / $b" | bc)"
printf 'PostgreSQL  \\copy   %6.2f s   Pilothouse %6.2f s   ratio %.2f\n' "$c" "$d" "$(echo "scale=4; $c / $d" | bc)"
rm -f "$home"/house.db*
printf 'With acts of others meanwhile (SQLite): '
"$build/bench/readings/bench_readings_import" "$home/house.db" "$home/readings.csv" acts
