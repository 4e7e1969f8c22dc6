package admin

type monitorAttributes struct {
	Module      string             `json:"module"`
	State       string             `json:"state"`
	Parameters  monitorParameters  `json:"parameters"`
	Ticks       uint64             `json:"ticks"` // looks at its servers together that have ended
	Diagnostics monitorDiagnostics `json:"monitor_diagnostics"`
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
	services := a.proxy.Services()
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
			Ticks:       ticks(m.Members),
			Diagnostics: newMonitorDiagnostics(m.Members),
		})
		res.relate(base, typeServers, m.Config.Servers)
		var served []string
		for _, s := range services {
			if shareOne(m.Config.Servers, s.Config.Servers) {
				served = append(served, s.Config.Name)
			}
		}
		res.relate(base, typeServices, served)
		res.section = m.Config
		out = append(out, res)
	}
	return out
}
