// SPDX-License-Identifier: Apache-2.0
// Any text as a geometry: what is drawn has no stray markup and no number that isn't one.
#include "svg.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct arena a;
    arena_init(&a, 64 << 20);
    AUTO_BUF(out, 0);
    const char *text = arena_strndup(&a, (const char *)data, size);
    struct svg_map *m = svg_map_new(&a, size ? data[0] * 16 : 0);
    if (svg_map_area(m, text, "x", "label", "/a") == OK) {
        svg_map_point(m, -75, 40, NULL, NULL, NULL);
        svg_map_write(&out, &(struct svg_words){ "t", "d", NULL, NULL }, m);
        if (strstr(buf_text(&out), "nan") || strstr(buf_text(&out), "inf") ||
            strlen(buf_text(&out)) != out.len || strcmp(out.data + out.len - 6, "</svg>") != 0) {
            abort();
        }
    }
    arena_release(&a);
    return 0;
}
