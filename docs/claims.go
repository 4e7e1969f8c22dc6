package docs

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
)

// claim says that a test runs the blocks of some languages in some documents.
type claim struct {
	test      string // package and function, as in examples.TestWritingAFilter
	documents string // path, or a pattern of path.Match
	languages string // separated by spaces; empty: whatever it is
}

// claims is who runs what. Each block has to be claimed exactly once. A new
// kind of block in a document needs a line here and a test that calls [Blocks].
var claims = []claim{
	{"wasm/metadata.TestDocument", "docs/abi.md", "json"},
	{"cmd/penstock/e2e.TestMakeRun", "README.md", ""},
	{"cmd/penstock/e2e.TestCommandLineDocument", "docs/cli.md", "sh bash"},
	{"cmd/penstock/e2e.TestRESTDocument", "docs/rest.md", "sh http json yaml"},
	{"cmd/penstock/e2e.TestATrapIsExplained", "docs/plugin-tools.md", "text"},
	{"cmd/penstock/e2e.TestATrapTellsItsLine", "docs/plugin-tools.md", "log"},
	{"cmd/penstock.TestPluginToolsDocument", "docs/plugin-tools.md", "console"},
	{"cmd/penstock.TestConformanceKitInGo", "docs/plugin-tools.md", "go"},
	{"cmd/penstock.TestConfigurationsOfDocuments", "docs/configuration.md", "toml"},
	{"cmd/penstock.TestConfigurationsOfDocuments", "plugins/filters/*/README.md", "toml"},
	{"cmd/penstock.TestConfigurationsOfDocuments", "plugins/routers/*/README.md", "toml"},
	{"cmd/penstock.TestConfigurationsOfDocuments", "plugins/scripts/README.md", "toml"},
	{"cmd/penstock.TestConfigurationsOfDocuments", "plugins/scripts/*/README.md", "toml"},
	{"plugins.TestScriptsOfDocuments", "plugins/scripts/README.md", "lua js"},
	{"plugins.TestScriptsOfDocuments", "plugins/scripts/*/README.md", "lua js"},
	{"examples.TestWritingAFilter", "docs/writing-a-filter.md", ""},
	{"examples.TestReadmesOfSDKs", "plugins/sdk/*/README.md", ""},
}

func (c claim) files(t testing.TB, root string) []string {
	t.Helper()
	files, err := fs.Glob(os.DirFS(root), c.documents)
	if err != nil {
		t.Fatalf("%s: %v", c.documents, err)
	}
	return files
}

func (c claim) has(b *Block) bool {
	return b.Lang != "" && (c.languages == "" || slices.Contains(strings.Fields(c.languages), b.Lang))
}
