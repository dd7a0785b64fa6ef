package candor

import "regexp"

var (
	enApology        = regexp.MustCompile(`\b(?:apologi[sz]\w*|apolog(?:y|ies)|sorry|(?:we|i) (?:deeply |sincerely |truly )?regret)\b`)
	enWhy            = regexp.MustCompile(`\b(?:caused by|cause (?:was|is|of [^.\n]{3,60} (?:was|is))|due to|because|triggered by|as a result of|resulted from|result of|stemm\w+ from|led to|introduced (?:a|an|the|by)|root cause[^.\n]{0,30} (?:was|is|as|to be)|traced (?:it |this )?(?:back )?to|source of [^.\n]{3,60} (?:was|is|as))\b`)
	enDone           = regexp.MustCompile(`\b(?:(?:fix|mitigations?|patch|change|update|workaround|remediation|hotfix|correction) (?:\w+ ){0,3}?(?:has been |was |is |have been |were |being )?(?:\w+ )?(?:implemented|deployed|applied|rolled out|released|pushed|in place|completed?|rolling out)|(?:implemented|deployed|applied|released|pushed|rolled out|started to apply|deploying|applying|rolling out|implementing) (?:\w+ ){0,4}?(?:fix|mitigations?|patch|changes?|update|measures|remediation|workaround|hotfix)|roll(?:ed|ing) ?back|revert(?:ed|ing)|re-?rout(?:ed|ing)|redirect(?:ed|ing)|restart(?:ed|ing)|re-?deploy(?:ed|ing)|scal(?:ed|ing) (?:up|out|back)|fail(?:ed|ing) over|restored|replaced|re-?built|disabled|blocked|isolated the|drain(?:ed|ing)|added (?:more |additional |further )?(?:capacity|servers|nodes)|increas(?:ed|ing) (?:\w+ )?(?:capacity|limits?)|mitigated [^.\n]{0,60}\bby\b|(?:we|engineers|team)(?: have| has|'ve)? (?:\w+ )?(?:fixed|corrected|repaired|removed|upgraded|patched|reset|recovered|switched|moved|reconfigured|renewed|cleared|reduced|shifted))\b`)
	enContact        = regexp.MustCompile(`(?:\b(?:contact (?:us|our|the|me|(?:\w+ )?support)|reach (?:out to )?(?:us|me|our|(?:\w+ )?support)|reach(?:able)? (?:to|at|us|on)|reply to this|repl(?:y|ies) (?:here|directly)|write to|e-?mail (?:us|me)|call (?:us|me)|open a (?:\w+ )?(?:ticket|case)|(?:file|submit|raise) a (?:\w+ )?(?:ticket|case|request|claim)|support (?:ticket|case|team at|portal)|phone|get in touch|in touch with (?:us|our|\w+ support))\b|[\w.+-]+@[\w-]+\.[a-z]{2,})`)
	enAction         = regexp.MustCompile(`\b(?:(?:please|you (?:can|should|must|need to|may|will need to)|customers (?:can|should|must|need to|may)|we (?:recommend|advise|suggest|ask)|recommend(?:ed)?) (?:\w+ ){0,3}?(?:use|update|upgrade|retry|restart|re-?run|restore|switch|change|reset|rotate|check|contact|follow|install|clear|reload|refresh|log|sign|re-?connect|try|avoid|downgrade|disable|enable|choose|create|move|migrate|select|open|back up|re-?submit|re-?create|re-?authenticate)|workarounds?: (?:use|you|please|customers|to|the|re|create|switch)|as a workaround|follow these steps|no action (?:is |on your part )?(?:required|needed|necessary))\b`)
	enPrevention     = regexp.MustCompile(`\b(?:to (?:prevent|avoid|reduce|lower|minimi[sz]e|ensure|make sure)[^.\n]{0,80}?(?:again|future|recur\w*|happen\w*|repeat\w*)|prevent(?:ing)? [^.\n]{0,40}?(?:again|recurr\w+|future|happening)|(?:so that|ensure) (?:this|it) (?:does not|doesn't|cannot|never)[^.\n]{0,20} (?:happen|recur)|we(?:'re| are|'ll| will)[^.\n]{0,20} (?:improv|add|increas|strengthen|invest|chang|review|expand|implement)\w*)`)
	enScope          = regexp.MustCompile(`\b(?:\d+(?:\.\d+)? ?(?:%|percent\b)|\d[\d,.]* (?:customers|users|accounts|requests|jobs|projects|organi[sz]ations|backups|files|records|messages|orders|invoices|builds|runs|sites|shops|instances|servers|databases|images|e-?mails|events|workspaces|tenants)|versions? \d|(?:in|only) (?:the )?[a-z]+-[a-z]+\d|all (?:customers|users|accounts|regions)|every (?:customer|user|account)|regions?:?)`)
	enUnknown        = regexp.MustCompile(`\b(?:(?:do not|don't|cannot|can't|not) (?:yet |currently |fully )?(?:know|have an? (?:eta|estimate)|understand|sure|reproduce|determined|confirmed|say)|unknown|unclear|still (?:\w+ )?(?:to |)(?:investigat|determin|establish)\w*|not yet known)\b`)
	enCompensation   = regexp.MustCompile(`\b(?:service credits?|(?:a|an|your|sla|account) credits?|credit(?:ed|ing) (?:you|your|all|every|each|the)|refund\w*|free (?:month|of charge|for)|waiv(?:e|ed|ing)|compensat\w+|reimburs\w+|extend(?:ed|ing)? (?:your|all) (?:subscription|plan|term)\w*|extra (?:month|days))\b`)
)

func englishElements() map[Element]*regexp.Regexp {
	return map[Element]*regexp.Regexp{
		ElementImpact: enImpact, ElementScope: enScope, ElementCause: enWhy, ElementDone: enDone,
		ElementContact: enContact, ElementApology: enApology, ElementResponsibility: enOwns,
		ElementAction: enAction, ElementPrevention: enPrevention, ElementUnknown: enUnknown,
		ElementCompensation: enCompensation,
	}
}
