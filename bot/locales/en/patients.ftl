# For patients and families: two sentences, no code, no diagnosis

patient-for = For { $whom }: { $text }
whom = { $whom ->
    [self] you
    [mother] your mother
    [father] your father
    [spouse] your spouse
    [child] your child
   *[other] your relative
}

patient-come-now = Please go now to { $place }, phone { $line }. If it gets worse call 120.
patient-come-now-no-line = Please go now to { $place }. If it gets worse call 120.
patient-time = { $time }, { $place }. Bring ID, insurance card, referral form.
patient-time-confirmed = Thank you: { $time }, { $place }. Bring ID, insurance card, referral form.
patient-time-answered = { $by ->
    [patient] Will come, as the patient answered:
    [family] Will come, as the family answered:
   *[staff] Will come, as the staff recorded:
} { $time }, { $place }. Bring ID, insurance card, referral form.
patient-time-soon = A reminder: { $time }, { $place }. Bring ID, insurance card, referral form.
patient-new-time = That time no longer holds, and the hospital knows. You will be told the new time.
patient-on-the-way = Thank you, have a safe way. They expect you at { $place }.
patient-arrived = You have arrived. Get well soon.
patient-missed = The time has passed. Your community doctor will contact you.
patient-waiting = The hospital is arranging it. You will be told.
patient-over = This is finished; you need do nothing.
patient-cancelled = Your visit is cancelled. If you have questions ask your community doctor.
patient-changed = Your visit has changed; please do not go yet. You will be told the new arrangement.
patient-reading = Please measure your blood pressure today and reply with the numbers, for example 145/92. How do you feel?
patient-check = How are you since you left hospital? If you measured your blood pressure, reply with the numbers, for example 145/92.
patient-fine = Thank you, noted. Get well soon.
patient-worse = Your doctor has been told. In an emergency call 120 at once or go to the nearest emergency department.
patient-unseen = No doctor has seen your message yet. In an emergency call 120 or go to the nearest emergency department. Duty line { $line }.
patient-unseen-no-line = No doctor has seen your message yet. In an emergency call 120 or go to the nearest emergency department.

reading-recorded = Recorded { $reading } ({ $time }).
reading-withdrawn = { $reading } is taken back. Please send the right numbers again.
reading-bp = { $sbp }/{ $dbp }
reading-glucose = glucose { $value }
