package wire

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

// fuzzMessage decodes anything. What can be decoded must survive encoding and
// decoding once more. fresh returns a value that has what Decode must be told.
func fuzzMessage(f *testing.F, prefix string, fresh func() Message) {
	for name, m := range messages() {
		if strings.HasPrefix(name, prefix) {
			f.Add(m[0].Encode(nil))
		}
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		first := fresh()
		if first.Decode(payload) != nil {
			return
		}
		encoded := first.Encode(nil)
		second := fresh()
		if err := second.Decode(encoded); err != nil {
			t.Fatalf("%+v encodes to % x: %v", first, encoded, err)
		}
		if again := second.Encode(nil); !bytes.Equal(again, encoded) {
			t.Fatalf("%+v encodes to % x, then to % x", first, encoded, again)
		}
	})
}

func FuzzGreeting(f *testing.F) { fuzzMessage(f, "greeting", func() Message { return &Greeting{} }) }
func FuzzHandshakeResponse(f *testing.F) {
	fuzzMessage(f, "response", func() Message { return &HandshakeResponse{} })
}
func FuzzSSLRequest(f *testing.F) {
	fuzzMessage(f, "ssl-request", func() Message { return &SSLRequest{} })
}
func FuzzAuthSwitch(f *testing.F) {
	fuzzMessage(f, "auth-switch", func() Message { return &AuthSwitch{} })
}
func FuzzAuthMoreData(f *testing.F) {
	fuzzMessage(f, "auth-more-data", func() Message { return &AuthMoreData{} })
}
func FuzzOK(f *testing.F) {
	fuzzMessage(f, "ok", func() Message { return &OK{Capabilities: testCaps} })
}
func FuzzEOF(f *testing.F) { fuzzMessage(f, "eof", func() Message { return &EOF{} }) }
func FuzzERR(f *testing.F) { fuzzMessage(f, "err", func() Message { return &ERR{} }) }
func FuzzProgress(f *testing.F) {
	fuzzMessage(f, "progress", func() Message { return &Progress{} })
}
func FuzzColumnCount(f *testing.F) {
	fuzzMessage(f, "column-count", func() Message { return &ColumnCount{Capabilities: testMariaCaps} })
}
func FuzzColumn(f *testing.F) {
	fuzzMessage(f, "column", func() Message { return &Column{Capabilities: testMariaCaps} })
}
func FuzzTextRow(f *testing.F) { fuzzMessage(f, "text-row", func() Message { return &TextRow{} }) }
func FuzzBinaryRow(f *testing.F) {
	fuzzMessage(f, "binary-row", func() Message {
		return &BinaryRow{Types: []Type{TypeLong, TypeVarString, TypeDatetime, TypeNull, TypeDouble, TypeTiny, TypeShort, TypeTime}}
	})
}
func FuzzPrepareOK(f *testing.F) {
	fuzzMessage(f, "prepare-ok", func() Message { return &PrepareOK{} })
}
func FuzzStmtExecute(f *testing.F) {
	fuzzMessage(f, "execute", func() Message {
		return &StmtExecute{Params: 3, Types: types(TypeLongLong, TypeString, TypeNull)}
	})
}
func FuzzStmtBulkExecute(f *testing.F) {
	fuzzMessage(f, "bulk", func() Message { return &StmtBulkExecute{Params: 1} })
}
func FuzzStmtLongData(f *testing.F) {
	fuzzMessage(f, "long-data", func() Message { return &StmtLongData{} })
}
func FuzzStmtFetch(f *testing.F) { fuzzMessage(f, "fetch", func() Message { return &StmtFetch{} }) }
func FuzzStmtID(f *testing.F)    { fuzzMessage(f, "close", func() Message { return &StmtID{} }) }
func FuzzChangeUser(f *testing.F) {
	fuzzMessage(f, "change-user", func() Message { return &ChangeUser{Capabilities: testCaps} })
}
func FuzzInitDB(f *testing.F) { fuzzMessage(f, "init-db", func() Message { return &InitDB{} }) }
func FuzzProcessKill(f *testing.F) {
	fuzzMessage(f, "process-kill", func() Message { return &ProcessKill{} })
}
func FuzzSetOption(f *testing.F) {
	fuzzMessage(f, "set-option", func() Message { return &SetOption{} })
}

// FuzzSessionState reads lists of changes and connection attributes.
func FuzzSessionState(f *testing.F) {
	f.Add(testState())
	f.Add(testAttributes())
	f.Fuzz(func(t *testing.T, list []byte) {
		EachAttribute(list, func(_, _ []byte) bool { return true })
		m := OK{State: list}
		m.Changes(func(kind byte, data []byte) bool {
			ReadSchema(data)
			ReadGTIDs(data)
			ReadTransaction(data)
			ReadStateChange(data)
			for rest, err := data, error(nil); len(rest) > 0 && err == nil; {
				_, _, rest, err = ReadVariable(rest)
			}
			return true
		})
	})
}

// FuzzSpliceTypes holds that a command with types put in has these types.
func FuzzSpliceTypes(f *testing.F) {
	f.Add(messages()["execute"][0].Encode(nil), 3)
	f.Add(messages()["execute-known"][0].Encode(nil), 1)
	f.Fuzz(func(t *testing.T, payload []byte, params int) {
		if params < 1 || params > 1000 {
			return
		}
		want := bytes.Repeat([]byte{byte(TypeString), 0}, params)
		out, err := SpliceTypes(nil, payload, params, want)
		if err != nil {
			return
		}
		got, err := ExecuteTypes(out, params)
		if err != nil || got == nil {
			t.Fatalf("no types after splicing: %v", err)
		}
	})
}

// FuzzReply feeds the tracker with any packets. It must not panic, must take
// what Scan takes in the same way, and must stay done.
func FuzzReply(f *testing.F) {
	f.Add(byte(ComQuery), uint64(0), script("\x01", column, eof, row, "\xfb", eofMore, okPlain))
	f.Add(byte(ComQuery), uint64(ClientDeprecateEOF|MariaDBCacheMetadata|MariaDBProgress), script("\x01\x00", progress, row, okEOF))
	f.Add(byte(ComStmtPrepare), uint64(0), script(prepared11, column, eof, column, eof))
	f.Add(byte(ComStmtExecute), uint64(0), script("\x01", column, eofCursor))
	f.Add(byte(ComStmtFetch), uint64(ClientDeprecateEOF), script(binaryRow, okEOF))
	f.Add(byte(ComFieldList), uint64(0), script(column, eof))
	f.Add(byte(ComQuery), uint64(0), script("\xfb/a", okPlain))
	f.Add(byte(ComChangeUser), uint64(0), script("\xfeplugin\x00salt\x00", okPlain))
	f.Fuzz(func(t *testing.T, cmd byte, caps uint64, raw []byte) {
		var one, many Reply
		one.Reset(Command(cmd), Capability(caps))
		many.Reset(Command(cmd), Capability(caps))
		for at := 0; len(raw)-at >= HeaderLen; {
			h := header(raw[at:])
			if len(raw)-at < HeaderLen+h.Len {
				return
			}
			end := at + HeaderLen + h.Len
			scanned := many.Scan(raw[at:end])
			done := one.Done()
			part, err := one.Next(h, raw[at+HeaderLen:end])
			if done && err == nil {
				t.Fatalf("took a packet after the end: %v", part)
			}
			if scanned == 0 {
				if _, again := many.Next(h, raw[at+HeaderLen:end]); (again == nil) != (err == nil) {
					t.Fatalf("%v and %v", err, again)
				}
			} else if err != nil || part != PartRow && part != PartContinuation {
				t.Fatalf("Scan took %v, error %v", part, err)
			}
			if err != nil {
				return
			}
			if !reflect.DeepEqual(one, many) {
				t.Fatalf("Next: %+v\nScan: %+v", one, many)
			}
			if part == PartLocalInfile {
				one.LocalInfileSent()
				many.LocalInfileSent()
			}
			at = end
		}
	})
}

// FuzzConn reads any bytes as messages.
func FuzzConn(f *testing.F) {
	f.Add(AppendPacket(AppendPacket(nil, 0, []byte("a")), 1, nil))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c := readFrom(bytes.NewReader(raw))
		var out []byte
		for {
			p, seq, err := c.ReadMessage(1 << 20)
			if err != nil {
				break
			}
			out = AppendPacket(out, seq, p)
		}
		if !bytes.HasPrefix(raw, out) {
			t.Fatalf("read % x from % x", out, raw)
		}
	})
}
