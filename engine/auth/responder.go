package auth

import (
	"errors"
	"fmt"
)

// ClearPlugin sends the password as it is; Penstock does so over TLS only.
const ClearPlugin = "mysql_clear_password"

// Sentinels of [Responder].
var (
	// ErrPasswordNeeded: the server's plugin cannot be answered with a
	// recovered SHA1. Declare the user with its password in the configuration.
	ErrPasswordNeeded = errors.New("the server asks for a plugin that needs the password itself, and only its SHA1 is known: declare the user with its password in the service's users")
	// ErrInsecure: the plugin would send the password in the clear.
	ErrInsecure = errors.New("the server asks for the password in the clear on an unencrypted connection: configure TLS for the server")
	// ErrUnsupportedPlugin: Penstock does not speak the plugin.
	ErrUnsupportedPlugin = errors.New("authentication plugin not supported")
)

// Responder answers one server's authentication, step by step. The zero value
// with Credentials set is ready; it serves one login.
type Responder struct {
	Credentials Credentials
	// Secure: the connection is encrypted, so that a password may be sent.
	Secure bool

	plugin string
	salt   []byte
	asked  bool // the RSA key was asked for
}

// Start answers a plugin's first challenge: that of the greeting, or of an
// authentication switch. The salt is copied.
func (r *Responder) Start(plugin string, salt []byte) ([]byte, error) {
	r.plugin, r.asked = plugin, false
	r.salt = append(r.salt[:0], trimSalt(plugin, salt)...)
	cr := r.Credentials
	if !cr.HasPassword && len(cr.SHA1) == 0 {
		return nil, fmt.Errorf("no credentials for user %q", cr.User)
	}
	switch plugin {
	case NativePlugin:
		switch {
		case cr.empty():
			return nil, nil
		case cr.HasPassword:
			return nativeToken(r.salt, nativeSHA1(cr.Password)), nil
		}
		return nativeToken(r.salt, cr.SHA1), nil
	case CachingSHA2Plugin, SHA256Plugin, Ed25519Plugin, ClearPlugin:
		if !cr.HasPassword {
			return nil, fmt.Errorf("%s: %w", plugin, ErrPasswordNeeded)
		}
	}
	switch plugin {
	case CachingSHA2Plugin:
		if cr.Password == "" {
			return nil, nil
		}
		return sha2Token(r.salt, cr.Password), nil
	case SHA256Plugin:
		switch {
		case cr.Password == "":
			return []byte{0}, nil
		case r.Secure:
			return clear(cr.Password), nil
		}
		r.asked = true
		return []byte{sha256KeyRequest}, nil
	case Ed25519Plugin:
		return ed25519Sign(r.salt, cr.Password)
	case ClearPlugin:
		if !r.Secure {
			return nil, fmt.Errorf("%s: %w", plugin, ErrInsecure)
		}
		return clear(cr.Password), nil
	}
	return nil, fmt.Errorf("%q: %w", plugin, ErrUnsupportedPlugin)
}

// More answers a further step (AuthMoreData). If reply is false there is
// nothing to send: the server's verdict follows.
func (r *Responder) More(data []byte) (response []byte, reply bool, err error) {
	switch {
	case r.asked: // this is the RSA key
		r.asked = false
		response, err = sha2Encrypt(r.Credentials.Password, r.salt, data)
		return response, err == nil, err
	case r.plugin == CachingSHA2Plugin && len(data) == 1 && data[0] == cachingSHA2FastOK:
		return nil, false, nil
	case r.plugin == CachingSHA2Plugin && len(data) == 1 && data[0] == cachingSHA2Full:
		if r.Secure {
			return clear(r.Credentials.Password), true, nil
		}
		r.asked = true
		return []byte{cachingSHA2KeyRequest}, true, nil
	}
	return nil, false, fmt.Errorf("%s: unexpected step of %d bytes from the server", r.plugin, len(data))
}

// clear is the password as the SHA-256 and clear plugins send it: with a NUL.
func clear(password string) []byte { return append([]byte(password), 0) }

// trimSalt drops the NUL that servers put behind a salt. An ed25519 salt is 32
// bytes of which any may be zero, so that its last one may have been taken for
// such a NUL.
func trimSalt(plugin string, salt []byte) []byte {
	want := 20
	if plugin == Ed25519Plugin {
		want = 32
		if len(salt) == want-1 {
			salt = append(salt[:want-1:want-1], 0)
		}
	}
	if len(salt) > want {
		salt = salt[:want]
	}
	return salt
}
