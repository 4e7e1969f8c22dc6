package main

import (
	"testing"

	"github.com/penstock-db/penstock/plugins/scripts/scripttest"
)

func TestScripts(t *testing.T) { scripttest.All(t, "js") }
