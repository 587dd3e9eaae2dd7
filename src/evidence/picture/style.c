// SPDX-License-Identifier: Apache-2.0
// How classes look. The attributes are for a page that says nothing about the classes: words in the
// page's own colour, lines in colours that read on white and on dark (3 to 1 on both). Any style
// sheet outranks them. ev_pic_style is for a file that stands alone, with colours for light and
// dark and larger words where it is shown small.
#include "draw.h"

#define INK      "currentColor"
#define SOFT     "#7a838d"
#define FAINT    "#9aa2aa"
#define EVIDENCE "#2a7fb8"
#define GOOD     "#2b8a62"
#define HAND     "#c8562d"
#define PAPER    "Canvas"

static const char *const looks[LOOKS] = {
    [LOOK_AXIS] = " class=\"svg-axis\" stroke=\"" SOFT "\"",
    [LOOK_GRID] = " class=\"svg-grid\" stroke=\"" FAINT "\" stroke-width=\"0.4\"",
    [LOOK_ZERO] = " class=\"svg-zero\" stroke=\"" INK "\" stroke-width=\"1.25\"",
    [LOOK_DELTA] = " class=\"svg-worthwhile\" stroke=\"" GOOD
                   "\" stroke-width=\"1.5\" stroke-dasharray=\"5 4\"",
    [LOOK_BEYOND] = " class=\"svg-beyond\" fill=\"" GOOD "\" fill-opacity=\"0.1\"",
    [LOOK_CHANGE] =
        " class=\"svg-change\" stroke=\"" INK "\" stroke-width=\"1.25\" stroke-dasharray=\"1 4\"",
    [LOOK_BEFORE] = " class=\"svg-before\" fill=\"" SOFT "\" fill-opacity=\"0.1\"",
    [LOOK_INTERVAL] = " class=\"svg-interval\" stroke=\"" EVIDENCE "\" stroke-width=\"2.5\"",
    [LOOK_LIGHT] = " class=\"svg-light\" stroke=\"" EVIDENCE "\" stroke-width=\"1\"",
    [LOOK_EXPECTED] = " class=\"svg-expected\" stroke=\"" EVIDENCE
                      "\" stroke-width=\"1.5\" stroke-dasharray=\"4 4\"",
    [LOOK_MARK] = " class=\"svg-mark\" fill=\"" EVIDENCE "\"",
    [LOOK_HOLLOW] =
        " class=\"svg-hollow\" fill=\"" PAPER "\" stroke=\"" EVIDENCE "\" stroke-width=\"1.5\"",
    [LOOK_LINE] = " class=\"svg-line svg-s0\" stroke=\"" EVIDENCE "\" stroke-width=\"2.25\"",
    [LOOK_OTHER] = " class=\"svg-line svg-s1\" stroke=\"" SOFT
                   "\" stroke-width=\"2.25\" stroke-dasharray=\"7 5\"",
    [LOOK_PLACEBO] = " class=\"svg-placebo\" stroke=\"" FAINT "\" stroke-width=\"0.75\"",
    [LOOK_BAND] = " class=\"svg-band svg-s0\" fill=\"" EVIDENCE "\" fill-opacity=\"0.18\"",
    [LOOK_MARGIN] = " class=\"svg-margin\" fill=\"" EVIDENCE "\" fill-opacity=\"0.1\"",
    [LOOK_POINT] =
        " class=\"svg-dots\" stroke=\"" EVIDENCE "\" stroke-width=\"4\" stroke-opacity=\"0.6\"",
    [LOOK_BAR] = " class=\"svg-part svg-spent\" fill=\"" EVIDENCE "\"",
    [LOOK_TRACK] = " class=\"svg-part svg-track\" fill=\"" FAINT "\" fill-opacity=\"0.25\"",
    [LOOK_WARNING] = " class=\"svg-doubt\" fill=\"" HAND "\"",
    [LOOK_TICK] = " class=\"svg-tick\" fill=\"" INK "\"",
    [LOOK_UNIT] = " class=\"svg-unit\" fill=\"" INK "\"",
    [LOOK_NAME] = " class=\"svg-name\" fill=\"" INK "\"",
    [LOOK_NAME_LINE] = " class=\"svg-name svg-s0\" fill=\"" EVIDENCE "\"",
    [LOOK_NAME_OTHER] = " class=\"svg-name svg-s1\" fill=\"" INK "\"",
    [LOOK_RULE] = " class=\"svg-rule-label\" fill=\"" INK "\"",
    [LOOK_LIMIT] = " class=\"svg-limit\" fill=\"" INK "\"",
    [LOOK_VALUE] = " class=\"svg-value\" fill=\"" INK "\" font-weight=\"600\"",
};

const char *ev_pic_look(enum look look)
{
    return looks[look];
}

// No custom properties: programs that print know none.
const char ev_pic_style[] =
    "<style>"
    ".svg{color:#13171f;background:#fff;fill:none;stroke-linecap:round;stroke-linejoin:round;"
    "font-family:\"Public Sans\",\"Segoe UI\",\"Helvetica Neue\",Arial,sans-serif;"
    "font-variant-numeric:tabular-nums}"
    ".svg text{font-size:13px;fill:#565c65}"
    ".svg .svg-title{font-size:14px;fill:#13171f}"
    ".svg .svg-name,.svg .svg-rule-label,.svg .svg-value{fill:#13171f}"
    ".svg .svg-rule-label,.svg .svg-value,.svg .svg-limit,.svg .svg-name{paint-order:stroke;"
    "stroke:#fff;stroke-width:4px}"
    ".svg-paper{fill:#fff}"
    ".svg-axis{stroke:#565c65}"
    ".svg-grid{stroke:#dfe1e2;stroke-width:1}"
    ".svg-zero{stroke:#565c65}"
    ".svg-worthwhile{stroke:#146947}"
    ".svg-beyond{fill:#146947;fill-opacity:.08}"
    ".svg-before{fill:#565c65;fill-opacity:.07}"
    ".svg-change{stroke:#13171f}"
    ".svg-interval,.svg-light,.svg-expected,.svg-dots,.svg-line.svg-s0{stroke:#07648d}"
    ".svg-mark,.svg-spent,.svg-margin,.svg-band,.svg .svg-name.svg-s0{fill:#07648d}"
    ".svg-mark{stroke:#fff;stroke-width:1.5}"
    ".svg-hollow{fill:#fff;stroke:#07648d}"
    ".svg-line.svg-s1{stroke:#565c65}"
    ".svg .svg-name.svg-s1{fill:#565c65}"
    ".svg-placebo{stroke:#b5bac0}"
    ".svg-track{fill:#dfe1e2;fill-opacity:1}"
    ".svg-doubt{fill:#d54309}"
    "@media(max-width:30rem){.svg text,.svg .svg-title{font-size:18.5px}}"
    "@media screen and (prefers-color-scheme:dark){"
    ".svg{color:#e9ecef;background:#15191f}"
    ".svg text{fill:#a9b1bb}"
    ".svg .svg-title,.svg .svg-name,.svg .svg-rule-label,.svg .svg-value{fill:#e9ecef}"
    ".svg .svg-rule-label,.svg .svg-value,.svg .svg-limit,.svg .svg-name{stroke:#15191f}"
    ".svg-paper{fill:#15191f}"
    ".svg-axis,.svg-zero,.svg-line.svg-s1{stroke:#a9b1bb}"
    ".svg-grid{stroke:#303741}"
    ".svg-worthwhile{stroke:#04c585}"
    ".svg-beyond{fill:#04c585}"
    ".svg-before{fill:#a9b1bb}"
    ".svg-change{stroke:#e9ecef}"
    ".svg-interval,.svg-light,.svg-expected,.svg-dots,.svg-line.svg-s0,.svg-hollow{stroke:#59b9de}"
    ".svg-mark,.svg-spent,.svg-margin,.svg-band,.svg .svg-name.svg-s0{fill:#59b9de}"
    ".svg-mark{stroke:#15191f}"
    ".svg-hollow{fill:#15191f}"
    ".svg .svg-name.svg-s1{fill:#a9b1bb}"
    ".svg-placebo{stroke:#4a525d}"
    ".svg-track{fill:#303741}"
    ".svg-doubt{fill:#fa9441}"
    "}</style>";
