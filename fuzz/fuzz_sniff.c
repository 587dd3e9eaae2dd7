// SPDX-License-Identifier: Apache-2.0
// Any bytes as an uploaded file: its type is one of the list or none, and the name for it as a
// download ends so that it opens as that and as nothing else.
#include "sniff.h"
#include "str.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static const char *const names[] = { "", "a.pdf", "a.png", "a.csv", "a.txt", "a.docx", "a.xlsx",
        "a.odt", "a.json", "a.geojson", "a.zip", "a.html", "a.svg", ".." };
    struct arena a;
    arena_init(&a, 1 << 20);
    void *file = malloc(size); // its own block: the sanitizer sees a step past the end
    memcpy(file, data, size);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *type = sniff_type(file, size, names[i]);
        if (!type) {
            continue;
        }
        const char *name = sniff_name(&a, names[i], type);
        if (!name || !strchr(name, '.') || str_ends(name, ".html") || str_ends(name, ".svg") ||
            strstr(type, "html") || strstr(type, "svg")) {
            abort();
        }
    }
    free(file);
    arena_release(&a);
    return 0;
}
