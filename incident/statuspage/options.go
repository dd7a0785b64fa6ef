package statuspage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/internal/prose"
	"github.com/amends-dev/amends/internal/webpage"
)

// Reader is what a [Handler] reads: two methods of [incident.Store], under its
// contract. Most users pass their store; a cache or a replica will do as well,
// and the page is then as old as that.
type Reader interface {
	// List returns heads, by cursor.
	List(ctx context.Context, f incident.Filter, cursor string, limit int) (incident.Listing, error)
	// Read returns the events of a record.
	Read(ctx context.Context, record string, after uint64, limit int) (incident.Page, error)
}

// HandlerOptions adjusts a [Handler]. The zero value, like a nil *HandlerOptions,
// holds the defaults.
type HandlerOptions struct {
	// Catalog lists the components. If empty, the page shows those that public
	// incidents name. What an open incident names is shown even if it is not here.
	Catalog Catalog
	// CatalogFunc is asked for the catalog with every reading instead, for
	// catalogs that change. If nil, Catalog stays as it is.
	CatalogFunc func(ctx context.Context) (Catalog, error)
	// Languages are BCP 47 tags that the page can be read in; the first is for
	// readers of none of them, for feeds and for JSON, and the one that titles
	// are in. If nil, "en" and "de".
	Languages []string
	// Texts holds the page's own words by language and key, over the library's:
	// see [Texts]. A language that the library does not have needs all of them. If nil, none.
	Texts map[string]map[string]string
	// Contact is how customers reach you (R65), on every page. If zero, none is shown.
	Contact Link
	// Subscribe are ways to get the news besides the feeds. If nil, none.
	Subscribe []Link
	// Since dates what has no time of its own: a page without news, a component
	// whose age is not said. If zero, the first of January 1970.
	Since time.Time
	// NextUpdate adds the field next_update_at to incidents in JSON: when the
	// next word is promised (R45). If false, JSON has Statuspage's fields and no other.
	NextUpdate bool
	// Refresh is how old the page may be before a reader makes it read again. If
	// zero, a second.
	Refresh time.Duration
	// Timeout bounds one reading. If zero, 10 seconds.
	Timeout time.Duration
	// Hooks are told what happens. Nil ones are not called.
	Hooks Hooks
	// Logger is told when the store cannot be read. If nil, nobody is.
	Logger *slog.Logger
	// Now is the time for what the page says of now, and for Refresh. If nil, time.Now.
	Now func() time.Time
}

// Link leads somewhere: text, and the address to go to.
type Link struct {
	Text string
	URL  string // http, https, mailto or tel; may be empty where text alone says it
}

// Hooks are called by a [Handler], at times by several goroutines at once. They
// must return soon: readers wait for them.
type Hooks struct {
	// Refreshed says that the store was read, or that it could not be.
	Refreshed func(Refreshed)
	// Rendered says that a document was made: its path below the page, and its language.
	Rendered func(path, language string)
}

// Refreshed is one reading of the store.
type Refreshed struct {
	Took    time.Duration
	Records int   // there are
	Read    int   // of them were read, because they had changed
	Failed  int   // of them cannot be understood, and are shown as they were before
	Changed bool  // something that the public sees
	Err     error // the store could not be read: readers get the last page
}

// config is what a handler was made with, checked.
type config struct {
	reader    Reader
	space     string
	page      Page
	base      *url.URL
	prefix    string // the path of the page's address
	zone      *time.Location
	opts      HandlerOptions
	languages *webpage.Languages
	words     map[string]*wording
	first     string // language
}

func newConfig(reader Reader, space string, page Page, opts *HandlerOptions) (*config, error) {
	c := &config{reader: reader, space: space, page: page, words: map[string]*wording{}}
	if opts != nil {
		c.opts = *opts
	}
	var problems []error
	problem := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if reader == nil {
		problem("there is no reader")
	}
	if space == "" {
		problem("the space is missing: a page without one would show every brand's incidents")
	}
	if c.page.Name = prose.OneLine(page.Name); c.page.Name == "" {
		problem("the page has no name")
	}
	if err := c.address(); err != nil {
		problem("%w", err)
	}
	if err := c.setLanguages(); err != nil {
		problem("%w", err)
	}
	o := &c.opts
	o.Catalog = o.Catalog.clone()
	if err := o.Catalog.check(); err != nil {
		problem("the catalog: %w", err)
	}
	o.Subscribe = slices.Clone(o.Subscribe)
	for _, l := range append([]Link{o.Contact}, o.Subscribe...) {
		if err := l.check(); err != nil {
			problem("%w", err)
		}
	}
	if o.Refresh < 0 || o.Timeout < 0 {
		problem("refresh and timeout cannot be negative")
	}
	if o.Refresh == 0 {
		o.Refresh = time.Second
	}
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	if o.Since.IsZero() {
		o.Since = time.Unix(0, 0)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return c, errors.Join(problems...)
}

// address checks where the page is and in which zone.
func (c *config) address() error {
	u, err := url.Parse(c.page.URL)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return errors.New("the page's URL must be where customers find it, as in https://status.example.com")
	}
	c.base = u
	c.page.URL = strings.TrimRight(u.String(), "/")
	c.prefix = strings.TrimRight(u.EscapedPath(), "/")
	if c.page.ID == "" {
		c.page.ID = u.Hostname()
	}
	if c.page.TimeZone == "" {
		c.page.TimeZone = "Etc/UTC"
	}
	if c.zone, err = time.LoadLocation(c.page.TimeZone); err != nil || c.page.TimeZone == "Local" {
		return fmt.Errorf("time zone %q: want an IANA name, as in Europe/Berlin", c.page.TimeZone)
	}
	return nil
}

func (c *config) setLanguages() error {
	tags := slices.Clone(c.opts.Languages)
	if len(tags) == 0 {
		tags = []string{"en", "de"}
	}
	var problems []error
	for _, t := range tags {
		w, err := newWording(t, c.opts.Texts[t])
		if err != nil {
			problems = append(problems, err)
		}
		c.words[t] = w
	}
	for _, t := range slices.Sorted(maps.Keys(c.opts.Texts)) {
		if _, ok := c.words[t]; !ok {
			problems = append(problems, fmt.Errorf("there are words in %q, which is none of the languages", t))
		}
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	c.first, c.languages = tags[0], webpage.NewLanguages(tags...)
	return nil
}

func (l Link) check() error {
	u, err := url.Parse(l.URL)
	if err != nil || l.URL != "" && !slices.Contains([]string{"http", "https", "mailto", "tel"}, u.Scheme) {
		return fmt.Errorf("link %q: want an address with http, https, mailto or tel", l.Text)
	}
	if l.URL != "" && strings.TrimSpace(l.Text) == "" {
		return errors.New("a link has no text: nobody could tell where it leads")
	}
	return nil
}

// stamp writes a time as Statuspage does: RFC 3339 with milliseconds, in the page's zone.
func (c *config) stamp(t time.Time) string {
	return t.In(c.zone).Format("2006-01-02T15:04:05.000Z07:00")
}

// incidentPath is the path of an incident's page below the page's address. IDs
// that browsers would take for steps in the path are marked.
func incidentPath(id string) string {
	if id == "." || id == ".." || strings.HasPrefix(id, "~") {
		id = "~" + id
	}
	return "/incidents/" + url.PathEscape(id)
}
