package tck

import "github.com/penstock-db/penstock/wasm/metadata"

// describes examines what the module says of itself, and takes it off the
// module: the plugin itself is to be seen from then on, and not what the host
// keeps from it because its schema does not allow it.
func (k *kit) describes() {
	about, err := metadata.Read(k.code)
	if bare, cut := metadata.Replace(k.code, nil); cut == nil {
		k.code = bare
	}
	if err == nil {
		err = about.Has(k.cfg.Plugin)
	}
	if err != nil {
		k.broken("metadata/section", "%v", err)
		return
	}
	if about == nil {
		return
	}
	k.kept("metadata/section")
	p := about.Plugin(k.cfg.Plugin)
	_, defaults := p.Examples()
	for _, set := range append(defaults, metadata.Example{Where: "the given options", Options: k.cfg.Options}) {
		k.kept("metadata/options")
		for _, problem := range p.Check(set.Options) {
			k.broken("metadata/options", "%s: %s", set.Where, problem.String())
		}
	}
}
