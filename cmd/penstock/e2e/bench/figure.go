package main

import (
	"fmt"
	"math"
	"slices"
)

// figure is something measured, beside what it is meant to be at most.
type figure struct {
	what string
	got  float64
	aim  float64 // none if 0, unless exact
	unit unit
	// plain is what the same costs where instances are started one by one; 0: nothing
	// to compare with.
	plain float64
	exact bool // an aim of 0 is one
}

// unit prints a value; the zero one prints plain numbers.
type unit struct {
	name  string
	scale float64 // of the value that is given
}

var (
	none     = unit{"", 1}
	percent  = unit{" %", 1}
	nanos    = unit{" ns", 1}
	micros   = unit{" µs", 1e-3} // of nanoseconds
	millis   = unit{" ms", 1}
	seconds  = unit{" s", 1}
	kilobyte = unit{" KB", 1e-3} // of bytes
)

func (u unit) String(v float64) string {
	if u.scale != 0 {
		v *= u.scale
	}
	digits := 0
	if a := math.Abs(v); a < 100 && v != math.Trunc(v) {
		digits = max(0, 1-int(math.Floor(math.Log10(a))))
	}
	return fmt.Sprintf("%.*f%s", min(digits, 3), v, u.name)
}

// printFigures prints a table: what, what it costs without clones if anything has
// such a figure, what was measured, the aim, and whether it is reached.
func printFigures(title string, figures []figure) {
	plain := slices.ContainsFunc(figures, func(f figure) bool { return f.plain != 0 })
	fmt.Printf("%-58s", title)
	if plain {
		fmt.Printf(" %12s", "plain")
	}
	fmt.Printf(" %12s %12s\n", "measured", "aim")
	for _, f := range figures {
		fmt.Printf("%-58s", f.what)
		if plain {
			without := ""
			if f.plain != 0 {
				without = f.unit.String(f.plain)
			}
			fmt.Printf(" %12s", without)
		}
		aim, missed := "", ""
		if f.aim != 0 || f.exact {
			aim = "≤ " + f.unit.String(f.aim)
			if f.got > f.aim {
				missed = "  missed"
			}
		}
		fmt.Printf(" %12s %12s%s\n", f.unit.String(f.got), aim, missed)
	}
}

// median returns the middle one of some values, which it sorts.
func median(values []float64) float64 { return quantile(values, 0.5) }

// quantile returns the value that this share of them does not exceed.
func quantile(values []float64, share float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	slices.Sort(values)
	return values[min(int(share*float64(len(values))), len(values)-1)]
}
