package wasm

import (
	"encoding/binary"
	"fmt"

	"github.com/penstock-db/penstock/wasm/abi"
)

// Descriptor is what a plugin declared in ps_init.
type Descriptor struct {
	Kind       abi.Kind
	Minor      uint32 // the ABI minor version that it was built for
	Window     uint32 // address
	WindowCap  uint32
	Header     uint32 // address
	HeaderCap  uint32
	Needs      uint32 // abi.Need* bits
	Features   uint64 // abi.Feature* bits that it cannot do without
	ReplyLevel abi.ReplyLevel
	OnFailure  abi.FailurePolicy // FailureDefault: it has no opinion
	Commands   CommandSet
	Events     uint32 // bit n: wants abi.EventKind n
	Texts      *Texts // of which a statement must have one; nil: it is asked about all
}

// CommandSet is a set of command bytes: bit n mod 8 of byte n / 8 is for n.
type CommandSet [abi.DescCommandsSize]byte

// Has reports whether the set has a command byte.
func (s *CommandSet) Has(c byte) bool { return s[c>>3]&(1<<(c&7)) != 0 }

// WantsCommand reports whether the plugin subscribed to a command byte.
func (d *Descriptor) WantsCommand(c byte) bool { return d.Commands.Has(c) }

// WantsEvent reports whether the plugin subscribed to an event.
func (d *Descriptor) WantsEvent(k abi.EventKind) bool { return k < 32 && d.Events&(1<<k) != 0 }

// loose are the places of the guest's memory, in order, that hold nothing
// between two calls: what is in them then need not be kept.
func (d *Descriptor) loose() []span {
	window := span{int(d.Window), int(d.Window + d.WindowCap)}
	header := span{int(d.Header), int(d.Header + d.HeaderCap)}
	if header.from < window.from {
		return []span{header, window}
	}
	return []span{window, header}
}

const (
	allNeeds       = abi.NeedSQL | abi.NeedClassify | abi.NeedDigest | abi.NeedCanonical | abi.NeedTransaction | abi.NeedHold
	allEvents      = 1<<(abi.EventSessionReset+1) - 2
	minHeader      = abi.HdrHintKind // everything that the host tells
	descriptorSize = abi.DescriptorSize
)

// DecodeDescriptor reads and checks the descriptor at ptr in the guest's
// memory. Everything that it says about itself is checked here: sizes, ranges,
// overlaps, unknown bits. What depends on the definition and on the module's
// exports is not.
func DecodeDescriptor(memory []byte, ptr uint32) (*Descriptor, error) {
	size := uint64(len(memory))
	if ptr == 0 || uint64(ptr)+descriptorSize > size {
		return nil, fmt.Errorf("descriptor at %#x is outside the plugin's %d bytes of memory", ptr, size)
	}
	p := memory[ptr:]
	u32 := func(off int) uint32 { return binary.LittleEndian.Uint32(p[off:]) }
	if n := u32(abi.DescSize); n < descriptorSize || uint64(ptr)+uint64(n) > size {
		return nil, fmt.Errorf("descriptor says that it has %d bytes; version %d of the ABI needs %d", n, abi.Major, descriptorSize)
	}
	d := &Descriptor{
		Kind:       abi.Kind(u32(abi.DescKind)),
		Minor:      u32(abi.DescMinor),
		Window:     u32(abi.DescWindow),
		WindowCap:  u32(abi.DescWindowCap),
		Header:     u32(abi.DescHeader),
		HeaderCap:  u32(abi.DescHeaderCap),
		Needs:      u32(abi.DescNeeds),
		Features:   binary.LittleEndian.Uint64(p[abi.DescFeatures:]),
		ReplyLevel: abi.ReplyLevel(u32(abi.DescReplyLevel)),
		OnFailure:  abi.FailurePolicy(u32(abi.DescOnFailure)),
		Events:     u32(abi.DescEvents),
	}
	copy(d.Commands[:], p[abi.DescCommands:])
	var err error
	if d.Texts, err = readTexts(memory, u32(abi.DescTexts), u32(abi.DescTextsSize)); err != nil {
		return nil, fmt.Errorf("descriptor: %w", err)
	}
	for off := abi.DescReserved; off < descriptorSize; off += 4 {
		// A later minor version may give these bytes a meaning.
		if d.Minor <= abi.Minor && u32(off) != 0 {
			return nil, fmt.Errorf("descriptor's reserved bytes are not zero")
		}
	}
	return d, d.check(size, ptr, u32(abi.DescSize))
}

// check validates the decoded fields against each other.
func (d *Descriptor) check(memory uint64, ptr, size uint32) error {
	if d.Kind != abi.KindFilter && d.Kind != abi.KindRouter {
		return fmt.Errorf("descriptor: unknown plugin kind %d", d.Kind)
	}
	if d.WindowCap < abi.MinWindow || d.WindowCap > abi.MaxWindow {
		return fmt.Errorf("descriptor: window of %d bytes; it must have %d to %d", d.WindowCap, abi.MinWindow, abi.MaxWindow)
	}
	if d.HeaderCap < minHeader {
		return fmt.Errorf("descriptor: header of %d bytes; it must have at least %d", d.HeaderCap, minHeader)
	}
	areas := []struct {
		name     string
		ptr, len uint32
	}{{"descriptor", ptr, size}, {"window", d.Window, d.WindowCap}, {"header", d.Header, d.HeaderCap}}
	for n, a := range areas {
		if a.ptr == 0 || uint64(a.ptr)+uint64(a.len) > memory {
			return fmt.Errorf("descriptor: %s at %#x, %d bytes, is outside the plugin's %d bytes of memory", a.name, a.ptr, a.len, memory)
		}
		for _, b := range areas[:n] {
			if uint64(a.ptr) < uint64(b.ptr)+uint64(b.len) && uint64(b.ptr) < uint64(a.ptr)+uint64(a.len) {
				return fmt.Errorf("descriptor: %s and %s overlap", b.name, a.name)
			}
		}
	}
	if d.Header%8 != 0 {
		return fmt.Errorf("descriptor: header at %#x is not aligned to 8 bytes", d.Header)
	}
	if d.Texts != nil && d.Kind == abi.KindRouter {
		return fmt.Errorf("descriptor: a router with texts: it has to answer for every statement")
	}
	if unknown := d.Needs &^ allNeeds; unknown != 0 {
		return fmt.Errorf("descriptor: needs %#x that this Penstock does not know; the plugin wants a newer one", unknown)
	}
	if d.ReplyLevel > abi.ReplyBuffered {
		return fmt.Errorf("descriptor: unknown reply level %d", d.ReplyLevel)
	}
	if d.OnFailure > abi.FailureBypass {
		return fmt.Errorf("descriptor: unknown failure policy %d", d.OnFailure)
	}
	if unknown := d.Events &^ allEvents; unknown != 0 && d.Minor <= abi.Minor {
		return fmt.Errorf("descriptor: subscribes to unknown events %#x", unknown)
	}
	return nil
}

// fits checks the descriptor against the definition and the program's exports.
func (d *Descriptor) fits(def *Definition, exports map[string]bool) error {
	if def.Kind != 0 && def.Kind != d.Kind {
		return fmt.Errorf("it is a %s, but the configuration uses it as a %s", d.Kind, def.Kind)
	}
	if missing := d.Features &^ def.Services.features(); missing != 0 {
		return fmt.Errorf("it requires host features %#x that this definition does not have", missing)
	}
	needs := func(what, export string) error {
		return fmt.Errorf("its descriptor %s, but the module has no export %s", what, export)
	}
	switch {
	case d.Kind == abi.KindRouter && !exports[abi.ExportRoute]:
		return needs("says that it is a router", abi.ExportRoute)
	case d.Kind == abi.KindFilter && d.Commands != [32]byte{} && !exports[abi.ExportQuery]:
		return needs("subscribes to commands", abi.ExportQuery)
	case d.ReplyLevel != abi.ReplyNone && !exports[abi.ExportReply]:
		return needs("subscribes to replies", abi.ExportReply)
	case d.Events != 0 && !exports[abi.ExportEvent]:
		return needs("subscribes to events", abi.ExportEvent)
	}
	return nil
}
