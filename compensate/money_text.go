package compensate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/bojanz/currency"
	"go.yaml.in/yaml/v3"
)

// Decimal returns the amount with the decimals of its currency: "19.99", "1999"
// for yen. Of a code that ISO 4217 does not know it returns minor units.
func (m Money) Decimal() string {
	digits, _ := currency.GetDigits(m.currency)
	if digits == 0 {
		return strconv.FormatInt(m.minor, 10)
	}
	text := strconv.FormatUint(abs64(m.minor), 10)
	if pad := int(digits) + 1 - len(text); pad > 0 {
		text = strings.Repeat("0", pad) + text
	}
	text = text[:len(text)-int(digits)] + "." + text[len(text)-int(digits):]
	if m.minor < 0 {
		text = "-" + text
	}
	return text
}

// String returns amount and code, "19.99 EUR": for people of ours and for files.
func (m Money) String() string {
	if m.currency == "" {
		return m.Decimal()
	}
	return m.Decimal() + " " + m.currency
}

// Format returns the amount as customers of a locale write it, for example
// "19,99 €" for "de". It errs if the currency is unknown.
func (m Money) Format(locale string) (string, error) {
	if m == (Money{}) {
		return "0", nil
	}
	a, err := currency.NewAmount(m.Decimal(), m.currency)
	if err != nil {
		return "", fmt.Errorf("compensate: formatting %s: %w", m, err)
	}
	return currency.NewFormatter(currency.NewLocale(locale)).Format(a), nil
}

type moneyText struct {
	Amount   string `json:"amount" yaml:"amount"`
	Currency string `json:"currency" yaml:"currency"`
}

func (t moneyText) money() (Money, error) {
	if t.Currency == "" && (t.Amount == "" || t.Amount == "0") {
		return Money{}, nil
	}
	return ParseMoney(t.Amount, t.Currency)
}

// MarshalJSON writes {"amount":"19.99","currency":"EUR"}. It errs if the
// currency is unknown, because then the decimals are.
func (m Money) MarshalJSON() ([]byte, error) {
	if err := m.known(); err != nil {
		return nil, err
	}
	return json.Marshal(moneyText{m.Decimal(), m.currency})
}

func (m Money) known() error {
	if m != (Money{}) && !currency.IsValid(m.currency) {
		return fmt.Errorf("compensate: writing amount: %q is no ISO 4217 currency", m.currency)
	}
	return nil
}

// UnmarshalJSON reads what MarshalJSON writes, or a string like "19.99 EUR".
func (m *Money) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	var v Money
	var err error
	if len(b) > 0 && b[0] == '"' {
		var s string
		if err = json.Unmarshal(b, &s); err == nil {
			v, err = parseMoneyText(s)
		}
	} else {
		var t moneyText
		dec := json.NewDecoder(bytes.NewReader(b))
		dec.DisallowUnknownFields()
		if err = dec.Decode(&t); err == nil {
			v, err = t.money()
		}
	}
	if err != nil {
		return fmt.Errorf("compensate: reading amount: %w", err)
	}
	*m = v
	return nil
}

// MarshalYAML writes "19.99 EUR".
func (m Money) MarshalYAML() (any, error) {
	if m == (Money{}) {
		return nil, nil
	}
	return m.String(), m.known()
}

// UnmarshalYAML reads "19.99 EUR", or a mapping of amount and currency.
func (m *Money) UnmarshalYAML(n *yaml.Node) error {
	var v Money
	var err error
	if n.Kind == yaml.ScalarNode {
		v, err = parseMoneyText(n.Value)
	} else {
		var t moneyText
		if err = n.Decode(&t); err == nil {
			v, err = t.money()
		}
	}
	if err != nil {
		return fmt.Errorf("line %d: %w", n.Line, err)
	}
	*m = v
	return nil
}
