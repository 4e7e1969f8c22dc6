//go:build race

package socket

import "syscall"

// Package syscall tells the race detector what happens to the bytes, and that
// what was written happened before it was read.

func receive(fd uintptr, p []byte) (int, syscall.Errno) {
	n, err := syscall.Read(int(fd), p)
	return n, number(err)
}

func send(fd uintptr, p []byte) (int, syscall.Errno) {
	n, err := syscall.Write(int(fd), p)
	return n, number(err)
}

func number(err error) syscall.Errno {
	errno, _ := err.(syscall.Errno)
	return errno
}
