package auth

import "github.com/penstock-db/penstock/engine/wire"

// maxHandshake is the longest message that is read from an unproven peer.
const maxHandshake = 1 << 20

// EncodeAttrs makes the list of connection attributes of the handshake.
func EncodeAttrs(attrs []Attr) []byte {
	var list []byte
	for _, a := range attrs {
		list = wire.AppendAttribute(list, a.Name, a.Value)
	}
	return list
}

// decodeAttrs copies a list of connection attributes. What cannot be read of
// it is left out: attributes are decoration.
func decodeAttrs(list []byte) []Attr {
	var attrs []Attr
	_ = wire.EachAttribute(list, func(k, v []byte) bool {
		attrs = append(attrs, Attr{string(k), string(v)})
		return true
	})
	return attrs
}
