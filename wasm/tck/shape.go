package tck

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// What a reply of the MySQL protocol is made of, as far as a filter has to
// know: https://mariadb.com/kb/en/result-set-packets/.

const (
	frameHead   = 4 // 3 bytes length, 1 byte sequence
	serverMore  = 8 // SERVER_MORE_RESULTS_EXISTS
	maxPayload  = 1<<24 - 1
	serverReady = 2 // SERVER_STATUS_AUTOCOMMIT
)

// frame appends a packet.
func frame(dst, payload []byte) []byte {
	return append(append(dst, byte(len(payload)), byte(len(payload)>>8), byte(len(payload)>>16), 0), payload...)
}

// unframe takes framed packets apart.
func unframe(p []byte) (packets [][]byte, err error) {
	for len(p) > 0 {
		if len(p) < frameHead {
			return nil, fmt.Errorf("%d stray bytes behind the last packet", len(p))
		}
		n := int(p[0]) | int(p[1])<<8 | int(p[2])<<16
		if n > len(p)-frameHead || n == maxPayload {
			return nil, fmt.Errorf("a packet says %d bytes, and %d are there", n, len(p)-frameHead)
		}
		packets = append(packets, p[frameHead:frameHead+n])
		p = p[frameHead+n:]
	}
	return packets, nil
}

// lenenc reads a length-encoded integer; size is 0 if there is none.
func lenenc(p []byte) (v uint64, size int) {
	if len(p) == 0 {
		return 0, 0
	}
	n := map[byte]int{0xfc: 2, 0xfd: 3, 0xfe: 8}[p[0]]
	switch {
	case p[0] < 0xfb:
		return uint64(p[0]), 1
	case n == 0 || len(p) < 1+n:
		return 0, 0
	}
	var b [8]byte
	copy(b[:], p[1:1+n])
	return binary.LittleEndian.Uint64(b[:]), 1 + n
}

func putLenenc(dst []byte, v uint64) []byte {
	if v < 0xfb {
		return append(dst, byte(v))
	}
	return append(dst, 0xfc, byte(v), byte(v>>8)) // tests have no longer ones
}

// columnsPart reads the packets of phase columns and returns how many columns
// the result has.
func columnsPart(packets [][]byte, eof bool) (int, [][]byte, error) {
	if len(packets) == 0 {
		return 0, nil, errors.New("no packet with the number of columns")
	}
	count, size := lenenc(packets[0])
	if size == 0 || size != len(packets[0]) || count == 0 || count > 4096 {
		return 0, nil, fmt.Errorf("its first packet (% x) is no number of columns", head(packets[0]))
	}
	packets = packets[1:]
	if uint64(len(packets)) < count {
		return 0, nil, fmt.Errorf("it says %d columns and defines %d", count, len(packets))
	}
	for n := range count {
		if err := column(packets[n]); err != nil {
			return 0, nil, fmt.Errorf("column %d: %w", n+1, err)
		}
	}
	packets = packets[count:]
	if eof {
		if len(packets) == 0 || !isEOF(packets[0]) {
			return 0, nil, errors.New("no EOF packet behind the definitions, for a client that wants one")
		}
		packets = packets[1:]
	}
	return int(count), packets, nil
}

// column checks a column definition: six strings, and 12 bytes of a fixed part.
func column(p []byte) error {
	for range 6 {
		n, size := lenenc(p)
		if size == 0 || n > uint64(len(p)-size) {
			return errors.New("a definition has six strings")
		}
		p = p[size+int(n):]
	}
	if len(p) < 13 {
		return errors.New("a definition ends in 12 bytes")
	}
	return nil
}

func isEOF(p []byte) bool { return len(p) == 5 && p[0] == 0xfe }

// rowPart checks one row of a result.
func rowPart(p []byte, columns int, binaryRows bool) error {
	if binaryRows {
		if len(p) < 1+(columns+9)/8 || p[0] != 0 {
			return fmt.Errorf("a packet (% x) is no binary row of %d columns", head(p), columns)
		}
		return nil
	}
	fields := 0
	for rest := p; len(rest) > 0; fields++ {
		if rest[0] == 0xfb { // NULL
			rest = rest[1:]
			continue
		}
		n, size := lenenc(rest)
		if size == 0 || n > uint64(len(rest)-size) {
			return fmt.Errorf("a field of a row (% x) is longer than its packet", head(p))
		}
		rest = rest[size+int(n):]
	}
	if fields != columns {
		return fmt.Errorf("a row has %d fields; the result has %d columns", fields, columns)
	}
	return nil
}

// wholeReply checks that packets are one whole reply.
func wholeReply(packets [][]byte, eof, binaryRows bool) error {
	for {
		if len(packets) == 0 {
			return errors.New("the reply does not end")
		}
		first := packets[0]
		if len(first) == 0 {
			return errors.New("an empty packet")
		}
		more := false
		switch first[0] {
		case 0xff:
			if len(first) < 3 {
				return errors.New("an ERR packet without an error number")
			}
			packets = packets[1:]
		case 0x00:
			status, ok := okStatus(first)
			if !ok {
				return errors.New("an OK packet that is cut short")
			}
			packets, more = packets[1:], status&serverMore != 0
		case 0xfb:
			return errors.New("a request for the client's file")
		default:
			var err error
			if packets, more, err = wholeResult(packets, eof, binaryRows); err != nil {
				return err
			}
		}
		switch {
		case !more && len(packets) > 0:
			return fmt.Errorf("%d packets behind the end of the reply", len(packets))
		case !more:
			return nil
		}
	}
}

// wholeResult takes one result off, and says whether more follow.
func wholeResult(packets [][]byte, eof, binaryRows bool) ([][]byte, bool, error) {
	columns, packets, err := columnsPart(packets, eof)
	if err != nil {
		return nil, false, err
	}
	for n, p := range packets {
		switch {
		case len(p) == 0:
			return nil, false, errors.New("an empty packet among the rows")
		case p[0] == 0xff:
			return packets[n+1:], false, nil
		case eof && isEOF(p):
			return packets[n+1:], binary.LittleEndian.Uint16(p[3:])&serverMore != 0, nil
		case !eof && p[0] == 0xfe && len(p) < maxPayload:
			status, ok := okStatus(p)
			if !ok {
				return nil, false, errors.New("an OK packet at the end of rows that is cut short")
			}
			return packets[n+1:], status&serverMore != 0, nil
		}
		if err := rowPart(p, columns, binaryRows); err != nil {
			return nil, false, err
		}
	}
	return nil, false, errors.New("the rows do not end")
}

// okStatus reads the status flags of an OK packet.
func okStatus(p []byte) (uint16, bool) {
	p = p[1:]
	for range 2 {
		_, size := lenenc(p)
		if size == 0 {
			return 0, false
		}
		p = p[size:]
	}
	if len(p) < 4 {
		return 0, false
	}
	return binary.LittleEndian.Uint16(p), true
}

// head is the beginning of a packet, for messages.
func head(p []byte) []byte { return p[:min(len(p), 8)] }
