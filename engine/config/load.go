package config

// Load reads the configuration file, and what the REST API has changed of it
// (see [Overlay]). Every problem is reported at once, as [*Errors]; any other
// error means that a file could not be read.
func Load(file string) (*Config, error) {
	overlay, err := ReadOverlay(file)
	if err != nil {
		return nil, err
	}
	return overlay.Load()
}

// LoadBytes reads a text that is already in memory, without any overlay. file is
// its name in errors, and its directory is where relative paths begin.
func LoadBytes(file string, text []byte) (*Config, error) {
	return parse(file, text, nil)
}

// Load returns the configuration file as the overlay changes it. It is [Load]
// with an overlay that need not be on disk.
func (o *Overlay) Load() (*Config, error) { return parse(o.of, o.text, o) }
