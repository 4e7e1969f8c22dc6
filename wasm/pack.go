package wasm

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/s2"
)

// packer makes the parked states of one template small. Instances of a template
// differ from its image in much the same way: what calls left behind on their
// stack, pointers, what the plugin keeps for a session. So the state of one
// instance that has slept is the dictionary that the others are compressed with.
type packer struct {
	dictionary atomic.Pointer[s2.Dict]
	poor       atomic.Uint32 // states in a row that the dictionary made little of
}

// packed is a parked state as an instance keeps it.
type packed struct {
	bytes []byte
	with  *s2.Dict // nil: as it is
}

const (
	dictionaryPays = 128 // bytes of the smallest state that is worth a dictionary
	patienceFor    = 16  // poor states until a newer one becomes the dictionary
)

// packBuffers are for states whose size is not known yet.
var packBuffers = sync.Pool{New: func() any { return new([]byte) }}

// borrow calls use with an empty buffer, which use may have grow and must not
// keep.
func borrow(use func(buf []byte) []byte) {
	buf := packBuffers.Get().(*[]byte)
	used := use((*buf)[:0])
	if cap(used) <= 1<<20 {
		*buf = used
		packBuffers.Put(buf)
	}
}

// pack returns a state to keep. It copies what it needs.
func (p *packer) pack(state parked) (kept packed) {
	kept.bytes = state
	dictionary := p.choose(state)
	if dictionary == nil {
		kept.bytes = append([]byte(nil), state...)
		return kept
	}
	borrow(func(buf []byte) []byte {
		if need := s2.MaxEncodedLen(len(state)); cap(buf) < need {
			buf = make([]byte, need)
		}
		small := dictionary.Encode(buf[:cap(buf)], state)
		p.judge(len(small), len(state))
		if len(small) < len(state) {
			kept.bytes, kept.with = small, dictionary
		}
		kept.bytes = append([]byte(nil), kept.bytes...)
		return buf
	})
	return kept
}

// choose returns the dictionary for a state. Two that choose one at the same
// time may keep different ones: each state knows its own.
func (p *packer) choose(state parked) *s2.Dict {
	d := p.dictionary.Load()
	if len(state) < dictionaryPays || d != nil && p.poor.Load() < patienceFor {
		return d
	}
	d = s2.MakeDict(append([]byte(nil), state[max(0, len(state)-s2.MaxDictSize):]...), nil)
	p.poor.Store(0)
	p.dictionary.Store(d)
	return d
}

// judge counts the states that have become less than four times smaller.
func (p *packer) judge(small, was int) {
	switch {
	case was < dictionaryPays:
	case small > was/4:
		p.poor.Add(1)
	case p.poor.Load() > 0:
		p.poor.Store(0)
	}
}

// unpack calls use with the state, which is valid until use returns.
func (k packed) unpack(use func(parked) error) (err error) {
	if k.with == nil {
		return use(k.bytes)
	}
	borrow(func(buf []byte) []byte {
		var state []byte
		if state, err = k.with.Decode(buf[:cap(buf)], k.bytes); err != nil {
			err = fmt.Errorf("%w: %w", errParked, err)
			return buf
		}
		err = use(state)
		return state
	})
	return err
}
