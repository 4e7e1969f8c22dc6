package admin

import "net/http"

const overrideHeader = "X-HTTP-Method-Override"

// overridden gives a request the method that it means. It stands before
// everything else, so that whatever decides by the method, who may do what
// above all, sees the one that is carried out.
func overridden(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if values := r.Header.Values(overrideHeader); r.Method == http.MethodPost && len(values) == 1 {
			switch values[0] {
			case http.MethodPatch, http.MethodPut, http.MethodDelete:
				r = r.Clone(r.Context())
				r.Method = values[0]
				r.Header.Del(overrideHeader)
			}
		}
		next.ServeHTTP(w, r)
	})
}

// refuseOverride refuses what overridden left alone: carrying out the method of
// the request instead might do the opposite of what it means.
func refuseOverride(r *http.Request) error {
	if len(r.Header.Values(overrideHeader)) == 0 {
		return nil
	}
	return problemf(http.StatusBadRequest, overrideHeader+" turns a POST into a PATCH, a PUT or a DELETE, and nothing else").header(overrideHeader)
}
