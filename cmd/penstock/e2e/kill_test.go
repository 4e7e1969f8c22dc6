package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
)

// TestKillDuringChanges kills the proxy at random moments while it is asked for
// one change after the other. Each change sets two things to the same number.
// After each kill the proxy has to start, to have both or neither, and to have
// every change that it said was made.
func TestKillDuringChanges(t *testing.T) {
	kills := 100
	if testing.Short() {
		kills = 10
	}
	p := rig.Start(t, rig.Setup{Primary: primary.Addr, Services: []rig.Service{{Name: one, Router: "readconnroute"}}, LogLevel: "error"})
	number := func() (connections, trace int) {
		t.Helper()
		var doc struct {
			Data struct {
				Attributes struct {
					Parameters struct {
						MaxConnections int `json:"max_connections"`
						SessionTrace   int `json:"session_trace"`
					}
				}
			}
		}
		a, err := p.API.Raw(http.MethodGet, "/v1/services/one", "")
		must(t, err)
		must(t, json.Unmarshal(a.Body, &doc))
		return doc.Data.Attributes.Parameters.MaxConnections, doc.Data.Attributes.Parameters.SessionTrace
	}
	made, asked := 0, 0 // the last change that was answered with 204, and the last one that was sent
	between := 0
	began := time.Now()
	for n := range kills {
		if time.Since(began) > 50*time.Second && n >= 50 {
			t.Logf("enough after %d kills", n)
			break
		}
		killed := make(chan struct{})
		time.AfterFunc(time.Duration(rand.IntN(20_000))*time.Microsecond, func() { p.Kill(); close(killed) })
		for {
			next := asked + 1
			if next > 9999 {
				t.Fatal("the numbers have run out")
			}
			asked = next
			a, err := p.API.Raw(http.MethodPatch, "/v1/services/one",
				fmt.Sprintf(`{"data":{"attributes":{"parameters":{"max_connections":%d,"session_trace":%[1]d}}}}`, next), "Content-Type", "application/json")
			if err != nil {
				break
			}
			if a.Code != http.StatusNoContent {
				t.Fatalf("%d: %s", a.Code, a.Body)
			}
			made = next
		}
		<-killed
		p.Again(t)
		connections, trace := number()
		if made == 0 && trace == 100 {
			continue // the default: nothing was made
		}
		if connections != trace || connections != made && connections != asked {
			t.Fatalf("after kill %d: max_connections %d, session_trace %d; %d was made, %d was asked for", n, connections, trace, made, asked)
		}
		if connections != made {
			between++
		}
		made = connections
	}
	t.Logf("%d changes, %d of them killed when they were kept and not yet answered", asked, between)
}
