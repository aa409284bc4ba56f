# The coordinator's list

board-title = { $count ->
    [one] Coordination: { $count } open loop
   *[other] Coordination: { $count } open loops
}
board-count-stat = STAT { $count }
board-count-asap = ASAP { $count }
board-count-urgent = urgent { $count }
board-count-routine = routine { $count }
board-to-route = to be routed { $count }
board-overdue = reminded { $count }
board-lost = may not have arrived { $count }
board-unidentified = to be identified { $count }
board-follow-ups = follow-ups { $count }
board-line = { $code } { $stage }
board-kind-discharge = Return form
board-kind-plan = Feels worse
board-may-not-have-arrived = may not have arrived: phone
board-at-to_be_routed = to be routed
board-at-offered = no answer yet
board-at-held = somebody has it
board-at-information_asked = waits for information
board-at-declined = declined, send on
board-at-advised = advised to treat locally
board-at-accepted = accepted, no time yet
board-at-time_offered = waits for the patient
board-at-confirmed = confirmed
board-at-on_the_way = on the way
board-at-time_passed = arrived or not?
board-at-missed = missed
board-at-arrived = arrived, no outcome
board-at-return_form_due = not sent
board-at-return_form_unread = not confirmed
board-at-follow_up_due = follow-up
board-at-danger_asked = asked about danger signs
board-at-danger_unseen = no doctor has looked
board-at-cancel_asked = to be cancelled?
board-asked = Asked: { $who }
board-call-recipient = 24-h line of the recipient { $line }
board-call-initiator = Line of the initiator { $line }
board-below = See the card below.
board-not-yours = This list is for coordinators.

menu-by_phone = What was said on the phone?
menu-close_now = For how long does this department take nobody?
button-take-over = Take it over
button-ask-next = Ask the next
button-by-phone = Said by phone
button-said-accepts = { $who }: accepts
button-said-declines = { $who }: no bed
button-close-now = Close for now
button-close-2h = 2 hours
button-close-12h = 12 hours
button-close-24h = 24 hours
button-open-again = Open again
button-earlier = Earlier
button-later = Later
button-again = Look again
button-identify = Identify
command-board = what I coordinate

identify-nobody = Nobody is waiting to be identified.
identify-ask = It is not yet known who this patient is ({ $codes }). { $why } { $left } to look at. Until then nothing is written to the patient.
identify-doubt-provisional = The papers carry only a number, no identity.
identify-doubt-birth = The date of birth differs from the one on record.
identify-doubt-sex = The sex differs from the one on record.
identify-number = Please reply with the patient’s identity card number.
identify-unknown = Nobody with that number is on record; nothing was changed.
identified = Joined to the patient on record.
button-separate = Wrong: they are two people
separated = They are two again, and this one is to be identified. If the other was told of a time by mistake, please call them.
identified-new = Confirmed.
button-identify-new = Checked, it is this person
button-identify-number = Somebody on record: give the number
taken-over = { $count ->
    [0] Somebody has taken over already.
    [one] { $count } patient is yours now.
   *[other] { $count } patients are yours now.
}
hand-over-title = { $count ->
    [one] Hand-over { $time }: { $count } patient accepted, not yet there
   *[other] Hand-over { $time }: { $count } patients accepted, not yet there
}
hand-over-line = { $code } { $stage } · { $who }
button-take-all = Take over all
duty-unreachable-title = { $count ->
    [one] { $count } person on duty tomorrow cannot be reached now (no chat):
   *[other] { $count } people on duty tomorrow cannot be reached now (no chat):
}
duty-unreachable-line = { $who } · { $where }
duty-unreachable-more = { $count } more.
digest-title = { $count ->
    [one] { $count } referral waits, to be answered by { $time }
   *[other] { $count } referrals wait, the first answer is due { $time }
}
digest-title-open = { $count ->
    [one] { $count } referral waits
   *[other] { $count } referrals wait
}

# To invite a patient
command-invite = show the patient a QR code
invite-usage = Please add the code of the referral, for example /invite R-7K2F4.
invite-unidentified = It is not yet known who this patient is, or neither birth year nor phone is on record: nobody can be invited.
invite-shown = QR code for { $code }: let the patient scan it and reply with the birth year or the last four digits of the phone. It works once.
button-family = Family
family-who = Who helps this patient? Only with the patient’s consent: they are told of times and places, and may answer.
family-shown = QR code for { $code } ({ $relation }): let them scan it and reply with the patient’s birth year or the last four digits of the patient’s phone. It works once.
relation = { $relation ->
    [daughter] daughter
    [son] son
    [spouse] husband or wife
    [mother] mother
    [father] father
    [neighbour] neighbour
   *[other] relative
}
