package rehearsal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"

	"github.com/penstock-db/penstock/engine/sql"
	"github.com/penstock-db/penstock/engine/wire"
	"github.com/penstock-db/penstock/wasm/abi"
)

// Canned is what the server that is not there answers to statements that match.
type Canned struct {
	match  *regexp.Regexp
	answer Answer
}

// ReadCanned reads a list of canned replies in JSON:
//
//	[{"match": "from users", "columns": ["id", "iban"], "rows": [[1, "NL91"], [2, null]]},
//	 {"match": "^insert", "affected": 1, "insert_id": 7},
//	 {"match": "broken", "error": {"errno": 1146, "sqlstate": "42S02", "message": "no such table"}}]
//
// match is a regular expression of Go's, in any case of letters; the first
// that fits a statement counts.
func ReadCanned(text []byte) ([]Canned, error) {
	var list []struct {
		Match string  `json:"match"`
		Rows  [][]any `json:"rows"`
		Answer
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	d.UseNumber()
	if err := d.Decode(&list); err != nil {
		return nil, fmt.Errorf("canned replies: %w", err)
	}
	var out []Canned
	for n, c := range list {
		match, err := regexp.Compile("(?is)" + c.Match)
		if err != nil {
			return nil, fmt.Errorf("canned reply %d: match: %w", n+1, err)
		}
		for _, r := range c.Rows {
			if len(r) != len(c.Columns) {
				return nil, fmt.Errorf("canned reply %d: a row of %d values, and there are %d columns", n+1, len(r), len(c.Columns))
			}
			row := make([]*string, len(r))
			for i, v := range r {
				if v != nil {
					text := fmt.Sprint(v)
					row[i] = &text
				}
			}
			c.Answer.Rows = append(c.Answer.Rows, row)
		}
		out = append(out, Canned{match, c.Answer})
	}
	return out, nil
}

// server is what the server answers to a statement: the canned reply, or, without
// one, a row with a 1 to what reads, and an OK to everything else.
func (s *Session) server(statement string) []Answer {
	for _, c := range s.canned {
		if c.match.MatchString(statement) {
			return []Answer{c.answer}
		}
	}
	if sql.Classify([]byte(statement), sql.Mode{}).Type&abi.TypeRead != 0 {
		one := "1"
		return []Answer{{Columns: []string{"1"}, Rows: [][]*string{{&one}}}}
	}
	return []Answer{{}}
}

// packets writes the answers as a server does.
func packets(answers []Answer) [][]byte {
	var framed []byte
	for _, a := range answers {
		switch {
		case a.Error != nil:
			framed = wire.AppendERR(framed, 0, &wire.ERR{Errno: a.Error.Errno, SQLState: a.Error.SQLState, Message: a.Error.Message})
		case a.Columns != nil:
			res := &wire.Result{Columns: a.Columns, Status: wire.StatusAutocommit, Warnings: a.Warnings}
			for _, row := range a.Rows {
				fields := make([][]byte, len(row))
				for n, v := range row {
					if v != nil {
						fields[n] = append([]byte{}, *v...)
					}
				}
				res.Rows = append(res.Rows, fields)
			}
			framed, _ = wire.AppendResult(framed, 0, caps, res)
		default:
			framed = wire.AppendOK(framed, 0, &wire.OK{Capabilities: caps, AffectedRows: a.Affected, LastInsertID: a.InsertID,
				Warnings: a.Warnings, Status: wire.StatusAutocommit})
		}
	}
	list, _ := unframe(framed) // they were framed here
	return list
}

// Statements takes a script apart at its semicolons.
func Statements(script []byte) []string {
	var list []string
	for _, s := range sql.Split(script, sql.Mode{}) {
		list = append(list, string(s))
	}
	return list
}
