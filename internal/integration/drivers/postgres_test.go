package drivers_test

import (
	"testing"

	_ "github.com/lib/pq" // the driver "postgres"

	"github.com/amends-dev/amends/internal/integration/dbtest"
	"github.com/amends-dev/amends/internal/integration/pgserver"
)

// Behind a pooler a session is nobody's own: statements must not be prepared.
func TestPgxBehindAPooler(t *testing.T) {
	for _, mode := range []string{"simple_protocol", "exec"} {
		t.Run(mode, func(t *testing.T) {
			conforms(t, func(t *testing.T) dbtest.Database {
				return dbtest.Database{Driver: "pgx", DSN: pgserver.Database(t) + " default_query_exec_mode=" + mode}
			})
		})
	}
}

func TestLibPQ(t *testing.T) {
	conforms(t, func(t *testing.T) dbtest.Database {
		return dbtest.Database{Driver: "postgres", DSN: pgserver.Database(t)}
	})
}
