package notify

import "strings"

// DataCorrectLink is the key of [Message].Data for where customers correct what
// they reported. [Templates.Render] fills it, and [DataLink].
const DataCorrectLink = "correct_link"

// Links returns the addresses in the text of a message that are ours: those
// under [DataLink] and [DataCorrectLink], and Unsubscribe, where they begin
// with https. A channel may show these as links, and no other: any other
// address in a text is somebody's words, a customer's perhaps.
func (m *Message) Links() []string {
	var out []string
	for _, link := range []string{m.Data[DataLink], m.Data[DataCorrectLink], m.Unsubscribe} {
		if strings.HasPrefix(link, "https://") {
			out = append(out, link)
		}
	}
	return out
}

// linkData is the part of Message.Data that is made of data, or nil.
func linkData(d *Data) map[string]string {
	var out map[string]string
	for key, link := range map[string]string{DataLink: d.Link, DataCorrectLink: d.CorrectLink} {
		if link == "" {
			continue
		}
		if out == nil {
			out = make(map[string]string, 2)
		}
		out[key] = link
	}
	return out
}
