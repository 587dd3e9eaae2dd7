#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures the engine's table of speed beside what Debian packages, in one run, and prints it as in
# docs/evidence/speed.md. Needs the release build; R and Python's packages where the other side is
# wanted (r-cran-lme4 r-cran-metafor r-cran-sandwich r-cran-plm r-cran-coin python3-statsmodels).
#   bench/evidence/speed.sh BUILD              the table
#   bench/evidence/speed.sh BUILD growth       seconds from 10,000 to 10,000,000 rows
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${1:?usage: bench/evidence/speed.sh BUILD [growth]}
shared=${PILOTHOUSE_SHARED:-../shared}/data/evidence
ninja -C "$build" bench/evidence/evidence_speed_{rows,draws,decide} >/dev/null
run() { "$build/bench/evidence/evidence_speed_$1" "${@:2}"; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

if [ "${2:-}" = growth ]; then
  run rows "$folder" growth 2>/dev/null >"$folder/own"
  awk '{ split($1, k, "."); t[k[1], k[2]] = $2 }
    END {
      print "| rows | two-way fixed effects | the same, a tenth of the rows missing | Lin | net benefit |"
      print "| --- | --- | --- | --- | --- |"
      for (n = 10000; n <= 10000000; n *= 10)
        printf "| %d | %.4f | %.4f | %.4f | %.4f |\n", n, t["twfe", n], t["unbalanced", n], t["lin", n], t["cost", n]
    }' "$folder/own"
  exit
fi

data=(); [ -d "$shared" ] && data=("$shared")
{ run rows "$folder"; run draws "$folder" "${data[@]}"; run decide "$folder"; } >"$folder/own"
: >"$folder/theirs"
if command -v Rscript >/dev/null; then
  Rscript bench/evidence/speed.R "$folder" >>"$folder/theirs" 2>/dev/null || true
fi
/usr/bin/python3 bench/evidence/speed.py "$folder" >>"$folder/theirs" 2>/dev/null || true

awk -v own="$folder/own" -v theirs="$folder/theirs" -F'|' '
  BEGIN {
    while ((getline line <own) > 0) { split(line, w, " "); mine[w[1]] = w[2] }
    while ((getline line <theirs) > 0) {
      split(line, w, " ")
      if (!(w[1] in best) || w[2] < best[w[1]]) { best[w[1]] = w[2] }
      said[w[1]] = said[w[1]] (said[w[1]] ? ", " : "") sprintf("%s %.3g", w[3], w[2])
    }
    print "| task | Pilothouse | beside it | times faster | target | bare loop |"
    print "| --- | --- | --- | --- | --- | --- |"
  }
  {
    id = $1
    faster = id in best ? sprintf("%.0f", best[id] / mine[id]) : ""
    limit = (id ".limit") in mine ? sprintf("%.4f", mine[id ".limit"]) : ""
    printf "| %s | %.4f | %s | %s | %s | %s |\n", $2, mine[id], said[id], faster, $3, limit
  }' <<'TASKS'
twfe|two-way fixed effects, CR1, 1M balanced rows, 2 regressors|0.03
unbalanced|the same, a tenth of the rows missing|0.08
lin|Lin, HC2, 1M rows, 2 covariates|0.06
cost|net benefit, 1M draws, 21 values|0.05
wild_50|wild bootstrap with interval, 9,999 draws, 2,500 rows, 50 clusters|0.008
wild_100|wild bootstrap with interval, 9,999 draws, 100,000 rows, 100 clusters|0.03
randomise|randomisation, 100,000 rows, 10,000 draws|1.0
cs_mpdta|group-time effects, 500 counties, 5 years, 1,000 draws|0.008
cs_100k|group-time effects, 100,000 rows, 1,000 draws|0.12
cs_100k_x|the same with one covariate|0.12
synth|synthetic control, 39 states, 31 years, 38 placebos|0.05
sdid|synthetic difference in differences, 38 placebos|0.1
ratings|crossed REML, 73,421 ratings, 2,972 items by 1,128 raters|1.5
top|top 20 of 178 items, 100,000 draws|0.6
shrink|REML shrinkage, 1,000 estimates|0.002
TASKS
