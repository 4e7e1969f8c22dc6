package engine

import (
	"sync"
	"time"
	"unsafe"

	"github.com/penstock-db/penstock/engine/wire"
)

// maxRetainedText bounds the text kept of one statement in queries[], in bytes.
const maxRetainedText = 4096

// queryRing keeps a session's last statements for the REST API. With size
// zero it does nothing. It grows with its first statements and not before, and
// texts reuse their slots' memory.
type queryRing struct {
	size int // how many statements are kept

	mu    sync.Mutex
	slots []querySlot
	count int // statements ever begun
}

// querySlot is one statement. Most have one response: it lies in the slot.
type querySlot struct {
	command   wire.Command
	answered  bool // first is one
	text      []byte
	received  int64 // nanoseconds since 1970
	completed int64 // likewise; 0: it runs
	first     Response
	more      []Response
}

func (q *queryRing) enabled() bool { return q.size > 0 }

func (q *queryRing) current() *querySlot { return &q.slots[(q.count-1)%q.size] }

// begin notes a command; text may be nil.
func (q *queryRing) begin(command wire.Command, text []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if n := len(q.slots); n < q.size {
		if n == cap(q.slots) {
			q.slots = append(make([]querySlot, 0, min(2*n+1, q.size)), q.slots...)
		}
		q.slots = q.slots[:n+1]
	}
	q.count++
	s := q.current()
	s.command, s.received, s.completed = command, time.Now().UnixNano(), 0
	s.text = append(s.text[:0], text[:min(len(text), maxRetainedText)]...)
	s.answered, s.more = false, s.more[:0]
}

// response notes that a server has answered the current command.
func (q *queryRing) response(server string, took time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.count == 0 {
		return
	}
	r := Response{Server: server, Duration: took}
	if s := q.current(); s.answered {
		s.more = append(s.more, r)
	} else {
		s.first, s.answered = r, true
	}
}

// complete notes that the current command's reply has been sent.
func (q *queryRing) complete() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.count > 0 {
		q.current().completed = time.Now().UnixNano()
	}
}

// list returns the statements, the newest first, and the bytes they hold.
func (q *queryRing) list() (queries []Query, size int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range len(q.slots) {
		s := &q.slots[(q.count-1-i)%q.size]
		query := Query{Command: s.command.String(), Statement: string(s.text), Received: time.Unix(0, s.received)}
		if s.completed != 0 {
			query.Completed = time.Unix(0, s.completed)
		}
		if s.answered {
			query.Responses = append([]Response{s.first}, s.more...)
		}
		queries = append(queries, query)
	}
	size = int64(cap(q.slots)) * int64(unsafe.Sizeof(querySlot{}))
	for i := range q.slots {
		size += int64(cap(q.slots[i].text)) + int64(cap(q.slots[i].more))*int64(unsafe.Sizeof(Response{}))
	}
	return queries, size
}
