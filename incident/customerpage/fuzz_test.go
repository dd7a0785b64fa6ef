package customerpage_test

import (
	"fmt"
	"net/http"
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
		for i := range v.NumField() {
			plant(v.Field(i), text)
		}
	case reflect.Slice:
		for i := range v.Len() {
			plant(v.Index(i), text)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			plant(v.Elem(), text)
		}
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
					if !strings.HasPrefix(a.Val, "?lang=") && !strings.HasPrefix(a.Val, "#") {
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
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 2000 {
			return // 64 KiB are tested elsewhere
		}
		sites := [2]*site{newSite(t, nil, hostile(text)), newSite(t, nil, hostile(tame(text)))}
		link := func(s *site) string { return s.links.URL("acme", "inc-7", "c-31") + "?lang=en" }
		bad := [2]string{sites[0].show(link(sites[0])), sites[1].show(link(sites[1]))}
		same(t, bad[0], bad[1])

		for _, slot := range slots(bad[0]) {
			var pages [2]string
			for i, entered := range []string{text, tame(text)} {
				s := sites[i]
				l := link(s)
				// None of them can be right, so the page shows them again.
				form := fill(t, s.show(l), slot, "text", entered, "opinion", "x"+entered, "satisfaction", "x"+entered, "kind", "x"+entered, "urgency", "x"+entered, "since", "x"+entered)
				form.Set("token", entered)
				w := s.post(l, form)
				require.Equal(t, http.StatusForbidden, w.Code)
				pages[i] = w.Body.String()
			}
			same(t, pages[0], pages[1])
		}
		for i, s := range sites {
			s.desk.failView = func() error { return fmt.Errorf("%s", text) }
			form := map[string][]string{"form": {text}, "token": {text}, "text": {"x" + text}, "since": {"x" + text}}
			if i == 1 {
				form = map[string][]string{"form": {tame(text)}, "token": {tame(text)}, "text": {"x" + tame(text)}, "since": {"x" + tame(text)}}
			}
			bad[i] = s.post(link(s), form).Body.String()
		}
		same(t, bad[0], bad[1])
	})
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
