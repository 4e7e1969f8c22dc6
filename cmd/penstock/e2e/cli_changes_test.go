package e2e

import (
	"net"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
)

// The command line changes the configuration of a proxy, for good, and
// everything can be taken back.
func TestCommandLineOfTheConfiguration(t *testing.T) {
	p := rig.Start(t, rig.Setup{Primary: primary.Addr, Replica: replica.Addr, Filters: filterDefinitions,
		Services: []rig.Service{{Name: split, Router: "readwritesplit"}, {Name: one, Router: "readconnroute", Servers: []string{"primary"}}}})
	host, port, err := net.SplitHostPort(replica.Addr)
	must(t, err)
	before, _ := penstockOf(t, p, 0, "", "service", "show", split)
	for _, c := range []struct {
		args, stdin string
		code        int
		show, word  string // what shows it afterwards, and how
	}{
		{"filter create mine --module regexfilter match=a replace=b", "", 0, "filter show mine", "regexfilter"},
		{"filter create mine --module regexfilter match=a replace=b", "", 1, "filter show mine", "regexfilter"},
		{"filter create typo --module regexfilter macth=a", "", 1, "filters", "mine"},
		{"filter set mine replace=c", "", 0, "filter show mine", "c"},
		{"service filters set split mine", "", 0, "service show split", "mine"},
		{"filter delete mine", "", 1, "filter show mine", "regexfilter"},
		{"service filters set split", "", 0, "filter show mine", "regexfilter"},
		{"filter delete mine", "", 0, "filters", "hide"},
		{"filter show mine", "", 3, "filters", "hide"},
		{"server create third --address " + host + " --port " + port + " --service one", "", 0, "service show one", "third"},
		{"server maintenance third", "", 0, "server show third", "Maintenance"},
		{"server clear third", "", 0, "server show third", "Running"},
		{"server drain third", "", 0, "server show third", "Drain"},
		{"server delete third", "", 1, "server show third", port},
		{"service stop one", "", 0, "service show one", "Stopped"},
		{"service start one", "", 0, "service show one", "Started"},
		{"listener stop one", "", 0, "listener show one", "Stopped"},
		{"listener start one", "", 0, "listener show one", "Running"},
		{"monitor stop main", "", 0, "monitor show main", "Stopped"},
		{"monitor start main", "", 0, "monitor show main", "Running"},
		{"user create eve", "long enough\n", 0, "users", "eve"},
		{"user create eve", "long enough\n", 1, "users", "eve"},
		{"user passwd eve", "another long one\n", 0, "users", "eve"},
		{"user delete eve", "", 0, "users", "admin"},
		{"user delete admin", "", 1, "users", "admin"},
	} {
		penstockOf(t, p, c.code, c.stdin, strings.Fields(c.args)...)
		if out, _ := penstockOf(t, p, 0, "", strings.Fields(c.show)...); !strings.Contains(out, c.word) {
			t.Errorf("after %q: %q is not in penstock %s:\n%s", c.args, c.word, c.show, out)
		}
	}
	if after, _ := penstockOf(t, p, 0, "", "service", "show", split); !strings.Contains(before, "Started") || strings.Contains(after, "mine") {
		t.Errorf("the service before\n%s\nand after\n%s", before, after)
	}
}
