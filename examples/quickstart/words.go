package main

import "github.com/amends-dev/amends/incident"

// said puts words in both languages together.
func said(en, de, subjectEN, subjectDE string) words {
	return words{"en": incident.Text{Subject: subjectEN, Body: en}, "de": incident.Text{Subject: subjectDE, Body: de}}
}

// Words of the first incident.
const (
	stuckEN = "Restores hang at 0 %"
	stuckDE = "Wiederherstellungen bleiben bei 0 % stehen"
)

func smallWords() words {
	return said("Since 09:42 CET restores hang at 0 %. Only a small number of customers are affected. We are looking for the cause.",
		"Seit 09:42 Uhr bleiben Wiederherstellungen bei 0 % stehen. Wir suchen die Ursache.", stuckEN, stuckDE)
}

func firstWords() words {
	return said("Since 09:42 CET restores hang at 0 %: who started one after that gets no data back from us at the moment. "+
		"Your backups are safe, and new ones are made as always. It is nothing that you did. "+
		"We do not know the cause yet; we are looking at last night's change of our scheduler.",
		"Seit 09:42 Uhr (MEZ) bleiben Wiederherstellungen bei 0 % stehen: Wer danach eine begonnen hat, bekommt im Augenblick keine Daten von uns zurück. "+
			"Ihre Sicherungen sind unversehrt, und neue werden wie immer angelegt. Es liegt nicht an Ihnen. "+
			"Wir kennen die Ursache noch nicht; wir prüfen die Änderung an unserer Ablaufsteuerung von heute Nacht.", stuckEN, stuckDE)
}

func causeWords() words {
	return said("The cause is our own change of last night: the new scheduler waits for a lock that nobody releases. We are rolling it back now. "+
		"Restores that hang will start again by themselves; you do not have to do anything.",
		"Die Ursache ist unsere eigene Änderung von heute Nacht: Die neue Ablaufsteuerung wartet auf eine Sperre, die niemand freigibt. "+
			"Wir nehmen sie jetzt zurück. Hängende Wiederherstellungen laufen von selbst wieder an; Sie müssen nichts tun.", stuckEN, stuckDE)
}

func watchWords() words {
	return said("The old scheduler is back since 10:35 CET and restores move again. We are watching each one that had been stuck until it has ended.",
		"Seit 10:35 Uhr (MEZ) läuft wieder die alte Ablaufsteuerung, und Wiederherstellungen kommen voran. "+
			"Wir beobachten jede, die stecken geblieben war, bis sie beendet ist.", stuckEN, stuckDE)
}

func fixedWords() words {
	return said("Restores work again. We rolled back the scheduler and restarted every restore that was stuck. If yours does not move, tell us: you decide whether it is fixed.",
		"Wiederherstellungen funktionieren wieder. Wir haben die Ablaufsteuerung zurückgenommen und jede hängende Wiederherstellung neu gestartet. "+
			"Wenn Ihre nicht vorankommt, sagen Sie es uns: Sie entscheiden, ob es behoben ist.", "Restores work again", "Wiederherstellungen funktionieren wieder")
}

func notFixedWords() words {
	return said("We said that restores work again, and we were wrong: restores of archives older than 30 days still hang at 0 %. We are sorry. "+
		"Customers found it, not we. We are looking at the index of the archives now.",
		"Wir haben gesagt, dass Wiederherstellungen wieder funktionieren, und das war falsch: Wiederherstellungen aus Archiven, die älter als 30 Tage sind, "+
			"bleiben weiter bei 0 % stehen. Das tut uns leid. Kunden haben es bemerkt, nicht wir. Wir prüfen jetzt das Verzeichnis der Archive.",
		"Not fixed after all: archives still hang", "Doch nicht behoben: Archive hängen weiter")
}

func indexWords() words {
	return said("The scheduler had written a wrong index of the archives. We are building it anew from the backups themselves; two thirds are done.",
		"Die Ablaufsteuerung hatte ein falsches Verzeichnis der Archive geschrieben. Wir bauen es aus den Sicherungen selbst neu auf; zwei Drittel sind fertig.",
		stuckEN, stuckDE)
}

func reallyFixedWords() words {
	return said("Archives restore again as well. We replaced the index that the scheduler had written and restored one archive of every affected customer to the end, as a test.",
		"Auch Archive lassen sich wiederherstellen. Wir haben das Verzeichnis ersetzt, das die Ablaufsteuerung geschrieben hatte, "+
			"und von jedem betroffenen Kunden ein Archiv zur Probe vollständig wiederhergestellt.", "Restores of archives work again", "Auch Archive lassen sich wiederherstellen")
}

func explanationWords() words {
	return said("We are sorry: our mistake kept you from your own data on Sunday and cost you working time. Restores hung at 0 % because we changed the scheduler on Saturday night "+
		"and had tested it with new backups, not with a restore of an old archive. It is our responsibility, and nothing that you did. "+
		"We rolled the change back and replaced the index that it had written; no backup was lost. "+
		"From now on no change of the scheduler goes out before a full restore of an old archive has ended.",
		"Es tut uns leid: Durch unseren Fehler kamen Sie am Sonntag nicht an Ihre eigenen Daten und haben Arbeitszeit verloren. "+
			"Wiederherstellungen blieben bei 0 % stehen, weil wir die Ablaufsteuerung in der Nacht zum Sonntag geändert und nur mit neuen Sicherungen geprüft hatten, "+
			"nicht mit einem alten Archiv. Das ist unsere Verantwortung, und es lag nicht an Ihnen. "+
			"Wir haben die Änderung zurückgenommen und das Verzeichnis ersetzt, das sie geschrieben hatte; keine Sicherung ging verloren. "+
			"Künftig geht keine Änderung der Ablaufsteuerung hinaus, bevor ein altes Archiv vollständig wiederhergestellt wurde.",
		"Why restores hung on Sunday", "Warum Wiederherstellungen am Sonntag stehen blieben")
}

// Words of the second incident.
const (
	failEN = "Restores fail after a patch of ours"
	failDE = "Wiederherstellungen schlagen nach unserer Aktualisierung fehl"
)

func againWords() words {
	return said("Restores fail since 09:05 CET, after a patch that we installed. For some of you it is the second time within a week, and we know it. "+
		"Your backups are safe. It is nothing that you did. We are taking the patch back now.",
		"Seit 09:05 Uhr (MEZ) schlagen Wiederherstellungen fehl, nachdem wir eine Aktualisierung eingespielt haben. Für manche von Ihnen ist es das zweite Mal in einer Woche, und das wissen wir. "+
			"Ihre Sicherungen sind unversehrt. Es liegt nicht an Ihnen. Wir nehmen die Aktualisierung jetzt zurück.", failEN, failDE)
}

func againSlowWords() words {
	return said("We are taking the patch back machine by machine; a third is done. Restores on the others still fail, so please wait before you start one.",
		"Wir nehmen die Aktualisierung Maschine für Maschine zurück; ein Drittel ist fertig. Auf den anderen schlagen Wiederherstellungen weiter fehl, bitte warten Sie noch damit.", failEN, failDE)
}

func againAlmostWords() words {
	return said("Two thirds of the machines are done. What failed, we will repeat ourselves: you do not have to start anything again.",
		"Zwei Drittel der Maschinen sind fertig. Was fehlgeschlagen ist, wiederholen wir selbst: Sie müssen nichts noch einmal starten.", failEN, failDE)
}

func againFixedWords() words {
	return said("Restores work again since 10:00 CET. We rolled back the patch and repeated every restore that had failed. You decide whether it is fixed.",
		"Seit 10:00 Uhr (MEZ) funktionieren Wiederherstellungen wieder. Wir haben die Aktualisierung zurückgenommen und jede fehlgeschlagene Wiederherstellung wiederholt. Sie entscheiden, ob es behoben ist.",
		"Restores work again", "Wiederherstellungen funktionieren wieder")
}

func againExplanationWords() words {
	return said("We are sorry: our mistake stopped your restores again, for some of you the second time within a week. They failed because our patch for the scheduler "+
		"read its settings from a file that it had renamed, and we installed it without restoring anything with it first. It is our responsibility. "+
		"We rolled the patch back and repeated every restore that had failed. From now on a machine restores an old archive before every change, and stops the change if that fails.",
		"Es tut uns leid: Durch unseren Fehler sind Ihre Wiederherstellungen wieder fehlgeschlagen, für manche von Ihnen zum zweiten Mal in einer Woche. Sie schlugen fehl, "+
			"weil unsere Aktualisierung der Ablaufsteuerung ihre Einstellungen aus einer Datei las, die sie selbst umbenannt hatte, und weil wir sie eingespielt haben, ohne damit etwas wiederherzustellen. "+
			"Das ist unsere Verantwortung. Wir haben die Aktualisierung zurückgenommen und jede fehlgeschlagene Wiederherstellung wiederholt. "+
			"Künftig stellt eine Maschine vor jeder Änderung ein altes Archiv wieder her und hält die Änderung an, wenn das misslingt.",
		"Why restores failed on Saturday", "Warum Wiederherstellungen am Samstag fehlschlugen")
}
