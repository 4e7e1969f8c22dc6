package config

import "strings"

// Problem makes an error about something that stands in the configuration's
// files: whoever finds it later than Load reports it like Load's own. The path
// leads there: names of tables and keys (string) and numbers of lists' items
// (int, from 0). What is not there is blamed on what is around it.
func (c *Config) Problem(problem, suggestion string, path ...any) Error {
	at := c.places
	if at == nil {
		at = &position{}
	}
	var keys []string
	for _, step := range path {
		switch step := step.(type) {
		case string:
			keys = append(keys, step)
			at = at.at(step)
		case int:
			at = at.item(step)
		}
	}
	file := at.file
	if file == "" {
		file = c.File
	}
	return Error{File: file, Line: at.line, Key: strings.Join(keys, "."), Problem: problem, Suggestion: suggestion}
}
