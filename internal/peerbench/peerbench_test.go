package main

import (
	"bytes"
	"strings"
	"testing"
)

// A tiny run of everything, so that it cannot rot: that all rows were settled,
// and all customers told, is checked by the program itself.
func TestTinyRun(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	if code := program(t.Context(), []string{"-n", "200", "-repeat", "1", "-customers", ""}, &out, &errs); code != 0 {
		t.Fatalf("it ended with %d: %s", code, errs.String())
	}
	for _, c := range contestants() {
		if row := "| " + string(c.db) + " | " + c.name + " |"; strings.Count(out.String(), row) != 2 {
			t.Errorf("the tables have no row %q:\n%s", row, out.String())
		}
	}
}

func TestTellsEveryone(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"desk", "dispatcher"} {
		var out, errs bytes.Buffer
		if code := program(t.Context(), []string{"-tell", "1234", "-how", how}, &out, &errs); code != 0 {
			t.Fatalf("by the %s it ended with %d: %s", how, code, errs.String())
		}
		if !strings.Contains(out.String(), `"customers":1234`) {
			t.Errorf("by the %s it says %s", how, out.String())
		}
	}
}

func TestCommandLine(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-n", "-1"}, {"-repeat", "0"}, {"-customers", "x"}, {"-only", "("}, {"-how", "shouting"}, {"more"}} {
		var out, errs bytes.Buffer
		if code := program(t.Context(), args, &out, &errs); code != 2 {
			t.Errorf("%q ended with %d", args, code)
		}
	}
}

func TestSpread(t *testing.T) {
	t.Parallel()
	got, ok := spreadOf([]run{{caseAdd: {rate: 1200}}, {caseAdd: {rate: 1000}}, {caseAdd: {rate: 1_234_567}}}, speed(), caseAdd)
	if want := "1 200 [1 000..1 234 567]"; !ok || got.String() != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if _, ok := spreadOf(nil, cost(), caseAdd); ok {
		t.Error("nothing has a median")
	}
}
