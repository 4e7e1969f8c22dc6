package wasm

import (
	"encoding/binary"
	"time"
)

// Sizes and offsets of WASI's subscription and event.
const (
	subscriptionSize = 48
	eventSize        = 32
)

// poll_oneoff(subscriptions, events, count, result) as a sleep: the earliest
// clock decides. Subscriptions to files are answered ENOTSUP at once. A guest
// that sleeps beyond its time budget is ended when the budget is used up.
func wasiPoll(i *Instance, a []uint64) int32 {
	count := uint32(a[2])
	if count == 0 || count > maxEvents {
		return wasiInval
	}
	subs, ok1 := i.in(a[0], uint64(count)*subscriptionSize)
	events, ok2 := i.in(a[1], uint64(count)*eventSize)
	stored, ok3 := i.in(a[3], 4)
	if !ok1 || !ok2 || !ok3 {
		return wasiFault
	}
	until, sleep := Now(), true
	for n, s := 0, subs; len(s) > 0; n, s = n+1, s[subscriptionSize:] {
		at, isClock, valid := wakeTime(s)
		switch {
		case !valid:
			return wasiInval
		case !isClock:
			sleep = false
		case n == 0 || at < until:
			until = at
		}
	}
	if sleep {
		i.sleep(until)
	}
	done := uint32(0)
	for s := subs; len(s) > 0; s = s[subscriptionSize:] {
		at, isClock, _ := wakeTime(s)
		if isClock && (at > until || !sleep) {
			continue
		}
		e := events[done*eventSize : (done+1)*eventSize]
		user, kind := binary.LittleEndian.Uint64(s), s[8]
		clear(e)
		binary.LittleEndian.PutUint64(e, user)
		e[10] = kind
		if !isClock {
			binary.LittleEndian.PutUint16(e[8:], wasiNotup)
		}
		done++
	}
	binary.LittleEndian.PutUint32(stored, done)
	return wasiOK
}

// wakeTime reads a subscription: when it fires in the clock of Now, and
// whether it is one to a clock at all.
func wakeTime(s []byte) (at int64, isClock, valid bool) {
	const absolute = 1
	if kind := s[8]; kind != 0 {
		return 0, false, kind <= 2
	}
	clock := binary.LittleEndian.Uint32(s[16:])
	timeout := int64(min(binary.LittleEndian.Uint64(s[24:]), 1<<62))
	if clock > 1 {
		return 0, true, false
	}
	if binary.LittleEndian.Uint16(s[40:])&absolute == 0 {
		return timeout + Now(), true, true
	}
	if clock == 0 {
		timeout -= time.Now().UnixNano() - Now()
	}
	return timeout, true, true
}

// sleep waits until a time, but not beyond the call's deadline.
func (i *Instance) sleep(until int64) {
	if d := min(until-Now(), i.left+1); d > 0 {
		time.Sleep(time.Duration(d))
		i.left -= d // a sleep is the guest's own doing, all of it
		i.looked = Now()
	}
	i.checkDeadline()
}
