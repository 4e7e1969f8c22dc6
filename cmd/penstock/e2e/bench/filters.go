package main

// threeFilters look at every statement and find nothing to do: what is measured
// is the way through them.
var threeFilters = []string{"rewrite", "hint", "throttle"}

const filterDefinitions = `
[filters.rewrite]
module = "regexfilter"
[filters.rewrite.options]
match = '(?i)\bcard_number\b'
replace = "'****'"

[filters.hint]
module = "namedserverfilter"
[filters.hint.options]
match01 = '(?i)\breport_[0-9]+\b'
target01 = "->master"

[filters.throttle]
module = "throttlefilter"
[filters.throttle.options]
max_qps = 1000000
throttling_duration = "1m"
`
