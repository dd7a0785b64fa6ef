package smtpnotify

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/textproto"
	"strings"
)

// Bounds of what is looked at in a message to the return path. Anybody can write
// to it.
const (
	maxReport = 1 << 20  // bytes: reports begin with what counts, a returned message may be long
	maxHeader = 64 << 10 // bytes of one header
	maxLines  = 2000     // of one header
	maxParts  = 32       // of a message, in all its depths
	maxDepth  = 3
	maxGroups = 64
)

// ParseBounce reads a message that came to the return path, as it was received,
// and says what became of which delivery:
//
//	b, err := n.ParseBounce(message)
//	if err == nil && b.Kind == smtpnotify.BounceFailed && b.Delivery != "" {
//		err = desk.Bounced(ctx, b.Delivery, b.Reason)
//	}
//
// It understands reports of RFC 3464 and 6533, and those of Exim without one.
// The delivery is found by the sealed token in the header that came back or in
// the envelope ID; the Message-ID by them, and by a return path of VERP.
// What a stranger sends can name no delivery: tokens cannot be made without a
// key. The recipient of a message has its token, and can say that it failed.
//
// At most a megabyte is read. It fails with [ErrNotMail] if r holds no e-mail,
// or with the error of r. Of an e-mail whose parts are broken, what can be read counts.
func (n *Notifier) ParseBounce(r io.Reader) (Bounce, error) {
	src := &source{r: r, left: maxReport}
	in := bufio.NewReader(src)
	top, _ := readFields(in) // without an end there is no body, which is no matter
	if src.err != nil {
		return Bounce{}, fmt.Errorf("smtpnotify: reading a bounce: %w", src.err)
	}
	if len(top) == 0 {
		return Bounce{}, fmt.Errorf("smtpnotify: reading a bounce: %w", ErrNotMail)
	}
	w := &walk{}
	w.part(top.get("content-type"), top.get("content-transfer-encoding"), in, 0)
	if src.err != nil {
		return Bounce{}, fmt.Errorf("smtpnotify: reading a bounce: %w", src.err)
	}
	return n.judge(top, &w.found), nil
}

// source reads a bounded part of a stream and keeps its error apart from those
// of parsing.
type source struct {
	r    io.Reader
	left int
	err  error
}

func (s *source) Read(p []byte) (int, error) {
	if s.left <= 0 {
		return 0, io.EOF
	}
	n, err := s.r.Read(p[:min(len(p), s.left)])
	s.left -= n
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// walk goes through the parts of a message.
type walk struct {
	found findings
	parts int
}

// part looks at one part. What does not parse is passed over.
func (w *walk) part(contentType, encoding string, body io.Reader, depth int) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil && kind == "" {
		return
	}
	switch kind {
	case "message/delivery-status", "message/global-delivery-status":
		w.status(decoded(encoding, body))
	case "message/disposition-notification", "message/global-disposition-notification":
		w.found.read = true
	case "message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers":
		if depth > 0 {
			w.original(decoded(encoding, body))
		}
	default:
		if strings.HasPrefix(kind, "multipart/") && params["boundary"] != "" && depth < maxDepth {
			w.multipart(multipart.NewReader(body, params["boundary"]), depth)
		}
	}
}

func (w *walk) multipart(r *multipart.Reader, depth int) {
	for w.parts < maxParts {
		p, err := r.NextRawPart()
		if err != nil {
			return
		}
		w.parts++
		w.part(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p, depth+1)
	}
}

// decoded undoes the encoding of a part. Reports should have none, but some do.
func decoded(encoding string, body io.Reader) *bufio.Reader {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	return bufio.NewReader(body)
}

// status reads the groups of fields of a report: one of the message, and one of
// each recipient.
func (w *walk) status(in *bufio.Reader) {
	for range maxGroups {
		f, err := readFields(in)
		if id := f.get("original-envelope-id"); id != "" && w.found.envid == "" {
			w.found.envid = id
		}
		if f.get("final-recipient") != "" || f.get("action") != "" || f.get("status") != "" {
			w.found.groups = append(w.found.groups, statusGroup{
				action: strings.ToLower(f.get("action")), status: f.get("status"), diagnostic: f.get("diagnostic-code"),
			})
		}
		if err != nil {
			return
		}
	}
}

// original reads the header of the message that came back. The first one counts.
func (w *walk) original(in *bufio.Reader) {
	f, _ := readFields(in) // what could be read of it
	if id := f.get("message-id"); id != "" && w.found.messageID == "" {
		w.found.messageID = id
	}
	if token := f.get(string(fieldDelivery)); token != "" && w.found.token == "" {
		w.found.token = strings.Join(strings.Fields(token), "")
	}
}

// fields are those of a header, by name in lower case, unfolded.
type fields map[string][]string

// get returns the first field of a name, or "".
func (f fields) get(name string) string {
	if v := f[strings.ToLower(name)]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// readFields reads fields up to an empty line, which it takes too; empty lines
// before them are passed over. Lines that are no field are ignored, and so is
// what goes beyond the bounds. The error says that there is nothing after it.
func readFields(in *bufio.Reader) (fields, error) {
	f := fields{}
	left, last, begun := maxHeader, "", false
	for lines := 0; ; lines++ {
		if lines == maxLines {
			left = 0
		}
		line, err := readLine(in, &left)
		switch name, value, isField := strings.Cut(line, ":"); {
		case line == "" && (begun || err != nil):
			return f, err
		case line == "":
			continue
		case line[0] == ' ' || line[0] == '\t':
			if values := f[last]; len(values) > 0 {
				values[len(values)-1] = strings.TrimSpace(values[len(values)-1] + " " + strings.TrimSpace(line))
			}
		case isField && isFieldName(name):
			last = strings.ToLower(name)
			f[last] = append(f[last], textproto.TrimString(value))
		default:
			last = ""
		}
		begun = true
		if err != nil {
			return f, err
		}
	}
}

func isFieldName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// readLine returns a line without its end. Of what exceeds left nothing is kept.
func readLine(in *bufio.Reader, left *int) (string, error) {
	var line []byte
	for {
		piece, err := in.ReadSlice('\n')
		keep := min(len(piece), *left)
		line = append(line, piece[:keep]...)
		*left -= keep
		if err == bufio.ErrBufferFull { //nolint:errorlint // documented to be returned itself
			continue
		}
		return strings.TrimRight(string(line), "\r\n"), err
	}
}
