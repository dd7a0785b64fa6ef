package memstore_test

import (
	"testing"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/incidenttest"
	"github.com/amends-dev/amends/incident/memstore"
)

func TestStore(t *testing.T) {
	incidenttest.TestStore(t, func(*testing.T) incident.Store { return new(memstore.Store) })
}

func TestStoreModel(t *testing.T) {
	for range 20 {
		incidenttest.TestStoreModel(t, func(*testing.T) incident.Store { return new(memstore.Store) }, nil)
	}
}
