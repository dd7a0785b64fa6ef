package statuspage_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"golang.org/x/net/html"
)

// faults lists what keeps a page from those who cannot see it, or not in colour:
// WCAG 2.2 success criteria in short.
func faults(t *testing.T, page string) []string {
	t.Helper()
	var found []string
	count, ids, level := map[string]int{}, map[string]bool{}, 0
	var labels, targets []string
	walk(t, page, func(n *html.Node, _ int) {
		attr := map[string]string{}
		for _, a := range n.Attr {
			attr[a.Key] = a.Val
			if strings.HasPrefix(a.Key, "on") {
				found = append(found, "script in "+a.Key)
			}
		}
		count[n.Data]++
		if id, ok := attr["id"]; ok {
			if ids[id] {
				found = append(found, "4.1.1: the ID "+id+" stands twice")
			}
			ids[id] = true
		}
		labels = append(labels, strings.Fields(attr["aria-labelledby"])...)
		if to, ok := strings.CutPrefix(attr["href"], "#"); ok {
			targets = append(targets, to)
		}
		switch n.Data {
		case "html":
			if attr["lang"] == "" {
				found = append(found, "3.1.1: the page has no language")
			}
		case "h1", "h2", "h3", "h4", "h5", "h6":
			now := int(n.Data[1] - '0')
			if now > level+1 {
				found = append(found, "1.3.1: "+n.Data+" after level "+string(rune('0'+level)))
			}
			level = now
			if strings.TrimSpace(words(n)) == "" {
				found = append(found, "2.4.6: an empty heading")
			}
		case "a":
			if strings.TrimSpace(words(n)) == "" {
				found = append(found, "2.4.4: a link without words")
			}
		case "section", "nav":
			if attr["aria-labelledby"] == "" && attr["aria-label"] == "" {
				found = append(found, "1.3.1: a "+n.Data+" without a name")
			}
		case "strong":
			if strings.HasPrefix(attr["class"], "badge") && len([]rune(strings.TrimSpace(words(n)))) < 3 {
				found = append(found, "1.4.1: a state without words")
			}
		case "script", "iframe", "img", "object", "embed", "form", "table", "base":
			found = append(found, "a "+n.Data)
		case "meta":
			if attr["http-equiv"] == "refresh" {
				found = append(found, "2.2.4: it reloads by itself")
			}
			if strings.Contains(attr["content"], "maximum-scale") || strings.Contains(attr["content"], "user-scalable") {
				found = append(found, "1.4.4: it cannot be made larger")
			}
		case "time":
			if attr["datetime"] == "" {
				found = append(found, "a time that programs cannot read")
			}
		}
	})
	for _, once := range []string{"h1", "main", "header", "footer", "title"} {
		if count[once] != 1 {
			found = append(found, "1.3.1: not one "+once)
		}
	}
	for _, to := range append(labels, targets...) {
		if !ids[to] {
			found = append(found, "nothing has the ID "+to)
		}
	}
	if len(targets) == 0 {
		found = append(found, "2.4.1: nothing can be skipped")
	}
	return found
}

// words are what a reader hears of an element.
func words(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	for _, a := range n.Attr {
		if a.Key == "aria-hidden" && a.Val == "true" {
			return ""
		}
	}
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		b.WriteString(words(c))
	}
	return b.String()
}

func TestPagesCanBeHeard(t *testing.T) {
	t.Parallel()
	h, empty := handler(t, story(t).store, options()), handler(t, newWorld(t).store, nil)
	for _, path := range documentPaths() {
		if body := get(t, h, path).Body.String(); strings.HasPrefix(body, "<!doctype html>") {
			assert.Empty(t, faults(t, body), path)
		}
	}
	assert.Empty(t, faults(t, get(t, empty, "/").Body.String()), "a page on which nothing ever happened")
	assert.Empty(t, faults(t, get(t, empty, "/history").Body.String()))
	assert.Empty(t, faults(t, get(t, h, "/nothing").Body.String()))
}

func TestFaultsAreFound(t *testing.T) {
	t.Parallel()
	assert.Len(t, faults(t, `<h1> </h1><h3 id=a>x</h3><p id=a onclick=x><a href="#b"></a><section><img><strong class="badge ok"><span aria-hidden="true">long sign</span></strong><time>1</time>`), 15)
}
