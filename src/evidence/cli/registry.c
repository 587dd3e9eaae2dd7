// SPDX-License-Identifier: Apache-2.0
// One line an area; its methods stand in cli_<area>.c.
#include "internal.h"

#include "cli.h"

extern const struct ev_area ev_area_agreement;
extern const struct ev_area ev_area_did;
extern const struct ev_area ev_area_groups;
extern const struct ev_area ev_area_money;
extern const struct ev_area ev_area_plan;
extern const struct ev_area ev_area_portfolio;
extern const struct ev_area ev_area_power;
extern const struct ev_area ev_area_rates;
extern const struct ev_area ev_area_ratings;
extern const struct ev_area ev_area_sequence;
extern const struct ev_area ev_area_staggered;
extern const struct ev_area ev_area_synthetic;
extern const struct ev_area ev_area_randomised;
extern const struct ev_area ev_area_regression;
extern const struct ev_area ev_area_series;

const struct ev_area *const ev_areas[] = {
    &ev_area_power,
    &ev_area_agreement,
    &ev_area_groups,
    &ev_area_rates,
    &ev_area_sequence,
    &ev_area_portfolio,
    &ev_area_did,
    &ev_area_staggered,
    &ev_area_synthetic,
    &ev_area_money,
    &ev_area_randomised,
    &ev_area_regression,
    &ev_area_series,
    &ev_area_ratings,
    &ev_area_plan,
};

const size_t ev_n_areas = EV_COUNT(ev_areas);

const struct ev_method *ev_method_named(const char *name)
{
    for (size_t i = 0; i < ev_n_areas; i++) {
        for (size_t m = 0; m < ev_areas[i]->n_methods; m++) {
            if (strcmp(ev_areas[i]->methods[m].name, name) == 0) {
                return &ev_areas[i]->methods[m];
            }
        }
    }
    return NULL;
}
