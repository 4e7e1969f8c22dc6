package admin

func (s sessionAttributes) definition() any { return s.Parameters }

func (f filterAttributes) definition() any { return []any{f.Module, f.Parameters} }

func (m monitorAttributes) definition() any { return []any{m.Module, m.State, m.Parameters} }

func (s serverAttributes) definition() any { return s.Parameters }

// A service's listeners are among its relationships. Its users are read from the
// servers, but for those of its section.
func (s serviceAttributes) definition() any {
	return []any{s.Router, s.State, s.Parameters}
}
