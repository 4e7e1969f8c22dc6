package script

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/wasm/abi"
)

// Filter is a filter that a script makes of its functions.
type Filter struct {
	language Language
	uses     uses
	limit    int // of statements that the script can see, in bytes
	q, r     *Object
	options  *sdk.Options // nil but in setup
	commands []byte       // that setup asks for; nil: the usual ones

	// Of the hook that runs now:
	query   *sdk.Query // nil in other hooks than query
	reply   *sdk.Reply // nil in other hooks than reply and row
	sql     string     // the whole statement, if it was asked for
	hasSQL  bool
	refused *Verdict // whatever the script says
	made    *Verdict // the last one that was made

	// Of the result that is being read:
	result result
	row    Row
	texts  []byte // that values of row lie in
	out    []byte
}

// Setup loads the script of the option "script" and has it declare what it wants to
// see. It is what a plugin registers, with its language.
func Setup(o *sdk.Options, language Language) (sdk.Filter, error) {
	source := o.String("script", "")
	if strings.TrimSpace(source) == "" {
		o.Fail("script", `is required: the script itself, or files = { script = "FILE" } beside the options`)
		return nil, nil
	}
	debug.SetGCPercent(collect)
	f := &Filter{language: language, uses: wordsOf(source), limit: int(o.Size("max_statement_size", 1<<20))}
	if f.limit > maxStatement {
		o.Fail("max_statement_size", "must be at most 4Mi: the script has copies of the statement in its memory")
	}
	f.q, f.r = f.queryObject(), f.replyObject()
	if err := language.Load(source, f.globals()); err != nil {
		takeAll(o)
		return nil, err
	}
	if language.Defines("setup") {
		f.options = o
		res, err := language.Call("setup", f.optionsObject())
		f.options = nil
		if err != nil {
			takeAll(o)
			return nil, err
		}
		if res != nil {
			return nil, fmt.Errorf("%s: setup returned %s: it returns nothing; o.fail(option, problem) refuses an option", Name, kindOf(res))
		}
	}
	f.declare(o)
	return f, nil
}

// takeAll takes every option for one of the script's: which ones it would have asked for
// is not known of a script that does not work, and no option is to be blamed for that.
func takeAll(o *sdk.Options) {
	o.Names(func(name string) bool { return o.Has(name) })
}

const maxStatement = 4 << 20

// collect has the garbage collector run before a session has filled four megabytes, as it would by
// default: interpreters make much garbage of which nothing is kept, and each session has a
// memory of its own.
const collect = 25

// Open implements sdk.Opener. A text that the script's open returns is why the
// session is refused.
func (f *Filter) Open(reason abi.OpenReason) error {
	if !f.language.Defines("open") {
		return nil
	}
	res, err := f.language.Call("open", openReasons[reason])
	if err != nil {
		return err
	}
	switch res := res.(type) {
	case nil:
		return nil
	case string:
		return errors.New(res)
	}
	return fmt.Errorf("open returned %s: it returns nothing, or a text that says why the session is refused", kindOf(res))
}

// Query implements sdk.Filter.
func (f *Filter) Query(q *sdk.Query) sdk.Verdict {
	if q.Command() == sdk.ComStmtFetch && f.language.Defines("row") {
		return sdk.Reject(1235, "42000", "rows of a cursor cannot be shown to the filter's script")
	}
	if !f.language.Defines("query") {
		return sdk.Pass
	}
	f.query, f.hasSQL = q, false
	defer func() { f.query, f.sql = nil, "" }()
	return f.run("query", f.q)
}

// Timer implements sdk.TimerHandler.
func (f *Filter) Timer(id uint32) sdk.Verdict {
	if f.language.Defines("timer") {
		f.tell("timer", float64(id))
	}
	return sdk.Pass
}

// SessionReset implements sdk.ResetHandler.
func (f *Filter) SessionReset() {
	if f.language.Defines("reset") {
		f.tell("reset")
	}
}

// Close implements sdk.Closer.
func (f *Filter) Close(reason abi.CloseReason) {
	if f.language.Defines("close") {
		f.tell("close", closeReasons[reason])
	}
}

// run calls a hook that may return a verdict. An error of the script is a failure of
// the plugin: what a script has not decided, nothing decides for it.
func (f *Filter) run(hook string, args ...any) sdk.Verdict {
	f.refused, f.made = nil, nil
	res, err := f.language.Call(hook, args...)
	if err != nil {
		panic(err)
	}
	if f.refused != nil {
		return f.refused.give()
	}
	switch res := res.(type) {
	case nil:
		if f.made != nil {
			panic(fmt.Errorf("%s: %s did not return the verdict of %s: write return %[3]s(…)", Name, hook, f.made.name))
		}
		return sdk.Pass
	case *Verdict:
		if res.hook == hook {
			return res.give()
		}
	}
	panic(fmt.Errorf("%s: %s returned %s: it returns nothing, or what a function like q.reject gives", Name, hook, kindOf(res)))
}

// tell calls a hook that returns nothing.
func (f *Filter) tell(hook string, args ...any) {
	res, err := f.language.Call(hook, args...)
	if err != nil {
		panic(err)
	}
	if res != nil {
		panic(fmt.Errorf("%s: %s returned %s: it returns nothing", Name, hook, kindOf(res)))
	}
}

// verdict makes a function of it.
func (f *Filter) verdict(hook, name string, make func(a *Args) (func() sdk.Verdict, error)) Function {
	return func(a *Args) (any, error) {
		give, err := make(a)
		if err == nil {
			err = a.Err()
		}
		if err != nil {
			return nil, err
		}
		f.made = &Verdict{name, hook, give}
		return f.made, nil
	}
}

// refusal reads the arguments that Reject and Close have in common.
func refusal(a *Args, refuse func(uint16, string, string) sdk.Verdict) (func() sdk.Verdict, error) {
	errno, state, message := uint16(a.whole(0, 1, 65535)), a.textOr(1, ""), a.textOr(2, "")
	if a.Err() == nil && state != "" && !sqlState(state) {
		return nil, fmt.Errorf("%s: the SQLSTATE has to be five digits and capital letters, not %q", a.Function, state)
	}
	return func() sdk.Verdict { return refuse(errno, state, message) }, nil
}

func sqlState(s string) bool {
	return len(s) == 5 && strings.Trim(s, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}
