package candor

import (
	"html"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// text is a field made comparable: lower case, straight quotes, one space
// between words, a line feed between paragraphs; without tags, code and links.
// Each byte knows the bytes of the source that it came from.
type text struct {
	src   string
	norm  string
	start []int
	end   []int
	parts []span // sentences, in order
}

// span is a range of bytes in the comparable text.
type span struct{ from, to int }

// quoted stands for a byte of quoted text, which no rule reads.
const quoted = '\x01'

func newText(src string) *text {
	w := &writer{src: src}
	w.run()
	w.trim()
	hideQuotes(w.out, '"')
	hideQuotes(w.out, '\'')
	w.compact()
	t := &text{src: src, norm: string(w.out), start: w.start, end: w.end}
	t.parts = sentences(t.norm)
	return t
}

// source returns the range of source bytes for a range of comparable ones.
func (t *text) source(s span) (from, to int) {
	if s.from >= s.to {
		return 0, 0
	}
	return t.start[s.from], t.end[s.to-1]
}

// sentence returns the sentence that holds the position.
func (t *text) sentence(at int) span {
	i := sort.Search(len(t.parts), func(i int) bool { return t.parts[i].to > at })
	if i < len(t.parts) && at >= t.parts[i].from {
		return t.parts[i]
	}
	return span{at, at}
}

type writer struct {
	src        string
	out        []byte
	start, end []int
	quotes     bool // the line before was a Markdown quote
	tags       tags
}

func (w *writer) run() {
	for i := 0; i < len(w.src); {
		i = w.step(i)
	}
}

func (w *writer) step(i int) int {
	rest := w.src[i:]
	switch {
	case i == 0 || w.src[i-1] == '\n':
		if n := quoteLine(rest, i == 0 || w.blankBefore(i) || w.quotes); n > 0 {
			w.quotes = true
			w.emit('\n', i, i+n)
			return i + n
		}
		w.quotes = false
		if n := bullet(rest); n > 0 {
			w.emit('\n', i, i+n)
			return i + n
		}
	}
	switch rest[0] {
	case '<':
		if n, as := w.tags.at(rest); n > 0 {
			if as != 0 {
				w.emit(as, i, i+n)
			}
			return i + n
		}
	case '&':
		if n, s := entity(rest); n > 0 {
			for _, r := range s {
				w.char(r, i, i+n)
			}
			return i + n
		}
	case '`':
		if n := code(rest); n > 0 {
			w.emit(quoted, i, i+n)
			return i + n
		}
	case 'h', 'H':
		if n := link(rest); n > 0 {
			for _, r := range "link" {
				w.char(r, i, i+n)
			}
			return i + n
		}
	case '\n':
		if n := paragraph(rest); n > 0 {
			w.emit('\n', i, i+n)
			return i + n
		}
	}
	r, n := utf8.DecodeRuneInString(rest)
	w.char(r, i, i+n)
	return i + n
}

// char emits one character in its comparable form.
func (w *writer) char(r rune, from, to int) {
	switch r {
	case '“', '”', '„', '«', '»', '‟':
		r = '"'
	case '‘', '’', '‚', '‛', '′':
		r = '\''
	case '‐', '‑', '–', '−':
		r = '-'
	case '—':
		w.emit(' ', from, to)
		w.emit('-', from, to)
		r = ' '
	case '\u200b', '\u200c', '\u200d', '\u00ad', '\ufeff', '*', quoted, dropped:
		return
	case '…':
		r = '.'
	}
	if unicode.IsSpace(r) {
		w.emit(' ', from, to)
		return
	}
	var buf [utf8.UTFMax]byte
	n := utf8.EncodeRune(buf[:], unicode.ToLower(r))
	w.joinHyphen(r)
	for _, b := range buf[:n] {
		w.out = append(w.out, b)
		w.start = append(w.start, from)
		w.end = append(w.end, to)
	}
}

// joinHyphen closes the gap in a word that was broken at its hyphen: "europe- west".
func (w *writer) joinHyphen(r rune) {
	n := len(w.out)
	if n < 3 || w.out[n-1] != ' ' || w.out[n-2] != '-' || !isWord(w.out[n-3]) || !unicode.IsLetter(r) && !unicode.IsDigit(r) {
		return
	}
	w.cut(n - 1)
}

// emit writes a separator; of several in a row the strongest stays.
func (w *writer) emit(b byte, from, to int) {
	if n := len(w.out); n > 0 && (b == ' ' || b == '\n') {
		switch last := w.out[n-1]; {
		case last == '\n' || last == ' ' && b == ' ':
			return
		case last == ' ':
			w.cut(n - 1)
		}
	} else if n == 0 && b != quoted {
		return
	}
	if len(w.out) == 0 && b != quoted && b != '-' {
		return
	}
	w.out = append(w.out, b)
	w.start = append(w.start, from)
	w.end = append(w.end, to)
}

func (w *writer) trim() {
	n := len(w.out)
	for n > 0 && (w.out[n-1] == ' ' || w.out[n-1] == '\n') {
		n--
	}
	w.cut(n)
}

// compact takes dropped bytes out.
func (w *writer) compact() {
	n := 0
	for i, b := range w.out {
		if b != dropped {
			w.out[n], w.start[n], w.end[n] = b, w.start[i], w.end[i]
			n++
		}
	}
	w.cut(n)
}

func (w *writer) cut(n int) {
	w.out, w.start, w.end = w.out[:n], w.start[:n], w.end[:n]
}

// blankBefore reports whether the line before the one at i is empty.
func (w *writer) blankBefore(i int) bool {
	j := strings.LastIndexByte(w.src[:i-1], '\n')
	return strings.TrimSpace(w.src[j+1:i-1]) == ""
}

// entity decodes an HTML character reference at the start of s.
func entity(s string) (int, string) {
	j := strings.IndexByte(s[:min(len(s), 12)], ';')
	if j < 2 {
		return 0, ""
	}
	if u := html.UnescapeString(s[:j+1]); u != s[:j+1] {
		return j + 1, u
	}
	return 0, ""
}

func isWord(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b >= utf8.RuneSelf
}
