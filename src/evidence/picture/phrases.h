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
PHRASE(SYNTH_TITLE, "What happened, and what was to be expected without it")
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
PHRASE(SERIES_TITLE, "The series before and after, and what it was heading for")
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
PHRASE(LOOKS_TELL_NONE, "No look settles on which side of no effect it is.")
PHRASE(LOOKS_KEY, "Band: {level} interval, however often one looks.")
