// Package policytest runs the test files of a policy, so that who answers for a
// policy can say in its own words what it should demand, and learns about a
// change before a customer does.
//
// A test file is YAML or JSON. It tells a short story: what is known of an
// incident, when what happened, what was said and told. Then it says what the
// policy should make of it at a time: requirements by ID with their status, due
// time and lateness, rules that should not apply, and awards of customers. All
// times are offsets from the opening, as in "1h30m" or "-20m".
//
//	cases:
//	  - name: silence is late
//	    incident: {severity: critical, components: [{id: api, core: true}]}
//	    at: 11m
//	    want:
//	      - {id: first-word-critical, status: open, due: 10m, late: true}
//
// Call [Run] from a test of your own; it makes one subtest a case. A file with
// a mistake fails with every mistake and its place, as the policy itself would.
// [RunFile] does the same without package testing, for tools: it returns what
// did not come out as wanted, as sentences.
//
// # Compatibility
//
// New keys may be added to test files; those that exist keep their meaning
// within a major version. The wording of failures may change at any time.
package policytest
