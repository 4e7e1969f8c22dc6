package wasm

import (
	"strings"
	"testing"

	"github.com/penstock-db/penstock/wasm/abi"
)

// memoryWith returns guest memory with a descriptor.
func memoryWith(change func(d []byte)) []byte {
	m := make([]byte, 2*abi.PageSize)
	d := descriptor(abi.KindFilter)
	if change != nil {
		change(d)
	}
	copy(m[guestDesc:], d)
	return m
}

func TestDescriptorMessages(t *testing.T) {
	for _, c := range []struct {
		off   int
		value uint32
		want  string
	}{
		{abi.DescSize, 95, "needs 96"},
		{abi.DescSize, 1 << 20, "needs 96"},
		{abi.DescKind, 3, "unknown plugin kind 3"},
		{abi.DescWindowCap, abi.MinWindow - 1, "it must have 16384 to 65536"},
		{abi.DescWindowCap, abi.MaxWindow + 1, "it must have 16384 to 65536"},
		{abi.DescWindow, 0, "window at 0x0"},
		{abi.DescWindow, 2 * abi.PageSize, "outside the plugin's"},
		{abi.DescWindow, 0xFFFFFFF0, "outside the plugin's"},
		{abi.DescWindow, guestDesc + 90, "descriptor and window overlap"},
		{abi.DescHeader, guestWindow + 8, "window and header overlap"},
		{abi.DescHeader, guestHeader + 4, "not aligned"},
		{abi.DescHeaderCap, 100, "at least 152"},
		{abi.DescNeeds, 1 << 20, "does not know"},
		{abi.DescReplyLevel, 5, "unknown reply level"},
		{abi.DescOnFailure, 4, "unknown failure policy"},
		{abi.DescEvents, 1, "unknown events"},
		{abi.DescTextsSize, 1, "texts at 0x0, 1 bytes, are outside"},
		{abi.DescReserved, 1, "reserved"},
	} {
		_, err := DecodeDescriptor(memoryWith(func(d []byte) { put32(d, c.off, c.value) }), guestDesc)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("field at %d = %d: %v, want %q", c.off, c.value, err, c.want)
		}
	}
	m := memoryWith(func(d []byte) {
		put32(d, abi.DescKind, uint32(abi.KindRouter))
		put32(d, abi.DescTexts, guestWindow)
		put32(d, abi.DescTextsSize, 2)
	})
	copy(m[guestWindow:], "\x01a")
	if _, err := DecodeDescriptor(m, guestDesc); err == nil || !strings.Contains(err.Error(), "a router with texts") {
		t.Errorf("a router with texts: %v", err)
	}
	for _, ptr := range []uint32{0, 2*abi.PageSize - 95, 0x7FFFFFFF} {
		if _, err := DecodeDescriptor(memoryWith(nil), ptr); err == nil {
			t.Errorf("a descriptor at %#x", ptr)
		}
	}
	d, err := DecodeDescriptor(memoryWith(nil), guestDesc)
	if err != nil || !d.WantsCommand(3) || !d.WantsEvent(abi.EventTimer) || d.WantsEvent(abi.EventDetach) {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestDescriptorFits(t *testing.T) {
	none := map[string]bool{}
	for want, c := range map[string]struct {
		d   Descriptor
		def Definition
	}{
		"uses it as a router":           {Descriptor{Kind: abi.KindFilter}, Definition{Kind: abi.KindRouter}},
		"host features 0x1":             {Descriptor{Kind: abi.KindFilter, Features: abi.FeatureKV}, Definition{}},
		"no export ps_route":            {Descriptor{Kind: abi.KindRouter}, Definition{}},
		"no export ps_query":            {Descriptor{Kind: abi.KindFilter, Commands: [32]byte{1}}, Definition{}},
		"no export ps_reply":            {Descriptor{Kind: abi.KindFilter, ReplyLevel: abi.ReplyRows}, Definition{}},
		"module has no export ps_event": {Descriptor{Kind: abi.KindFilter, Events: 2}, Definition{}},
	} {
		if err := c.d.fits(&c.def, none); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// FuzzDescriptor checks that what is accepted can be used: both areas are
// inside the memory and do not overlap.
func FuzzDescriptor(f *testing.F) {
	f.Add(descriptor(abi.KindFilter), uint32(guestDesc))
	f.Add(descriptor(abi.KindRouter), uint32(0xFFFFFFFF))
	f.Add([]byte{96}, uint32(1))
	f.Fuzz(func(t *testing.T, d []byte, ptr uint32) {
		m := make([]byte, 2*abi.PageSize)
		if uint64(ptr) < uint64(len(m)) {
			copy(m[ptr:], d)
		}
		got, err := DecodeDescriptor(m, ptr)
		if err != nil {
			return
		}
		window := m[got.Window : got.Window+got.WindowCap]
		header := m[got.Header : got.Header+got.HeaderCap]
		for n := range window {
			window[n] = 1
		}
		for _, b := range header {
			if b == 1 && got.Window < got.Header+got.HeaderCap && got.Header < got.Window+got.WindowCap {
				t.Fatal("window and header overlap")
			}
		}
	})
}

// FuzzImportSection checks that no module makes the section walker panic.
func FuzzImportSection(f *testing.F) {
	f.Add(guest{imports: []guestImport{imported("log"), {"env", abi.Func{Name: "m"}, 2}}}.build())
	f.Add([]byte("\x00asm\x01\x00\x00\x00\x02\xff\xff\xff\xff\x0f"))
	f.Fuzz(func(t *testing.T, code []byte) { checkImportKinds(code) })
}
