// Package memstore keeps incident records in memory: for tests, for examples,
// and for a first evening with the library.
//
// It implements [incident.Store] and [incident.Eraser] with their whole
// contract except durability: what it holds ends with the process. Records are
// indexed by incident, by customer and by when they are due, so that it stays
// quick with hundreds of thousands of cases.
//
//	store := new(memstore.Store)
//	i, head, err := incident.LoadIncident(ctx, store, id)
//
// Command keys are kept for ever, like everything else here. To keep records,
// use sqlstore: both pass the same suite, incidenttest.TestStore.
//
// # Compatibility
//
// The package follows the compatibility promise of package incident.
package memstore
