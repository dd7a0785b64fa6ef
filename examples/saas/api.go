package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
)

// action answers a request of a person of ours with something to encode.
type action func(r *http.Request, by amends.Command) (any, error)

// staff lets a person of ours do something. The answers are for them and for
// programs of ours: customers see their page, where no error leads to.
func (b *backend) staff(do action) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, known := b.secrets.who(r)
		if !known {
			w.Header().Set("WWW-Authenticate", "Bearer")
			b.answer(w, http.StatusUnauthorized, map[string]string{"error": "a token of staff is needed"})
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
		// With a key, a request that is repeated, since its answer was lost, is done once.
		found, err := do(r, amends.Command{By: who, Key: r.Header.Get("Idempotency-Key")})
		var refused *refusal
		var stopped *incident.TransitionError
		switch {
		case err == nil:
			b.answer(w, http.StatusOK, found)
		case errors.As(err, &refused):
			b.answer(w, http.StatusUnprocessableEntity, map[string]any{"error": "the words are not fit to go out", "findings": refused.findings})
		case errors.Is(err, amends.ErrInvalid), errors.Is(err, errBody):
			b.answer(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		case errors.Is(err, incident.ErrNotFound), errors.Is(err, notify.ErrNotFound):
			b.answer(w, http.StatusNotFound, map[string]string{"error": err.Error()})
		case errors.As(err, &stopped), errors.Is(err, incident.ErrConflict), errors.Is(err, incident.ErrKeyReused):
			b.answer(w, http.StatusConflict, map[string]string{"error": err.Error()})
		default:
			b.log.ErrorContext(r.Context(), "a request failed", slog.String("route", r.Pattern), slog.Any("error", err))
			b.answer(w, http.StatusInternalServerError, map[string]string{"error": "it failed, and was logged: repeat it with the same Idempotency-Key"})
		}
	})
}

func (b *backend) answer(w http.ResponseWriter, status int, found any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(found); err != nil {
		b.log.Warn("an answer did not arrive", slog.Any("error", err))
	}
}

var errBody = errors.New("the body is not what this address takes")

// read decodes the body, which holds nothing else.
func read[T any](r *http.Request) (v T, err error) {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		return v, fmt.Errorf("%w: %w", errBody, err)
	}
	return v, nil
}

// declare opens an incident. Who is hit stands in the company's table: both are written, or neither.
func (b *backend) declare(r *http.Request, by amends.Command) (any, error) {
	body, err := read[struct {
		Title     string            `json:"title"`
		Severity  incident.Severity `json:"severity"`
		Customers []string          `json:"customers"`
		Since     time.Time         `json:"since"`
	}](r)
	if err != nil {
		return nil, err
	}
	var done amends.Result
	return map[string]*amends.Result{"incident": &done}, b.storage.Within(r.Context(), func(tx *sql.Tx, bound amends.Stores) error { //nolint:contextcheck // the request has it
		done, err = b.desk.With(bound).Declare(r.Context(), amends.Declare{
			Command: by, Space: space, Title: body.Title, Severity: body.Severity, Occurred: body.Since,
			Components: []incident.Component{component}, Owner: by.By.ID,
		})
		if err != nil {
			return err
		}
		for _, customer := range body.Customers {
			if _, err := tx.ExecContext(r.Context(), b.storage.Statement("insert into quill_hit (incident, customer, since, until) values ($1, $2, $3, 0) on conflict do nothing"),
				done.Record, customer, body.Since.UnixMicro()); err != nil {
				return err
			}
		}
		return nil
	})
}

// words are what is said to customers, by language.
type words struct {
	Texts      map[string]incident.Text `json:"texts"`
	NextUpdate time.Time                `json:"next_update"`
	Done       string                   `json:"done"` // of a resolution: what was done
}

// refusal says why words were not let out.
type refusal struct{ findings []incident.FindingNote }

func (*refusal) Error() string { return "words are not fit to go out" }

// say drafts, approves and publishes.
func say(ctx context.Context, desk *amends.Desk, by amends.Command, id string, p incident.Purpose, w words) (amends.Result, error) {
	draft := amends.Draft{Command: by, Record: id, Purpose: p, Texts: w.Texts}
	if !w.NextUpdate.IsZero() {
		draft.NextUpdate = &incident.Moment{At: w.NextUpdate, Zone: zone}
	}
	drafted, findings, err := desk.Draft(ctx, draft)
	if err != nil {
		return amends.Result{}, err
	}
	for _, f := range findings {
		if f.Level == "block" {
			return amends.Result{}, &refusal{findings}
		}
	}
	next := amends.StatementCommand{Command: amends.Command{By: by.By}, Record: id, Statement: drafted.ID}
	if by.Key != "" {
		next.Key = by.Key + "/approve"
	}
	if _, err := desk.Approve(ctx, next); err != nil {
		return amends.Result{}, err
	}
	if by.Key != "" {
		next.Key = by.Key + "/publish"
	}
	return desk.Publish(ctx, next)
}

// update tells customers what is new, or that nothing is.
func (b *backend) update(r *http.Request, by amends.Command) (any, error) {
	w, err := read[words](r)
	if err != nil {
		return nil, err
	}
	var done amends.Result
	return map[string]*amends.Result{"statement": &done}, b.storage.Within(r.Context(), func(_ *sql.Tx, bound amends.Stores) error { //nolint:contextcheck // the request has it
		done, err = say(r.Context(), b.desk.With(bound), by, r.PathValue("id"), incident.PurposeUpdate, w)
		return err
	})
}

// resolve says that it is fixed, and asks customers whether it is.
func (b *backend) resolve(r *http.Request, by amends.Command) (any, error) {
	w, err := read[words](r)
	if err != nil {
		return nil, err
	}
	id := r.PathValue("id")
	var done amends.Result
	return map[string]*amends.Result{"incident": &done}, b.storage.Within(r.Context(), func(tx *sql.Tx, bound amends.Stores) error { //nolint:contextcheck // the request has it
		desk := b.desk.With(bound)
		if _, err := say(r.Context(), desk, by, id, incident.PurposeResolution, w); err != nil {
			return err
		}
		step := amends.Advance{Command: amends.Command{By: by.By}, Record: id, Step: incident.StepResolve, Done: w.Done}
		if by.Key != "" {
			step.Key = by.Key + "/resolve"
		}
		if done, err = desk.Advance(r.Context(), step); err != nil {
			return err
		}
		_, err = tx.ExecContext(r.Context(), b.storage.Statement("update quill_hit set until = $1 where incident = $2 and until = 0"), time.Now().UnixMicro(), id)
		return err
	})
}

// report takes what a customer says in the company's own application, which knows who they are.
func (b *backend) report(r *http.Request, by amends.Command) (any, error) {
	body, err := read[struct {
		Customer string              `json:"customer"`
		Incident string              `json:"incident"`
		Kind     incident.ReportKind `json:"kind"`
		Words    string              `json:"words"`
	}](r)
	if err != nil {
		return nil, err
	}
	who := amends.Customer{Incident: body.Incident, Customer: body.Customer}
	if body.Incident == "" {
		who.Space = space
	}
	by.By = incident.Actor{} // the customer speaks
	done, err := b.desk.Report(r.Context(), amends.Report{Command: by, Customer: who, Kind: body.Kind, Words: body.Words})
	return map[string]amends.Result{"report": done}, err
}
