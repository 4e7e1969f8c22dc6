package admin

type monitorAttributes struct {
	Module      string            `json:"module"`
	State       string            `json:"state"`
	Parameters  monitorParameters `json:"parameters"`
	Diagnostics map[string]any    `json:"monitor_diagnostics"`
}

type monitorParameters struct {
	User      string `json:"user"`
	Password  string `json:"password"`
	Interval  string `json:"interval"`
	Timeout   string `json:"timeout"`
	FailCount int    `json:"fail_count"`
}

func (a *API) monitors(base string) []resource {
	infos := a.proxy.Monitors()
	out := make([]resource, 0, len(infos))
	for _, m := range infos {
		state := "Stopped"
		if m.Running {
			state = "Running"
		}
		res := newResource(base, typeMonitors, m.Config.Name, monitorAttributes{
			Module: m.Config.Module,
			State:  state,
			Parameters: monitorParameters{m.Config.User, m.Config.Password.String(), duration(m.Config.Interval),
				duration(m.Config.Timeout), m.Config.FailCount},
			Diagnostics: map[string]any{},
		})
		res.relate(base, typeServers, m.Config.Servers)
		out = append(out, res)
	}
	return out
}
