package candor

import "strings"

// longestQuote bounds quoted text, so that one stray quote mark hides no page.
const longestQuote = 400

// tag recognises an HTML tag, or a link in angle brackets, at the start of s. It
// returns its length, with the content of code and quotations, and what it
// stands for: nothing, a space, or the end of a paragraph.
func tag(s string) (n int, as byte) {
	end := strings.IndexByte(s[:min(len(s), 2000)], '>')
	if end < 2 {
		return 0, 0
	}
	name := strings.ToLower(strings.TrimLeft(s[1:end], "/"))
	if strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://") || strings.HasPrefix(name, "!--") {
		return end + 1, ' '
	}
	k := 0
	for k < len(name) && (name[k] >= 'a' && name[k] <= 'z' || name[k] >= '0' && name[k] <= '9') {
		k++
	}
	if k == 0 || k < len(name) && name[k] != ' ' && name[k] != '/' && name[k] != '\n' && name[k] != '\t' {
		return 0, 0
	}
	switch name[:k] {
	case "code", "pre", "blockquote", "kbd", "samp":
		if s[1] != '/' {
			if j := strings.Index(strings.ToLower(s), "</"+name[:k]+">"); j > 0 {
				return j + len(name[:k]) + 3, quoted
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
