// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "internal.h"

// Both tails of the gamma distribution of shape A at X. Relative error about 1e-13.
struct tails ev_gamma_tails(double a, double x);
// x - a - a ln(x / a) >= 0, without cancellation near x = a.
double ev_gamma_deviance(double a, double x);
