package incident_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/incidenttest"
)

func TestEventRoundTrip(t *testing.T) {
	t.Parallel()
	want := incidenttest.Filled("inc_1")
	require.Len(t, want, len(incident.Payloads())+1)

	t.Run("lines", func(t *testing.T) {
		t.Parallel()
		var buf bytes.Buffer
		require.NoError(t, incident.EncodeEvents(&buf, want))
		assert.Equal(t, len(want), strings.Count(buf.String(), "\n"))
		got, err := incident.DecodeEvents(iotest.OneByteReader(&buf))
		require.NoError(t, err)
		require.Equal(t, want, got)
	})
	t.Run("array", func(t *testing.T) {
		t.Parallel()
		doc, err := json.MarshalIndent(want, " ", "  ")
		require.NoError(t, err)
		got, err := incident.DecodeEvents(bytes.NewReader(append([]byte(" \n"), doc...)))
		require.NoError(t, err)
		require.Len(t, got, len(want))
		last := len(want) - 1
		require.Equal(t, want[:last], got[:last])
		assert.JSONEq(t, rawOf(t, want[last]), rawOf(t, got[last]), "an array may space its elements differently")
	})
}

// rawOf returns the content of an event of an unknown kind.
func rawOf(t *testing.T, e incident.Event) string {
	t.Helper()
	u, ok := e.Data.(incident.Unknown)
	require.True(t, ok, "%T is no unknown kind", e.Data)
	return string(u.Raw)
}

func TestKindsAreUniqueAndWellFormed(t *testing.T) {
	t.Parallel()
	seen := make(map[incident.Kind]bool)
	for _, p := range incident.Payloads() {
		k := p.Kind()
		assert.Regexp(t, `^[a-z]+\.[a-z]+$`, string(k))
		assert.False(t, seen[k], "kind %s twice", k)
		seen[k] = true
		got, err := incident.DecodePayload(k, false, []byte(`{}`))
		require.NoError(t, err, "kind %s", k)
		assert.Equal(t, reflect.TypeOf(p), reflect.TypeOf(got), "kind %s", k)
	}
}

func TestUnknownKindsStayByteForByte(t *testing.T) {
	t.Parallel()
	const line = `{"record":"inc_1","version":7,"kind":"weather.changed","at":"2026-03-02T09:00:00Z","recorded":"2026-03-02T09:00:00Z","actor":{"kind":"host"},"must":true,"data":{ "b" : 1.50, "a":"<&>" }}`
	events, err := incident.DecodeEvents(strings.NewReader(line))
	require.NoError(t, err)
	require.Equal(t, incident.Unknown{Name: "weather.changed", Must: true, Raw: json.RawMessage(`{ "b" : 1.50, "a":"<&>" }`)}, events[0].Data)
	var out bytes.Buffer
	require.NoError(t, incident.EncodeEvents(&out, events))
	require.Equal(t, line+"\n", out.String())
}

func TestDecodeEmpty(t *testing.T) {
	t.Parallel()
	for _, doc := range []string{"", " \n\t", "[]", " [ ] \n"} {
		events, err := incident.DecodeEvents(strings.NewReader(doc))
		require.NoError(t, err, "document %q", doc)
		assert.Empty(t, events)
	}
}

func TestDecodeSaysWhereItIsWrong(t *testing.T) {
	t.Parallel()
	const good = `{"record":"r","version":1,"kind":"title.changed","at":"2026-03-02T09:00:00Z","actor":{"kind":"host"},"data":{"title":"a"}}`
	bad := func(from, to string) string { return strings.Replace(good, from, to, 1) }
	tests := []struct {
		name, doc     string
		event         int
		line, column  int
		field, causes string
	}{
		{"not JSON", "hello", 1, 1, 1, "", "invalid character 'h'"},
		{"second line cut off", good + "\n" + good[:20], 2, 2, 21, "", "unexpected EOF"},
		{"number", "17", 1, 1, 3, "", "cannot hold number"},
		{"null", "null", 1, 1, 1, "", "want a JSON object"},
		{"text after the array", "[" + good + "]\n x", 2, 1, len(good) + 3, "", "unexpected text after the array"},
		{"array cut off", "[" + good + ",\n", 2, 2, 1, "", "unexpected EOF"},
		{"comma missing", "[" + good + "\n" + good + "]", 2, 2, 1, "", "after array element"},
		{"no kind", bad(`"kind":"title.changed",`, ``), 1, 1, 1, "kind", "want the kind"},
		{"no actor", bad(`"actor":{"kind":"host"},`, ``), 1, 1, 1, "actor", "want who says so"},
		{"no time", bad(`"at":"2026-03-02T09:00:00Z",`, ``), 1, 1, 1, "at", "want the time"},
		{"no data", bad(`,"data":{"title":"a"}`, ``), 1, 1, 1, "data", "want the content"},
		{"data is null", bad(`{"title":"a"}`, `null`), 1, 1, strings.Index(good, `{"title"`) + 1, "data", "want a JSON object"},
		{"data of the wrong type", "[\n\n  " + bad(`"a"}`, `17}`) + "]", 1, 3, 3 + strings.Index(good, `"a"}`) + 2, "data.title", "cannot hold number"},
		{"unknown field", bad(`"version":1`, `"revision":1`), 1, 1, strings.Index(good, `1,"kind`) + 3, "revision", "unknown field"},
		{"version is text", good + "\n" + bad(`"version":1`, `"version":"1"`), 2, 2, strings.Index(good, `1,"kind`) + 4, "version", "cannot hold string"},
		{"known kind must", bad(`"data"`, `"must":true,"data"`), 1, 1, strings.Index(good, `"data"`) + 8, "must", "never marked"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			events, err := incident.DecodeEvents(strings.NewReader(tt.doc))
			d, ok := errors.AsType[*incident.DecodeError](err)
			require.True(t, ok, "the error is %v", err)
			assert.Equal(t, tt.event, d.Event, "event: %v", err)
			assert.Len(t, events, tt.event-1, "the events before it")
			assert.Equal(t, tt.line, d.Line, "line: %v", err)
			assert.Equal(t, tt.field, d.Field, "field: %v", err)
			assert.ErrorContains(t, err, tt.causes)
			assert.InDelta(t, tt.column, d.Column, 2, "column: %v", err)
		})
	}
}

func TestDecoderKeepsItsError(t *testing.T) {
	t.Parallel()
	d := incident.NewDecoder(strings.NewReader("x"))
	_, first := d.Decode()
	_, second := d.Decode()
	require.Error(t, first)
	require.Equal(t, first, second)

	broken := errors.New("disk gone")
	_, err := incident.DecodeEvents(iotest.ErrReader(broken))
	require.ErrorIs(t, err, broken)
	_, err = incident.DecodeEvents(io.MultiReader(strings.NewReader(`[{"record"`), iotest.ErrReader(broken)))
	require.ErrorIs(t, err, broken)
}

func TestEncodeRefusesWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]incident.Payload{
		"nil":           nil,
		"pointer":       &incident.TitleChanged{},
		"no kind":       incident.Unknown{Raw: json.RawMessage(`{}`)},
		"not JSON":      incident.Unknown{Name: "a.b", Raw: json.RawMessage(`{]`)},
		"not an object": incident.Unknown{Name: "a.b", Raw: json.RawMessage(`[]`)},
		"far future":    incident.Waived{Expires: time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		_, err := json.Marshal(incident.Event{At: time.Now(), Data: p})
		assert.Error(t, err, name)
	}
}

func TestCloneSharesNothing(t *testing.T) {
	t.Parallel()
	for _, e := range incidenttest.Filled("inc_1") {
		c := e.Clone()
		require.Equal(t, e, c)
		assertDisjoint(t, string(e.Data.Kind()), reflect.ValueOf(e), reflect.ValueOf(c))
	}
	zone := time.FixedZone("far", 3600)
	e := incident.Event{At: time.Date(2026, 1, 1, 0, 0, 0, 1999, zone), Data: incident.ExposureAnswered{}}.Clone()
	assert.Equal(t, time.Date(2025, 12, 31, 23, 0, 0, 1000, time.UTC), e.At)
	assert.True(t, e.Recorded.IsZero())
}

// assertDisjoint fails if two values share memory that can be written.
func assertDisjoint(t *testing.T, path string, a, b reflect.Value) {
	t.Helper()
	switch a.Kind() {
	case reflect.Interface:
		assertDisjoint(t, path, a.Elem(), b.Elem())
	case reflect.Pointer:
		if a.Type().String() == "*time.Location" || a.IsNil() {
			return
		}
		assert.NotEqual(t, a.Pointer(), b.Pointer(), path)
		assertDisjoint(t, path, a.Elem(), b.Elem())
	case reflect.Slice:
		if a.Len() > 0 {
			assert.NotEqual(t, a.Pointer(), b.Pointer(), path)
			assertDisjoint(t, path+"[]", a.Index(0), b.Index(0))
		}
	case reflect.Map:
		if a.Len() > 0 {
			assert.NotEqual(t, a.Pointer(), b.Pointer(), path)
		}
	case reflect.Struct:
		for n := range a.NumField() {
			assertDisjoint(t, path+"."+a.Type().Field(n).Name, a.Field(n), b.Field(n))
		}
	default: // the rest holds no memory of its own that can be written
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	w, same := incident.NewWords("it is broken"), incident.NewWords("it is broken")
	require.NoError(t, w.Verify())
	assert.NotEqual(t, w.Hash, same.Hash, "equal words must not be seen in the hash")
	assert.Len(t, w.Hash, 64)

	moved := *w
	moved.Nonce, moved.Text = w.Nonce+"i", w.Text[1:]
	assert.Error(t, moved.Verify(), "a letter moved from the text into the nonce")
	changed := *w
	changed.Text = "it works"
	assert.Error(t, changed.Verify())

	hash := w.Hash
	w.Erase()
	w.Erase()
	assert.Equal(t, incident.Words{Hash: hash, Erased: true}, *w)
	assert.Error(t, w.Verify())
}

func FuzzDecodeNeverLosesAnEvent(f *testing.F) {
	var lines bytes.Buffer
	if err := incident.EncodeEvents(&lines, incidenttest.Filled("inc_1")); err != nil {
		f.Fatal(err)
	}
	for line := range bytes.SplitSeq(lines.Bytes(), []byte("\n")) {
		f.Add(line)
	}
	f.Add([]byte(`[]`))
	f.Add([]byte(`[{"kind":"a.b","at":"2026-03-02T09:00:00+01:00","actor":{"kind":"x"},"data":{}} ]`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		events, err := incident.DecodeEvents(bytes.NewReader(doc))
		if d, ok := errors.AsType[*incident.DecodeError](err); ok {
			require.True(t, d.Offset >= 0 && d.Offset <= int64(len(doc)), "offset %d of %d: %v", d.Offset, len(doc), err)
			require.Positive(t, d.Line)
			require.Positive(t, d.Column)
		}
		var out bytes.Buffer
		require.NoError(t, incident.EncodeEvents(&out, events))
		again, err := incident.DecodeEvents(&out)
		require.NoError(t, err)
		require.Equal(t, len(events), len(again))
		for n := range events {
			require.Equal(t, events[n], again[n])
		}
	})
}
