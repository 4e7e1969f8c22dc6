package script

import (
	"errors"
	"time"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/wasm/abi"
)

// globals is what a script has besides its language.
func (f *Filter) globals() *Object {
	return &Object{
		Name: "global",
		Functions: map[string]Function{
			"log": func(a *Args) (any, error) {
				text, level := a.text(0), abi.LogNotice
				if a.at(1) != nil {
					level = oneOf(a, 1, levels)
				}
				if a.Err() == nil && sdk.LogEnabled(level) {
					sdk.Log(level, text)
				}
				return nil, a.Err()
			},
			"info": func(a *Args) (any, error) {
				key := a.text(0)
				return sdk.Info(key), a.Err()
			},
			"now":    func(*Args) (any, error) { return milliseconds(sdk.Now()), nil },
			"random": func(*Args) (any, error) { return Random(), nil },
			"sink": func(a *Args) (any, error) {
				number, text := a.whole(0, 0, 255), a.text(1)
				if a.Err() != nil {
					return nil, a.Err()
				}
				_, err := sdk.Sink(number).Write([]byte(text))
				return nil, about("sink", err)
			},
			"set_timer": func(a *Args) (any, error) {
				id, d := a.whole(0, 0, 15), a.milliseconds(1)
				if a.Err() != nil {
					return nil, a.Err()
				}
				return nil, about("set_timer", sdk.SetTimer(uint32(id), d))
			},
			"cancel_timer": func(a *Args) (any, error) {
				id := a.whole(0, 0, 15)
				if a.Err() != nil {
					return nil, a.Err()
				}
				return done("cancel_timer", sdk.CancelTimer(uint32(id)))
			},
		},
		Members: map[string]*Object{"kv": kv()},
	}
}

// Random is from 0 to 1, 1 not included. Interpreters have to take it for their own
// generators, whose seeds clones would share.
func Random() float64 { return float64(sdk.Random()>>11) / (1 << 53) }

// kv is the store that the definition's sessions share.
func kv() *Object {
	with := func(name string, do func(key string, a *Args, ttl func(i int) time.Duration) (any, error)) Function {
		return func(a *Args) (any, error) {
			v, err := do(a.text(0), a, a.milliseconds)
			if a.Err() != nil {
				return nil, a.Err()
			}
			return v, about("kv."+name, err)
		}
	}
	// A function's own arguments are read, and found wanting, before it does anything.
	return &Object{Name: "kv", Functions: map[string]Function{
		"get": with("get", func(key string, a *Args, _ func(int) time.Duration) (any, error) {
			if a.Err() != nil {
				return nil, nil
			}
			v, err := sdk.KVGet(key)
			if errors.Is(err, abi.NotFound) {
				return nil, nil
			}
			return string(v), err
		}),
		"set": with("set", func(key string, a *Args, ttl func(int) time.Duration) (any, error) {
			value, life := a.text(1), ttl(2)
			if a.Err() != nil {
				return nil, nil
			}
			return nil, sdk.KVSet(key, []byte(value), life)
		}),
		"create": with("create", func(key string, a *Args, ttl func(int) time.Duration) (any, error) {
			value, life := a.text(1), ttl(2)
			if a.Err() != nil {
				return nil, nil
			}
			return done("kv.create", sdk.KVCreate(key, []byte(value), life))
		}),
		"swap": with("swap", func(key string, a *Args, ttl func(int) time.Duration) (any, error) {
			old, value, life := a.text(1), a.text(2), ttl(3)
			if a.Err() != nil {
				return nil, nil
			}
			return done("kv.swap", sdk.KVSwap(key, []byte(old), []byte(value), life))
		}),
		"delete": with("delete", func(key string, a *Args, _ func(int) time.Duration) (any, error) {
			if a.Err() != nil {
				return nil, nil
			}
			return done("kv.delete", sdk.KVDelete(key))
		}),
		"add": with("add", func(key string, a *Args, ttl func(int) time.Duration) (any, error) {
			delta, life := a.wholeOr(1, 1, -maxWhole, maxWhole), ttl(2)
			if a.Err() != nil {
				return nil, nil
			}
			sum, err := sdk.KVAdd(key, delta, life)
			return float64(sum), err
		}),
	}}
}

// done is false if there was nothing, or something else, and an error if it went wrong.
func done(name string, err error) (any, error) {
	if errors.Is(err, abi.NotFound) || errors.Is(err, abi.CASMismatch) {
		return false, nil
	}
	return true, about(name, err)
}

func about(name string, err error) error {
	if err == nil {
		return nil
	}
	return errors.New(name + ": the host answered " + err.Error())
}

// addSession adds what q and r tell of the session.
func addSession(o *Object) {
	for name, key := range map[string]string{"user": sdk.InfoUser, "host": sdk.InfoHost, "database": sdk.InfoSchema,
		"service": sdk.InfoService, "session": sdk.InfoSession, "tls": sdk.InfoTLS} {
		o.Properties[name] = func() (any, error) { return sdk.Info(key), nil }
	}
}
