package pgserver

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Server is a server of one test, for what others must not notice.
type Server struct{ running }

// Own starts a server that ends with the test, whether or not AMENDS_POSTGRES
// names one. Like [Database] it skips the test where there is none to be had.
func Own(tb testing.TB) *Server {
	tb.Helper()
	have, err := startOwn("on")                              // it has to survive its own end
	if errors.Is(err, errMissing) && os.Getenv("CI") == "" { //nolint:forbidigo // tests ask where they run
		tb.Skip(err)
	}
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, have.stdin.Close()) })
	return &Server{*have}
}

// Database returns a connection string for an empty schema of its own.
func (s *Server) Database(tb testing.TB) string {
	tb.Helper()
	return s.database(tb)
}

// Restart ends the server at once, without writing anything down that is not
// written yet, and starts it again: as after a power cut it recovers from its log.
// Whoever was connected is cut off. It answers again when Restart returns.
func (s *Server) Restart(tb testing.TB) {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), filepath.Join(s.bin, "pg_ctl"), "restart", "-w", "-m", "immediate", //nolint:gosec // our own arguments
		"-D", filepath.Join(s.dir, "data"), "-l", filepath.Join(s.dir, "log"))
	cmd.Dir, cmd.SysProcAttr = s.dir, s.who
	out, err := cmd.CombinedOutput()
	require.NoError(tb, err, "%s", out)
	require.NoError(tb, answers(s.dsn))
}
