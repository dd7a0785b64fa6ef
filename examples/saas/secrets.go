package main

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strings"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify/webhooknotify"
)

// secrets are what must stay the same from start to start, and on every machine.
type secrets struct {
	Links   []byte            `json:"links"`   // seals the links to customers' pages
	Mail    []byte            `json:"mail"`    // keys the message IDs of mails
	Webhook string            `json:"webhook"` // signs webhooks
	Staff   map[string]string `json:"staff"`   // bearer tokens by person
}

// loadSecrets reads the file, or makes one.
func loadSecrets(path string) (*secrets, error) {
	text, err := os.ReadFile(path) //nolint:gosec // it is named by whoever starts us
	if errors.Is(err, fs.ErrNotExist) {
		return makeSecrets(path)
	}
	var s secrets
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err == nil && (len(s.Links) < 32 || len(s.Mail) < 32 || s.Webhook == "" || len(s.Staff) == 0) {
		err = errors.New("something is missing in it: move it away, and a new one is made")
	}
	if err != nil {
		return nil, fmt.Errorf("secrets: %w", err)
	}
	return &s, nil
}

func makeSecrets(path string) (*secrets, error) {
	s := &secrets{Links: make([]byte, 32), Mail: make([]byte, 32), Webhook: webhooknotify.GenerateSecret(), Staff: map[string]string{"ada": rand.Text(), "ben": rand.Text()}}
	_, _ = rand.Read(s.Links) // never fails
	_, _ = rand.Read(s.Mail)
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("secrets: %w", err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // likewise
	if err != nil {
		return nil, fmt.Errorf("secrets: %w", err)
	}
	_, err = file.Write(append(text, '\n'))
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("secrets: %w", err)
	}
	return s, nil
}

// who returns the person whose token a request bears. Every token is compared,
// in the same time whatever it is.
func (s *secrets) who(r *http.Request) (incident.Actor, bool) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	found := incident.Actor{}
	for person, have := range s.Staff {
		if subtle.ConstantTimeCompare([]byte(token), []byte(have)) == 1 && have != "" {
			found = incident.Actor{Kind: incident.ActorStaff, ID: person, Name: person}
		}
	}
	return found, found.ID != ""
}
