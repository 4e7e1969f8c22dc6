package process

import "time"

// sample is how much processor time the process had taken at a moment.
type sample struct {
	at  time.Time
	cpu time.Duration
}

// kept is how many samples of each kind there are: 60 spans and the sample
// that the first begins with.
const kept = 61

// history keeps a sample for each second of the last minute and one for each
// minute of the last hour.
type history struct {
	seconds, minutes []sample // the oldest first
}

func (h *history) add(s sample) {
	h.seconds = pushed(h.seconds, s)
	if n := len(h.minutes); n == 0 || s.at.Sub(h.minutes[n-1].at) >= time.Minute {
		h.minutes = pushed(h.minutes, s)
	}
}

func pushed(list []sample, s sample) []sample {
	if len(list) == kept {
		copy(list, list[1:])
		list = list[:kept-1]
	}
	return append(list, s)
}

// load is the load of the spans that end with the last sample.
func (h *history) load(threads int) Load {
	n := len(h.seconds)
	if n == 0 {
		return Load{}
	}
	last := h.seconds[n-1]
	return Load{
		Second: share(h.seconds[max(0, n-2)], last, threads),
		Minute: share(h.seconds[0], last, threads),
		Hour:   share(h.minutes[0], last, threads),
	}
}

// share is the part of the threads' time between two samples, in percent.
func share(from, to sample, threads int) float64 {
	span := to.at.Sub(from.at)
	if span <= 0 {
		return 0
	}
	return 100 * float64(to.cpu-from.cpu) / (float64(span) * float64(threads))
}
