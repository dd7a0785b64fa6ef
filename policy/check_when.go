package policy

import (
	"fmt"
	"reflect"
)

func (c *checker) checkWhen(r *Rule, path string) {
	w := &r.When
	c.plainSpan(path+".lasts", w.Lasts)
	if w.Repeats != nil {
		c.plainSpan(path+".repeats.within", w.Repeats.Within)
		if w.Repeats.Within.IsZero() || w.Repeats.AtLeast < 0 {
			c.addf(path+".repeats", "want how far back to look, for example \"within: 7d\", and at_least not below zero")
		}
	}
	if w.Affected != nil && w.Affected.AtLeast < 1 {
		c.addf(path+".affected", "at_least must be one or more; a bound from above is not allowed, because scale never silences (R21, R36)")
	}
	if !r.Act.onCase() && (len(w.Report) > 0 || len(w.Urgency) > 0) {
		c.addf(path, "report and urgency are of one customer's message: only rules of act acknowledge and answer can ask for them")
	}
	if w.Reported != nil && !*w.Reported {
		c.addf(path+".reported", "a rule cannot ask that nobody reported it: a report would then remove a notice (R34, R36)")
	}
	c.checkWords(path, reflect.ValueOf(w).Elem())
	for _, name := range sortedKeys(w.Facts) {
		c.checkFact(name, w.Facts[name], path+".facts."+name)
	}
}

// checkWords checks words of closed types in policies made in Go; in files the decoder did.
func (c *checker) checkWords(path string, v reflect.Value) {
	for i := range v.NumField() {
		f := v.Field(i)
		if f.Kind() != reflect.Slice {
			continue
		}
		known := wordsOf(f.Type().Elem())
		for n := range f.Len() {
			word := f.Index(n).String()
			name := yamlName(v.Type().Field(i))
			if known != nil && !contains(known, word) {
				c.suggest(fmt.Sprintf("%s.%s[%d]", path, name, n), nearest(word, known), "%q is unknown: want %s", shorten(word), oneOf(known))
			}
		}
	}
}

func (c *checker) checkFact(name string, t FactTest, path string) {
	typ, ok := c.policy.Facts[name]
	if !ok || !plainName(name) {
		c.suggest(path, nearest(name, sortedKeys(c.policy.Facts)), "fact %q is unknown: declare it under facts, with its type", shorten(name))
		return
	}
	given := yes(t.Is != nil) + yes(t.AtLeast != nil) + yes(len(t.OneOf) > 0)
	fits := typ == FactBool && t.Is != nil || typ == FactNumber && t.AtLeast != nil || typ == FactText && len(t.OneOf) > 0
	if given != 1 || !fits {
		c.addf(path, "fact %q is of type %s: want %s", name, typ, map[FactType]string{
			FactBool: "is: true or is: false", FactNumber: "at_least: <number>", FactText: "one_of: [<words>]",
		}[typ])
	}
	if host, ok := c.facts[name]; c.facts != nil && (!ok || host != typ) {
		c.suggest(path, nearest(name, sortedKeys(c.facts)), "the host does not supply fact %q of type %s", name, typ)
	}
}

func (c *checker) checkPrepared() {
	for _, name := range sortedKeys(c.policy.Prepared) {
		path := "prepared." + name
		if len(c.policy.Prepared[name]) == 0 {
			c.addf(path, "the text has no words: want for example \"en: {body: ...}\"")
		}
		for _, locale := range sortedKeys(c.policy.Prepared[name]) {
			if c.policy.Prepared[name][locale].Body == "" {
				c.addf(path+"."+locale, "the text has no body")
			}
		}
	}
}

func (c *checker) checkWording() {
	for n, r := range c.policy.Wording.Elements {
		path := fmt.Sprintf("wording.elements[%d]", n)
		if r.Purpose == "" {
			c.addf(path, "the purpose is missing: of which words?")
		}
		if len(r.Contains) == 0 {
			c.addf(path, "no element is asked for")
		}
		for m, e := range r.Contains {
			if !contains(Elements(), e) {
				c.suggest(fmt.Sprintf("%s.contains[%d]", path, m), nearest(e, Elements()), "element %q is unknown: want some of %s", shorten(e), all(Elements()))
			}
		}
	}
	if v := c.policy.Verdict; v.Reopen < 0 {
		c.addf("verdict.reopen", "a number of customers cannot be below zero")
	} else {
		c.plainSpan("verdict.window", v.Window)
	}
}
