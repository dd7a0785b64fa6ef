package sqlkit

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAtLeast(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{
		"14.0":                   "",
		"14":                     "",
		"15.18 (Debian 15.18-1)": "",
		"17rc1":                  "",
		"18beta1":                "",
		"19devel":                "",
		"18beta1 (Ubuntu)":       "",
		"13.22":                  "the database is version 13.22: want 14.0 or later",
		"9.6.24":                 "the database is version 9.6.24: want 14.0 or later",
		"beta":                   `the database says it is version "beta": want a number first`,
		"":                       `the database says it is version "": want a number first`,
		"99999999999999999999":   `the database says it is version "99999999999999999999": want a number first`,
	} {
		if err := atLeast(version, 14, 0); want == "" {
			require.NoError(t, err, version)
		} else {
			require.EqualError(t, err, want)
		}
	}
	require.NoError(t, atLeast("3.38.0", 3, 38))
	require.NoError(t, atLeast("3.50.4", 3, 38))
	require.NoError(t, atLeast("4.0", 3, 38))
	require.EqualError(t, atLeast("3.37.2", 3, 38), "the database is version 3.37.2: want 3.38 or later")
	require.EqualError(t, atLeast("3", 3, 38), "the database is version 3: want 3.38 or later")
}
