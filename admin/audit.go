package admin

import (
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
)

// auditLog writes a line of JSON for each change and each refusal. Bodies,
// queries and headers, which can hold secrets, are never in it. A nil auditLog
// writes nothing.
type auditLog struct {
	mu  sync.Mutex
	out io.Writer
	log hclog.Logger // hears of lines that cannot be written
}

// auditEntry is one line.
type auditEntry struct {
	Time   time.Time `json:"time"`
	User   string    `json:"user"` // that was let in, or that a refused request named
	By     string    `json:"by,omitempty"`
	From   string    `json:"from"`
	Method string    `json:"method"`
	Path   string    `json:"path"`
	Status int       `json:"status"`
	Result string    `json:"result"` // done, failed or refused
	Millis float64   `json:"duration_ms"`
	Reason string    `json:"reason,omitempty"`
}

// maxLogged bounds what a client can put into a member of a line, in bytes, of the
// audit log and of Penstock's own: anybody can have one written.
const maxLogged = 1024

func clip(s string) string { return s[:min(len(s), maxLogged)] }

func newAuditLog(out io.Writer, log hclog.Logger) *auditLog {
	if out == nil {
		return nil
	}
	return &auditLog{out: out, log: log}
}

func (l *auditLog) write(e auditEntry) {
	if l == nil {
		return
	}
	for _, s := range []*string{&e.User, &e.Method, &e.Path, &e.Reason} {
		*s = clip(*s)
	}
	line, err := json.Marshal(e)
	if err == nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		_, err = l.out.Write(append(line, '\n'))
	}
	if err != nil {
		l.log.Error("cannot write to the audit log", "error", err, "user", e.User, "from", e.From, "method", e.Method, "path", e.Path, "status", e.Status)
	}
}

// logRequest tells who did what with which result: changes and faults of
// Penstock at notice and above, reads at info (see package sessionlog for how
// these names map to hclog's).
func (a *API) logRequest(r *http.Request, status int, took time.Duration, err error) {
	who := identityOf(r.Context())
	args := []any{"user", who.Name, "from", r.RemoteAddr, "method", clip(r.Method), "path", clip(r.URL.Path), "status", status, "took", took.Round(time.Microsecond)}
	if err != nil {
		args = append(args, "error", err)
	}
	changed := changes(r) || ofLogin(r) // a token is as good as a change
	switch {
	case status >= http.StatusInternalServerError:
		a.log.Error("api request failed", args...)
	case changed:
		a.log.Info("api request", args...)
	case a.log.IsDebug():
		a.log.Debug("api request", args...)
	}
	if !changed {
		return
	}
	e := auditEntry{Time: time.Now().UTC(), User: who.Name, By: string(who.By), From: r.RemoteAddr, Method: r.Method, Path: r.URL.Path,
		Status: status, Result: "done", Millis: float64(took.Microseconds()) / 1000}
	if err != nil {
		e.Result, e.Reason = "failed", err.Error()
	}
	a.audit.write(e)
}

// logRefusal tells of a request that the guard did not let in. The name that it
// gave is what somebody typed, and need not be any account's.
func (a *API) logRefusal(r *http.Request, f *refusal) {
	a.log.Warn("api request refused", "user", clip(f.account), "from", r.RemoteAddr, "method", clip(r.Method), "path", clip(r.URL.Path), "status", f.status, "reason", f.detail)
	a.audit.write(auditEntry{Time: time.Now().UTC(), User: f.account, From: r.RemoteAddr, Method: r.Method, Path: r.URL.Path,
		Status: f.status, Result: "refused", Reason: f.detail})
}
