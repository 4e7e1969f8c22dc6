// Package process tells what the operating system and the Go runtime know of
// this process and of the machine under it: processor time, memory, file
// descriptors, system calls. It is what the REST API's resources maxscale and
// threads show.
//
// Figures that a system does not give are [Unknown]; nothing here is estimated.
package process

import (
	"bufio"
	"bytes"
	"os"
	"runtime"
	"runtime/metrics"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Unknown is a figure that the system does not give.
const Unknown = -1

// Figures are what is known of the process at one moment.
type Figures struct {
	Load        Load
	Threads     int           // that can run Go code at one time (GOMAXPROCS)
	Goroutines  int           // that there are
	Descriptors int64         // files and sockets that are open
	Reads       int64         // system calls that read, of sockets and files, since the start
	Writes      int64         // system calls that wrote
	Resident    int64         // bytes of memory that the process has in RAM
	Heap        int64         // bytes of them that Go's live and not yet collected objects take
	QueueTime   time.Duration // the longest that a goroutine which could run had to wait for a thread; see queueTime
}

// Load is the share of the processor time that the process could have had
// ([Figures].Threads times the time that passed) which it took, in percent.
// After less than the span it is that of the time since the start.
type Load struct{ Second, Minute, Hour float64 }

// Watcher measures the process's load; everything else is looked up when it is
// asked for. It has to be closed.
type Watcher struct {
	mu   sync.Mutex
	load history
	quit chan struct{}
	done chan struct{}
}

// Watch begins to measure.
func Watch() *Watcher {
	w := &Watcher{quit: make(chan struct{}), done: make(chan struct{})}
	w.sample(time.Now())
	go w.run()
	return w
}

func (w *Watcher) run() {
	defer close(w.done)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case now := <-tick.C:
			w.sample(now)
		case <-w.quit:
			return
		}
	}
}

func (w *Watcher) sample(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.load.add(sample{now, cpuTime()})
}

// Close ends measuring.
func (w *Watcher) Close() {
	close(w.quit)
	<-w.done
}

// Figures returns what is known now. It may be called by any goroutine.
func (w *Watcher) Figures() Figures {
	threads := runtime.GOMAXPROCS(0)
	w.mu.Lock()
	load := w.load.load(threads)
	w.mu.Unlock()
	f := Figures{Load: load, Threads: threads, Goroutines: runtime.NumGoroutine(), Descriptors: descriptors(),
		Reads: colonField("/proc/self/io", "syscr"), Writes: colonField("/proc/self/io", "syscw"), Resident: resident()}
	f.Heap, f.QueueTime = runtimeFigures()
	return f
}

// cpuTime is the processor time that the process has taken.
func cpuTime() time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// descriptors counts what /proc/self/fd lists, without the descriptor that
// listing takes.
func descriptors() int64 {
	dir, err := os.Open("/proc/self/fd")
	if err != nil {
		return Unknown
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return Unknown
	}
	return int64(len(names)) - 1
}

func resident() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if fields := strings.Fields(string(text)); err == nil && len(fields) > 1 {
		if pages, err := strconv.ParseInt(fields[1], 10, 64); err == nil {
			return pages * int64(os.Getpagesize())
		}
	}
	return Unknown
}

// colonField reads the number of a line like "syscr: 12" of a file of /proc.
func colonField(file, name string) int64 {
	text, err := os.ReadFile(file)
	if err != nil {
		return Unknown
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), name+":"); ok {
			if fields := strings.Fields(rest); len(fields) > 0 {
				if n, err := strconv.ParseInt(fields[0], 10, 64); err == nil {
					return n
				}
			}
		}
	}
	return Unknown
}

// runtimeFigures asks the Go runtime. The queue time is the lower bound of the
// highest bucket of its histogram that is not empty.
func runtimeFigures() (heap int64, queueTime time.Duration) {
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/sched/latencies:seconds"}}
	metrics.Read(samples)
	heap = Unknown
	if v := samples[0].Value; v.Kind() == metrics.KindUint64 {
		heap = int64(v.Uint64())
	}
	if v := samples[1].Value; v.Kind() == metrics.KindFloat64Histogram {
		h := v.Float64Histogram()
		for i, n := range h.Counts {
			if low := h.Buckets[i]; n > 0 && low > 0 {
				queueTime = time.Duration(low * float64(time.Second))
			}
		}
	}
	return heap, queueTime
}
