package admin

import (
	"encoding/json"
	"testing"
)

func TestHideSecrets(t *testing.T) {
	const options = `{"password":"x","Pass":"x","pwd":"x","key-passphrase":"x","apiKey":"x","api-key":"x","api_key":"x","hmac":{"signing_key":"x"},"sinks":[{"auth.token":"x"}],"bypass":"y","key":"y","match":"y"}`
	const want = `{"Pass":"*****","api-key":"*****","apiKey":"*****","api_key":"*****","bypass":"y","hmac":{"signing_key":"*****"},"key":"y","key-passphrase":"*****","match":"y","password":"*****","pwd":"*****","sinks":[{"auth.token":"*****"}]}`
	var v any
	if err := json.Unmarshal([]byte(options), &v); err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(hideSecrets(v))
	if err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
}
