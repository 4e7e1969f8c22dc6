package wire

import (
	"fmt"
	"strings"
)

// Capability is the set of capability flags of one side, or what both sides
// agreed on. The low 32 bits are the standard flags, the high 32 bits are
// MariaDB's extended flags, which are exchanged only if [ClientMySQL] is clear.
type Capability uint64

// The standard capability flags.
const (
	ClientMySQL                    Capability = 1 << 0 // LONG_PASSWORD in MySQL; clear: the peer speaks MariaDB's extensions
	ClientFoundRows                Capability = 1 << 1
	ClientLongFlag                 Capability = 1 << 2
	ClientConnectWithDB            Capability = 1 << 3
	ClientNoSchema                 Capability = 1 << 4
	ClientCompress                 Capability = 1 << 5
	ClientODBC                     Capability = 1 << 6
	ClientLocalFiles               Capability = 1 << 7
	ClientIgnoreSpace              Capability = 1 << 8
	ClientProtocol41               Capability = 1 << 9
	ClientInteractive              Capability = 1 << 10
	ClientSSL                      Capability = 1 << 11
	ClientIgnoreSigpipe            Capability = 1 << 12
	ClientTransactions             Capability = 1 << 13
	ClientReserved                 Capability = 1 << 14
	ClientSecureConnection         Capability = 1 << 15
	ClientMultiStatements          Capability = 1 << 16
	ClientMultiResults             Capability = 1 << 17
	ClientPSMultiResults           Capability = 1 << 18
	ClientPluginAuth               Capability = 1 << 19
	ClientConnectAttrs             Capability = 1 << 20
	ClientPluginAuthLenencData     Capability = 1 << 21
	ClientCanHandleExpiredPassword Capability = 1 << 22
	ClientSessionTrack             Capability = 1 << 23
	ClientDeprecateEOF             Capability = 1 << 24
	ClientOptionalMetadata         Capability = 1 << 25 // MySQL 8
	ClientZstdCompression          Capability = 1 << 26 // MySQL 8
	ClientQueryAttributes          Capability = 1 << 27 // MySQL 8
	ClientMultiFactor              Capability = 1 << 28 // MySQL 8
	ClientProgressObsolete         Capability = 1 << 29 // MariaDB before 10.2
	ClientSSLVerifyServerCert      Capability = 1 << 30
	ClientRememberOptions          Capability = 1 << 31
)

// MariaDB's extended capability flags.
const (
	MariaDBProgress        Capability = 1 << 32
	MariaDBComMulti        Capability = 1 << 33
	MariaDBStmtBulk        Capability = 1 << 34
	MariaDBExtendedTypes   Capability = 1 << 35
	MariaDBCacheMetadata   Capability = 1 << 36
	MariaDBBulkUnitResults Capability = 1 << 37
)

// Understood are the capabilities that change the framing or the layout of
// messages in ways that this package follows, and all those that change
// neither. What is missing from it must be cleared from a server's greeting
// before a client sees it: compression, MySQL 8's optional metadata, query
// attributes and multi-factor authentication, and MariaDB's COM_MULTI.
const Understood = ^(ClientCompress | ClientZstdCompression | ClientOptionalMetadata |
	ClientQueryAttributes | ClientMultiFactor | ClientReserved | ClientRememberOptions |
	ClientSSLVerifyServerCert | MariaDBComMulti) & (MariaDBBulkUnitResults<<1 - 1)

// Has reports whether all flags of f are set.
func (c Capability) Has(f Capability) bool { return c&f == f }

// Extended returns MariaDB's extended flags as they appear on the wire.
func (c Capability) Extended() uint32 { return uint32(c >> 32) }

var capabilityNames = [...]string{
	"MYSQL", "FOUND_ROWS", "LONG_FLAG", "CONNECT_WITH_DB", "NO_SCHEMA", "COMPRESS", "ODBC", "LOCAL_FILES",
	"IGNORE_SPACE", "PROTOCOL_41", "INTERACTIVE", "SSL", "IGNORE_SIGPIPE", "TRANSACTIONS", "RESERVED",
	"SECURE_CONNECTION", "MULTI_STATEMENTS", "MULTI_RESULTS", "PS_MULTI_RESULTS", "PLUGIN_AUTH",
	"CONNECT_ATTRS", "PLUGIN_AUTH_LENENC_DATA", "CAN_HANDLE_EXPIRED_PASSWORDS", "SESSION_TRACK",
	"DEPRECATE_EOF", "OPTIONAL_RESULTSET_METADATA", "ZSTD_COMPRESSION", "QUERY_ATTRIBUTES",
	"MULTI_FACTOR_AUTHENTICATION", "PROGRESS_OBSOLETE", "SSL_VERIFY_SERVER_CERT", "REMEMBER_OPTIONS",
	"MARIADB_PROGRESS", "MARIADB_COM_MULTI", "MARIADB_STMT_BULK_OPERATIONS", "MARIADB_EXTENDED_TYPES",
	"MARIADB_CACHE_METADATA", "MARIADB_BULK_UNIT_RESULTS",
}

// String lists the flags' names without their CLIENT_ prefix, joined by "|".
func (c Capability) String() string {
	var b strings.Builder
	for bit := range 64 {
		if c>>bit&1 == 0 {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('|')
		}
		if bit < len(capabilityNames) {
			b.WriteString(capabilityNames[bit])
		} else {
			fmt.Fprintf(&b, "1<<%d", bit)
		}
	}
	return b.String()
}
