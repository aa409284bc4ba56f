# The parts of a card: headline, times, what is known of the patient, the way

headline-stat = { $direction ->
    [down] STAT referral down
   *[other] STAT referral
}
headline-asap = { $direction ->
    [down] ASAP referral down
   *[other] ASAP referral
}
headline-urgent = { $direction ->
    [down] Urgent referral down
   *[other] Urgent referral
}
headline-routine = { $direction ->
    [down] Routine referral down
   *[other] Routine referral
}
priority-stat = STAT
priority-asap = ASAP
priority-urgent = urgent
priority-routine = routine

repeat = Repeat: { $text }
answer-by = answer by { $time }
answer-overdue = overdue, answer was due { $time }
confirm-by = please confirm by { $time }
do-by = please do this by { $time }

time-today = { $clock }
time-tomorrow = tomorrow { $clock }
time-yesterday = yesterday { $clock }
time-week = { $weekday } { $clock }
time-date = { $day } { $month } { $clock }
time-year = { $day } { $month } { $year } { $clock }
time-words = { $weekday } { $day } { $month }, { $clock } { $part }
weekday-short = { $day ->
    [0] Mon
    [1] Tue
    [2] Wed
    [3] Thu
    [4] Fri
    [5] Sat
   *[6] Sun
}
weekday-long = { $day ->
    [0] Monday
    [1] Tuesday
    [2] Wednesday
    [3] Thursday
    [4] Friday
    [5] Saturday
   *[6] Sunday
}
month-name = { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
}
part-of-day = { $part ->
    [night] am
    [morning] am
    [noon] noon
    [afternoon] pm
   *[evening] pm
}

who-doctor = Dr { $name }
who-nurse = Nurse { $name }
who-other = { $name }
who-at = { $who }, { $facility }
who-unknown = a colleague
place-of = { $facility }, { $place }
emergency-entrance = emergency entrance
ask-at-desk = { $place } (please ask at the reception desk)

pathway-chest_pain = Chest-pain pathway
pathway-stroke = Stroke pathway
pathway-trauma = Trauma pathway
pathway-critical_maternal = Critical maternal pathway
pathway-critical_newborn = Critical newborn pathway

patient-band = { $person } { $age }
person-F-adult = woman
person-F-child = girl
person-M-adult = man
person-M-child = boy
person-unknown = sex not known,
age-unknown = age not known
age-newborn = newborn
age-infant = under 1
age-band = { $from }–{ $to }
age-oldest = { $from } and over
pregnant = pregnant

vital-bp = BP { $sbp }/{ $dbp }
vital-sbp = SBP { $sbp }
vital-dbp = DBP { $dbp }
vital-heart-rate = HR { $value }
vital-resp-rate = RR { $value }
vital-temp = { $value } °C
vital-spo2 = SpO2 { $value } %
vital-glucose = { $kind ->
    [fasting] fasting glucose
    [random] random glucose
   *[unknown] glucose
} { $value } mmol/L
vital-avpu-V = responds to voice
vital-avpu-P = responds to pain
vital-avpu-U = unresponsive

onset = since { $time }
because = Why: { $text }
way = about { $minutes } min away
route = { $origin } → { $destination }
to-be-decided = to be decided
their-line = their 24-h line { $line }
emergency-number = ambulance 120
incomplete = Some data is missing.
provisional = The patient's identity has not been checked.

identity-name = Name { $name }
identity-year = born { $year }
identity-phone = phone { $phone }
text-impression = Impression
text-reason = Reason
text-history = History
text-treatment = Treatment so far
text-question = Their question
text-answer = Their answer
text-advice = Their advice
text-comment = Comment
text-words = The patient wrote
text-caption = The patient wrote with a file
text-note = Progress
text-text = Outcome in words
text-diagnosis = Diagnosis
text-results = Main results
text-medicines = Medicines
text-next_plan = Next plan
text-rehabilitation = Rehabilitation
text-line = { $title }: { $text }
consent-later = Consent is not yet recorded.

# Under a card that was asked again in a newer message.
card-replaced = Asked again: please see the newer message below.
