package wire

// The kinds of session state changes in an OK packet
// (MariaDB and MySQL: SESSION_TRACK_*).
const (
	TrackSystemVariables            byte = 0
	TrackSchema                     byte = 1
	TrackStateChange                byte = 2
	TrackGTIDs                      byte = 3 // MySQL
	TrackTransactionCharacteristics byte = 4
	TrackTransactionState           byte = 5
)

// Changes calls f for every session state change of the packet until f returns
// false. data aliases the decoded payload and is read with ReadVariable,
// ReadSchema, ReadGTIDs or ReadTransaction, depending on kind. Unknown kinds
// are passed on as they are.
func (m *OK) Changes(f func(kind byte, data []byte) bool) error {
	r := reader{src: m.State}
	for r.left() > 0 {
		kind := r.u8("kind of change")
		data := r.lenencBytes("change")
		if r.failed != "" {
			return r.err("session state")
		}
		if !f(kind, data) {
			return nil
		}
	}
	return nil
}

// AppendChange appends one session state change to a list such as OK.State.
func AppendChange(dst []byte, kind byte, data []byte) []byte {
	return AppendLenencString(append(dst, kind), data)
}

// ReadVariable takes the first variable from the data of TrackSystemVariables
// and returns what is left of data: MariaDB puts several into one change.
func ReadVariable(data []byte) (name, value, rest []byte, err error) {
	r := reader{src: data}
	name = r.lenencBytes("variable name")
	value = r.lenencBytes("variable value")
	return name, value, r.src[r.pos:], r.err("system variable change")
}

// ReadSchema reads the data of TrackSchema: the name of the new schema, empty
// if there is none.
func ReadSchema(data []byte) (schema []byte, err error) {
	r := reader{src: data}
	schema = r.lenencBytes("schema name")
	return schema, r.err("schema change")
}

// ReadGTIDs reads the data of MySQL's TrackGTIDs. MariaDB reports GTIDs as the
// system variable last_gtid instead.
func ReadGTIDs(data []byte) (gtids []byte, err error) {
	r := reader{src: data}
	r.expect(0, "encoding of the GTIDs")
	gtids = r.lenencBytes("GTIDs")
	return gtids, r.err("GTID change")
}

// ReadTransaction reads the data of TrackTransactionState (eight letters, such
// as "T_______") and of TrackTransactionCharacteristics (the statements that
// start an equal transaction elsewhere).
func ReadTransaction(data []byte) (state []byte, err error) {
	r := reader{src: data}
	state = r.lenencBytes("transaction state")
	return state, r.err("transaction change")
}

// ReadStateChange reads the data of TrackStateChange: whether the state changed.
func ReadStateChange(data []byte) (bool, error) {
	r := reader{src: data}
	s := r.lenencBytes("flag")
	return string(s) == "1", r.err("state change")
}

// AppendVariable appends a variable in the form that ReadVariable reads.
func AppendVariable(dst []byte, name, value string) []byte {
	return AppendLenencString(AppendLenencString(dst, name), value)
}
