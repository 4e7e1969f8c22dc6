package tck

import (
	"encoding/binary"
	"fmt"

	"github.com/penstock-db/penstock/wasm/abi"
)

// descriptor is what ps_init's answer points to, and the memory that it lies in.
type descriptor struct {
	at     uint32
	bytes  []byte // DescriptorSize of them
	memory []byte
}

func (d *descriptor) u32(off int) uint32 { return binary.LittleEndian.Uint32(d.bytes[off:]) }

func (d *descriptor) wants(command byte) bool {
	return d.bytes[abi.DescCommands+int(command>>3)]&(1<<(command&7)) != 0
}

func (d *descriptor) wantsCommands() bool {
	for _, b := range d.bytes[abi.DescCommands : abi.DescCommands+abi.DescCommandsSize] {
		if b != 0 {
			return true
		}
	}
	return false
}

// inside says whether an area lies in memory; nothing useful lies at address 0.
func (d *descriptor) inside(at, n uint32) bool {
	return at != 0 && uint64(at)+uint64(n) <= uint64(len(d.memory))
}

const (
	minHeader = abi.HdrHintKind // everything that the host tells
	allNeeds  = abi.NeedSQL | abi.NeedClassify | abi.NeedDigest | abi.NeedCanonical | abi.NeedTransaction | abi.NeedHold
	allEvents = 1<<(abi.EventSessionReset+1) - 2
)

// judgeDescriptor holds what ps_init's answer points to against the
// specification.
func (k *kit) judgeDescriptor(memory []byte, at uint32) {
	d := &descriptor{at: at, memory: memory}
	if !k.check(d.inside(at, abi.DescriptorSize), "descriptor/place",
		"ps_init returned %#x, and its %d bytes are not in the plugin's %d bytes of memory", at, abi.DescriptorSize, len(memory)) {
		return
	}
	d.bytes = append([]byte(nil), memory[at:at+abi.DescriptorSize]...)
	size := d.u32(abi.DescSize)
	k.check(size >= abi.DescriptorSize && d.inside(at, size), "descriptor/place",
		"DescSize is %d; a descriptor of version %d has %d bytes", size, abi.Major, abi.DescriptorSize)

	kind := abi.Kind(d.u32(abi.DescKind))
	k.check(kind == abi.KindFilter || kind == abi.KindRouter, "descriptor/kind", "DescKind is %d; a filter is %d, a router %d", kind, abi.KindFilter, abi.KindRouter)
	k.judgeAreas(d, size)
	later := d.u32(abi.DescMinor) > abi.Minor
	if unknown := d.u32(abi.DescNeeds) &^ allNeeds; true {
		k.check(unknown == 0, "descriptor/needs", "DescNeeds has the unknown bits %#x", unknown)
	}
	missing := binary.LittleEndian.Uint64(d.bytes[abi.DescFeatures:]) &^ abi.Features
	k.check(missing == 0, "descriptor/features", "DescFeatures asks for the features %#x, which no host of this version has", missing)
	level := d.u32(abi.DescReplyLevel)
	k.check(level <= uint32(abi.ReplyBuffered), "descriptor/reply-level", "DescReplyLevel is %d; levels are 0 to %d", level, abi.ReplyBuffered)
	policy := d.u32(abi.DescOnFailure)
	k.check(policy <= uint32(abi.FailureBypass), "descriptor/on-failure", "DescOnFailure is %d; policies are 0 to %d", policy, abi.FailureBypass)
	unknown := d.u32(abi.DescEvents) &^ allEvents
	k.check(unknown == 0 || later, "descriptor/events", "DescEvents has the unknown bits %#x, and DescMinor is %d", unknown, d.u32(abi.DescMinor))
	k.check(d.u32(abi.DescReserved) == 0 || later, "descriptor/reserved", "DescReserved is %#x, and DescMinor is %d", d.u32(abi.DescReserved), d.u32(abi.DescMinor))
	k.judgeTexts(d, kind)
	k.judgeSubscriptions(d, kind)
	k.judgeMinor(d.u32(abi.DescMinor))
	k.first(d)
}

// judgeAreas looks at the places that the host writes to.
func (k *kit) judgeAreas(d *descriptor, size uint32) {
	window, windowCap := d.u32(abi.DescWindow), d.u32(abi.DescWindowCap)
	header, headerCap := d.u32(abi.DescHeader), d.u32(abi.DescHeaderCap)
	k.check(windowCap >= abi.MinWindow && windowCap <= abi.MaxWindow, "descriptor/window",
		"the window has %d bytes; it must have %d to %d", windowCap, abi.MinWindow, abi.MaxWindow)
	k.check(d.inside(window, windowCap), "descriptor/window", "the window at %#x with %d bytes is not in the plugin's %d bytes of memory", window, windowCap, len(d.memory))
	k.check(headerCap >= minHeader, "descriptor/header", "the header has %d bytes; it must have at least %d", headerCap, minHeader)
	k.check(header%8 == 0, "descriptor/header", "the header is at %#x, which is no multiple of 8", header)
	k.check(d.inside(header, headerCap), "descriptor/header", "the header at %#x with %d bytes is not in the plugin's %d bytes of memory", header, headerCap, len(d.memory))
	areas := []struct {
		name   string
		at, n  uint32
		length uint64
	}{{name: "descriptor", at: d.at, n: size}, {name: "window", at: window, n: windowCap}, {name: "header", at: header, n: headerCap}}
	for n, a := range areas {
		for _, b := range areas[:n] {
			overlap := uint64(a.at) < uint64(b.at)+uint64(b.n) && uint64(b.at) < uint64(a.at)+uint64(a.n)
			k.check(!overlap, "descriptor/overlap", "%s (%#x, %d bytes) and %s (%#x, %d bytes) overlap", b.name, b.at, b.n, a.name, a.at, a.n)
		}
	}
}

// judgeTexts takes the list of texts apart.
func (k *kit) judgeTexts(d *descriptor, kind abi.Kind) {
	const rule = "descriptor/texts"
	at, n := d.u32(abi.DescTexts), d.u32(abi.DescTextsSize)
	if n == 0 {
		return
	}
	k.check(kind != abi.KindRouter, rule, "a router has texts; it has to answer for every statement")
	if !k.check(d.inside(at, n), rule, "the texts at %#x with %d bytes are not in the plugin's memory", at, n) {
		return
	}
	count := 0
	for list := d.memory[at : at+n]; len(list) > 0; count++ {
		length := int(list[0])
		if !k.check(length >= 1 && length <= abi.MaxText, rule, "text %d has %d bytes; 1 to %d are possible", count, length, abi.MaxText) ||
			!k.check(length < len(list), rule, "text %d says %d bytes, and %d are left of DescTextsSize", count, length, len(list)-1) {
			return
		}
		list = list[1+length:]
	}
	k.check(count <= abi.MaxTexts, rule, "there are %d texts; %d are possible", count, abi.MaxTexts)
}

// judgeSubscriptions compares what is subscribed to with what is exported.
func (k *kit) judgeSubscriptions(d *descriptor, kind abi.Kind) {
	for _, s := range []struct {
		wants        bool
		what, export string
	}{
		{kind == abi.KindRouter, "it is a router", abi.ExportRoute},
		{kind == abi.KindFilter && d.wantsCommands(), "it subscribes to commands", abi.ExportQuery},
		{d.u32(abi.DescReplyLevel) != 0, "its reply level is " + fmt.Sprint(d.u32(abi.DescReplyLevel)), abi.ExportReply},
		{d.u32(abi.DescEvents) != 0, "it subscribes to events", abi.ExportEvent},
	} {
		k.check(!s.wants || k.exports[s.export], "descriptor/exports", "%s, but does not export %s", s.what, s.export)
	}
}

// judgeMinor holds the imports against the version that the plugin was built for.
func (k *kit) judgeMinor(minor uint32) {
	for _, name := range k.strangers {
		k.check(minor > abi.Minor, "module/minor", "it imports %s, which version %d.%d does not have, and says that it was built for %[2]d.%d",
			name, abi.Major, abi.Minor, minor)
	}
	k.kept("module/minor")
}
