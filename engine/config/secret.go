package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// maxSecret bounds a password file: more is a wrong path.
const maxSecret = 64 << 10

// secret reads a password: key itself, key_file or key_env, exactly one of
// them. given is false if there is none.
func (t *table) secret(key string) (value Secret, given bool) {
	direct := t.str(key, "")
	file := t.str(key+"_file", "")
	env := t.str(key+"_env", "")
	var present []string
	for _, k := range []string{key, key + "_file", key + "_env"} {
		if t.has(k) {
			present = append(present, k)
		}
	}
	if len(present) == 0 {
		return "", false
	}
	for _, k := range present[1:] {
		t.fail(k, fmt.Sprintf("there is a %s too", present[0]), "keep one of them")
	}
	k := present[0]
	if !isString(t.values[k]) {
		return "", true
	}
	switch k {
	case key + "_file":
		return t.secretFile(k, file), true
	case key + "_env":
		return t.secretEnv(k, env), true
	}
	return Secret(direct), true
}

func (t *table) secretFile(key, file string) Secret {
	if file == "" {
		t.fail(key, "this is empty", "write the path of the file that holds the password")
		return ""
	}
	path := t.r.path(file)
	info, err := os.Stat(path)
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		t.fail(key, path+" is not a regular file", "write the path of the file that holds the password")
		return ""
	case info.Size() > maxSecret:
		t.fail(key, path+" is too big for a password", "write the path of the file that holds the password alone")
		return ""
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.fail(key, err.Error(), "make the file readable for the user that runs penstock")
		return ""
	}
	// Editors and echo end a file with a line end that is no part of the password.
	return Secret(strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r"))
}

func (t *table) secretEnv(key, name string) Secret {
	if name == "" {
		t.fail(key, "this is empty", "write the name of the environment variable that holds the password")
		return ""
	}
	value, ok := os.LookupEnv(name)
	if !ok {
		t.fail(key, fmt.Sprintf("the environment variable %s is not set", name), "set it for the process, or use password_file")
	}
	return Secret(strings.TrimSuffix(strings.TrimSuffix(value, "\n"), "\r"))
}

// path resolves a path of the file against the file's directory.
func (r *reader) path(p string) string {
	if p == "" || filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(r.dir, p)
}
