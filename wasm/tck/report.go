package tck

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Verdict says how a module stands to a rule.
type Verdict string

// The verdicts.
const (
	Pass          Verdict = "pass"
	Fail          Verdict = "fail"
	NotApplicable Verdict = "not applicable"
)

// Result is the verdict about one rule.
type Result struct {
	Rule    Rule
	Verdict Verdict
	Seen    []string // if it fails: what was seen, at most maxSeen different things
	Reason  string   // if it is not applicable: why
}

// MarshalJSON writes the result in one flat object.
func (r Result) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Rule    string   `json:"rule"`
		Verdict Verdict  `json:"verdict"`
		Demand  string   `json:"demand"`
		Heading string   `json:"heading"`
		Seen    []string `json:"seen,omitempty"`
		Reason  string   `json:"reason,omitempty"`
	}{r.Rule.ID, r.Verdict, r.Rule.Demand, r.Rule.Heading, r.Seen, r.Reason})
}

// Report is what the kit has found out about a module.
type Report struct {
	Results []Result `json:"results"` // in the order of Rules
	// Crossings counts the calls over the boundary that were watched.
	Crossings int `json:"crossings"`
}

// Failed returns the results of the rules that the module breaks.
func (r *Report) Failed() []Result {
	return slices.Collect(func(yield func(Result) bool) {
		for _, one := range r.Results {
			if one.Verdict == Fail && !yield(one) {
				return
			}
		}
	})
}

// Result returns the result of a rule by its ID.
func (r *Report) Result(id string) Result {
	n := slices.IndexFunc(r.Results, func(one Result) bool { return one.Rule.ID == id })
	if n < 0 {
		return Result{}
	}
	return r.Results[n]
}

// maxSeen is how many different things are kept that break one rule.
const maxSeen = 3

// findings collects what is seen of each rule while the script runs.
type findings map[string]*finding

type finding struct {
	tried  bool // there was occasion to break it
	seen   []string
	reason string
}

func newFindings() findings {
	f := findings{}
	for _, r := range rules {
		f[r.ID] = &finding{reason: r.Absent}
	}
	return f
}

// of panics for an unknown rule: that is a mistake of the kit.
func (f findings) of(id string) *finding {
	one := f[id]
	if one == nil {
		panic("tck: no rule " + id)
	}
	return one
}

// kept says that there was occasion to break the rules, and they were not.
func (f findings) kept(ids ...string) {
	for _, id := range ids {
		f.of(id).tried = true
	}
}

// broken says that a rule was broken, and how.
func (f findings) broken(id, format string, args ...any) {
	one, text := f.of(id), fmt.Sprintf(format, args...)
	one.tried = true
	if len(one.seen) < maxSeen && !slices.Contains(one.seen, text) {
		one.seen = append(one.seen, text)
	}
}

// check notes that a rule was tried, and whether it held.
func (f findings) check(ok bool, id, format string, args ...any) bool {
	f.kept(id)
	if !ok {
		f.broken(id, format, args...)
	}
	return ok
}

// beyond gives the rules that were not tried another reason for that.
func (f findings) beyond(reason string) {
	for _, one := range f {
		if !one.tried {
			one.reason = reason
		}
	}
}

// anyBroken reports whether a rule of the area is broken; "" is any area.
func (f findings) anyBroken(area string) bool {
	for id, one := range f {
		if len(one.seen) > 0 && strings.HasPrefix(id, area) {
			return true
		}
	}
	return false
}

func (f findings) report() *Report {
	r := &Report{}
	for _, rule := range rules {
		one, result := f[rule.ID], Result{Rule: rule, Verdict: Pass}
		switch {
		case len(one.seen) > 0:
			result.Verdict, result.Seen = Fail, one.seen
		case !one.tried:
			result.Verdict, result.Reason = NotApplicable, one.reason
		}
		r.Results = append(r.Results, result)
	}
	return r
}
