// Package sdk is what Penstock's routers and filters are written with in Go.
//
// A plugin is a package main that registers itself in an init function:
//
//	func init() {
//		sdk.RegisterFilter("greet", func(o *sdk.Options) (sdk.Filter, error) {
//			f := &greet{word: o.String("word", "hello")}
//			o.Commands(sdk.ComQuery)
//			return f, nil
//		})
//	}
//
//	func (f *greet) Query(q *sdk.Query) sdk.Verdict { return sdk.Pass }
//
//	func main() {}
//
// and is built with
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o greet.wasm .
//
// What the module is and which options it takes can be told to Penstock, so that
// a typo in a configuration is found before anything starts:
//
//	penstock plugin pack greet.wasm plugin.json
//
// docs/abi.md says what the file looks like.
//
// The function given to [RegisterFilter] or [RegisterRouter] runs once per
// definition in the configuration. It decodes the options, does everything
// expensive, and says which commands and how much of their replies the plugin
// wants to see. What it returns then serves exactly one session, because every
// session has an instance of its own: fields are session state, and nothing
// needs a lock.
//
// A plugin that also wants replies, timers, events, a last word or a state
// to hand over implements the small interfaces [Opener], [Replier],
// [TimerHandler], [BackendHandler], [TargetsHandler], [ResetHandler],
// [Detacher], [Diagnoser] and [Closer].
//
// Arguments of hooks, and slices that their methods return, are valid until
// the hook returns. Hooks that pass a command on allocate nothing in the SDK.
// A panic ends the instance: its message goes to the host's log, and the
// definition's on_failure says what becomes of the session.
//
// On other platforms than wasip1 the package talks to a fake host, which
// package sdktest drives, so that plugins have ordinary unit tests.
package sdk
