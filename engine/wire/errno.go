package wire

// Error numbers that a proxy sends itself or must recognise. None is of those from
// 2000 to 2999, such as 2013, Lost connection: MariaDB's clients keep these for themselves, and
// make "Received malformed packet" of an ERR packet with one.
const (
	ErConCountError                    uint16 = 1040 // too many connections
	ErOutOfResources                   uint16 = 1041
	ErBadHostError                     uint16 = 1042
	ErHandshakeError                   uint16 = 1043
	ErDBAccessDeniedError              uint16 = 1044
	ErAccessDeniedError                uint16 = 1045
	ErNoDBError                        uint16 = 1046
	ErUnknownComError                  uint16 = 1047
	ErBadDBError                       uint16 = 1049
	ErServerShutdown                   uint16 = 1053
	ErParseError                       uint16 = 1064
	ErNoSuchThread                     uint16 = 1094
	ErKillDeniedError                  uint16 = 1095
	ErUnknownError                     uint16 = 1105
	ErHostIsBlocked                    uint16 = 1129
	ErHostNotPrivileged                uint16 = 1130
	ErAbortingConnection               uint16 = 1152
	ErNetPacketTooLarge                uint16 = 1153
	ErNetPacketsOutOfOrder             uint16 = 1156
	ErNetReadError                     uint16 = 1158
	ErNetReadInterrupted               uint16 = 1159
	ErNetErrorOnWrite                  uint16 = 1160
	ErNetWriteInterrupted              uint16 = 1161
	ErNewAbortingConnection            uint16 = 1184
	ErUnknownSystemVariable            uint16 = 1193
	ErLockDeadlock                     uint16 = 1213
	ErSpecificAccessDeniedError        uint16 = 1227
	ErNotSupportedYet                  uint16 = 1235
	ErUnknownStmtHandler               uint16 = 1243
	ErNotSupportedAuthMode             uint16 = 1251
	ErOptionPreventsStatement          uint16 = 1290
	ErFeatureDisabled                  uint16 = 1289
	ErQueryInterrupted                 uint16 = 1317
	ErCantExecuteInReadOnlyTransaction uint16 = 1792
	ErMalformedPacket                  uint16 = 1835
	ErConnectionKilled                 uint16 = 1927
	ErAccountHasBeenLocked             uint16 = 4151
	ErMustChangePassword               uint16 = 1820
	ErSecureTransportRequired          uint16 = 3159
	// ErProgress in an ERR packet is a MariaDB progress report, not an error.
	ErProgress uint16 = 0xffff
)

// SQLStateOf returns the SQLSTATE that belongs to an error number of this
// package, and "HY000", the general error, for every other.
func SQLStateOf(errno uint16) string {
	switch errno {
	case ErConCountError, ErNotSupportedAuthMode:
		return "08004"
	case ErBadHostError, ErHandshakeError, ErServerShutdown, ErUnknownComError,
		ErAbortingConnection, ErNetPacketTooLarge, ErNetPacketsOutOfOrder, ErNetReadError,
		ErNetReadInterrupted, ErNetErrorOnWrite, ErNetWriteInterrupted, ErNewAbortingConnection:
		return "08S01"
	case ErDBAccessDeniedError, ErBadDBError, ErParseError, ErNotSupportedYet, ErSpecificAccessDeniedError:
		return "42000"
	case ErAccessDeniedError:
		return "28000"
	case ErNoDBError:
		return "3D000"
	case ErLockDeadlock:
		return "40001"
	case ErQueryInterrupted, ErConnectionKilled:
		return "70100"
	case ErCantExecuteInReadOnlyTransaction:
		return "25006"
	}
	return "HY000"
}
