package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/crypto/bcrypt"
)

func TestHashPassword(t *testing.T) {
	for in, want := range map[string]string{
		"correct horse\n": "correct horse", "correct horse": "correct horse", "correct horse\r\nmore": "correct horse", " spaces \n": " spaces ",
		"": "", "\n": "", "Penstock\n": "", strings.Repeat("x", 73): "",
	} {
		var out, stderr bytes.Buffer
		cmd := newHashPassword()
		cmd.SetArgs(nil)
		cmd.SetIn(strings.NewReader(in))
		cmd.SetOut(&out)
		cmd.SetErr(&stderr)
		cmd.SilenceUsage, cmd.SilenceErrors = true, true
		err := cmd.Execute()
		if want == "" {
			if err == nil || out.Len() > 0 {
				t.Errorf("%q: %v, %s", in, err, &out)
			}
			continue
		}
		hash := strings.TrimSuffix(out.String(), "\n")
		if err != nil || bcrypt.CompareHashAndPassword([]byte(hash), []byte(want)) != nil {
			t.Errorf("%q: %v, %q", in, err, hash)
		}
	}
	cmd := newHashPassword()
	cmd.SetArgs(nil)
	cmd.SetIn(iotest.ErrReader(errors.New("gone")))
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	if err := cmd.Execute(); err == nil {
		t.Error("what cannot be read is a password")
	}
}
