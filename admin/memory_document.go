package admin

import "github.com/penstock-db/penstock/engine"

// memoryAttributes are a session's memory in bytes.
type memoryAttributes struct {
	ConnectionBuffers bufferAttributes         `json:"connection_buffers"`
	ExecMetadata      int64                    `json:"exec_metadata"`
	LastQueries       int64                    `json:"last_queries"`
	Log               int64                    `json:"log"`
	Plugins           []pluginMemoryAttributes `json:"plugins"`
	History           int64                    `json:"sescmd_history"`
	Total             int64                    `json:"total"`
	Variables         int64                    `json:"variables"`
}

type bufferAttributes struct {
	Backends map[string]connectionMemory `json:"backends"`
	Client   connectionMemory            `json:"client"`
	Total    int64                       `json:"total"`
}

type connectionMemory struct {
	Misc  int64 `json:"misc"`
	Read  int64 `json:"readq"`
	Total int64 `json:"total"`
	Write int64 `json:"writeq"`
}

type pluginMemoryAttributes struct {
	Bytes int64  `json:"bytes"`
	Kind  string `json:"kind"`
	Name  string `json:"name"`
}

func newMemoryAttributes(m *engine.Memory) memoryAttributes {
	attrs := memoryAttributes{
		ConnectionBuffers: bufferAttributes{
			Backends: make(map[string]connectionMemory, len(m.Backends)),
			Client:   newConnectionMemory(m.Client),
			Total:    m.Buffers(),
		},
		ExecMetadata: m.ExecMetadata,
		LastQueries:  m.LastQueries,
		Log:          m.Log,
		Plugins:      make([]pluginMemoryAttributes, len(m.Plugins)),
		History:      m.History,
		Total:        m.Total(),
		Variables:    m.Variables,
	}
	for server, b := range m.Backends {
		attrs.ConnectionBuffers.Backends[server] = newConnectionMemory(b)
	}
	for i, p := range m.Plugins {
		attrs.Plugins[i] = pluginMemoryAttributes{p.Bytes, p.Kind, p.Name}
	}
	return attrs
}

func newConnectionMemory(b engine.BufferMemory) connectionMemory {
	return connectionMemory{Misc: b.Misc, Read: b.Read, Total: b.Total(), Write: b.Write}
}
