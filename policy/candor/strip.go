package candor

import "strings"

// longestQuote bounds quoted text, so that one stray quote mark hides no page.
const longestQuote = 400

// longestTag bounds a tag with its attributes, in bytes.
const longestTag = 2000

// tags recognises HTML tags in one text, from its beginning to its end.
type tags struct {
	unclosed map[string]bool // names whose closing tag is not in the rest of the text
}

// at recognises an HTML tag, or a link in angle brackets, at the start of s. It
// returns its length, with the content of code and quotations, and what it
// stands for: nothing, a space, or the end of a paragraph.
func (t *tags) at(s string) (n int, as byte) {
	end := strings.IndexByte(s[:min(len(s), longestTag)], '>')
	if end < 2 {
		return 0, 0
	}
	inner := strings.TrimLeft(s[1:end], "/")
	head := strings.ToLower(inner[:min(len(inner), len("blockquote")+1)])
	if strings.HasPrefix(head, "http://") || strings.HasPrefix(head, "https://") || strings.HasPrefix(head, "!--") {
		return end + 1, ' '
	}
	k := 0
	for k < len(inner) && (lower(inner[k]) >= 'a' && lower(inner[k]) <= 'z' || inner[k] >= '0' && inner[k] <= '9') {
		k++
	}
	if k == 0 || k < len(inner) && inner[k] != ' ' && inner[k] != '/' && inner[k] != '\n' && inner[k] != '\t' {
		return 0, 0
	}
	if k > len(head) {
		return end + 1, 0
	}
	switch name := head[:k]; name {
	case "code", "pre", "blockquote", "kbd", "samp":
		if s[1] != '/' {
			if j := t.closing(s, name); j > 0 {
				return j, quoted
			}
		}
		return end + 1, ' '
	case "br":
		return end + 1, ' '
	case "p", "div", "li", "ul", "ol", "tr", "td", "h1", "h2", "h3", "h4", "h5", "h6", "section":
		return end + 1, '\n'
	}
	return end + 1, 0
}

// closing returns where the closing tag of a name ends, 0 if there is none. The
// rest of a text is searched in vain at most once for each name.
func (t *tags) closing(s, name string) int {
	if t.unclosed[name] {
		return 0
	}
	want := "</" + name + ">"
	for i := 0; ; i++ {
		j := strings.Index(s[i:], "</")
		if j < 0 || i+j+len(want) > len(s) {
			break
		}
		i += j
		if strings.EqualFold(s[i:i+len(want)], want) {
			return i + len(want)
		}
	}
	if t.unclosed == nil {
		t.unclosed = map[string]bool{}
	}
	t.unclosed[name] = true
	return 0
}

// lower is the lower case of an ASCII letter.
func lower(b byte) byte {
	if b >= 'A' && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

// code recognises fenced and inline code at the start of s.
func code(s string) int {
	if strings.HasPrefix(s, "```") {
		if j := strings.Index(s[3:], "```"); j >= 0 {
			return j + 6
		}
		return 0
	}
	j := strings.IndexByte(s[1:min(len(s), longestQuote)], '`')
	if j < 1 || strings.Contains(s[1:j+1], "\n\n") {
		return 0
	}
	return j + 2
}

// link recognises a URL at the start of s.
func link(s string) int {
	head := strings.ToLower(s[:min(len(s), 8)])
	if !strings.HasPrefix(head, "http://") && !strings.HasPrefix(head, "https://") {
		return 0
	}
	n := strings.IndexAny(s, " \t\r\n<>\")]")
	if n < 0 {
		n = len(s)
	}
	return len(strings.TrimRight(s[:n], ".,;:!?"))
}

// quoteLine recognises a Markdown quotation: lines that start with ">".
func quoteLine(s string, allowed bool) int {
	if !allowed || !strings.HasPrefix(s, ">") {
		return 0
	}
	if j := strings.IndexByte(s, '\n'); j >= 0 {
		return j + 1
	}
	return len(s)
}

// bullet recognises the mark of a list item.
func bullet(s string) int {
	t := strings.TrimLeft(s, " \t")
	if len(t) > 1 && (t[0] == '-' || t[0] == '*' || t[0] == '+') && t[1] == ' ' {
		return len(s) - len(t) + 2
	}
	return 0
}

// paragraph recognises a blank line; s starts with a line feed.
func paragraph(s string) int {
	t := strings.TrimLeft(s[1:], " \t\r")
	if strings.HasPrefix(t, "\n") {
		return len(s) - len(t)
	}
	return 0
}

// quoteWords is how many words make a quotation.
const quoteWords = 4

// dropped stands for a byte that is taken out before rules read the text.
const dropped = '\x02'

// hideQuotes overwrites quoted text of four words and more. Shorter quotes are
// a way of speaking, not of quoting: they lose their marks and stay visible.
func hideQuotes(b []byte, mark byte) {
	for i := 0; i < len(b); i++ {
		if b[i] != mark || !opensQuote(b, i, mark) {
			continue
		}
		for j := i + 1; j < len(b) && j-i < longestQuote && b[j] != '\n'; j++ {
			if b[j] != mark || !closesQuote(b, j, mark) {
				continue
			}
			if len(strings.Fields(string(b[i+1:j]))) >= quoteWords {
				for k := i; k <= j; k++ {
					b[k] = quoted
				}
			} else {
				b[i], b[j] = dropped, dropped
			}
			i = j
			break
		}
	}
}

func opensQuote(b []byte, i int, mark byte) bool {
	return mark == '"' || (i == 0 || b[i-1] == ' ' || b[i-1] == '(' || b[i-1] == '\n') && i+1 < len(b) && isWord(b[i+1])
}

func closesQuote(b []byte, j int, mark byte) bool {
	return mark == '"' || j+1 == len(b) || !isWord(b[j+1]) && b[j-1] != 's'
}
