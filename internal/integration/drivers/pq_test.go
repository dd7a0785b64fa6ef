package drivers_test

import (
	"testing"

	_ "github.com/lib/pq" // the driver "postgres"

	"github.com/amends-dev/amends/internal/integration/dbtest"
	"github.com/amends-dev/amends/internal/integration/pgserver"
)

func TestLibPQ(t *testing.T) {
	conforms(t, func(t *testing.T) dbtest.Database {
		return dbtest.Database{Driver: "postgres", DSN: pgserver.Database(t)}
	})
}
