package tck

// Rule is one demand of docs/abi.md.
type Rule struct {
	ID      string // area/name, stable
	Heading string // of docs/abi.md, where the rule stands
	Demand  string // what it demands, in one sentence
	Absent  string // why it is not applicable, if nothing happened that it is about
}

// Rules lists all rules in the order of a plugin's life.
func Rules() []Rule { return rules }

var rules = []Rule{
	{"module/format", "A module", "The file is a core WebAssembly 2.0 module.", ""},
	{"module/imports", "A module", "It imports functions only, from penstock_v1 and wasi_snapshot_preview1 only, with the signatures of the tables.", notLoaded},
	{"module/exports", "Exports", "It exports memory, penstock_v1 and ps_init, no _start, and each function with its exact signature.", notLoaded},
	{"module/reserved", "A module", "It exports no name of its own that begins with penstock_.", notLoaded},
	{"module/minor", "Versions", "What it imports from penstock_v1 exists in the minor version that it says it was built for.", notStarted},

	{"metadata/section", "Metadata", "There is one section penstock.plugins at most, it makes sense, and it has the plugin.", "it has no metadata"},
	{"metadata/options", "Metadata", "The given options, and the defaults that the schema has, fit the schema.", "it has no metadata"},

	{"start/memory", "Limits", "It begins with no more memory than the definition's cap.", notLoaded},
	{"start/time", "Limits", "_initialize, ps_init and ps_open take less than a second each.", notLoaded},
	{"start/returns", "Exports", "_initialize and ps_init return; they neither trap nor exit.", notLoaded},
	{"start/options", "Order of calls", "With the given options ps_init returns a descriptor.", notLoaded},
	{"start/refusal", "Order of calls", "Options that cannot be used are refused with words: fail, then a negative errno.", "it takes whatever options it is given"},
	{"start/repeatable", "Order of calls", "ps_init may run once for each instance: it declares the same every time.", notStarted},

	{"descriptor/place", "Descriptor", "The descriptor lies in memory and says a size of at least DescriptorSize.", notInit},
	{"descriptor/kind", "Descriptor", "DescKind is KindFilter or KindRouter.", notInit},
	{"descriptor/window", "Descriptor", "The window lies in memory and has MinWindow to MaxWindow bytes.", notInit},
	{"descriptor/header", "Descriptor", "The header lies in memory at a multiple of 8 and has at least 152 bytes.", notInit},
	{"descriptor/overlap", "Descriptor", "Descriptor, window and header do not overlap.", notInit},
	{"descriptor/needs", "Descriptor", "DescNeeds has known bits only.", notInit},
	{"descriptor/features", "Descriptor", "DescFeatures asks for features that the definition has.", notInit},
	{"descriptor/reply-level", "Replies", "DescReplyLevel is a reply level.", notInit},
	{"descriptor/on-failure", "Descriptor", "DescOnFailure is a failure policy.", notInit},
	{"descriptor/events", "Events", "DescEvents has known events only, unless DescMinor is later than the host's.", notInit},
	{"descriptor/texts", "Texts", "The texts lie in memory, are at most MaxTexts of 1 to MaxText bytes each, fill their size, and are not a router's.", "it has no texts"},
	{"descriptor/reserved", "Descriptor", "Reserved bytes are zero, unless DescMinor is later than the host's.", notInit},
	{"descriptor/exports", "Exports", "What the descriptor subscribes to is exported.", notInit},

	{"open/returns", "Exports", "ps_open opens a new session, or refuses with words: fail, then a negative errno.", "it does not export ps_open"},
	{"open/reasons", "Reasons", "ps_open returns for every reason, with a state that is not its own too.", "it does not export ps_open"},
	{"close/returns", "Reasons", "ps_close returns for every reason.", "it does not export ps_close"},

	{"hook/trap", "Exports", "No hook traps.", notAsked},
	{"hook/exit", "A module", "No hook calls proc_exit.", notAsked},
	{"hook/time", "Limits", "Every hook answers within its time budget.", notAsked},
	{"hook/memory", "Limits", "No hook dies of memory that the cap denies it.", notAsked},
	{"hook/stack", "Limits", "Calls do not nest beyond the stack's limit.", notAsked},
	{"hook/grows", "Limits", "Memory settles: thousands of statements more do not take more of it.", notAsked},

	{"verdict/action", "Verdicts", "The verdict's action is in the hook's list.", notAsked},
	{"verdict/flags", "Verdicts", "Bits 8 to 31 of a verdict are zero.", notAsked},
	{"verdict/length", "Verdicts", "The length in a verdict is not beyond the window.", "it never answered with something in the window"},
	{"verdict/hold", "Descriptor", "Hold is answered only by a plugin with NeedHold.", "it never answered Hold"},
	{"verdict/target", "Verdicts", "One and All name a target of the target table.", "it never named a target"},
	{"verdict/role", "Verdicts", "Any names a role.", "it never answered Any"},
	{"verdict/replaced", "Verdicts", "A replaced command is of the same kind, not empty, shorter than 16 MiB - 1, and not a large one.", "it never replaced a command"},
	{"verdict/reply", "Verdicts", "Before Reply one whole reply has been built.", "it never answered Reply"},
	{"verdict/errno", "Header", "HdrErrno of Reject and Close is 0 or an error number of the protocol, at most 65535.", "it never rejected anything"},
	{"verdict/sqlstate", "Header", "HdrSQLState of Reject and Close is digits and capital letters, or zeroes.", "it never rejected anything"},
	{"header/hint", "Header", "The hint's kind is known and its name has at most MaxHintName bytes.", notAsked},
	{"header/reply-level", "Header", "HdrReplyLevel is a reply level or ReplyKeep, and ps_reply is exported if replies are asked for.", notAsked},
	{"header/fallback", "Header", "HdrFallback is a target of the target table or -1.", "it is no router"},
	{"header/in", "Header", "A hook writes nothing before HdrHintKind: that part is the host's.", notAsked},

	{"input/empty", "Payload", "It bears an empty statement and commands without a statement.", notAsked},
	{"input/bytes", "Payload", "It bears statements of any bytes: not UTF-8, NULs, half characters.", notAsked},
	{"input/long", "Payload", "It bears a statement that is longer than its window.", notAsked},
	{"input/large", "Header", "It bears a large command, of 16 MiB or more, of which only the beginning can be seen.", notAsked},
	{"input/prepared", "Payload", "It bears commands about prepared statements.", "it does not ask for them"},

	{"reply/answers", "Replies", "ps_reply answers each phase with one of that phase's answers.", noReplies},
	{"reply/framing", "Replies", "What replaces a part of a reply is whole framed packets.", "it never replaced a part of a reply"},
	{"reply/shape", "Replies", "Behind a replaced part the reply is where it was, and each row has as many fields as the result has columns.", "it never replaced a part of a reply"},
	{"reply/binary", "Replies", "It bears rows in the binary protocol.", "it does not look at rows of prepared statements"},
	{"reply/odd", "Replies", "It bears errors, results without rows and results of several hundred columns.", noReplies},

	{"event/verdict", "Events", "An event is answered with one of its answers.", "it asks for no event"},
	{"event/diagnostics", "Events", "What it answers to EventDiagnostics is a JSON object.", "it has no diagnostics"},
	{"event/detach", "Events", "Its successor opens with the state that it hands over at EventDetach, and works.", "it hands nothing over"},
	{"event/reset", "Events", "After EventSessionReset it works.", "it does not ask for EventSessionReset"},

	{"import/phase", "Imports", "It calls no function from a hook where that answers WRONG_PHASE.", noImports},
	{"import/pointers", "Imports", "It passes no pointer or length outside of its memory.", noImports},
	{"import/log", "Limits", "One hook logs no more than the 200 lines that can be logged at once, at a known level.", "it logs nothing"},
	{"import/metric", "Imports", "Metrics are of a known kind and named [a-z][a-z0-9_]*.", "it has no metrics"},
	{"import/timer", "Imports", "Timers have ids from 0 to 15, and EventTimer is subscribed to.", "it sets no timer"},
	{"import/rows", "Imports", "reply_columns and reply_row are given what their format says.", "it makes up no result"},

	{"state/clones", "Order of calls", "A copy of the started plugin answers as one that was started for itself.", unsteady},
	{"state/sessions", "Order of calls", "Instances know nothing of each other: what one is asked does not change another's answers.", unsteady},
	{"state/sleep", "Header", "It keeps nothing in header and window between two commands.", unsteady},
}

// Reasons for which rules are not applicable.
const (
	notLoaded  = "the module cannot be loaded"
	notInit    = "it has no descriptor"
	notStarted = "the plugin cannot be started"
	notAsked   = "the plugin is asked about nothing"
	noReplies  = "it looks at no replies"
	noImports  = "it calls no function of penstock_v1"
	unsteady   = "two sessions that are asked the same are not answered the same anyway, or nothing is asked"
)
