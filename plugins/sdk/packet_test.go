package sdk

import (
	"bytes"
	"testing"
)

// columnDefinition builds a column definition with an extended-metadata block
// before the fixed part, as MariaDB can send it.
func columnDefinition(name string, typ byte, extended []byte) []byte {
	var b []byte
	for _, s := range []string{"def", "demo", "t", "t_org", name, name + "_org"} {
		b = AppendLengthString(b, []byte(s))
	}
	b = append(b, extended...)
	return append(b, 0x0c, 45, 0, 80, 1, 0, 0, typ, 0x21, 0, 4, 0, 0)
}

func TestDefinition(t *testing.T) {
	for _, extended := range [][]byte{nil, AppendLengthString(nil, []byte("\x00\x04uuid")), AppendLengthString(nil, make([]byte, 12))} {
		var d Definition
		if !d.Decode(columnDefinition("a", 0xfd, extended)) {
			t.Fatal("refused")
		}
		if string(d.Schema) != "demo" || string(d.Table) != "t" || string(d.OrgTable) != "t_org" || string(d.Name) != "a" ||
			string(d.OrgName) != "a_org" || d.Charset != 45 || d.Length != 336 || d.Type != 0xfd || !d.Unsigned() || d.Decimals != 4 {
			t.Errorf("%+v", d)
		}
	}
	whole := columnDefinition("a", 3, nil)
	for n := range whole {
		var d Definition
		if d.Decode(whole[:n]) {
			t.Errorf("accepted %d of %d bytes", n, len(whole))
		}
	}
}

func TestTextRow(t *testing.T) {
	long := bytes.Repeat([]byte("x"), 70_000)
	var b []byte
	b = AppendLengthString(b, []byte("abc"))
	b = append(b, 0xfb)
	b = AppendLengthString(b, nil)
	b = AppendLengthString(b, long[:300])
	b = AppendLengthString(b, long)
	row := TextRow(b)
	for i, want := range [][]byte{[]byte("abc"), nil, {}, long[:300], long} {
		got, ok := row.Next()
		if !ok || !bytes.Equal(got, want) || (got == nil) != (want == nil) {
			t.Errorf("value %d: %.10q %v", i, got, ok)
		}
	}
	if _, ok := row.Next(); ok {
		t.Error("a value too many")
	}
}

func TestBinaryRow(t *testing.T) {
	types := []byte{0x03, 0xfd, 0x08, 0x0c, 0x01, 0x05, 0x02}
	b := []byte{0, 1 << 3, 0} // the second value is NULL
	b = append(b, 1, 2, 3, 4)
	b = append(b, 1, 2, 3, 4, 5, 6, 7, 8)
	b = append(b, 4, 0xe9, 7, 3, 4)
	b = append(b, 9)
	b = append(b, 1, 1, 1, 1, 1, 1, 1, 1)
	b = append(b, 7, 7)
	row := BinaryRow(b, types)
	for i, want := range [][]byte{{1, 2, 3, 4}, nil, {1, 2, 3, 4, 5, 6, 7, 8}, {0xe9, 7, 3, 4}, {9}, bytes.Repeat([]byte{1}, 8), {7, 7}} {
		got, ok := row.Next()
		if !ok || !bytes.Equal(got, want) {
			t.Errorf("value %d: % x %v", i, got, ok)
		}
	}
	if _, ok := row.Next(); ok {
		t.Error("a value too many")
	}
}

func TestPackets(t *testing.T) {
	framed := AppendPacket(AppendPacket(nil, []byte("one")), nil)
	p := Packets{append(framed, 5, 0, 0, 2, 'c', 'u', 't')}
	for _, want := range []string{"one", ""} {
		payload, whole, ok := p.Next()
		if !ok || string(payload) != want || len(whole) != len(want)+4 {
			t.Errorf("%q %v", payload, ok)
		}
	}
	if _, _, ok := p.Next(); ok {
		t.Error("a packet that is cut off")
	}
}

// Nothing that a server could send makes a decoder panic or read beyond it.
func FuzzRows(f *testing.F) {
	f.Add(columnDefinition("a", 3, nil), []byte{3, 0xfd, 0x0c})
	f.Add([]byte{0, 0, 1, 2, 3, 4, 0xfc, 1, 0, 'x'}, []byte{3, 0xfd})
	f.Add([]byte{0xfe, 255, 255, 255, 255, 255, 255, 255, 255}, []byte{})
	f.Fuzz(func(t *testing.T, b, types []byte) {
		var d Definition
		d.Decode(b)
		for _, row := range []Row{TextRow(b), BinaryRow(b, types)} {
			for n := 0; ; n++ {
				v, ok := row.Next()
				if !ok {
					break
				}
				if len(v) > len(b) || n > len(b)+len(types) {
					t.Fatalf("value %d of %d bytes from %d", n, len(v), len(b))
				}
			}
		}
		p := Packets{b}
		for _, _, ok := p.Next(); ok; _, _, ok = p.Next() {
		}
	})
}
