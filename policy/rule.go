package policy

// rule is a compiled [Rule].
type rule struct {
	Rule
}

func compileRules(rules []Rule, _ map[string]*calendar) []rule {
	out := make([]rule, len(rules))
	for i := range rules {
		out[i].Rule = rules[i]
	}
	return out
}

type matcher struct{}

func newMatcher([]rule) matcher { return matcher{} }
