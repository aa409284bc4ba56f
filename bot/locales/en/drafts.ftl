# The draft of a referral, the emergency call, the look-up

word-stat = stat,emergency
word-asap = asap
word-urgent = urgent
word-routine = routine,elective

list-comma = ,{" "}
masked-phone = ···{ $last }

draft-title = Draft referral
draft-title-advice = Draft question
draft-patient = Patient: { $who }
draft-new-patient = Patient: { $name } (new here)
draft-nobody = Patient: not given
draft-age = { $age ->
    [one] { $age } year
   *[other] { $age } years
}
draft-said = Problem: { $words }
draft-missing = Missing: { $what }
draft-absurd = Left out, because it cannot be true: { $what }. Please look again.
draft-unknown = The rules do not know: { $what }. If it was measured, type it.
draft-priority = Priority: { $priority }, because: { $why }
draft-hint-up = Hint, refer up: { $says } ({ $rule })
draft-hint-emergency = Hint, EMERGENCY referral: { $says } ({ $rule })
draft-hint-stay = Hint, may stay in primary care: { $says } ({ $rule })
draft-hints-more = { $count } more hints
draft-from = From: { $place }
draft-from-where = Which of your places does it come from?
draft-to = To: { $place }
draft-nowhere = To: not decided; your coordinator will route it
draft-duplicate = Note: this patient has an open referral, { $code } ({ $place }).
draft-duplicate-elsewhere = Note: another facility has referred this patient to { $place }.
draft-which-patient = Who is it?

draft-edit-what = What is to change?
draft-to-where = Send it where?
draft-sent = { $code } sent → { $place }
draft-sent-nowhere = { $code } sent; the coordinator finds a recipient
draft-already-sent = This has been sent: { $code }
draft-dropped = The draft is gone; nothing was sent.
draft-gone = This draft is no longer there; please type /refer again.
draft-empty = Please say what is wrong first: in words, a pathway or a number.
draft-no-place = You have no position from which to refer now. Please ask your administrator.
draft-dead = This patient is recorded as having died; nothing was sent.

field-name = name
field-sex = sex
field-age = age
field-problem = problem
field-vitals = vital signs
field-where = recipient

ask-name = The patient’s name? Skip it if you do not know.
ask-sex = Sex?
ask-age = Age in years? For example 71.
ask-problem = What is wrong, and since when? For example: headache 2 days.
ask-vitals = What was measured? For example: BP 186/112 HR 88 T 36.8 SpO2 97.
ask-where = Send it where? You can type it too, for example: cardiology.
ask-again-name = A name is wanted here: two letters at least, no digits.
ask-again-age = A number from 0 to 125 is wanted here, for example 71.
ask-again-sex = “male” or “female” is wanted here.
ask-again-problem = Please describe the problem in a few words, for example: headache 2 days.
ask-again-vitals = There was no measurement in that. Please write it such as BP 186/112 HR 88.
ask-again-where = No such place was found. Please press a button, or write a department, for example: cardiology.

sos-title = Emergency STAT
sos-which = What do you suspect? The rest can wait; if life is at risk call 120 as well.
sos-other-words = Another emergency; details follow
sos-who = Which patient? Skip it if you do not know.

find-usage = Please look up like this: /find Li Xiuying, or an identity number, or a phone number. Only your facility’s patients are searched.
find-none = Nobody found at your facility. A new patient is registered with the referral.
find-title = Found at your facility:

button-draft-send = Send, patient agrees
button-draft-send-later = Send, consent later
button-draft-send-emergency = Send, consent later: emergency
button-draft-send-question = Send the question
button-draft-edit = Edit
button-edit-from = From
button-draft-to = Other recipient
button-draft-drop = Discard
button-draft-skip = Skip
button-draft-new-patient = None of these: new patient
button-person = { $who }
button-edit-name = Name
button-edit-sex = Sex
button-edit-age = Age
button-edit-problem = Problem
button-edit-vitals = Numbers
button-edit-priority = Priority
button-edit-other-patient = Somebody else
button-sex-F = Female
button-sex-M = Male
button-set-stat = STAT
button-set-asap = ASAP
button-set-urgent = Urgent
button-set-routine = Routine
button-sos-chest_pain = Chest pain
button-sos-stroke = Stroke
button-sos-trauma = Trauma
button-sos-critical_maternal = Critical maternal
button-sos-critical_newborn = Critical newborn
button-sos-other = Something else
button-sos-skip = Skip

command-refer = refer, in one message or step by step
command-sos = emergency call, three presses
command-today = the referrals that are mine today
command-ask = ask a specialist
command-find = look up a patient of your facility

headline-question = Question ({ $priority })
button-answer-question = Answer
button-see-patient = See the patient
button-why = Why?
button-consent-patient = Patient agrees
button-consent-family = Family agrees
menu-why = Why this priority?
why-rule = Rule: { $rules }. { $because }
why-value = Values: { $values }
why-no-value = none
why-source = Source: { $sources } ({ $pack })
consent-title = { $code }: consent is still missing
consent-ask = It was sent with consent to follow. Has the patient or the family agreed?
consent-done = { $code }: consent is settled.

mine-nothing = There is no referral now that you answer for or have sent.
mine-waiting = Waiting for you ({ $count }):
mine-sent = Sent by you ({ $count }):
mine-line = { $code } · { $priority } · { $place } · { $standing }
mine-more = { $count ->
    [one] { $count } more; those due first are listed.
   *[other] { $count } more; those due first are listed.
}
button-code = { $code }

file-stored = Kept, sealed; those who may see it press “Files”.
file-for-what = Which referral is this for? Please send it as a reply to its card, or with the code as its caption.
file-too-big = The file is too big; { $limit } MB at most.
file-too-many = A referral can have { $limit } files at most.
file-kind = Only photos (JPEG, PNG) and PDF are taken.
file-not-fetched = The file could not be fetched; please send it again.
button-files = Files ({ $count })
