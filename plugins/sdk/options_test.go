package sdk

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// decode runs read on the options and returns the problems.
func decode(t *testing.T, text string, read func(o *Options)) string {
	t.Helper()
	v, err := parseJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	o := &Options{table: &v}
	read(o)
	return o.problems()
}

func TestOptionValues(t *testing.T) {
	problems := decode(t, `{"s":"text","b":true,"i":-7,"e":"TWO","set":"a, b","list":["x","y"],"d":"1m30s","n":4096,"ki":"64Ki",
		"m":"2MB","null":null,"t":[{"s":"inner"}]}`, func(o *Options) {
		if got := o.String("s", ""); got != "text" {
			t.Errorf("String: %q", got)
		}
		if !o.Bool("b", false) || !o.Bool("absent", true) {
			t.Error("Bool")
		}
		if o.Int("i", 0, -10, 10) != -7 || o.Int("absent", 5, 0, 10) != 5 || o.Int("null", 6, 0, 10) != 6 {
			t.Error("Int")
		}
		if got := o.Enum("e", "one", "one", "two"); got != "two" {
			t.Errorf("Enum: %q", got)
		}
		if got := o.Set("set", "a", "b", "c"); strings.Join(got, "+") != "a+b" {
			t.Errorf("Set: %q", got)
		}
		if got := o.Strings("list"); strings.Join(got, "+") != "x+y" {
			t.Errorf("Strings: %q", got)
		}
		if got := o.Duration("d", 0); got != 90*time.Second {
			t.Errorf("Duration: %v", got)
		}
		if o.Size("n", 0) != 4096 || o.Size("ki", 0) != 65536 || o.Size("m", 0) != 2_000_000 || o.Size("absent", 3) != 3 {
			t.Error("Size")
		}
		subs := o.Tables("t")
		if len(subs) != 1 || subs[0].String("s", "") != "inner" {
			t.Error("Tables")
		}
		if !o.Has("s") || o.Has("absent") || o.Has("null") {
			t.Error("Has")
		}
	})
	if problems != "" {
		t.Error(problems)
	}
}

func TestOptionProblems(t *testing.T) {
	for _, c := range []struct {
		text string
		read func(o *Options)
		want string
	}{
		{`{"a":1}`, func(o *Options) { o.String("a", "") }, `option "a" must be a string, not a number`},
		{`{"a":"yes"}`, func(o *Options) { o.Bool("a", false) }, `option "a" must be true or false, not a string`},
		{`{"a":1.5}`, func(o *Options) { o.Int("a", 0, 1, 9) }, `option "a" must be a whole number from 1 to 9, not 1.5`},
		{`{"a":10}`, func(o *Options) { o.Int("a", 0, 1, 9) }, `option "a" must be a whole number from 1 to 9, not 10`},
		{`{"a":"z"}`, func(o *Options) { o.Enum("a", "", "x", "y") }, `option "a" must be one of x, y, not "z"`},
		{`{"a":["x","z"]}`, func(o *Options) { o.Set("a", "x", "y") }, `option "a" must be a list of x, y; it has "z"`},
		{`{"a":[1]}`, func(o *Options) { o.Strings("a") }, `option "a" must be a list of strings; item 1 is a number`},
		{`{"a":5}`, func(o *Options) { o.Duration("a", 0) }, `option "a" must be a duration with a unit, such as "250ms", "5s" or "1m", not a number`},
		{`{"a":"5"}`, func(o *Options) { o.Duration("a", 0) }, `such as "250ms", "5s" or "1m", not "5"`},
		{`{"a":"-5s"}`, func(o *Options) { o.Duration("a", 0) }, `not "-5s"`},
		{`{"a":"5Q"}`, func(o *Options) { o.Size("a", 0) }, `such as 65536, "64KiB" or "1MB", not "5Q"`},
		{`{"a":"9223372036854775807G"}`, func(o *Options) { o.Size("a", 0) }, `must be a number of bytes`},
		{`{"a":true}`, func(o *Options) { o.Size("a", 0) }, `not a boolean`},
		{`{"a":{}}`, func(o *Options) { o.Tables("a") }, `option "a" must be a list of tables, not a table`},
		{`{"a":[{},{"x":1}]}`, func(o *Options) {
			for _, s := range o.Tables("a") {
				s.String("y", "")
			}
		}, `unknown option "a[2].x"; allowed: y`},
		{`{"b":1,"c":2}`, func(o *Options) { o.Has("a") }, `unknown option "b"; allowed: a; unknown option "c"; allowed: a`},
	} {
		if got := decode(t, c.text, c.read); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s\nwant %s", c.text, got, c.want)
		}
	}
}

func TestJSONErrors(t *testing.T) {
	for _, text := range []string{"", "{", `{"a"}`, `{"a":}`, `{"a":1,}`, `[1 2]`, `"\x"`, `"\u12"`, `"\ud800\u0041"`, "\"\n\"", `tru`, `1 2`, `--1`,
		strings.Repeat("[", 100) + strings.Repeat("]", 100)} {
		if v, err := parseJSON([]byte(text)); err == nil {
			t.Errorf("%q is %+v", text, v)
		}
	}
}

// What the standard library takes for an object of strings and numbers is
// read the same here.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a":"b\u00e9\ud83d\ude00\n"}`, `{"a":[1,-2.5e3,true,null,{"b":""}]}`, `"\ud800"`, `[[[]]]`, ` { } `} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		v, err := parseJSON(in)
		if err != nil {
			return
		}
		if v.kind != jsonString {
			return
		}
		var want string
		if json.Unmarshal(in, &want) != nil {
			return // the standard library is stricter about invalid UTF-8 than about nothing else here
		}
		if strings.ToValidUTF8(v.text, "\ufffd") != strings.ToValidUTF8(want, "\ufffd") && !strings.Contains(want, "\ufffd") {
			t.Errorf("%q: %q, want %q", in, v.text, want)
		}
	})
}

func FuzzAppendJSONString(f *testing.F) {
	f.Add([]byte("a\"\\\n\x00\xff\u00e9\u2028"))
	f.Fuzz(func(t *testing.T, in []byte) {
		out := AppendJSONString(nil, in)
		var got string
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatalf("%q: %v", out, err)
		}
		want := make([]rune, 0, len(in))
		for _, r := range string(in) {
			want = append(want, r)
		}
		if got != string(want) {
			t.Errorf("%q, want %q", got, string(want))
		}
	})
}
