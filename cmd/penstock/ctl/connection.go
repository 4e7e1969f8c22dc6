package ctl

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/penstock-db/penstock/cmd/penstock/client"
	"github.com/penstock-db/penstock/engine/config"
)

// Environment variables, which flags take precedence over.
const (
	envURL      = "PENSTOCK_URL"
	envUser     = "PENSTOCK_USER"
	envPassword = "PENSTOCK_PASSWORD"
	envToken    = "PENSTOCK_TOKEN"
)

// connection is where the API is and how to get in, as flags, environment and
// configuration say. There is no flag for a password: command lines are seen by
// everybody on the machine.
type connection struct {
	url, user, passwordFile, tokenFile, ca, cert, key, file string
	timeout                                                 time.Duration

	urlFrom, accountFrom string // for people: where the address and the account came from
}

func (c *connection) flags(cmd *cobra.Command) {
	f := cmd.PersistentFlags()
	f.StringVar(&c.url, "url", "", "the API's `URL` (PENSTOCK_URL; default: [admin] of the configuration file)")
	f.StringVarP(&c.user, "user", "u", "", "the `name` of your account (PENSTOCK_USER; default: that of the configuration file, else admin)")
	f.StringVar(&c.passwordFile, "password-file", "", "a `file` with its password (PENSTOCK_PASSWORD; default: that of the configuration file, else you are asked)")
	f.StringVar(&c.tokenFile, "token-file", "", "a `file` with a token in place of user and password (PENSTOCK_TOKEN)")
	f.StringVar(&c.ca, "ca", "", "a PEM `file` with the authorities of the API's certificate")
	f.StringVar(&c.cert, "cert", "", "a PEM `file` with a certificate of your own")
	f.StringVar(&c.key, "key", "", "a PEM `file` with its key")
	f.StringVarP(&c.file, "config", "c", "config.toml", "the configuration `file` of the proxy")
	f.DurationVar(&c.timeout, "timeout", time.Minute, "how long to wait for an answer")
	for _, name := range []string{"password-file", "token-file", "ca", "cert", "key"} {
		cobra.CheckErr(cmd.MarkPersistentFlagFilename(name))
	}
	cobra.CheckErr(cmd.MarkPersistentFlagFilename("config", "toml"))
}

// open returns a client, and asks for a password if there is none and somebody
// to ask.
func (c *connection) open(cmd *cobra.Command) (*client.Client, error) {
	o, err := c.options(cmd)
	if err != nil {
		return nil, err
	}
	if o.Token == "" && o.Password == "" {
		if o.Password, err = askPassword(cmd, fmt.Sprintf("Password of %s: ", o.User)); err != nil {
			return nil, fmt.Errorf("there is no password for %s: set %s, or give --password-file FILE", o.User, envPassword)
		}
		c.accountFrom = fmt.Sprintf("user %q with the password you typed", o.User)
	}
	return client.New(o)
}

// options gathers what is known; the password may be missing.
func (c *connection) options(cmd *cobra.Command) (client.Options, error) {
	o := client.Options{CA: c.ca, Cert: c.cert, Key: c.key, Timeout: c.timeout}
	if c.timeout <= 0 {
		return o, usagef("--timeout is %v: it has to be more than nothing", c.timeout)
	}
	fileGiven := cmd.Flags().Changed("config")
	if c.url != "" && fileGiven {
		return o, usagef("--url and --config both say where the API is: give one of them")
	}
	var admin *config.Admin // nil unless the configuration file says where the API is
	switch env := os.Getenv(envURL); {
	case c.url != "":
		o.URL, c.urlFrom = c.url, "--url"
	case env != "" && !fileGiven:
		o.URL, c.urlFrom = env, envURL
	default:
		var err error
		if admin, err = c.readConfig(fileGiven); err != nil {
			return o, err
		}
		o.URL, c.urlFrom = adminURL(admin), "[admin] in "+c.file
		if admin.TLS != nil && c.ca == "" {
			o.Pinned = admin.TLS.Cert
		}
	}
	return o, c.account(&o, admin)
}

// account finds out who is asking.
func (c *connection) account(o *client.Options, admin *config.Admin) (err error) {
	token := os.Getenv(envToken)
	switch {
	case c.tokenFile != "" && (c.user != "" || c.passwordFile != ""):
		return usagef("--token-file takes the place of --user and --password-file: give one of them")
	case c.tokenFile != "":
		o.Token, err = readSecret(c.tokenFile)
		c.accountFrom = "the token in " + c.tokenFile
		return err
	case token != "" && c.user == "" && c.passwordFile == "":
		o.Token, c.accountFrom = token, "the token in "+envToken
		return nil
	}
	switch env := os.Getenv(envUser); {
	case c.user != "":
		o.User = c.user
	case env != "":
		o.User = env
	case admin != nil && admin.User != "":
		o.User = admin.User
	default:
		o.User = "admin"
	}
	from := "no password"
	switch env := os.Getenv(envPassword); {
	case c.passwordFile != "":
		o.Password, err = readSecret(c.passwordFile)
		from = "the password in " + c.passwordFile
	case env != "":
		o.Password, from = env, "the password in "+envPassword
	case admin != nil && admin.User == o.User:
		o.Password, from = string(admin.Password), "the password in "+c.file
	}
	c.accountFrom = fmt.Sprintf("user %q with %s", o.User, from)
	return err
}

// readConfig reads [admin] of the configuration file.
func (c *connection) readConfig(given bool) (*config.Admin, error) {
	admin, err := config.LoadAdmin(c.file)
	switch {
	case err != nil && errors.Is(err, fs.ErrNotExist) && !given:
		return nil, fmt.Errorf("where is the API? There is no %s here: give -c FILE, the proxy's configuration, or --url URL (or set %s)", c.file, envURL)
	case err != nil:
		return nil, err
	case !admin.Enabled:
		return nil, fmt.Errorf("%s has no [admin] that is enabled: a proxy with this configuration has no REST API", c.file)
	}
	if _, port, err := net.SplitHostPort(admin.Address); err == nil && port == "0" {
		return nil, fmt.Errorf("[admin] in %s leaves the port to the system: the proxy's log says which one it is; give it with --url", c.file)
	}
	return admin, nil
}

// adminURL is where a client on the same machine finds the API.
func adminURL(a *config.Admin) string {
	scheme := "http"
	if a.TLS != nil {
		scheme = "https"
	}
	host, port, err := net.SplitHostPort(a.Address)
	if err != nil {
		return scheme + "://" + a.Address
	}
	switch ip, err := netip.ParseAddr(host); {
	case host == "":
		host = "127.0.0.1"
	case err == nil && ip.IsUnspecified() && ip.Is4():
		host = "127.0.0.1"
	case err == nil && ip.IsUnspecified():
		host = "::1"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// readSecret reads a file with a password or token: its first and only line.
func readSecret(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	secret := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	if secret == "" || strings.ContainsAny(secret, "\r\n") {
		return "", fmt.Errorf("%s has to hold one line, the secret", file)
	}
	return secret, nil
}
