package admin

import (
	"math"
	"time"

	"github.com/penstock-db/penstock/admin/process"
	"github.com/penstock-db/penstock/engine"
)

// thread is the id of the one thread that there is, which sessions print. A
// session is a goroutine, and the Go runtime has it run on whatever thread of
// the operating system is free: figures of one of those would say nothing. So
// one resource stands for all of them together.
const thread = "0"

type threadAttributes struct {
	Stats threadStats `json:"stats"`
}

// threadStats are what MaxScale prints of a thread. null is what Penstock has
// nothing like, or cannot see.
type threadStats struct {
	Reads       *int64         `json:"reads"`
	Writes      *int64         `json:"writes"`
	Errors      *int64         `json:"errors"`  // null: events of the runtime's poller, which tells nobody
	Hangups     *int64         `json:"hangups"` // null: likewise
	Accepts     uint64         `json:"accepts"`
	AvgQueue    *int64         `json:"avg_event_queue_length"` // null: likewise
	MaxQueue    *int64         `json:"max_event_queue_length"` // null: likewise
	MaxExecTime *int64         `json:"max_exec_time"`          // null: a goroutine runs as long as it has something to do
	QueueTime   *int64         `json:"max_queue_time"`         // milliseconds
	Descriptors *int64         `json:"current_descriptors"`
	Total       *int64         `json:"total_descriptors"` // null: nobody counts those that are closed
	Load        loadAttributes `json:"load"`
	Statements  cacheStats     `json:"query_classifier_cache"`
	Sessions    uint64         `json:"sessions"`
	Zombies     *int64         `json:"zombies"` // null: a session that has ended is gone
	State       string         `json:"state"`
	Listening   bool           `json:"listening"`
	Memory      threadMemory   `json:"memory"`
}

// loadAttributes are percent of the processor time that there was.
type loadAttributes struct {
	Second *int64 `json:"last_second"`
	Minute *int64 `json:"last_minute"`
	Hour   *int64 `json:"last_hour"`
}

type cacheStats struct {
	Size      int64  `json:"size"` // bytes
	Inserts   uint64 `json:"inserts"`
	Hits      uint64 `json:"hits"`
	Misses    uint64 `json:"misses"`
	Evictions uint64 `json:"evictions"`
}

// threadMemory is in bytes.
type threadMemory struct {
	Statements int64  `json:"query_classifier"`
	Heap       *int64 `json:"heap"`
	Sessions   *int64 `json:"sessions"` // null: measured session by session, there
	Zombies    *int64 `json:"zombies"`  // null: as above
	Total      *int64 `json:"total"`    // of the process
}

// threads is the collection of the one thread.
func (a *API) threads(base string) []resource {
	f, ok := a.figures()
	stats := newThreadStats(a.proxy.Services(), a.proxy.Listeners())
	if ok {
		stats.measure(&f)
	}
	return []resource{newResource(base, typeThreads, thread, threadAttributes{stats})}
}

// newThreadStats adds up what the engine knows.
func newThreadStats(services []engine.ServiceInfo, listeners []engine.ListenerInfo) threadStats {
	stats := threadStats{State: "Active"}
	for i := range services {
		s := &services[i]
		stats.Sessions += s.Connections
		stats.Accepts += s.Total
		c := &stats.Statements
		c.Size += s.Statements.Bytes
		c.Inserts += uint64(s.Statements.Entries) + s.Statements.Evictions
		c.Hits += s.Statements.Hits
		c.Misses += s.Statements.Misses
		c.Evictions += s.Statements.Evictions
	}
	stats.Memory.Statements = stats.Statements.Size
	for _, l := range listeners {
		stats.Listening = stats.Listening || l.Running
	}
	return stats
}

// measure adds what is known of the process.
func (t *threadStats) measure(f *process.Figures) {
	percent := func(share float64) *int64 { return figure(int64(math.Round(share))) }
	t.Load = loadAttributes{percent(f.Load.Second), percent(f.Load.Minute), percent(f.Load.Hour)}
	t.Reads, t.Writes, t.Descriptors = figure(f.Reads), figure(f.Writes), figure(f.Descriptors)
	t.QueueTime = figure(int64(f.QueueTime / time.Millisecond))
	t.Memory.Heap, t.Memory.Total = figure(f.Heap), figure(f.Resident)
}
