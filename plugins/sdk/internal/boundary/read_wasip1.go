//go:build wasip1

package boundary

// Note does nothing: nobody asks a plugin that is at work.
func Note(Read) {}
