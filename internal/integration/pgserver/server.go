package pgserver

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver that makes databases
)

// errMissing: there is no server to be had on this machine.
var errMissing = errors.New("no PostgreSQL server on this machine: install the package postgresql")

//nolint:gochecknoglobals // one server for all tests of the process, one for its benchmarks
var (
	forTests      = sync.OnceValues(func() (*running, error) { return start("off") })
	forBenchmarks = sync.OnceValues(func() (*running, error) { return start("on") })
	schema        atomic.Int64
)

// Database returns a connection string for an empty schema of its own, which is
// all that its connections see, and is dropped after the test. Schemas are made
// and dropped in milliseconds, databases are not.
func Database(tb testing.TB) string {
	tb.Helper()
	server := forTests
	if _, ok := tb.(*testing.B); ok {
		server = forBenchmarks
	}
	have, err := server()
	if errors.Is(err, errMissing) && os.Getenv("CI") == "" { //nolint:forbidigo // tests ask where they run
		tb.Skip(err)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return have.database(tb)
}

// database makes a schema.
func (r *running) database(tb testing.TB) string {
	tb.Helper()
	admin, err := sql.Open("pgx", r.dsn)
	if err != nil {
		tb.Fatal(err)
	}
	name := fmt.Sprintf("amends_%d_%d", os.Getpid(), schema.Add(1))
	if _, err := admin.ExecContext(tb.Context(), "create schema "+name); err != nil {
		tb.Fatalf("pgserver: making a schema: %v", err)
	}
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if _, err := admin.ExecContext(ctx, "drop schema "+name+" cascade"); err != nil {
			tb.Errorf("pgserver: dropping the schema of this test: %v", err)
		}
		if err := admin.Close(); err != nil {
			tb.Error(err)
		}
	})
	return r.dsn + " search_path=" + name
}

// ForBenchmarks returns a connection string of the server of the benchmarks, for
// programs that are no test. It runs as long as the process.
func ForBenchmarks() (string, error) {
	have, err := forBenchmarks()
	if err != nil {
		return "", err
	}
	return have.dsn, nil
}

// running is a server that answers.
type running struct {
	dsn   string
	stdin io.Closer // of the shell beside it, open as long as this is referred to; nil if the server is not ours
	bin   string    // the folder of its programs, if it is ours
	dir   string    // of its data
	who   *syscall.SysProcAttr
}

// start starts a server, or takes the one that is there.
func start(fsync string) (*running, error) {
	if dsn := os.Getenv("AMENDS_POSTGRES"); dsn != "" { //nolint:forbidigo // how .ci/with-postgres passes it on
		return &running{dsn: dsn}, nil
	}
	return startOwn(fsync)
}

// startOwn starts a server.
func startOwn(fsync string) (*running, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "amends-pg-")
	if err != nil {
		return nil, fmt.Errorf("pgserver: %w", err)
	}
	who, err := owner(dir)
	if err != nil {
		return nil, err
	}
	// The shell ends when its input does, which is when we end. Nothing of it
	// is connected to our output, for which the go command would wait.
	const script = `
"$1/initdb" -D "$2/data" -U amends -A trust -E UTF8 --no-locale >"$2/log" 2>&1 &&
"$1/postgres" -D "$2/data" -c listen_addresses= -c unix_socket_directories="$2" -c max_connections=200 -c fsync="$3" >>"$2/log" 2>&1 &
read -r never
kill -s QUIT "$(head -n 1 "$2/data/postmaster.pid")" 2>/dev/null || kill "$!" 2>/dev/null
wait
for i in 1 2 3 4 5 6 7 8 9 10; do test -e "$2/data/postmaster.pid" && sleep 1; done # one that was restarted is not our child
rm -rf "$2"
`
	cmd := exec.Command("/bin/sh", "-c", script, "sh", bin, dir, fsync) //nolint:gosec,noctx // our own script; it ends with the process, not with a test
	cmd.Dir, cmd.SysProcAttr = dir, who
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("pgserver: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("pgserver: starting: %w", err)
	}
	dsn := "host=" + dir + " user=amends dbname=postgres sslmode=disable"
	if err := answers(dsn); err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "log")) //nolint:gosec // our own directory
		_ = in.Close()
		return nil, fmt.Errorf("pgserver: the server does not answer: %w\n%s", err, bytes.TrimSpace(log))
	}
	return &running{dsn, in, bin, dir, who}, nil
}

// binaries returns the folder of the newest server on this machine.
func binaries() (string, error) {
	if initdb, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(initdb), nil
	}
	var found []string
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin/initdb", "/usr/local/pgsql/bin/initdb", "/opt/homebrew/opt/postgresql@*/bin/initdb", "/usr/pgsql-*/bin/initdb"} {
		names, _ := filepath.Glob(pattern) // the patterns are well formed
		found = append(found, names...)
	}
	if len(found) == 0 {
		return "", errMissing
	}
	return filepath.Dir(slices.Max(found)), nil
}

// owner gives dir to the user that may run a server: ourselves, unless we are root.
func owner(dir string) (*syscall.SysProcAttr, error) {
	if os.Getuid() != 0 {
		return &syscall.SysProcAttr{}, nil
	}
	who, err := user.Lookup("postgres")
	if err != nil {
		if who, err = user.Lookup("nobody"); err != nil {
			return nil, fmt.Errorf("pgserver: the server refuses to run as root: %w", err)
		}
	}
	uid, err := strconv.ParseUint(who.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("pgserver: user %s: %w", who.Username, err)
	}
	gid, err := strconv.ParseUint(who.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("pgserver: user %s: %w", who.Username, err)
	}
	if err := os.Chown(dir, int(uid), int(gid)); err != nil {
		return nil, fmt.Errorf("pgserver: %w", err)
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}

// answers waits until the server does.
func answers(dsn string) error {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // it answered, or the reason is known
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		if err = db.PingContext(ctx); err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return err
		}
	}
}
