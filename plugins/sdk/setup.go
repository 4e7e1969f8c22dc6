package sdk

import "github.com/penstock-db/penstock/wasm/abi"

// setup is what the descriptor is made from.
type setup struct {
	commands  [abi.DescCommandsSize]byte
	needs     uint32
	features  uint64
	level     abi.ReplyLevel
	onFailure abi.FailurePolicy
	texts     []byte // as the descriptor's list
	window    int
}

// Commands asks for these command bytes; the plugin is not called for others.
func (o *Options) Commands(bytes ...byte) {
	for _, b := range bytes {
		o.setup.commands[b/8] |= 1 << (b % 8)
	}
}

// AllCommands asks for every command.
func (o *Options) AllCommands() {
	for i := range o.setup.commands {
		o.setup.commands[i] = 0xff
	}
}

// Texts says that a filter need not be asked about statements that have none of
// the texts, in any case of ASCII letters. It may be asked all the same. No texts,
// or more or longer ones than the host takes, mean that it is asked about all.
func (o *Options) Texts(texts ...string) {
	o.setup.texts = nil
	if len(texts) > abi.MaxTexts {
		return
	}
	var list []byte
	for _, t := range texts {
		if t == "" || len(t) > abi.MaxText {
			return
		}
		list = append(append(list, byte(len(t))), t...)
	}
	o.setup.texts = list
}

// Needs says what the host has to compute for each command: abi.Need* bits.
func (o *Options) Needs(bits uint32) { o.setup.needs |= bits }

// Features says what the host must offer: abi.Feature* bits.
func (o *Options) Features(bits uint64) { o.setup.features |= bits }

// ReplyLevel says how much of every reply the plugin's Reply method sees.
func (o *Options) ReplyLevel(l abi.ReplyLevel) { o.setup.level = l }

// Window says how many bytes of a payload the plugin is shown at once, from abi.MinWindow
// to abi.MaxWindow, which is the default. A plugin that works long on each row asks for less, because
// what the window holds has to be done within the time budget of one call.
func (o *Options) Window(bytes int) { o.setup.window = min(max(bytes, abi.MinWindow), abi.MaxWindow) }

// OnFailure says what becomes of a session when the plugin fails, unless the
// configuration says it.
func (o *Options) OnFailure(p abi.FailurePolicy) { o.setup.onFailure = p }
