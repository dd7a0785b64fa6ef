package policy

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"reflect"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
)

//go:embed default.yaml
var defaultSource string

// Options configures [Compile]. The zero value, like a nil *Options, holds the defaults.
type Options struct {
	// Facts that the host can supply, by name. If given, a policy that asks for
	// others, or for another type, does not compile. If nil, what the policy declares is trusted.
	Facts map[string]FactType
}

// Compiled is a policy that was checked and made ready. It never changes and
// may be used by many goroutines at once.
type Compiled struct {
	name, version string
	pin           incident.PolicyPin
	rules         []rule
	match         matcher
	calendars     map[string]*calendar
	reopen        int64
	window        Span
	compensation  *compensation
	wording       Wording
	prepared      map[string]map[string]Text
}

// Compile checks a policy and makes it ready for use. Everything that is wrong
// is in the [*LoadError] that it returns. The policy is not kept.
func Compile(p *Policy, opts *Options) (*Compiled, error) {
	c := &checker{problems: problems{file: p.file, places: p.places}, policy: p}
	if opts != nil {
		c.facts = opts.Facts
	}
	c.check()
	if err := c.err(); err != nil {
		return nil, err
	}
	src := p.source
	if src == "" || !p.asLoaded() {
		b, err := yaml.Marshal(p)
		if err != nil {
			return nil, fmt.Errorf("policy: writing %q as YAML, for the record: %w", p.Name, err)
		}
		src = string(b)
	}
	sum := sha256.Sum256([]byte(src))
	out := &Compiled{
		name: p.Name, version: p.Version,
		pin:          incident.PolicyPin{Name: p.Name, Version: p.Version, Hash: hex.EncodeToString(sum[:]), Source: src},
		calendars:    c.calendars,
		reopen:       max(1, p.Verdict.Reopen),
		window:       p.Verdict.Window,
		compensation: c.compensation,
		wording:      clone(p.Wording),
		prepared:     clone(p.Prepared),
	}
	if out.window.IsZero() {
		out.window = Span{Duration: 72 * time.Hour}
	}
	out.rules = compileRules(clone(p.Communication), c.calendars)
	out.match = newMatcher(out.rules)
	return out, nil
}

// VerdictWindow is how long customers have to answer after they were asked whether it is fixed.
func (c *Compiled) VerdictWindow() time.Duration { return c.window.Duration }

// asLoaded reports whether the policy still is what its source says.
func (p *Policy) asLoaded() bool {
	if p.loaded == nil {
		return false
	}
	now := *p
	now.loaded = nil
	return reflect.DeepEqual(now, *p.loaded)
}

// Name returns the policy's name, which stays the same from version to version.
func (c *Compiled) Name() string { return c.name }

// Version returns the policy's version.
func (c *Compiled) Version() string { return c.version }

// Pin returns the policy as records keep it, with its source.
func (c *Compiled) Pin() incident.PolicyPin { return c.pin }

// FromPin makes a pinned policy ready again. It is an error if the source is
// missing or does not have the pin's hash.
func FromPin(pin incident.PolicyPin) (*Compiled, error) {
	if pin.Source == "" {
		return nil, fmt.Errorf("policy: pin of %q has no source: read it from the opening event of the record", pin.Name)
	}
	sum := sha256.Sum256([]byte(pin.Source))
	if got := hex.EncodeToString(sum[:]); got != pin.Hash {
		return nil, fmt.Errorf("policy: pin of %q: the source has hash %s, the pin says %s: one of them was changed", pin.Name, got, pin.Hash)
	}
	p, err := Load(pin.Name, []byte(pin.Source))
	if err != nil {
		return nil, fmt.Errorf("policy: pin of %q: %w", pin.Name, err)
	}
	return Compile(p, nil)
}

// Default returns the policy that a careful company could adopt as it is. Its
// source, with the reason of every rule, is [DefaultSource].
func Default() (*Compiled, error) {
	p, err := Load("default.yaml", []byte(defaultSource))
	if err != nil {
		return nil, err
	}
	return Compile(p, nil)
}

// DefaultSource returns the default policy's file: a start for one's own.
func DefaultSource() []byte { return []byte(defaultSource) }

// Prepared returns a prepared text in a locale (BCP 47), or in the nearest that
// there is: "de-AT" finds "de", and "en" stands in for the rest.
func (c *Compiled) Prepared(name, locale string) (Text, bool) {
	byLocale := c.prepared[name]
	for _, l := range fallbacks(locale) {
		if t, ok := byLocale[l]; ok {
			return t, true
		}
	}
	return Text{}, false
}

// Locales returns the locales in which a prepared text exists, sorted.
func (c *Compiled) Locales(name string) []string {
	return sortedKeys(c.prepared[name])
}

// Wording returns, by the ID of a candor rule, what its findings do.
func (c *Compiled) Wording() map[string]Level {
	return clone(c.wording.Rules)
}

// Elements returns the elements that words with a purpose must have for an
// audience, and what a missing one does.
func (c *Compiled) Elements(p incident.Purpose, a incident.Audience) map[string]Level {
	out := map[string]Level{}
	for _, r := range c.wording.Elements {
		if r.Purpose != p || r.Audience != "" && r.Audience != a {
			continue
		}
		level := r.Level
		if level == "" {
			level = LevelWarn
		}
		for _, e := range r.Contains {
			if out[e] != LevelBlock {
				out[e] = level
			}
		}
	}
	return out
}

// Scheme returns the contract's scheme of a name, "" for the default one.
func (c *Compiled) Scheme(name string) (compensate.Scheme, bool) {
	if c.compensation == nil {
		return compensate.Scheme{}, false
	}
	s, ok := c.compensation.schemes[name]
	if !ok {
		return compensate.Scheme{}, false
	}
	return s.Scheme(), true
}

// Rules returns the rules of communication, in the order of the file.
func (c *Compiled) Rules() []Rule {
	out := make([]Rule, len(c.rules))
	for i := range c.rules {
		out[i] = clone(c.rules[i].Rule)
	}
	return out
}

func fallbacks(locale string) []string {
	out := []string{}
	for l := locale; l != ""; {
		out = append(out, l)
		i := max(slices.Index([]byte(l), '-'), 0)
		for j := len(l) - 1; j >= 0; j-- {
			if l[j] == '-' {
				i = j
				break
			}
		}
		l = l[:i]
	}
	return append(out, "en")
}
