// Package event is the event of package peers in the form that
// github.com/knqyf263/go-plugin asks for: a protocol buffers service. All of it
// but this file is generated from event.proto, with protoc 3.21.12 and
// protoc-gen-go-plugin of the version in go.mod:
//
//	go build -o DIR github.com/knqyf263/go-plugin/cmd/protoc-gen-go-plugin
//	PATH=DIR:$PATH protoc --go-plugin_out=. --go-plugin_opt=paths=source_relative event/event.proto
package event
