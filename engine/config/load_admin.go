package config

import "strings"

// LoadAdmin reads the section [admin] of a configuration file, as the REST API has
// changed it (see [Overlay]), and nothing else: it is for a client of the REST API, which has to find its way in even while
// other sections have mistakes. Errors are those of [Load], about this section
// only. A file without [admin] has an Admin that is not Enabled.
func LoadAdmin(file string) (*Admin, error) {
	overlay, err := ReadOverlay(file)
	if err != nil {
		return nil, err
	}
	r := newReader(file)
	d, ok := decode("", string(overlay.text), func(line int, key, problem, suggestion string) {
		r.fail(place{line: line}, key, problem, suggestion)
	})
	if !ok { // what the section says cannot be told
		r.errs.Sort()
		return nil, &r.errs
	}
	var errs Errors
	for _, e := range r.errs {
		if e.Key == "admin" || strings.HasPrefix(e.Key, "admin.") {
			errs = append(errs, e)
		}
	}
	r.errs, r.mended = errs, d.mended
	overlay.lay(&d)
	root := &table{r: r, values: d.values, pos: d.positions, exists: true}
	a := readAdmin(root.sub("admin"))
	if len(r.errs) > 0 {
		r.errs.Sort()
		return nil, &r.errs
	}
	return &a, nil
}
