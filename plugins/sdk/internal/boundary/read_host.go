//go:build !wasip1

package boundary

// Noted is told of every option that a plugin reads, if a test wants to know.
var Noted func(Read)

// Note tells of one.
func Note(r Read) {
	if Noted != nil {
		Noted(r)
	}
}
