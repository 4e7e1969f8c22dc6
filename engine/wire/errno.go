package wire

// Error numbers that a proxy sends itself or must recognise. Numbers from 2000
// on are client errors that MariaDB's own proxies send too.
const (
	ErrnoConCount             uint16 = 1040 // too many connections
	ErrnoOutOfResources       uint16 = 1041
	ErrnoBadHost              uint16 = 1042
	ErrnoHandshake            uint16 = 1043
	ErrnoDBAccessDenied       uint16 = 1044
	ErrnoAccessDenied         uint16 = 1045
	ErrnoNoDB                 uint16 = 1046
	ErrnoUnknownCommand       uint16 = 1047
	ErrnoBadDB                uint16 = 1049
	ErrnoServerShutdown       uint16 = 1053
	ErrnoParse                uint16 = 1064
	ErrnoNoSuchThread         uint16 = 1094
	ErrnoKillDenied           uint16 = 1095
	ErrnoUnknown              uint16 = 1105
	ErrnoHostBlocked          uint16 = 1129
	ErrnoHostNotPrivileged    uint16 = 1130
	ErrnoNewAbortingConn      uint16 = 1152
	ErrnoPacketTooLarge       uint16 = 1153
	ErrnoNetPacketsOutOfOrder uint16 = 1156
	ErrnoNetReadError         uint16 = 1158
	ErrnoNetReadInterrupted   uint16 = 1159
	ErrnoNetWriteError        uint16 = 1160
	ErrnoNetWriteInterrupted  uint16 = 1161
	ErrnoAbortingConnection   uint16 = 1184
	ErrnoUnknownSystemVar     uint16 = 1193
	ErrnoLockDeadlock         uint16 = 1213
	ErrnoSpecificAccessDenied uint16 = 1227
	ErrnoNotSupportedYet      uint16 = 1235
	ErrnoUnknownStmtHandler   uint16 = 1243
	ErrnoNotSupportedAuthMode uint16 = 1251
	ErrnoOptionPreventsStmt   uint16 = 1290
	ErrnoFeatureDisabled      uint16 = 1289
	ErrnoQueryInterrupted     uint16 = 1317
	ErrnoReadOnlyTransaction  uint16 = 1792
	ErrnoMalformedPacket      uint16 = 1835
	ErrnoConnectionKilled     uint16 = 1927
	ErrnoAccountLocked        uint16 = 4151
	ErrnoMustChangePassword   uint16 = 1820
	ErrnoSecureTransport      uint16 = 3159
	ErrnoServerGone           uint16 = 2006
	ErrnoServerLost           uint16 = 2013
	// ErrnoProgress in an ERR packet is a MariaDB progress report, not an error.
	ErrnoProgress uint16 = 0xffff
)

// SQLStateOf returns the SQLSTATE that belongs to an error number of this
// package, and "HY000", the general error, for every other.
func SQLStateOf(errno uint16) string {
	switch errno {
	case ErrnoConCount, ErrnoNotSupportedAuthMode:
		return "08004"
	case ErrnoBadHost, ErrnoHandshake, ErrnoServerShutdown, ErrnoUnknownCommand,
		ErrnoNewAbortingConn, ErrnoPacketTooLarge, ErrnoNetPacketsOutOfOrder, ErrnoNetReadError,
		ErrnoNetReadInterrupted, ErrnoNetWriteError, ErrnoNetWriteInterrupted, ErrnoAbortingConnection:
		return "08S01"
	case ErrnoDBAccessDenied, ErrnoBadDB, ErrnoParse, ErrnoNotSupportedYet, ErrnoSpecificAccessDenied:
		return "42000"
	case ErrnoAccessDenied:
		return "28000"
	case ErrnoNoDB:
		return "3D000"
	case ErrnoLockDeadlock:
		return "40001"
	case ErrnoQueryInterrupted, ErrnoConnectionKilled:
		return "70100"
	case ErrnoReadOnlyTransaction:
		return "25006"
	}
	return "HY000"
}
