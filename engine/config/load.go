package config

import (
	"fmt"
	"os"
	"path/filepath"
)

// Load reads the configuration file. Every problem of the file is reported at
// once, as [*Errors]; any other error means that the file could not be read.
func Load(file string) (*Config, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	return LoadBytes(file, text)
}

// LoadBytes is [Load] of a text that is already in memory. file is its name in
// errors, and its directory is where relative paths begin.
func LoadBytes(file string, text []byte) (*Config, error) {
	return parse(file, filepath.Dir(file), text)
}
