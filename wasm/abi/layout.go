package abi

// DescriptorSize is the size of this version's descriptor in bytes.
const DescriptorSize = 96

// Offsets of the descriptor that ps_init returns the address of.
const (
	DescSize         = 0  // u32
	DescKind         = 4  // u32: Kind
	DescMinor        = 8  // u32: the ABI minor that the guest was built for
	DescWindow       = 12 // u32: address of the window
	DescWindowCap    = 16 // u32: its capacity, MinWindow to MaxWindow
	DescHeader       = 20 // u32: address of the header
	DescHeaderCap    = 24 // u32: its capacity, at least 152 for filters that only read
	DescNeeds        = 28 // u32: Need* bits
	DescFeatures     = 32 // u64: required host features
	DescReplyLevel   = 40 // u32: ReplyLevel by default
	DescOnFailure    = 44 // u32: FailurePolicy by default
	DescCommands     = 48 // 32 bytes: bit n set means "call me for command byte n"
	DescEvents       = 80 // u32: bit n set means "call me for EventKind n"
	DescTexts        = 84 // u32: address of texts of which a statement must have one; see MaxTexts
	DescTextsSize    = 88 // u32: their size in bytes, 0: none
	DescReserved     = 92 // u32, zero
	DescCommandsSize = 32
)

// A filter's texts: each is a u8 length and that many bytes. If there are any,
// the filter is not asked about commands whose SQL text has none of them in any
// case of ASCII letters, as if it had not subscribed to them.
const (
	MaxTexts = 32 // how many
	MaxText  = 32 // bytes of one
)

// Host features, for ps_init's argument and DescFeatures.
const (
	FeatureKV      = 1 << 0
	FeatureTimers  = 1 << 1
	FeatureSinks   = 1 << 2
	FeatureMetrics = 1 << 3
	// Features is what this host has.
	Features = FeatureKV | FeatureTimers | FeatureSinks | FeatureMetrics
)

// The target table that targets_read copies out: a head, then Count entries.
const (
	TargetsVersion   = 0  // u32
	TargetsCount     = 4  // u32
	TargetsEntrySize = 8  // u32: size of one entry
	TargetsCurrent   = 12 // u32: index of the target that answered last, NoTarget if none
	TargetsHeadSize  = 16

	TargetIndex       = 0  // u32
	TargetStatus      = 4  // u32: Target* bits
	TargetLag         = 8  // i32: replication lag in seconds, -1 unknown
	TargetConnections = 12 // u32: Penstock's open connections to the server
	TargetWeight      = 16 // u32: the administrator's weight, 1 by default
	TargetRank        = 20 // u32: 0 preferred, higher is used only when no lower one is there
	TargetOutstanding = 24 // u32: commands that Penstock is waiting for on the server
	TargetLatency     = 28 // u32: mean reply time in microseconds, 0 unknown
	TargetNameLength  = 32 // u32
	TargetName        = 36 // 64 bytes
	TargetEntrySize   = 100
)

// Bits of a target's status.
const (
	TargetRunning     = 1 << 0
	TargetPrimary     = 1 << 1
	TargetReplica     = 1 << 2
	TargetMaintenance = 1 << 3
	TargetDraining    = 1 << 4
	TargetConnected   = 1 << 5 // this session has a connection to it
	TargetSynced      = 1 << 6 // Galera: wsrep_local_state is 4
)

// reply_columns takes a u16 count, then for each column: u8 type (MYSQL_TYPE_*),
// u16 flags, u16 length of the name, name. reply_row takes for each column a
// u32 length (RowNull for NULL) and the value as text.
const RowNull = 0xFFFFFFFF

// MetricKind is metric_define's first argument.
type MetricKind uint32

// The kinds of metrics.
const (
	MetricCounter   MetricKind = 1
	MetricGauge     MetricKind = 2
	MetricHistogram MetricKind = 3
)

// String returns the kind's name for logs and the REST API.
func (k MetricKind) String() string {
	switch k {
	case MetricCounter:
		return "counter"
	case MetricGauge:
		return "gauge"
	case MetricHistogram:
		return "histogram"
	}
	return "unknown"
}

// KVAny as kv_set's expected length means "whatever is there"; KVAbsent means
// "only if nothing is there".
const (
	KVAny    = 0xFFFFFFFF
	KVAbsent = 0xFFFFFFFE
)
