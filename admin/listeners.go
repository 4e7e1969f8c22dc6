package admin

import (
	"net"
	"strconv"
)

type listenerAttributes struct {
	State      string             `json:"state"`
	Parameters listenerParameters `json:"parameters"`
}

// listenerParameters are the same members for every listener; what does not
// apply is null.
type listenerParameters struct {
	Address  *string `json:"address"`
	Port     any     `json:"port"`
	Service  string  `json:"service"`
	Socket   *string `json:"socket"`
	TLS      bool    `json:"ssl"`
	Protocol string  `json:"protocol"`
}

func (a *API) listeners(base string) []resource {
	infos := a.proxy.Listeners()
	out := make([]resource, 0, len(infos))
	for _, l := range infos {
		address := l.Address
		if address == "" {
			address = l.Config.Address
		}
		where := newPlace(address, l.Config.Socket)
		res := newResource(base, typeListeners, l.Config.Name, listenerAttributes{
			State: listenerState(l.Running),
			Parameters: listenerParameters{
				Address: where.host, Port: where.port, Socket: where.socket,
				Service: l.Config.Service, TLS: l.Config.TLS != nil, Protocol: "MariaDBProtocol",
			},
		})
		res.relate(base, typeServices, []string{l.Config.Service})
		res.section = l.Config
		out = append(out, res)
	}
	return out
}

func listenerState(running bool) string {
	if running {
		return "Running"
	}
	return "Stopped"
}

// place is a TCP address taken apart, or a Unix socket.
type place struct {
	host   *string
	port   any // a number; null for a socket
	socket *string
}

func newPlace(address, socket string) place {
	if socket != "" {
		return place{socket: &socket}
	}
	host, service, err := net.SplitHostPort(address)
	if err != nil {
		return place{host: &address}
	}
	port, err := strconv.Atoi(service)
	if err != nil {
		return place{host: &host}
	}
	return place{host: &host, port: port}
}
