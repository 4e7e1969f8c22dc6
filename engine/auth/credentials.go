package auth

// Attr is one connection attribute, as performance_schema shows it.
type Attr struct {
	Name, Value string
}

// Credentials are what it takes to log in to a server.
//
// Either the password itself is known (HasPassword), and every plugin can be
// answered; or only its SHA1, recovered from a client's native token, which
// answers mysql_native_password alone.
type Credentials struct {
	User        string
	Password    string
	HasPassword bool
	SHA1        []byte // SHA1(password), 20 bytes; nil if not known
}

// String shows the user only.
func (c Credentials) String() string { return c.User }

// GoString shows the user only, so that %#v cannot leak a password.
func (c Credentials) GoString() string { return "auth.Credentials{User: " + c.User + "}" }

// WithPassword returns the credentials of a user whose password is known. An
// empty password is a known one.
func WithPassword(user, password string) Credentials {
	return Credentials{User: user, Password: password, HasPassword: true}
}

// empty reports whether the password is known to be empty.
func (c Credentials) empty() bool { return c.HasPassword && c.Password == "" }
