// Package spelling finds what a misspelled word was meant to be, for messages
// about keys and options that do not exist.
package spelling

import "strings"

// Nearest returns the candidate that word is most likely a misspelling of,
// empty if none is near.
func Nearest(word string, candidates []string) string {
	best, bestDistance := "", 1+max(1, len(word)/3)
	for _, c := range candidates {
		if d := distance(strings.ToLower(word), c); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	if best != "" {
		return best
	}
	// Words left out or added: net_timeout for net_write_timeout.
	for _, c := range candidates {
		if len(word) >= 4 && (strings.HasPrefix(c, word+"_") || strings.HasSuffix(c, "_"+word) || strings.HasSuffix(word, "_"+c)) {
			return c
		}
	}
	return ""
}

// distance is how many bytes have to be inserted, deleted, replaced or swapped
// with their neighbour to make b of a. Case counts for nothing.
func distance(a, b string) int {
	b = strings.ToLower(b)
	if len(a) > 64 || len(b) > 64 { // names are shorter; bounds the work
		return 64
	}
	previous2, previous, current := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		current[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			current[j] = min(previous[j]+1, current[j-1]+1, previous[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				current[j] = min(current[j], previous2[j-2]+1)
			}
		}
		previous2, previous, current = previous, current, previous2
	}
	return previous[len(b)]
}
