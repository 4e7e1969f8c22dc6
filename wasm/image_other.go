//go:build !linux

package wasm

import "errors"

// Images need Linux's memfd: on other systems every instance is a plain one.

const pageSize = 4096

type span struct{ from, to int }

type image struct {
	bytes   []byte
	globals []uint64
}

var errNoImages = errors.New("copy-on-write images need Linux")

func cloning() error { return errNoImages }

func freeze([]byte, []uint64, uint64) (*image, error) { return nil, errNoImages }
func (*image) mapPrivate() ([]byte, error)            { return nil, errNoImages }
func (*image) renew([]byte) error                     { return errNoImages }
func (*image) close()                                 {}

// Crowded reports whether idle instances should be parked soon.
func (r *Runtime) Crowded() bool { return false }

func unmap([]byte)                                  {}
func privatePages([]byte) int64                     { return 0 }
func privateSpans(dst []span, mapped []byte) []span { return dst }
