package incident

import "sync"

// Steps of planned work.
const (
	StepStart    Step = "start"
	StepVerify   Step = "verify"
	StepComplete Step = "complete"
	StepCancel   Step = "cancel"
	StepFail     Step = "fail"
)

// maintenances is made once and never changed.
//
//nolint:gochecknoglobals // immutable, and too dear to build for every question
var maintenances = sync.OnceValue(func() *Machine { return mustMachine(maintenanceDefinition()) })

// Maintenances returns the state machine of planned work. Work that goes wrong
// ends as failed, and names the incident that took over.
func Maintenances() *Machine { return maintenances() }

func maintenanceDefinition() Definition {
	return Definition{
		Name:    "maintenance",
		Initial: StatusScheduled,
		Final:   []Status{StatusCompleted, StatusCancelled, StatusFailed},
		Transitions: []Transition{
			{
				Step: StepStart, From: []Status{StatusScheduled}, To: StatusInProgress,
				Doc: "The work begins.",
			},
			{
				Step: StepVerify, From: []Status{StatusInProgress}, To: StatusVerifying,
				Doc: "The work is done and we check it.",
			},
			{
				Step: StepComplete, From: []Status{StatusInProgress, StatusVerifying}, To: StatusCompleted,
				Guards: []string{"requirements", "answers", "promises"},
				Doc:    "It went well, and nothing is owed any more.",
			},
			{
				Step: StepCancel, From: []Status{StatusScheduled}, To: StatusCancelled, Guards: []string{"correction"},
				Doc: "It will not take place.",
			},
			{
				Step: StepFail, From: []Status{StatusInProgress, StatusVerifying, StatusCompleted}, To: StatusFailed,
				Guards: []string{"successor"},
				Doc:    "It went wrong, and an incident took over.",
			},
		},
		Guards: maintenanceGuards(),
	}
}

func maintenanceGuards() []Guard {
	guards := []Guard{{
		ID: "successor", Sentence: "It is said which incident took over.",
		Holds: func(v *Incident, f *Facts) bool { return f.Into != "" && f.Into != v.ID },
	}}
	for _, g := range incidentGuards() {
		switch g.ID {
		case "requirements", "answers", "promises", "correction":
			guards = append(guards, g)
		}
	}
	return guards
}
