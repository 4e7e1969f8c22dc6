package backend

import (
	"crypto/tls"
	"net"

	"github.com/penstock-db/penstock/engine/auth"
	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/engine/wire"
)

// Options are what it takes to open a backend.
type Options struct {
	Server      *config.Server
	TLS         *tls.Config // nil: plain
	Credentials auth.Credentials
	Schema      string
	// Collation is the client's. The handshake has room for ids up to 255; a
	// higher one (from COM_CHANGE_USER) becomes utf8mb4_general_ci there.
	Collation uint16
	// Capabilities are what the client negotiated. SESSION_TRACK is added,
	// MariaDB's metadata cache and progress reports are left out whatever they
	// say, and what changes the layout of results must be agreed as it is.
	Capabilities wire.Capability
	// Attributes are the client's; Penstock adds its name.
	Attributes []auth.Attr
	// ClientAddr and ProxyAddr go into the PROXY header, if the server wants
	// one: where the client comes from, and where it connected to. Without
	// them the header says that Penstock speaks for itself.
	ClientAddr, ProxyAddr net.Addr
}

// always is what Dial asks of every server.
const always = wire.ClientProtocol41 | wire.ClientSecureConnection | wire.ClientTransactions |
	wire.ClientLongFlag | wire.ClientPluginAuth

// welcome is asked for where the server has it.
const welcome = wire.ClientPluginAuthLenencData | wire.ClientConnectAttrs | wire.ClientSessionTrack

// asClient is taken from the client's capabilities where the server has it.
const asClient = wire.ClientFoundRows | wire.ClientODBC | wire.ClientLocalFiles | wire.ClientIgnoreSpace |
	wire.ClientInteractive | wire.ClientIgnoreSigpipe | wire.ClientMultiStatements |
	wire.ClientMultiResults | wire.ClientPSMultiResults | wire.ClientCanHandleExpiredPassword |
	wire.ClientNoSchema | wire.MariaDBStmtBulk | wire.MariaDBBulkUnitResults

// layout changes what results look like on the wire: both sides of the proxy
// must have it, or neither.
const layout = wire.ClientDeprecateEOF | wire.MariaDBExtendedTypes

// negotiate returns what to ask of a server that offers what it has. missing
// are those of the layout that the client has and the server lacks.
func negotiate(client, server wire.Capability, schema, tls bool) (agreed, missing wire.Capability) {
	agreed = always | server&welcome | client&server&(asClient|layout)
	if server.Has(wire.ClientMySQL) {
		// A MySQL server: it knows no extended capabilities, and calls the bit
		// LONG_PASSWORD.
		agreed = agreed&(1<<32-1) | wire.ClientMySQL
	}
	if schema {
		agreed |= wire.ClientConnectWithDB
	}
	if tls {
		agreed |= wire.ClientSSL
	}
	return agreed, client & layout &^ agreed
}

// handshakeCollation is the collation as the handshake can say it.
func (o *Options) handshakeCollation() byte {
	const utf8mb4GeneralCI = 45
	if o.Collation == 0 || o.Collation > 255 {
		return utf8mb4GeneralCI
	}
	return byte(o.Collation)
}
