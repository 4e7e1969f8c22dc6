package admin

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"reflect"
)

// fingerprintKey is this process's. Everybody who may read sees entity tags: what
// one could guess passwords by must not be among what they are made of.
var fingerprintKey = []byte(rand.Text())

// fingerprint is a digest of a section of the configuration: of all of it, also
// of what is never printed, such as passwords. It is nil of nothing.
func fingerprint(section any) []byte {
	if section == nil {
		return nil
	}
	h := hmac.New(sha256.New, fingerprintKey)
	spell(h, reflect.ValueOf(section))
	return h.Sum(nil)
}

// spell writes a value so that no two that differ are written the same. It goes
// by kinds and asks no value for its text, which secrets would not tell. The
// configuration's sections have no maps.
func spell(w io.Writer, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			io.WriteString(w, "nil,")
			return
		}
		spell(w, v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			spell(w, v.Field(i))
		}
	case reflect.Slice, reflect.Array:
		fmt.Fprintf(w, "%d:", v.Len())
		for i := range v.Len() {
			spell(w, v.Index(i))
		}
	case reflect.String:
		fmt.Fprintf(w, "%q,", v.String())
	case reflect.Bool:
		fmt.Fprintf(w, "%t,", v.Bool())
	default:
		switch {
		case v.CanInt():
			fmt.Fprintf(w, "%d,", v.Int())
		case v.CanUint():
			fmt.Fprintf(w, "%d,", v.Uint())
		case v.CanFloat():
			fmt.Fprintf(w, "%v,", v.Float())
		default:
			panic("a section of the configuration has a " + v.Type().String() + ", which is not spelled yet")
		}
	}
}
