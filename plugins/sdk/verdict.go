package sdk

import (
	"time"

	"github.com/penstock-db/penstock/plugins/sdk/internal/boundary"
	"github.com/penstock-db/penstock/wasm/abi"
)

// Verdict is a hook's answer.
type Verdict = abi.Verdict

// Verdicts without an argument.
const (
	// Pass lets the command or reply go on unchanged.
	Pass = Verdict(abi.Pass)
	// DetachMe passes, and ends the plugin's work for this session.
	DetachMe = Verdict(abi.Detach)
)

// Hold asks for the same command again after d, rounded up to a millisecond.
// The plugin must have declared abi.NeedHold.
func Hold(d time.Duration) Verdict {
	ms := (d + time.Millisecond - 1) / time.Millisecond
	ms = min(max(ms, 1), 1<<31)
	return abi.NewVerdict(abi.Hold, uint32(ms))
}

// Reject answers the client with an ERR packet. An empty state is HY000.
func Reject(errno uint16, state, message string) Verdict {
	return refuse(abi.Reject, errno, state, message)
}

// Close is Reject, after which the session is closed.
func Close(errno uint16, state, message string) Verdict {
	return refuse(abi.Close, errno, state, message)
}

// maxMessage is what MariaDB clients take: MYSQL_ERRMSG_SIZE less its NUL.
const maxMessage = 511

func refuse(a abi.Action, errno uint16, state, message string) Verdict {
	boundary.Header.SetU32(abi.HdrErrno, uint32(errno))
	field := boundary.Header[abi.HdrSQLState : abi.HdrSQLState+5]
	clear(field)
	if len(state) == 5 {
		copy(field, state)
	}
	n := copy(boundary.Window[:maxMessage], message)
	return abi.NewVerdict(a, uint32(n))
}

// One sends the command to the target with this index.
func One(target uint32) Verdict { return abi.NewVerdict(abi.One, target) }

// OneOr is One with a target to use when the first cannot be connected.
func OneOr(target, fallback uint32) Verdict {
	boundary.Header.SetU32(abi.HdrFallback, fallback)
	return One(target)
}

// Any sends the command to a server of the role, which the host chooses.
func Any(role abi.Role) Verdict { return abi.NewVerdict(abi.Any, uint32(role)) }

// All sends the command to every backend of the session and to those opened
// later; the client gets the reply of the target with this index.
func All(target uint32) Verdict { return abi.NewVerdict(abi.All, target) }

// output hands b to the host: what fits at the front of the window, the rest
// beyond it. It returns how much lies in the window.
func output(head int, b []byte) (int, bool) {
	n := head + copy(boundary.Window[head:boundary.WindowCap], b)
	if rest := b[n-head:]; len(rest) > 0 {
		return n, boundary.PayloadAppend(rest) >= 0
	}
	return n, true
}
