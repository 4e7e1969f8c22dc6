package ctl

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// Every change is the request that the API takes, and says what it did.
func TestChanges(t *testing.T) {
	const relationships = "/relationships/filters"
	for args, c := range map[string]struct {
		stdin    string
		requests []string
		says     string
	}{
		"session kill 1":                {"", []string{"DELETE /v1/sessions/1"}, "session 1 is killed\n"},
		"session kill 1 22 --ttl 1m30s": {"", []string{"DELETE /v1/sessions/1?ttl=90000ms", "DELETE /v1/sessions/22?ttl=90000ms"}, "session 1 will be killed in 1m30s\nsession 22 will be killed in 1m30s\n"},
		"session restart 1":             {"", []string{"POST /v1/sessions/1/restart"}, "session 1 will be restarted when it is idle; it waits for: open transaction\n"},
		"session restart --all":         {"", []string{"POST /v1/sessions/restart"}, "all sessions are restarted, those that are busy as soon as they are idle\n"},
		"session filters set 1 hide log": {"", []string{"PATCH /v1/sessions/1" + relationships + `? {"data":[{"id":"hide","type":"filters"},{"id":"log","type":"filters"}]}`},
			"session 1 will have the filters: hide, log, when it is idle; it waits for: open transaction\n"},
		"session filters set 22":             {"", []string{"PATCH /v1/sessions/22" + relationships + `? {"data":[]}`}, "session 22 has the filters: none\n"},
		"session log 1 --info --debug=off":   {"", []string{`PATCH /v1/sessions/1? {"data":{"attributes":{"parameters":{"log_debug":false,"log_info":true}}}}`}, "session 1: debug off, info on\n"},
		"service stop app":                   {"", []string{"PUT /v1/services/app/stop"}, "service app is stopped\n"},
		"service start app":                  {"", []string{"PUT /v1/services/app/start"}, "service app is started\n"},
		"listener stop app-tcp":              {"", []string{"PUT /v1/listeners/app-tcp/stop"}, "listener app-tcp is stopped\n"},
		"monitor start watch":                {"", []string{"PUT /v1/monitors/watch/start"}, "monitor watch is started\n"},
		"service filters set app hide":       {"", []string{"PATCH /v1/services/app" + relationships + `? {"data":[{"id":"hide","type":"filters"}]}`}, "service app has the filters: hide\n"},
		"server maintenance replica":         {"", []string{"PUT /v1/servers/replica/set?state=maintenance"}, "server replica: maintenance\n"},
		"server maintenance replica --force": {"", []string{"PUT /v1/servers/replica/set?force=yes&state=maintenance"}, "server replica: maintenance\n"},
		"server drain replica":               {"", []string{"PUT /v1/servers/replica/set?state=drain"}, "server replica: drain\n"},
		"server clear replica":               {"", []string{"PUT /v1/servers/replica/clear?state=maintenance", "PUT /v1/servers/replica/clear?state=drain"}, "server replica is used again\n"},
		"server clear replica drain":         {"", []string{"PUT /v1/servers/replica/clear?state=drain"}, "server replica is used again\n"},
		"server create r2 --address 10.0.0.7 --service app --service b --monitor m --parameter weight=2": {"", []string{
			`POST /v1/servers? {"data":{"attributes":{"parameters":{"address":"10.0.0.7","port":3306,"weight":2}},"id":"r2",` +
				`"relationships":{"monitors":{"data":[{"id":"m","type":"monitors"}]},"services":{"data":[{"id":"app","type":"services"},{"id":"b","type":"services"}]}},"type":"servers"}}`}, "server r2 is created\n"},
		"server create r2 --socket /run/db.sock": {"", []string{`POST /v1/servers? {"data":{"attributes":{"parameters":{"socket":"/run/db.sock"}},"id":"r2","type":"servers"}}`}, "server r2 is created\n"},
		"server delete r2":                       {"", []string{"DELETE /v1/servers/r2"}, "server r2 is deleted\n"},
		"filter set slow max_qps=50 mode=fast gone=null word=\"5\" odd=20s list=[1,2] re=[a-z] eq=a=b": {"", []string{
			`PATCH /v1/filters/slow? {"data":{"attributes":{"parameters":{"options":{"eq":"a=b","gone":null,"list":[1,2],"max_qps":50,"mode":"fast","odd":"20s","re":"[a-z]","word":"5"}}}}}`},
			"filter slow is changed; live sessions take it over when they are idle\n"},
		"filter set slow":                     {"", []string{`PATCH /v1/filters/slow? {"data":{}}`}, "filter slow is changed; live sessions take it over when they are idle\n"},
		"filter set slow --module ./new.wasm": {"", []string{`PATCH /v1/filters/slow? {"data":{"attributes":{"module":"./new.wasm"}}}`}, "filter slow is changed; live sessions take it over when they are idle\n"},
		"filter create slow --module throttlefilter max_qps=20 --parameter timeout=20ms": {"", []string{
			`POST /v1/filters? {"data":{"attributes":{"module":"throttlefilter","parameters":{"options":{"max_qps":20},"timeout":"20ms"}},"id":"slow","type":"filters"}}`}, "filter slow is created\n"},
		"filter delete a/b":        {"", []string{"DELETE /v1/filters/a%2Fb"}, "filter a/b is deleted\n"},
		"user create grafana":      {"n3w\n", []string{`POST /v1/users/inet? {"data":{"attributes":{"account":"basic","password":"n3w"},"id":"grafana","type":"inet"}}`}, "user grafana is created\n"},
		"user create boss --admin": {"n3w", []string{`POST /v1/users/inet? {"data":{"attributes":{"account":"admin","password":"n3w"},"id":"boss","type":"inet"}}`}, "user boss is created\n"},
		"user passwd grafana":      {" n3w \r\n", []string{`PATCH /v1/users/inet/grafana? {"data":{"attributes":{"password":" n3w "}}}`}, "the password of grafana is changed\n"},
		"user delete grafana":      {"", []string{"DELETE /v1/users/inet/grafana"}, "user grafana is deleted\n"},
	} {
		t.Run(args, func(t *testing.T) {
			f := newFake(t)
			r := f.penstock(t, c.stdin, strings.Fields(args)...)
			if r.code != 0 || r.stderr != "" || r.stdout != c.says {
				t.Errorf("exit code %d, stderr %q, stdout\n%s, want\n%s", r.code, r.stderr, r.stdout, c.says)
			}
			if got := f.changes(); !slices.Equal(got, c.requests) {
				t.Errorf("requests\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.requests, "\n"))
			}
		})
	}
}

func TestExitCodes(t *testing.T) {
	f := newFake(t)
	f.refuse["DELETE /v1/sessions/9"] = func(w http.ResponseWriter, _ *http.Request) { problem(w, http.StatusNotFound, "there is no session 9") }
	f.refuse["DELETE /v1/sessions/8"] = func(w http.ResponseWriter, _ *http.Request) {
		problem(w, http.StatusForbidden, "this account may only read")
	}
	f.refuse["PUT /v1/services/app/stop"] = func(w http.ResponseWriter, _ *http.Request) { problem(w, http.StatusConflict, "not now") }
	for args, c := range map[string]struct {
		code int
		says string
	}{
		"session show 77":                        {exitNotFound, "there is no sessions_77"},
		"session kill 9":                         {exitNotFound, "there is no session 9"},
		"session kill 9 1":                       {exitNotFound, "session 9: there is no session 9"},
		"session kill 8":                         {exitNotAllowed, "may only read"},
		"sessions -u other":                      {exitNotAllowed, `what was tried: user "other" with the password in PENSTOCK_PASSWORD`},
		"service stop app":                       {exitFailed, "not now"},
		"sessions --url http://127.0.0.1:1":      {exitUnreachable, "this address is that of --url"},
		"sessions --url http://127.0.0.1:1/x":    {exitFailed, "leave the rest out"},
		"sessions --url http://a -c config.toml": {exitUsage, "--url and --config"},
		"sessions -o xml":                        {exitUsage, "there are table, json and name"},
		"sessions extra":                         {exitUsage, "unknown command"},
		"session show":                           {exitUsage, "accepts 1 arg"},
		"session foo":                            {exitUsage, `unknown command "foo" for "penstock session"`},
		"session filters foo":                    {exitUsage, `unknown command "foo"`},
		"session kill":                           {exitUsage, "requires at least 1 arg"},
		"session kill 1 --ttl soon":              {exitUsage, "--ttl"},
		"session kill 1 --ttl -1s":               {exitUsage, "a time to come"},
		"session restart":                        {exitUsage, "either ids or --all"},
		"session restart 1 --all":                {exitUsage, "either ids or --all"},
		"session log 1 --info=maybe":             {exitUsage, "write on or off"},
		"server clear replica everything":        {exitUsage, "no state that can be cleared"},
		"server create r2":                       {exitUsage, "either --address or --socket"},
		"filter create f":                        {exitUsage, "needs --module"},
		"filter set f max_qps":                   {exitUsage, "write NAME=VALUE"},
		"filter set f a=1 a=2":                   {exitUsage, "a is there twice"},
		"user create x":                          {exitFailed, "the password is empty"},
		"watch --sort colour":                    {exitUsage, "there are qps, idle"},
		"watch --interval 1ms":                   {exitUsage, "--interval has to be"},
		"watch -u other":                         {exitNotAllowed, "needs a user"},
	} {
		r := f.penstock(t, "", strings.Fields(args)...)
		if r.code != c.code || !strings.Contains(r.stderr, c.says) {
			t.Errorf("%s: exit code %d, want %d; %q is to be in\n%s", args, r.code, c.code, c.says, r.stderr)
		}
	}
	// What could be done was done.
	if changes := f.changes(); !slices.Contains(changes, "DELETE /v1/sessions/1") {
		t.Errorf("the second of two sessions was not killed: %q", changes)
	}
}
