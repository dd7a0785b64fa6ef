package customerpage_test

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/amends-dev/amends/incident"
)

// hostile puts one text into every field of a view that holds text.
func hostile(text string) incident.CustomerView {
	v := full()
	v.Status, v.Judge = incident.StatusResolved, true
	plant(reflect.ValueOf(&v).Elem(), text)
	// These say what a thing is or whose it is, and decide what the page shows.
	v.Space, v.Record, v.Customer, v.Status = "acme", "inc-7", "c-31", incident.StatusResolved
	for i := range v.Said {
		v.Said[i].ID = fmt.Sprint("inc-7.", i)
		v.Said[i].CorrectedBy = ""
	}
	v.Said[3].CorrectedBy = "inc-7.1"
	return v
}

func plant(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for _, f := range v.Fields() {
			plant(f, text)
		}
	case reflect.Slice:
		for i := range v.Len() {
			plant(v.Index(i), text)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			plant(v.Elem(), text)
		}
	default: // numbers, times and switches
	}
}

// tame has the shape of a text in lines, lists and quotations, and nothing that could be markup.
func tame(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '>' || unicode.IsSpace(r) || r < ' ' || r == 0x7f {
			return r
		}
		return 'x'
	}, text)
}

// tree is what a browser makes of a page: elements and the names of their
// attributes. Where they lead and what runs is looked at on the way.
func tree(t *testing.T, page string) []string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	require.NoError(t, err)
	var out []string
	var walk func(n *html.Node, depth int)
	walk = func(n *html.Node, depth int) {
		if n.Type == html.ElementNode {
			line := fmt.Sprint(depth, n.Data)
			for _, a := range n.Attr {
				line += " " + a.Key
				switch a.Key {
				case "href", "action":
					noIcon := n.Data == "link" && a.Val == "data:,"
					if !noIcon && !strings.HasPrefix(a.Val, "?lang=") && !strings.HasPrefix(a.Val, "#") {
						t.Fatalf("%s leads to %q", n.Data, a.Val)
					}
				case "id", "for", "name", "type", "class", "method":
					line += "=" + a.Val
				}
			}
			out = append(out, line)
		}
		if n.Type == html.CommentNode {
			t.Fatalf("a comment: %q", n.Data)
		}
		for c := range n.ChildNodes() {
			walk(c, depth+1)
		}
	}
	walk(doc, 0)
	return out
}

// FuzzPageNeverEmitsMarkup: whatever stands in a text of a view or is entered into
// a form, the page consists of the elements that harmless text makes.
func FuzzPageNeverEmitsMarkup(f *testing.F) {
	for _, seed := range []string{
		"", "harmless", "<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "</title><h1>", "</style>", "</textarea><b>", "{{.}}", "javascript:alert(1)",
		"- <b>\n- ' onclick='", "> <blockquote>\n>", "\x00\xff\r\n", "<!--", "&lt;b&gt;", "\u202e\u2028", " \t ", "en\" onload=\"x", "Europe/Berlin", "https://evil.example", "fixed", "de",
	} {
		f.Add(seed)
	}
	// Built once, since that takes longer than a page; nothing is recorded in between.
	sites := [2]*site{newSite(f, nil), newSite(f, nil)}
	address := sites[0].links.URL("acme", "inc-7", "c-31") + "?lang=en"
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 2000 {
			return // the bounds are tested elsewhere
		}
		texts := [2]string{text, tame(text)}
		var pages [2]string
		for i, s := range sites {
			s.t, s.desk.failView, s.desk.asked = t, nil, nil
			s.log.Reset()
			s.desk.views[place{"acme", "inc-7", "c-31"}] = hostile(texts[i])
			pages[i] = s.show(address)
		}
		same(t, pages[0], pages[1])

		// None of this can be right, so the page shows it again.
		all := slots(pages[0])
		slot := all[len(text)%len(all)]
		for i, s := range sites {
			w := s.post(address, entry(slot, texts[i]))
			require.Equal(t, http.StatusForbidden, w.Code)
			pages[i] = w.Body.String()
		}
		same(t, pages[0], pages[1])

		// The page that keeps what was entered while the desk is away.
		for i, s := range sites {
			s.desk.failView = func() error { return fmt.Errorf("%s", text) }
			pages[i] = s.post(address, entry(texts[i], texts[i])).Body.String()
		}
		same(t, pages[0], pages[1])
	})
}

// entry is a form with a text in all of its fields.
func entry(slot, text string) url.Values {
	v := url.Values{"form": {slot}, "token": {text}}
	for _, name := range []string{"text", "opinion", "satisfaction", "kind", "urgency", "since"} {
		v.Set(name, "x"+text)
	}
	return v
}

func same(t *testing.T, hostile, harmless string) {
	t.Helper()
	got, want := tree(t, hostile), tree(t, harmless)
	if !slices.Equal(got, want) {
		for i := range min(len(got), len(want)) {
			if got[i] != want[i] {
				t.Fatalf("element %d is %q, want %q", i, got[i], want[i])
			}
		}
		t.Fatalf("%d elements, want %d", len(got), len(want))
	}
}
