package sql

import "testing"

func charset(t *testing.T, name string) Charset {
	t.Helper()
	c, ok := CharsetByName(name)
	if !ok {
		t.Fatalf("no character set %q", name)
	}
	return c
}

func TestSessionChanges(t *testing.T) {
	set := func(name string) Changes { return Changes{SetCharset: true, Charset: charset(t, name)} }
	mode := func(ansi, noBackslash, brackets bool) Changes {
		return Changes{SetSQLMode: true, ANSIQuotes: ansi, NoBackslashEscapes: noBackslash, Brackets: brackets}
	}
	both := set("gbk")
	both.SetSQLMode, both.ANSIQuotes = true, true
	for stmt, want := range map[string]Changes{
		"SET NAMES gbk":                                set("gbk"),
		"set names 'GBK' collate gbk_bin":              set("gbk"),
		"SET NAMES `sjis`":                             set("sjis"),
		"SET NAMES utf8":                               set("utf8mb3"),
		"SET CHARACTER SET big5":                       set("big5"),
		"SET CHARSET latin1":                           set("latin1"),
		"SET NAMES DEFAULT":                            {Ask: true},
		"SET NAMES klingon":                            {Ask: true},
		"SET character_set_client = cp932":             set("cp932"),
		"SET @@character_set_client='cp932'":           set("cp932"),
		"SET @@session.character_set_client := gbk":    set("gbk"),
		"SET SESSION character_set_client = @a":        {Ask: true},
		"SET GLOBAL character_set_client = gbk":        {},
		"SET @@global.sql_mode = 'ANSI'":               {},
		"SET sql_mode = ''":                            mode(false, false, false),
		"SET sql_mode = 'STRICT_ALL_TABLES, ansi'":     mode(true, false, false),
		"SET sql_mode=\"no_backslash_escapes\"":        mode(false, true, false),
		"SET sql_mode = ANSI_QUOTES":                   mode(true, false, false),
		"SET sql_mode = 'MSSQL'":                       mode(true, false, true),
		"SET sql_mode = 'ORACLE'":                      mode(true, false, false),
		"SET LOCAL sql_mode = 4":                       mode(true, false, false),
		"SET sql_mode = 1048576":                       mode(false, true, false),
		"SET sql_mode = CONCAT(@@sql_mode, ',ANSI')":   {Ask: true},
		"SET sql_mode = @old":                          {Ask: true},
		"SET sql_mode = DEFAULT":                       {Ask: true},
		"SET sql_mode = 'a' 'b'":                       {Ask: true},
		"SET sql_mode = (SELECT 'ANSI')":               {Ask: true},
		"SET @a = 1, NAMES gbk, sql_mode = 'ANSI'":     both,
		"SET NAMES gbk; SET sql_mode = 'ANSI'":         both,
		"SET @sql_mode = 'ANSI'":                       {},
		"SET @@old.sql_mode = 'ANSI'":                  mode(true, false, false),
		"SET STATEMENT sql_mode = 'ANSI' FOR SELECT 1": {},
		"SET autocommit = 0":                           {},
		"SELECT 'SET NAMES gbk'":                       {},
		"/*!40101 SET NAMES gbk */;":                   set("gbk"),
		"EXECUTE s":                                    {Ask: true},
		"EXECUTE IMMEDIATE 'SET NAMES gbk'":            {Ask: true},
	} {
		if got := SessionChanges([]byte(stmt), Mode{}); got != want {
			t.Errorf("SessionChanges(%q) = %+v, want %+v", stmt, got, want)
		}
	}
}

func TestChangesApply(t *testing.T) {
	m := Mode{Charset: charset(t, "latin1"), NoBackslashEscapes: true, Version: 5}
	m = VariableChange("Character_Set_Client", "sjis").Apply(m)
	m = VariableChange("sql_mode", "REAL_AS_FLOAT,ANSI_QUOTES,ANSI").Apply(m)
	m = VariableChange("time_zone", "ANSI_QUOTES").Apply(m)
	want := Mode{Charset: charset(t, "sjis"), ANSIQuotes: true, Version: 5}
	if m != want {
		t.Errorf("mode is %+v, want %+v", m, want)
	}
	if (Changes{}).Any() || !(Changes{Ask: true}).Any() {
		t.Error("Any is wrong")
	}
}

func TestCharsets(t *testing.T) {
	for id, name := range map[uint16]string{
		8: "latin1", 33: "utf8mb3", 45: "utf8mb4", 255: "utf8mb4", 1: "big5", 13: "sjis", 28: "gbk", 249: "gb18030", 63: "binary",
		95: "cp932", 1270: "utf8mb4", 1119: "cp932", 35: "utf8mb4", 65535: "utf8mb4", 0: "utf8mb4",
	} {
		if got := CharsetOf(id).String(); got != name {
			t.Errorf("collation %d is of %s, want %s", id, got, name)
		}
	}
	for _, name := range []string{"ucs2", "utf16", "utf16le", "utf32", "filename", ""} {
		if c, ok := CharsetByName(name); ok {
			t.Errorf("%s is a client character set: %v", name, c)
		}
	}
	for _, r := range collations {
		if _, ok := CharsetByName(r.charset); !ok {
			t.Errorf("collations %d to %d are of %s, which is unknown", r.first, r.last, r.charset)
		}
	}
	if got := Charset(200).String(); got != "utf8mb4" {
		t.Errorf("an unknown Charset is %s", got)
	}
	Classify([]byte("SELECT 1"), Mode{Charset: 200})
}
