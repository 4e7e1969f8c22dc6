package engine

import (
	"slices"
	"sync"
	"time"
	"unsafe"

	"github.com/penstock-db/penstock/engine/wire"
)

// maxRetainedText bounds the text kept of one statement in queries[], in bytes.
const maxRetainedText = 4096

// queryRing keeps a session's last statements for the REST API. With size
// zero, the default, it does nothing. Texts reuse their slots' memory.
type queryRing struct {
	size int // how many statements are kept

	mu    sync.Mutex
	slots []querySlot // made for the first statement
	count int         // statements ever begun
}

type querySlot struct {
	command   wire.Command
	text      []byte
	received  time.Time
	completed time.Time
	responses []Response
}

func (q *queryRing) enabled() bool { return q.size > 0 }

func (q *queryRing) current() *querySlot { return &q.slots[(q.count-1)%len(q.slots)] }

// begin notes a command; text may be nil.
func (q *queryRing) begin(command wire.Command, text []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.slots == nil {
		q.slots = make([]querySlot, q.size)
	}
	q.count++
	s := q.current()
	s.command, s.received, s.completed = command, time.Now(), time.Time{}
	s.text = append(s.text[:0], text[:min(len(text), maxRetainedText)]...)
	s.responses = s.responses[:0]
}

// response notes that a server has answered the current command.
func (q *queryRing) response(server string, took time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.count > 0 {
		s := q.current()
		s.responses = append(s.responses, Response{Server: server, Duration: took})
	}
}

// complete notes that the current command's reply has been sent.
func (q *queryRing) complete() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.count > 0 {
		q.current().completed = time.Now()
	}
}

// list returns the statements, the newest first, and the bytes they hold.
func (q *queryRing) list() (queries []Query, size int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range min(q.count, len(q.slots)) {
		s := &q.slots[(q.count-1-i)%len(q.slots)]
		queries = append(queries, Query{
			Command: s.command.String(), Statement: string(s.text),
			Received: s.received, Completed: s.completed, Responses: slices.Clone(s.responses),
		})
	}
	size = int64(len(q.slots)) * int64(unsafe.Sizeof(querySlot{}))
	for i := range q.slots {
		size += int64(cap(q.slots[i].text)) + int64(cap(q.slots[i].responses))*int64(unsafe.Sizeof(Response{}))
	}
	return queries, size
}
