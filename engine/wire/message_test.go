package wire

import (
	"bytes"
	"reflect"
	"testing"
)

const (
	testCaps = ClientProtocol41 | ClientSecureConnection | ClientPluginAuth | ClientConnectAttrs |
		ClientConnectWithDB | ClientPluginAuthLenencData | ClientSessionTrack | ClientDeprecateEOF
	testMariaCaps = testCaps | MariaDBProgress | MariaDBCacheMetadata | MariaDBExtendedTypes | MariaDBStmtBulk
)

var testSalt = []byte("abcdefghijklmnopqrst")

func testAttributes() []byte {
	return AppendAttribute(AppendAttribute(nil, "_client_name", "libmariadb"), "_pid", "1")
}

func testState() []byte {
	var s []byte
	s = AppendChange(s, TrackSystemVariables, AppendVariable(AppendVariable(nil, "autocommit", "OFF"), "time_zone", "UTC"))
	s = AppendChange(s, TrackSchema, AppendLenencString(nil, "shop"))
	s = AppendChange(s, TrackGTIDs, append([]byte{0}, AppendLenencString(nil, "uuid:1-5")...))
	s = AppendChange(s, TrackTransactionState, AppendLenencString(nil, "T_______"))
	return AppendChange(s, TrackStateChange, AppendLenencString(nil, "1"))
}

func types(t ...Type) []byte {
	var b []byte
	for _, t := range t {
		b = append(b, byte(t), 0)
	}
	return b
}

// messages are examples of every message, each with a fresh value of its type
// that has what Decode has to be told.
func messages() map[string][2]Message {
	return map[string][2]Message{
		"greeting": {&Greeting{ServerVersion: "5.5.5-10.11.6-MariaDB", ConnectionID: 77, Salt: testSalt, Capabilities: testMariaCaps,
			Collation: 45, Status: StatusAutocommit, Plugin: PluginNative}, &Greeting{}},
		"greeting-mysql": {&Greeting{ServerVersion: "8.0.36", ConnectionID: 1, Salt: testSalt, Capabilities: testCaps | ClientMySQL,
			Plugin: PluginCachingSHA2}, &Greeting{}},
		"greeting-old": {&Greeting{ServerVersion: "4.0.1", Salt: testSalt[:8], Capabilities: ClientMySQL}, &Greeting{}},
		"response": {&HandshakeResponse{Capabilities: testMariaCaps, MaxPacket: 1 << 24, Collation: 45, User: "app",
			Auth: testSalt, Schema: "shop", Plugin: PluginNative, Attributes: testAttributes()}, &HandshakeResponse{}},
		"response-short-auth": {&HandshakeResponse{Capabilities: ClientProtocol41 | ClientSecureConnection | ClientMySQL, User: "app",
			Auth: testSalt}, &HandshakeResponse{}},
		"response-nul-auth": {&HandshakeResponse{Capabilities: ClientProtocol41 | ClientMySQL, User: "u", Auth: []byte("12345678")}, &HandshakeResponse{}},
		"response-320":      {&HandshakeResponse{Capabilities: ClientConnectWithDB, MaxPacket: 99, User: "u", Auth: []byte("12345678"), Schema: "d"}, &HandshakeResponse{}},
		"ssl-request":       {&SSLRequest{Capabilities: testMariaCaps | ClientSSL, MaxPacket: 5, Collation: 8}, &SSLRequest{}},
		"ssl-request-320":   {&SSLRequest{Capabilities: ClientSSL, MaxPacket: 5}, &SSLRequest{}},
		"auth-switch":       {&AuthSwitch{Plugin: PluginEd25519, Data: testSalt}, &AuthSwitch{}},
		"auth-more-data":    {&AuthMoreData{Data: []byte{4}}, &AuthMoreData{}},
		"ok":                {&OK{AffectedRows: 300, LastInsertID: 70000, Status: StatusAutocommit, Warnings: 2, Info: []byte("Rows matched: 1")}, &OK{}},
		"ok-state": {&OK{Capabilities: testCaps, Final: true, Status: StatusSessionStateChanged, Info: []byte{}, State: testState()},
			&OK{Capabilities: testCaps}},
		"eof":             {&EOF{Warnings: 3, Status: StatusMoreResults}, &EOF{}},
		"err":             {&ERR{Errno: 1045, SQLState: "28000", Message: "Access denied"}, &ERR{}},
		"err-bare":        {&ERR{Errno: 1040, Message: "Too many connections"}, &ERR{}},
		"progress":        {&Progress{Stage: 1, MaxStage: 2, Percent: 45000, Info: []byte("copy to tmp table")}, &Progress{}},
		"column-count":    {&ColumnCount{Count: 4000, MetadataFollows: true}, &ColumnCount{}},
		"column-count-md": {&ColumnCount{Capabilities: testMariaCaps, Count: 3}, &ColumnCount{Capabilities: testMariaCaps}},
		"column": {&Column{Catalog: []byte("def"), Schema: []byte("s"), Table: []byte("t"), OrgTable: []byte("tt"), Name: []byte("c"),
			OrgName: []byte("cc"), Collation: 45, Length: 80, Type: TypeVarString, Flags: FlagNotNull, Decimals: 2}, &Column{}},
		"column-default": {&Column{Capabilities: testMariaCaps, Catalog: []byte("def"), Schema: []byte{}, Table: []byte{}, OrgTable: []byte{},
			Name: []byte("c"), OrgName: []byte{}, Extended: []byte("\x00\x04json"), Type: TypeBlob, Default: []byte("x")}, &Column{Capabilities: testMariaCaps}},
		"column-null": {&Column{Catalog: []byte("def"), Schema: []byte{}, Table: []byte{}, OrgTable: []byte{}, Name: []byte{}, OrgName: []byte{}, IsNull: true}, &Column{}},
		"text-row":    {&TextRow{Fields: [][]byte{[]byte("a"), nil, {}, bytes.Repeat([]byte("z"), 300)}}, &TextRow{}},
		"binary-row": {&BinaryRow{Types: []Type{TypeLong, TypeVarString, TypeDatetime, TypeNull, TypeDouble, TypeTiny, TypeShort, TypeTime},
			Fields: [][]byte{{1, 0, 0, 0}, []byte("text"), {0xe8, 7, 1, 2}, nil, make([]byte, 8), {9}, nil, {}}},
			&BinaryRow{Types: []Type{TypeLong, TypeVarString, TypeDatetime, TypeNull, TypeDouble, TypeTiny, TypeShort, TypeTime}}},
		"prepare-ok": {&PrepareOK{ID: 5, Columns: 2, Params: 3, Warnings: 1}, &PrepareOK{}},
		"execute": {&StmtExecute{Params: 3, Types: types(TypeLongLong, TypeString, TypeNull), ID: 5, Cursor: CursorReadOnly, Iterations: 1, NewTypes: true,
			Values: [][]byte{make([]byte, 8), []byte("x"), nil}}, &StmtExecute{Params: 3}},
		"execute-known": {&StmtExecute{Params: 1, Types: types(TypeString), ID: 5, Iterations: 1, Values: [][]byte{[]byte("again")}},
			&StmtExecute{Params: 1, Types: types(TypeString)}},
		"execute-none": {&StmtExecute{ID: 9, Iterations: 1, Values: nil}, &StmtExecute{}},
		"bulk": {&StmtBulkExecute{Params: 1, ID: 5, Flags: BulkSendTypes, Types: types(TypeLong), Sets: []byte{0, 1, 0, 0, 0}},
			&StmtBulkExecute{Params: 1}},
		"long-data":    {&StmtLongData{ID: 5, Param: 1, Data: []byte("piece")}, &StmtLongData{}},
		"fetch":        {&StmtFetch{ID: 5, Rows: 100}, &StmtFetch{}},
		"close":        {&StmtID{Command: ComStmtClose, ID: 5}, &StmtID{}},
		"change-user":  {&ChangeUser{Capabilities: testCaps, User: "u", Auth: testSalt, Schema: "s", Collation: 2304, Plugin: PluginNative, Attributes: testAttributes()}, &ChangeUser{Capabilities: testCaps}},
		"init-db":      {&InitDB{Schema: "shop"}, &InitDB{}},
		"process-kill": {&ProcessKill{ConnectionID: 17}, &ProcessKill{}},
		"set-option":   {&SetOption{Option: OptionMultiStatementsOff}, &SetOption{}},
	}
}

func TestDecodeEncodeIsIdentity(t *testing.T) {
	for name, m := range messages() {
		t.Run(name, func(t *testing.T) {
			payload := m[0].Encode([]byte("before"))
			if !bytes.HasPrefix(payload, []byte("before")) {
				t.Fatal("Encode does not append")
			}
			payload = payload[len("before"):]
			if err := m[1].Decode(payload); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(m[0], m[1]) {
				t.Errorf("got  %+v\nwant %+v", m[1], m[0])
			}
			if again := m[1].Encode(nil); !bytes.Equal(again, payload) {
				t.Errorf("encoded again: % x\nwant           % x", again, payload)
			}
		})
	}
}

// TestDecodeCutShort decodes every beginning of every message: it may fail or
// not, but must not panic.
func TestDecodeCutShort(t *testing.T) {
	for _, m := range messages() {
		payload := m[0].Encode(nil)
		for n := range payload {
			m[1].Decode(payload[:n:n])
		}
	}
}

func TestSessionState(t *testing.T) {
	m := OK{State: testState()}
	var got []string
	note := func(b []byte, err error) {
		if err != nil {
			t.Error(err)
		}
		got = append(got, string(b))
	}
	err := m.Changes(func(kind byte, data []byte) bool {
		switch kind {
		case TrackSystemVariables:
			for len(data) > 0 {
				name, value, rest, err := ReadVariable(data)
				note(append(append(bytes.Clone(name), '='), value...), err)
				data = rest
				if err != nil {
					break
				}
			}
		case TrackSchema:
			note(ReadSchema(data))
		case TrackGTIDs:
			note(ReadGTIDs(data))
		case TrackTransactionState:
			note(ReadTransaction(data))
		case TrackStateChange:
			changed, err := ReadStateChange(data)
			if !changed || err != nil {
				t.Errorf("state change: %v, %v", changed, err)
			}
		}
		return true
	})
	want := []string{"autocommit=OFF", "time_zone=UTC", "shop", "uuid:1-5", "T_______"}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, error %v, want %q", got, err, want)
	}
}

func TestOKWithoutState(t *testing.T) {
	full := OK{Capabilities: testCaps, Final: true, AffectedRows: 4, LastInsertID: 5, Warnings: 6,
		Status: StatusAutocommit | StatusSessionStateChanged, Info: []byte("info"), State: testState()}
	got, err := AppendOKWithoutState([]byte("x"), full.Encode(nil))
	if err != nil {
		t.Fatal(err)
	}
	want := OK{Final: true, AffectedRows: 4, LastInsertID: 5, Warnings: 6, Status: StatusAutocommit, Info: []byte("info")}
	if !bytes.Equal(got, want.Encode([]byte("x"))) {
		t.Errorf("got % x", got)
	}
	if _, err := AppendOKWithoutState(nil, []byte{0xff}); err == nil {
		t.Error("took an ERR for an OK")
	}
}

func TestStatementRewriting(t *testing.T) {
	known := StmtExecute{Params: 9, Types: bytes.Repeat([]byte{byte(TypeTiny), 0}, 9), ID: 1, Iterations: 1,
		Values: [][]byte{{1}, {2}, nil, {4}, {5}, {6}, {7}, {8}, {9}}}
	payload := known.Encode(nil)
	spliced, err := SpliceTypes(nil, payload, 9, known.Types)
	if err != nil || !PatchStatementID(spliced, 77) {
		t.Fatal(err)
	}
	got := StmtExecute{Params: 9}
	if err := got.Decode(spliced); err != nil {
		t.Fatal(err)
	}
	known.ID, known.NewTypes = 77, true
	if !reflect.DeepEqual(got, known) {
		t.Errorf("got  %+v\nwant %+v", got, known)
	}
	if own, err := ExecuteTypes(spliced, 9); err != nil || !bytes.Equal(own, known.Types) {
		t.Errorf("types %x, error %v", own, err)
	}
	if again, err := SpliceTypes(nil, spliced, 9, known.Types); err != nil || !bytes.Equal(again, spliced) {
		t.Errorf("a command with types was changed: error %v", err)
	}
	if id, ok := PayloadStatementID(spliced); !ok || id != 77 {
		t.Errorf("id %d, %v", id, ok)
	}
	if _, err := SpliceTypes(nil, spliced[:10], 9, known.Types); err == nil {
		t.Error("spliced into a command without a bitmap")
	}
}

func TestAppendResult(t *testing.T) {
	res := &Result{Columns: []string{"a", "b"}, Rows: [][][]byte{{[]byte("1"), nil}, {[]byte("")}}, Status: StatusAutocommit}
	for _, caps := range []Capability{0, ClientDeprecateEOF, testMariaCaps} {
		var r Reply
		r.Reset(ComQuery, caps)
		raw, next := AppendResult(nil, 1, caps, res)
		track(t, &r, raw)
		if r.Rows != 2 || r.Columns != 2 || r.NextSeq != next || r.Status != StatusAutocommit {
			t.Errorf("caps %v: %+v", caps, r)
		}
	}
}

func TestLenenc(t *testing.T) {
	for _, v := range []uint64{0, 250, 251, 252, 255, 256, 1<<16 - 1, 1 << 16, 1<<24 - 1, 1 << 24, 1<<64 - 1} {
		b := AppendLenenc(nil, v)
		got, n := Lenenc(b)
		if got != v || n != len(b) || n != SizeLenenc(v) {
			t.Errorf("%d: got %d, %d bytes of %d", v, got, n, len(b))
		}
		if _, n := Lenenc(b[:len(b)-1]); n != 0 {
			t.Errorf("%d: read from a cut integer", v)
		}
	}
	if _, n := LenencString([]byte{0xfe, 255, 255, 255, 255, 255, 255, 255, 255, 1}); n != 0 {
		t.Error("read a string beyond its end")
	}
}

func TestErrorTexts(t *testing.T) {
	err := (&Greeting{}).Decode([]byte{10, 'x'})
	if err == nil || err.Error() != "malformed greeting packet: bad server version at byte 1" {
		t.Errorf("got %v", err)
	}
	if got := NewERR(ErUnknownComError, "Unknown command 0x%02x", 9).Error(); got != "ERROR 1047 (08S01): Unknown command 0x09" {
		t.Errorf("got %s", got)
	}
	if got := (ClientSSL | MariaDBProgress | 1<<60).String(); got != "SSL|MARIADB_PROGRESS|1<<60" {
		t.Errorf("got %s", got)
	}
	if ComQuery.String() != "COM_QUERY" || Command(0x41).String() != "COM_UNKNOWN_0x41" || Command(0x41).Known() || !ComStmtBulkExecute.Known() {
		t.Error("command names")
	}
}
