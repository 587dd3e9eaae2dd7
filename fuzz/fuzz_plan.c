// SPDX-License-Identifier: Apache-2.0
// Any bytes as a plan: refused in words, or sealed, and then its canonical form seals to itself.
#include "pilothouse/evidence.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct ph_context *c = ph_context_new(NULL);
    struct ph_sealed *s = NULL;
    struct ph_sealed *again = NULL;
    if (ph_plan_seal(c, (const char *)data, size, &s) == PH_OK) {
        const char *text = ph_sealed_text(s);
        if (ph_plan_seal(c, text, strlen(text), &again) != PH_OK ||
            strcmp(text, ph_sealed_text(again)) != 0 ||
            strcmp(ph_sealed_hash(s), ph_sealed_hash(again)) != 0) {
            abort();
        }
    } else if (ph_context_message(c)[0] == '\0') {
        abort();
    }
    ph_sealed_free(s);
    ph_sealed_free(again);
    ph_context_free(c);
    return 0;
}
