// Package wire speaks the MariaDB and MySQL client/server protocol: packets,
// messages, and the shape of every command's reply.
//
// It has no policy. It dials nothing, decides nothing about time-outs, knows
// neither sessions nor plugins. It has three parts:
//
//   - [Conn] is a connection seen as packets. It reads and writes through
//     pooled buffers, forwards packets of any size without materialising them,
//     and loses nothing when a read is interrupted by a deadline.
//   - [Reply] follows the packets of one command's reply and says of each what
//     it is and whether it is the last. It looks at headers and at the first
//     bytes of a payload only, and does not allocate.
//   - One type per message ([Greeting], [OK], [StmtExecute], …) with a
//     Decode(src) error and an append-style Encode(dst) []byte.
//
// # Words
//
// A packet is a four-byte header (payload length as uint24, sequence number)
// and its payload. A message is one or more packets: a packet whose length is
// [MaxPayload] is continued by the next one, and a message that is an exact
// multiple of it ends with an empty packet.
//
// # Ownership
//
// A decoded message's strings are copies. Its byte slices alias the decoded
// bytes: those of a [Conn] are valid until its next read. Encode methods
// append to their argument and retain nothing.
//
// # Sources
//
// Protocol facts come from the vendors' public documentation (MariaDB
// Knowledge Base, "Clients & Utilities / Client/Server Protocol"; MySQL
// Internals, "Client/Server Protocol") and were checked against MariaDB 10.11;
// testdata holds packets captured from it.
package wire
