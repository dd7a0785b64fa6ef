package policy

// checker finds what is wrong with a policy as a whole, after its fields were read.
type checker struct {
	problems
	policy       *Policy
	facts        map[string]FactType
	calendars    map[string]*calendar
	compensation *compensation
}

func (c *checker) check() {
	if c.policy.Name == "" {
		c.addf("name", "the policy has no name: records and credits refer to it by its name")
	}
	c.checkCalendars()
	c.checkRules()
	c.checkPrepared()
	c.checkWording()
	c.checkCompensation()
}
