package customerpage

// Words are the tables of words by language, for the test that none is missing.
func Words() map[string]any { return map[string]any{"en": english, "de": german} }

// MaxText is how many characters a text may have.
const MaxText = maxText
