# Buttons, as short as can be

button-hold = I have it
button-accept-now = Accept, come now
button-accept-at = Accept · { $time }
button-accept-no-time = Accept, time later
button-time = { $time }
button-place = { $place }
button-other-time = Other time
button-offer-time = Give a time
button-decline = Cannot take
button-advise = Advise: treat locally
button-redirect = Send elsewhere
button-route = Choose where
button-ask = Ask them
button-answer = Answer
button-insist = Insist
button-follow-advice = Follow it, close
button-give-back = Give back
button-patient-agrees = Patient will come
button-patient-other-time = Patient needs another time
button-set-out = Patient set out
button-arrived = Arrived
button-missed = Did not come
button-note = Add a note
button-report = Report outcome
button-priority = Change priority
button-consent = Consent given
button-ask-cancel = Ask to cancel
button-agree-cancel = Agree
button-refuse-cancel = Go on
button-withdraw = Withdraw
button-close = Close
button-reopen = Open again
button-details = Details
button-open = Open
button-fold = Fold
button-more = More
button-back = Back
button-form-received = Received
button-form-not-ours = Not our patient
button-form-no-medicine = Medicine not available
button-form-not-found = Not found
button-called = Called: all well
button-called-worse = Called: feels worse
button-told-coming = Told: will come
button-told-later = Told: another day
button-told-worse = Told: feels worse
button-seen = Seen
button-not-reached = Not reached
button-i-come = I will come
button-i-another = Another time
button-i-cannot = Cannot come
button-i-set-out = I am on my way
button-i-fine = I am fine
button-no-danger = None of these
button-i-worse = Feel worse
button-sure-another = Yes, another time
button-sure-cannot = Yes, I cannot come
button-not-sure = Back
button-wrong-reading = Wrong number
button-language-zh = 中文
button-language-en = English
button-whom = { $whom ->
    [self] Mine
    [mother] My mother
    [father] My father
    [spouse] My spouse
    [child] My child
   *[other] My relative
}

button-stable = Stable
button-send-down = Send down → { $place }
button-down-criteria = Criteria
button-down-met = ✓ { $item }
button-down-unmet = ✗ not: { $item }
