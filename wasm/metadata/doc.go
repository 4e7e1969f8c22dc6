// Package metadata reads and writes what a module says of itself: who made it,
// which plugins are in it, and which options each of them takes. It stands in a
// custom section of the .wasm file, [SectionName], as JSON:
//
//	{
//	  "version": "1.2.0", "author": "…", "license": "…",
//	  "plugins": {
//	    "mask": {
//	      "description": "hides columns of results",
//	      "options": { …a JSON Schema (2020-12) of the options… }
//	    }
//	  }
//	}
//
// docs/abi.md says what each member means and what bounds it has. The schema is
// what a configuration is checked against before any code of the module runs
// ([Plugin.Check]), so that a mistake in an option is found where it was made.
//
// A module without the section is like any other. One whose section makes no
// sense is refused: who wrote it relies on what it says.
//
// The section comes from whoever made the module. Its size, its depth, and what
// a schema can make the host do are bounded (section.go, schema.go), and a schema
// can refer to nothing outside of itself.
package metadata
