// SPDX-License-Identifier: Apache-2.0
// Any text: only the writer's own tags come out, each link to an allowed place, and within the
// bounds.
#include "markdown.h"
#include "str.h"

static void check_html(const char *html)
{
    static const char *const tags[] = { "p>", "em>", "strong>", "code>", "del>", "ul>", "ol>",
        "li>", "hr>", "br>", "blockquote>", "pre>", "pre tabindex=\"0\">", "h2>", "h3>", "h4>",
        "h5>", "h6>", "a href=\"http", "a href=\"/", "a href=\"#",
        "a href=\"mailto:", "a href=\"tel:", "a href=\"HTTP", "a>", "ol start=\"", "div>", "table>",
        "div class=\"usa-", "table class=\"usa-table\">", "thead>", "tbody>", "tr>", "th>", "td>",
        "th scope=\"col\"", "td class=\"text-" };
    for (const char *p = html; (p = strchr(p, '<')) != NULL; p++) {
        const char *tag = p + 1 + (p[1] == '/');
        bool known = false;
        for (size_t i = 0; i < ARRAY_LEN(tags); i++) {
            known = known || strncasecmp(tag, tags[i], strlen(tags[i])) == 0;
        }
        if (!known) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    if (!str_utf8((const char *)data, size)) {
        return 0;
    }
    struct arena a;
    arena_init(&a, 1 << 30);
    const char *text = arena_strndup(&a, (const char *)data, size), *html;
    if (markdown_html(&a, text, 2, &html) == OK) {
        check_html(html);
    }
    if (strlen(markdown_plain(&a, text, 40)) > 40) {
        abort();
    }
    markdown_plain(&a, text, SIZE_MAX);
    arena_release(&a);
    return 0;
}
