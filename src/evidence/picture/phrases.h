// SPDX-License-Identifier: Apache-2.0
// Every phrase of the pictures: PHRASE(id, text) is defined by who includes this. What stands in
// braces is replaced; translations keep it. No apostrophes: message formats take them for quotes.
PHRASE(EFFECT, "Effect")
PHRASE(TIME, "Time")
PHRASE(UNIT_IN, "{unit}, in {many}")
PHRASE(THOUSANDS, "thousands")
PHRASE(MILLIONS, "millions")
PHRASE(BILLIONS, "billions")
PHRASE(TRILLIONS, "trillions")
PHRASE(UNKNOWN, "not known")
PHRASE(ENDLESS, "no limit")
PHRASE(NOTHING, "There are no numbers to draw.")
PHRASE(WHAT, "What")
PHRASE(ESTIMATE, "Estimate")
PHRASE(FROM, "From")
PHRASE(TO, "To")
// An effect
PHRASE(EFFECT_TITLE, "What was found, with its margin of error")
PHRASE(NO_EFFECT, "No effect")
PHRASE(WORTH_HAVING, "Worth having")
PHRASE(ASKED_FOR, "Asked for")
PHRASE(NO_DIFFERENCE, "No difference")
PHRASE(ALLOWED, "Allowed")
PHRASE(BETTER, "Better")
PHRASE(WORSE, "Worse")
PHRASE(ANYTIME_LABEL, "{level} interval that holds at every look")
PHRASE(FIXED_LABEL, "{level} interval for one look at the end")
PHRASE(EFFECT_ON, "Effect on {outcome}")
PHRASE(OUTCOME, "{outcome}")
PHRASE(CHECK_FAILED, "A check failed: do not rely on this")
PHRASE(AS_PLANNED, "As planned")
PHRASE(GROUP_TIME, "By when places started")
PHRASE(EXPLORATORY, "Exploratory: not as planned")
PHRASE(MEAN_DIFFERENCE, "Mean difference")
PHRASE(LOWER_LIMIT, "Lower limit of differences")
PHRASE(UPPER_LIMIT, "Upper limit of differences")
PHRASE(EFFECT_TELL, "{label}: {estimate}, {level} interval from {low} to {high}.")
PHRASE(EFFECT_TELL_BARE, "{label}: {estimate}, without an interval.")
PHRASE(DELTA_TELL, "The smallest effect worth having is {delta}.")
PHRASE(FLOOR_TELL, "Asked for is {delta}.")
PHRASE(WITHIN_TELL, "Differences up to {delta} either way are allowed.")
PHRASE(SURE_SIDE_BETTER, "The whole interval is on the better side of no effect.")
PHRASE(SURE_SIDE_WORSE, "The whole interval is on the worse side of no effect.")
PHRASE(SURE_SIDE_NONE, "The interval holds no effect.")
PHRASE(SURE_WORTH, "All of it is worth having.")
PHRASE(SURE_NOT_WORTH, "None of it is worth having.")
// Effects by time since the start
PHRASE(EVENTS_TITLE, "The effect by time since the start")
PHRASE(SINCE_START, "Time since the start")
PHRASE(START, "Start")
PHRASE(BEFORE, "Before")
PHRASE(EVENTS_KEY_BOTH, "Thick: {level} each. Thin: {level} all together.")
PHRASE(EVENTS_KEY_EACH, "Lines: {level} intervals, each by itself.")
PHRASE(EVENTS_TELL_BEFORE,
    "Before the start there are {n} estimates; {cover} of their intervals hold no effect, as they "
    "should.")
PHRASE(EVENTS_TELL_AFTER,
    "From the start on there are {n}; the last, at {time}, is {estimate} with an interval from "
    "{low} to {high}.")
PHRASE(DELTA_KEY, "Dashed: the smallest effect worth having.")
PHRASE(LOW, "Interval from")
PHRASE(HIGH, "Interval to")
PHRASE(BAND_LOW, "All together from")
PHRASE(BAND_HIGH, "All together to")
// One treated place
PHRASE(SYNTH_TITLE, "What happened, and what was expected")
PHRASE(HAPPENED, "Happened")
PHRASE(EXPECTED, "Expected")
PHRASE(GAP, "Difference")
PHRASE(GAP_HERE, "Here")
PHRASE(GAP_OTHERS, "Elsewhere")
PHRASE(PLACEBO_KEY, "Elsewhere: {n} places where nothing started.")
PHRASE(PLACEBO_LEFT_OUT, "Left out for a poor fit before the start: {n}.")
PHRASE(SYNTH_TELL,
    "Expected is what a weighted mean of {donors} other places did. From the start on the mean "
    "difference is {effect}.")
PHRASE(SYNTH_RANK,
    "Measured against the fit before, this place stands in rank {rank} of {n}: if nothing had "
    "happened, a rank as high would come by chance with probability {p}.")
PHRASE(SYNTH_FIT, "Before the start the two differ by {rmspe} (root mean square).")
// An interrupted series
PHRASE(SERIES_TITLE, "The series, and where it was heading")
PHRASE(TREND, "Trend")
PHRASE(OBSERVED, "Measured")
PHRASE(SERIES_TELL, "{before} times before the start and {after} from it on. At the end the trend "
                    "stands at {trend}, "
                    "where {untouched} was to be expected had nothing changed.")
PHRASE(SERIES_TELL_LEVEL,
    "At the start the level changed by {level}, {percent} interval from {low} to {high}.")
PHRASE(SERIES_TELL_RATE,
    "At the start the rate was multiplied by {level}, {percent} interval from {low} to {high}.")
PHRASE(SERIES_KEY, "Points: measured. Dashes: where it was heading.")
// Looks
PHRASE(LOOKS_TITLE, "What was known at each look")
PHRASE(LOOK, "Look")
PHRASE(ABOVE_ZERO, "Shown to be better")
PHRASE(BELOW_ZERO, "Shown to be worse")
PHRASE(BELOW_DELTA, "Worth having ruled out")
PHRASE(LOOKS_TELL,
    "At the last of {n} looks, at {time}, the estimate is {estimate} with an interval from {low} "
    "to {high} that holds at every look.")
PHRASE(LOOKS_TELL_FIRST, "{what} from {time} on.")
PHRASE(LOOKS_TELL_NONE, "No look settles on which side it is.")
// Several pilots
PHRASE(FOREST_TITLE, "What each pilot found, and all together")
PHRASE(PILOT, "Pilot")
PHRASE(ALL_TOGETHER, "All together")
PHRASE(NEXT_CITY, "A next one")
PHRASE(MEASURED, "As measured")
PHRASE(SHRUNK, "In the light of all")
PHRASE(SHRUNK_FROM, "In the light of all from")
PHRASE(SHRUNK_TO, "In the light of all to")
PHRASE(FOREST_KEY, "Hollow: as measured. Filled: in the light of all.")
PHRASE(FOREST_MORE, "{n} more are in the table.")
PHRASE(FOREST_TELL,
    "{n} pilots. All together: {estimate}, {level} interval from {low} to {high}. A next one is "
    "expected from {from} to {to}.")
PHRASE(FOREST_TELL_TOTAL,
    "Nothing shows that the pilots differ: each one in the light of all is the mean.")
// Money
PHRASE(COST_TITLE, "Is it worth its cost?")
PHRASE(WORTH_OF_UNIT, "What one unit of effect is worth")
PHRASE(BENEFICIAL, "Chance of a net benefit")
PHRASE(NET_BENEFIT, "Mean net benefit")
PHRASE(EVPI, "What knowing for sure is worth")
PHRASE(
    COST_TELL, "Where a unit of effect is worth {value}, the chance of a net benefit is {chance}.")
PHRASE(COST_TELL_EVEN, "The chance passes one half where a unit of effect is worth about {value}.")
// Agreement
PHRASE(AGREEMENT_TITLE, "New readings against the reference")
PHRASE(MEAN_OF_BOTH, "Mean of both")
PHRASE(DIFFERENCE_OF_BOTH, "New minus reference")
PHRASE(BIAS, "Mean")
PHRASE(UPPER, "Upper limit")
PHRASE(LOWER, "Lower limit")
PHRASE(AGREEMENT_TELL, "{n} pairs. On average the difference is {bias}; {coverage} of differences "
                       "are expected between "
                       "{low} and {high}.")
PHRASE(AGREEMENT_KEY, "Shaded: {level} intervals of mean and limits.")
PHRASE(ALLOWED_KEY, "Dashed: the difference that is allowed.")
// What two-way fixed effects compare
PHRASE(BACON_TITLE, "What the regression compares")
PHRASE(WEIGHT, "Weight")
PHRASE(COMPARISON, "Comparison")
PHRASE(BACON_NEVER, "With those never treated")
PHRASE(BACON_EARLIER, "With those treated later")
PHRASE(BACON_LATER, "With those already treated")
PHRASE(BACON_ALWAYS, "With those always treated")
PHRASE(BACON_STARTS, "Starts at")
PHRASE(BACON_AGAINST, "Compared with start at")
PHRASE(REGRESSION, "Regression")
PHRASE(BACON_KEY, "{name}: {weight} of the weight")
PHRASE(BACON_TELL, "{name}: {weight} of the weight, mean estimate {estimate}.")
PHRASE(NEVER, "never")
// Rankings
PHRASE(TOP_TITLE, "How probably each is among the best {k}")
PHRASE(PITCH, "Name")
PHRASE(CHANCE, "Chance")
PHRASE(RAW_MEAN, "Plain mean")
PHRASE(RATINGS, "Ratings")
PHRASE(TOP_TELL,
    "{n} are ranked. {sure} have a chance of at least nine in ten, {open} of one to nine in ten.")
PHRASE(LOOKS_KEY, "Band: {level} interval, however often one looks.")
