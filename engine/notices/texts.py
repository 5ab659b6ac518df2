"""What mails say: subject and text of each, with the names of the values that are put in."""

from engine.errors import Sentence

TEMPLATES: dict[str, tuple[Sentence, Sentence]] = {
    "idea_received": (
        Sentence("Ihre Idee {number} ist eingegangen", "Your idea {number} has arrived"),
        Sentence(
            "Guten Tag,\n\nvielen Dank für Ihre Idee „{title}“. Sie hat die Nummer {number}.\n\n"
            "Bitte bestätigen Sie Ihre E-Mail-Adresse mit diesem Link, sonst können wir die Idee nicht bearbeiten:\n"
            "{confirm_url}\n\nUnter diesem persönlichen Link sehen Sie jederzeit, wo Ihre Idee steht, und können "
            "Rückfragen beantworten. Bitte geben Sie ihn nicht weiter:\n{url}\n",
            "Hello,\n\nthank you for your idea “{title}”. Its number is {number}.\n\n"
            "Please confirm your e-mail address with this link, otherwise we cannot work on the idea:\n"
            "{confirm_url}\n\n"
            "With this personal link you can see at any time where your idea stands and answer questions. "
            "Please keep it to yourself:\n{url}\n",
        ),
    ),
    "status_changed": (
        Sentence("Ihre Idee {number}: {status}", "Your idea {number}: {status}"),
        Sentence(
            "Guten Tag,\n\nIhre Idee „{title}“ ({number}) hat einen neuen Stand: {status}.\n\n{reason}\n\n"
            "Mehr dazu: {url}\n",
            "Hello,\n\nyour idea “{title}” ({number}) has a new status: {status}.\n\n{reason}\n\n"
            "More about it: {url}\n",
        ),
    ),
    "question_asked": (
        Sentence("Rückfrage zu Ihrer Idee {number}", "A question about your idea {number}"),
        Sentence(
            "Guten Tag,\n\nzu Ihrer Idee „{title}“ ({number}) haben wir eine Frage:\n\n{question}\n\n"
            "Bitte antworten Sie bis zum {until} mit dem persönlichen Link, den Sie mit der Eingangsbestätigung "
            "erhalten haben. Ohne Antwort stellen wir die Idee zurück; sie geht nicht verloren.\n",
            "Hello,\n\nwe have a question about your idea “{title}” ({number}):\n\n{question}\n\n"
            "Please answer until {until} with the personal link you received with the receipt. Without an answer we "
            "set the idea aside; it does not get lost.\n",
        ),
    ),
    "rueckfrage_erinnerung": (
        Sentence("Erinnerung an unsere Rückfrage zu Ihrer Idee {number}",
                 "Reminder of our question on your idea {number}"),
        Sentence(
            "Guten Tag,\n\nzu Ihrer Idee „{title}“ ({number}) ist noch eine Rückfrage offen. Bitte antworten Sie bis "
            "zum {bis} mit dem persönlichen Link aus der Eingangsbestätigung.\n",
            "Hello,\n\na question about your idea “{title}” ({number}) is still open. Please answer until {bis} with "
            "the personal link from the receipt.\n",
        ),
    ),
    "erinnerung_aufgabe": (
        Sentence("Erinnerung: {aufgabe} ({number})", "Reminder: {aufgabe} ({number})"),
        Sentence(
            "Guten Tag,\n\ndie Aufgabe „{aufgabe}“ zur Idee „{title}“ ({number}) wartet noch auf Sie oder Ihr "
            "Gremium.\n\nZum Posteingang: {url}\n",
            "Hello,\n\nthe task “{aufgabe}” on the idea “{title}” ({number}) still waits for you or your body.\n\n"
            "To your inbox: {url}\n",
        ),
    ),
    "eskalation_aufgabe": (
        Sentence("Überfällig: {aufgabe} ({number})", "Overdue: {aufgabe} ({number})"),
        Sentence(
            "Guten Tag,\n\ndie Aufgabe „{aufgabe}“ zur Idee „{title}“ ({number}) ist trotz Erinnerungen nicht "
            "erledigt. Bitte sprechen Sie die zuständige Stelle an.\n\nZum Posteingang: {url}\n",
            "Hello,\n\nthe task “{aufgabe}” on the idea “{title}” ({number}) is not done in spite of reminders. "
            "Please talk to those in charge.\n\nTo your inbox: {url}\n",
        ),
    ),
    "erinnerung_einladung": (
        Sentence("Bitte einladen: {title}", "Please invite: {title}"),
        Sentence(
            "Guten Tag,\n\nzu „{title}“ ist noch nicht eingeladen. Damit die Ladungsfrist gewahrt ist, muss die "
            "Einladung am {bis} zugehen (§ 27 Abs. 3 LKO).\n\nZum Posteingang: {url}\n",
            "Hello,\n\nmembers have not been invited to “{title}” yet. To keep the notice period they must receive the "
            "invitation on {bis} (§ 27 Abs. 3 LKO).\n\nTo your inbox: {url}\n",
        ),
    ),
    "meeting_invited": (
        Sentence("Einladung: {body}, {day}", "Invitation: {body}, {day}"),
        Sentence(
            "Guten Tag,\n\nzur Sitzung „{body}“ am {day} um {time} Uhr laden wir Sie ein.\nOrt: {place}\n\n"
            "Tagesordnung, Vorlagen und Ihre Antwort (ich komme, ich komme nicht, meine Vertretung kommt) finden Sie "
            "hier:\n{url}\n\nDie Kalenderdatei liegt bei.\n",
            "Hello,\n\nwe invite you to the meeting “{body}” on {day} at {time}.\nPlace: {place}\n\n"
            "You find the agenda, the papers and your answer (I come, I do not come, my deputy comes) here:\n{url}\n\n"
            "The calendar file is attached.\n",
        ),
    ),
    "meeting_moved": (
        Sentence("Verlegt auf {day}: {body}", "Moved to {day}: {body}"),
        Sentence(
            "Guten Tag,\n\ndie Sitzung „{body}“ ist verlegt auf den {day} um {time} Uhr.\nOrt: {place}\n"
            "Grund: {reason}\n\nEine neue Einladung folgt. Die beiliegende Kalenderdatei ändert Ihren Termin.\n",
            "Hello,\n\nthe meeting “{body}” has been moved to {day} at {time}.\nPlace: {place}\nReason: {reason}\n\n"
            "A new invitation follows. The calendar file attached changes your date.\n",
        ),
    ),
    "meeting_cancelled": (
        Sentence("Abgesagt: {body}, {day}", "Cancelled: {body}, {day}"),
        Sentence(
            "Guten Tag,\n\ndie Sitzung „{body}“ am {day} um {time} Uhr fällt aus.\nGrund: {reason}\n\n"
            "Die beiliegende Kalenderdatei nimmt sie aus Ihrem Kalender.\n",
            "Hello,\n\nthe meeting “{body}” on {day} at {time} does not take place.\nReason: {reason}\n\n"
            "The calendar file attached removes it from your calendar.\n",
        ),
    ),
    "minutes_sent": (
        Sentence("Niederschrift: {body}, {day}", "Minutes: {body}, {day}"),
        Sentence(
            "Guten Tag,\n\ndie Niederschrift der Sitzung „{body}“ vom {day} liegt vor:\n{url}\n\n"
            "Einwendungen können Sie bis zur nächsten Sitzung erheben.\n",
            "Hello,\n\nthe minutes of the meeting “{body}” of {day} are there:\n{url}\n\n"
            "You can object to them until the next meeting.\n",
        ),
    ),
    "erinnerung_niederschrift": (
        Sentence("Erinnerung an die Niederschrift: {title}", "Reminder of the minutes: {title}"),
        Sentence(
            "Guten Tag,\n\ndie Niederschrift zu „{title}“ ist noch nicht verschickt. Spätestens am {bis} muss sie "
            "allen Mitgliedern zugegangen sein (§ 34 LKO, § 41 GemO).\n\nZum Posteingang: {url}\n",
            "Hello,\n\nthe minutes of “{title}” have not been sent yet. All members must have received them by {bis} "
            "(§ 34 LKO, § 41 GemO).\n\nTo your inbox: {url}\n",
        ),
    ),
    "frist_niederschrift": (
        Sentence("Frist überschritten: Niederschrift {title}", "Overdue: minutes of {title}"),
        Sentence(
            "Guten Tag,\n\ndie Niederschrift zu „{title}“ hätte bis zum {bis} zugehen müssen (§ 34 LKO, § 41 GemO). "
            "Bitte verschicken Sie sie jetzt und erläutern Sie dabei, warum sie später kommt.\n\n"
            "Zum Posteingang: {url}\n",
            "Hello,\n\nthe minutes of “{title}” should have been received by {bis} (§ 34 LKO, § 41 GemO). Please send "
            "them now and explain why they are late.\n\nTo your inbox: {url}\n",
        ),
    ),
    "eilentscheidung": (
        Sentence("Eilentscheidung: {title}", "Urgent decision: {title}"),
        Sentence(
            "Guten Tag,\n\nanstelle von „{gremium}“ wurde nach § 42 LKO entschieden ({weg}):\n\n{wortlaut}\n\n"
            "Gründe für die Eile:\n{gruende}\n\nDie Entscheidung steht auf der Tagesordnung der nächsten Sitzung; das "
            "Gremium kann sie aufheben, soweit nicht schon Rechte Dritter entstanden sind.\n\nSitzungen: {url}\n",
            "Hello,\n\nin the place of “{gremium}” a decision was taken under § 42 LKO ({weg}):\n\n{wortlaut}\n\n"
            "Reasons for the haste:\n{gruende}\n\nThe decision is on the agenda of the next meeting; the body can "
            "annul it unless it has given rights to third parties.\n\nMeetings: {url}\n",
        ),
    ),
    "eilentscheidung_aufgehoben": (
        Sentence("Eilentscheidung aufgehoben: {title}", "Urgent decision annulled: {title}"),
        Sentence(
            "Guten Tag,\n\n„{gremium}“ hat die Eilentscheidung „{title}“ am {tag} aufgehoben (§ 42 LKO).\n\n"
            "Sitzungen: {url}\n",
            "Hello,\n\n“{gremium}” annulled the urgent decision “{title}” on {tag} (§ 42 LKO).\n\nMeetings: {url}\n",
        ),
    ),
    "umlauf_eroeffnet": (
        Sentence("Umlauf in „{gremium}“: {title}", "Circular in “{gremium}”: {title}"),
        Sentence(
            "Guten Tag,\n\nzur Frage „{title}“ wird im Umlauf abgestimmt. Bitte antworten Sie bis zum {bis}; wer dem "
            "Umlauf widerspricht, bringt die Frage in die nächste Sitzung.\n\nZur Antwort: {url}\n",
            "Hello,\n\nthe question “{title}” is decided by circular. Please answer until {bis}; whoever objects to "
            "the circular takes the question to the next meeting.\n\nTo your answer: {url}\n",
        ),
    ),
    "umlauf_erinnerung": (
        Sentence("Erinnerung an den Umlauf: {title}", "Reminder of the circular: {title}"),
        Sentence(
            "Guten Tag,\n\nIhre Antwort zu „{title}“ fehlt noch. Der Umlauf endet am {bis}.\n\nZur Antwort: {url}\n",
            "Hello,\n\nyour answer to “{title}” is still missing. The circular ends on {bis}.\n\n"
            "To your answer: {url}\n",
        ),
    ),
    "umlauf_beendet": (
        Sentence("Umlauf beendet: {title}", "Circular over: {title}"),
        Sentence(
            "Guten Tag,\n\nder Umlauf zu „{title}“ ist beendet: {ergebnis}.\n\nMehr dazu: {url}\n",
            "Hello,\n\nthe circular on “{title}” is over: {ergebnis}.\n\nMore about it: {url}\n",
        ),
    ),
    "nachtrag": (
        Sentence("Nachtrag zur Idee {number}", "Addendum to the idea {number}"),
        Sentence(
            "Guten Tag,\n\nzur Idee „{title}“ ({number}) ist ein Nachtrag eingegangen. Er steht bei der Aufgabe.\n\n"
            "Zum Posteingang: {url}\n",
            "Hello,\n\nan addendum to the idea “{title}” ({number}) has arrived. It stands beside the task.\n\n"
            "To your inbox: {url}\n",
        ),
    ),
    "tasks_opened": (
        Sentence("{count} neue Aufgaben in Reifegrad", "{count} new tasks in Reifegrad"),
        Sentence(
            "Guten Tag,\n\nfür Sie oder Ihre Gremien liegen neue Aufgaben vor:\n\n{lines}\n\nZum Posteingang: {url}\n",
            "Hello,\n\nnew tasks wait for you or your bodies:\n\n{lines}\n\nTo your inbox: {url}\n",
        ),
    ),
}
