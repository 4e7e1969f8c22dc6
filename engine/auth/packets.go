package auth

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/penstock-db/penstock/engine/wire"
)

// Headers of the messages that only authentication knows.
const (
	headerMoreData = 0x01
	headerSwitch   = 0xfe
)

// maxHandshake is the longest message that is read from an unproven peer.
const maxHandshake = 1 << 20

// appendSwitch encodes an AuthSwitchRequest (MySQL,
// "Protocol::AuthSwitchRequest"): plugin and salt, each ended by NUL.
func appendSwitch(dst []byte, plugin string, salt []byte) []byte {
	dst = append(dst, headerSwitch)
	dst = append(append(dst, plugin...), 0)
	return append(append(dst, salt...), 0)
}

// parseSwitch decodes an AuthSwitchRequest. The form of one byte asks for the
// password hash of MySQL 3.23 and yields the plugin mysql_old_password.
func parseSwitch(payload []byte) (plugin string, salt []byte, err error) {
	if len(payload) == 1 {
		return "mysql_old_password", nil, nil
	}
	name, salt, ok := bytes.Cut(payload[1:], []byte{0})
	if !ok {
		return "", nil, errors.New("authentication switch without a plugin name")
	}
	return string(name), salt, nil
}

// changeUser is COM_CHANGE_USER's payload (MariaDB "COM_CHANGE_USER").
type changeUser struct {
	user, schema string
	token        []byte // aliases the payload
	collation    uint16 // 0 if not given
	plugin       string
	attributes   []byte // list; aliases the payload
}

var errChangeUser = errors.New("malformed COM_CHANGE_USER")

// decode reads the payload, command byte included.
func (m *changeUser) decode(payload []byte, caps wire.Capability) error {
	*m = changeUser{}
	if len(payload) == 0 {
		return errChangeUser
	}
	name, rest, ok := bytes.Cut(payload[1:], []byte{0})
	if !ok || len(rest) == 0 {
		return fmt.Errorf("%w: user", errChangeUser)
	}
	m.user = string(name)
	if caps.Has(wire.ClientSecureConnection) {
		n := int(rest[0])
		if len(rest) < 1+n {
			return fmt.Errorf("%w: token", errChangeUser)
		}
		m.token, rest = rest[1:1+n], rest[1+n:]
	} else if m.token, rest, ok = bytes.Cut(rest, []byte{0}); !ok {
		return fmt.Errorf("%w: token", errChangeUser)
	}
	schema, rest, _ := bytes.Cut(rest, []byte{0})
	m.schema = string(schema)
	if len(rest) < 2 {
		return nil
	}
	m.collation, rest = binary.LittleEndian.Uint16(rest), rest[2:]
	if caps.Has(wire.ClientPluginAuth) {
		var plugin []byte
		plugin, rest, _ = bytes.Cut(rest, []byte{0})
		m.plugin = string(plugin)
	}
	if caps.Has(wire.ClientConnectAttrs) && len(rest) > 0 {
		list, n := wire.LenencString(rest)
		if n == 0 {
			return fmt.Errorf("%w: connection attributes", errChangeUser)
		}
		m.attributes = list
	}
	return nil
}

// AppendChangeUser encodes a COM_CHANGE_USER that announces plugin without a
// token: the server answers with an authentication switch.
func AppendChangeUser(dst []byte, user, schema string, collation uint16, plugin string, attrs []Attr, caps wire.Capability) []byte {
	dst = append(dst, byte(wire.ComChangeUser))
	dst = append(append(dst, user...), 0)
	dst = append(dst, 0) // length of the token
	dst = append(append(dst, schema...), 0)
	dst = binary.LittleEndian.AppendUint16(dst, collation)
	if caps.Has(wire.ClientPluginAuth) {
		dst = append(append(dst, plugin...), 0)
	}
	if caps.Has(wire.ClientConnectAttrs) {
		dst = wire.AppendLenencString(dst, EncodeAttrs(attrs))
	}
	return dst
}

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
