# Cards for staff

# Where it stands, one sentence each
standing-requested = Sent.
standing-to_be_routed = Nobody knows yet where it should go.
standing-offered = { $asked ->
    [0] Waiting for an answer.
    [one] Waiting for an answer (1 asked).
   *[other] Waiting for an answer ({ $asked } asked).
}
standing-held = { $who } has it, not decided yet.
standing-information_asked = The recipient has a question; the initiator is to answer.
standing-declined = Declined: { $reason }. The initiator decides what next.
standing-reopened = Opened again; the referring side decides what next.
standing-advised = The recipient advises to treat locally; the initiator decides.
standing-come_now = { $who } accepted at { $time }: the patient should come now.
standing-accepted = { $who } accepted at { $time }; no time given yet.
standing-time_offered = Accepted for { $time }; the patient has not confirmed.
standing-confirmed = { $by ->
    [patient] The patient will come { $time }.
    [family] The family says the patient will come { $time }.
   *[staff] The patient will come { $time } (recorded by { $who }).
}
standing-on_the_way = The patient is on the way.
standing-on_the_way-expected = The patient is on the way, expected { $time }.
standing-time_passed = The appointment ({ $time }) has passed; arrived or not is not known.
standing-missed = The patient did not come.
standing-arrived = The patient arrived at { $time }.
standing-cancel_asked = The initiator asks to cancel; the recipient is to answer.
standing-reported = Outcome: { $outcome }.
standing-cancelled = Cancelled.
standing-withdrawn = Withdrawn by the initiator.
standing-closed = Closed.
standing-closed-reason = Closed: { $reason }.

# Cards that need no answer any more
over-taken = Taken: { $code } by { $who }, accepted { $time }. Nothing to do.
over-held = { $code }: { $who } has it. Nothing to do.
over-elsewhere = { $code } was sent on to { $where }. Nothing to do.
over-other = { $code }: { $standing } Nothing to do.

# The recipient
offer-ask = Can you take this patient?
offer-mine = You have it; please decide soon.
coordinator-ask = { $asked ->
    [0] Nobody has answered. Please find somebody to take it, or send it elsewhere.
    [one] Nobody has answered (1 asked). Please find somebody to take it, or send it elsewhere.
   *[other] Nobody has answered ({ $asked } asked). Please find somebody to take it, or send it elsewhere.
}
to-be-routed-title = { $code }: where should it go?
to-be-routed-ask = No recipient is known. Please choose one.
time-needed-title = { $code }: please give a time
time-needed-ask = Accepted, and the patient has no time yet. Please give one.
information-given-title = { $code }: the answer is here
information-given-ask = Open it to read the answer, then please decide.
time-refused-title = { $code }: another time is needed
time-refused-ask = { $wants ->
    [cancelled] Your calendar cancelled the time; the patient is told not to come. Please offer another time, or give it back.
    [cannot_come] The patient cannot come. Please offer another time, or give it back.
   *[other] The patient cannot make that time. Please offer another.
}
where-title = { $code }: is the patient there?
where-ask = Expected by now, and no word. Please look in emergency and outpatients; if not there, please call.
arrived-or-missed-title = { $code }: did the patient come?
outcome-due-title = { $code }: what came of it?
outcome-due-ask = The patient arrived; no outcome has been reported.
cancel-asked-title = { $code }: please cancel
cancel-asked-ask = The initiator asks to cancel: { $reason }. Do you agree?
amended-title = { $code } was changed
amended-what = The initiator changed: { $what }.
amended-priority = priority
amended-picture = clinical picture
amended-impression = impression
amended-reason = reason
amended-recipient = recipient
amended-other = contents
reopened-title = { $code } was opened again
taken-back-title = { $code } is no longer yours
taken-back-where = It is now with { $where }.
taken-back-reason = Given back: { $reason }.

# The initiator
sent-asked = asked { $time }
sent-seen = seen { $time }
sent-accepted = { $who } accepted { $time }
come-now = The patient should come now.
said-by-phone = Said by phone: { $who }; recorded by { $by } { $time }.
sent-come-now = { $place }, phone { $line }
has-it-title = { $code }: somebody has it
has-it-come-now = The patient should go now to { $place }, phone { $line }.
nobody-yet = { $code }: nobody has it yet ({ $asked } asked). Call the 24-h line of { $where }: { $line }; if life is at risk call 120.
nobody-yet-no-line = { $code }: nobody has it yet ({ $asked } asked). Please call { $where } yourself; if life is at risk call 120.
no-news-title = { $code }: no news
no-news-call = Call the 24-h line of { $where }: { $line }; if life is at risk call 120.
declined-title = { $code } was declined
declined-ask = The referral is still open. Please choose what next.
advised-title = { $code }: advice to treat locally
advised-ask = Open it to read the advice, then follow it or insist.
information-asked-title = { $code }: a question for you
information-asked-ask = Open it to read the question; reply to this message to answer.
missed-title = { $code }: the patient did not come
missed-ask = Please contact the patient: a new time, or the reason why it ends.
reported-title = { $code }: outcome reported
cancel-answered-title = { $code }: your request to cancel
cancel-answered-yes = The recipient agreed.
cancel-answered-no = The recipient does not agree; the referral goes on.

# Return form and follow-up
return-form-due-title = Return form, please
return-form-due-ask = A patient discharged { $time } has no return form yet; { $centre } is waiting. Please send it from your hospital's system.
return-form-due-done = The return form has been sent. Nothing to do.
return-form-title = Return form
return-form-route = { $hospital } → { $centre }
return-form-ask = Open it to read it, then please confirm.
return-form-went-against_advice = Left against medical advice: followed up as high risk.
return-form-went-other_hospital = Went on to another hospital; follow-up begins after the discharge there.
return-form-went-rehabilitation = Went to rehabilitation or long-term care.
return-form-answered-title = Answer to the return form
return-form-answer-received = { $centre } has received the return form.
return-form-answer-not_our_patient = { $centre } says this is not their patient. Please check which centre the patient belongs to.
return-form-answer-medicine_not_available = { $centre } has it, but not the medicine on it. Please consider another, or say where to get it.
return-form-answer-not_found = { $centre } cannot find this patient. Please check which centre the patient belongs to.
form-over-received = Confirmed. Nothing to do.
form-over-returned = Back at the hospital to be checked. Nothing to do.
form-over-closed = Closed. Nothing to do.
feels-worse-title = A patient feels worse
feels-worse-ask = A patient in follow-up after discharge said at { $time } that they feel worse. Please call now; in an emergency call 120.
high-reading-title = A high reading
high-reading-ask = A patient in follow-up sent { $reading } ({ $time }). Please see whether to call.
call-title = Please call
call-follow-up = No answer to the follow-up. Please call and ask.
call-time = The patient has not answered the time offered, { $time }. Please call to confirm.
call-time-opted-out = The patient is expected { $time } and does not want reminders. Please call and remind them.
call-time-unreached = The patient is expected { $time }, and the reminder did not reach them. Please call and remind them.
call-come-now = The patient should come now ({ $place }, phone { $line }) and has not answered. Please call at once.
call-cancelled = The visit is cancelled and the patient does not know. Please call to tell them.
call-opted-out = A follow-up is due, and the patient does not want to be asked here. Please call and ask.
call-visit-opted-out = A visit is due { $time }, and the patient does not want such reminders. Please call and tell them.
call-visit-unreached = A visit is due { $time }, and the reminder did not reach the patient. Please call and tell them.
call-visit-coming = Told on the phone: will come { $time }.
call-visit-over = This call before a visit is no longer needed.
call-other = The patient cannot be reached here. Please call.
call-over = Done. No call is needed.
follow-up-over = This follow-up is done. Nothing to do.

# The system
parked-title = One step has stopped
parked-what = { $consumer } failed again and again on { $stream } and was put aside. Everything else goes on.
parked-reason = Reason: { $reason }
parked-ask = See refloop parking list.

# Menus
menu-decline = Why can you not take it?
menu-accept = At what time?
menu-offer_time = Which time for the patient?
menu-redirect = Send it where?
menu-give_back = Why do you give it back?
menu-ask_cancel = Why cancel?
menu-withdraw = Why withdraw it?
menu-close = Why does it end?
menu-report = What came of it?
menu-priority = Which priority?
menu-lower = Why lower?
menu-more = What else?
menu-another_time = Are you sure you need another time? The one you have is given up.
menu-cannot_come = Are you sure you cannot come?

decline-no_capacity = No bed or slot
decline-wrong_specialty = Not our specialty
decline-no_equipment = No equipment
decline-information_missing = Too little information
decline-not_needed = Not needed here
decline-other = Other (please write)
give-back-emergency_here = Emergency here
give-back-bed_lost = Bed is gone
give-back-not_my_field = Not my field
give-back-shift_ended = My shift is over
give-back-other = Other
lower-examined = Examined
lower-improved = Improved
lower-entered_wrong = Entered wrong
outcome-treated = Treated
outcome-discharged = Discharged
outcome-admitted_elsewhere = Admitted elsewhere
outcome-no_treatment_needed = No treatment needed
outcome-died = Died
end-advice_taken = Advice taken
end-patient_refused = Patient will not go
end-went_elsewhere = Went elsewhere
end-not_reached = Cannot be reached
end-resolved = Resolved
end-entered_in_error = Entered in error
end-died = Died
end-duplicate = Duplicate
end-other = Other

down-proposed = Stable: may go back down. The criteria:
down-not-yet = Stable, but not for going down yet. The criteria:
criterion-met = ✓ { $says }
criterion-unmet = ✗ { $says }
criterion-unknown = ? { $says }
down-sent = Sent down as { $code }.
down-item-diagnosis_clear = diagnosis clear
down-item-plan_fixed = plan fixed
down-item-stable = stable
down-item-bp_at_target = pressure at target
down-item-glucose_at_target = glucose at target
down-item-complications_stable = complications stable
down-item-oral_medicines = oral medicines
down-item-recovery_phase = recovering
down-item-long_term_care = long-term care
down-item-terminal_care = terminal care
down-item-patient_wants = the patient wants it
menu-down = What is so?
