# Follow-up care: the family-doctor team, patients, and what cannot be done

refused-already-referred = Already referred; see { $referral }.
refused-consent-needed = The patient's consent is needed.

end-stillbirth = Stillbirth
end-newborn_died = Newborn died
end-moved = Moved away

# The family-doctor team's card of a plan
plan-title = Follow-up
programme-after_discharge = after discharge
programme-birth = mother and newborn
programme-hypertension = hypertension
programme-diabetes = diabetes
programme-smi = severe mental disorder
programme-maternal = pregnancy
programme-elderly = older people
programme-tuberculosis = tuberculosis
programme-feels_worse = the patient felt worse
severity-mild = mild
severity-moderate = moderate
severity-severe = severe
row-visit = visit
row-check_in = check-in
row-call = call
row-outcome_check = outcome of the referral
row-reading = reading
row-other = follow-up
plan-due = { $kind }: { $time }
plan-overdue = { $kind } overdue by { $days } d
plan-paused = paused ({ $reason }) until { $time }
plan-last-visit = last { $time }: { $what }
plan-last-reading = last reading { $reading }
plan-feels-worse = felt worse at { $time }
plan-calling = no answer: please call
plan-muted = no messages to the patient: the team calls
plan-over = this follow-up is over
plan-still-taking = Still taking these medicines?
plan-ask = Seen: reply to this card, for example 145/92 regular none
plan-handed-over = You answer for this patient's follow-up now.
patient-wrote-title = A patient in follow-up wrote
patient-sent-title = A patient in follow-up sent a file
patient-wrote-title-referral = The patient sent something
patient-wrote-ask = Please open and look.
refer-up-title = A referral is advised
refer-up-ask = By the rules: refer up, { $priority }. With the patient's consent, send it with one press.
referred-up = referred up, { $code }
pause-in_hospital = In hospital
pause-away = Away
pause-asked = Asked for it
class-satisfactory = satisfactory
class-unsatisfactory_first = unsatisfactory
class-unsatisfactory_again = unsatisfactory again
class-adverse_reaction = adverse reaction
class-complication = complication
class-emergency = emergency
class-unclassified = not classified
finding-smi = danger level { $level }
adherence-regular = takes medicines regularly
adherence-intermittent = takes medicines now and then
adherence-none = takes no medicines
adverse-yes = adverse reaction
adverse-no = no adverse reaction
complication-yes = new complication

menu-plan = What is to be done?
menu-call = What came of the call?
menu-severity = Which grade?
menu-pause = Why pause?
menu-end = Why does it end? Messages stop at once.
menu-move = To which centre? (the patient agrees)
menu-hand = To whom?

button-plan-more = More
button-call-outcome = Call outcome
button-outcome-called = Called, all well
button-outcome-visited = Visited
button-outcome-agreed = Agreed to come (30 d)
button-outcome-later = Call later (7 d)
button-outcome-not_reached = Not reached
button-resume = Resume
button-pause = Pause
button-mute = No messages
button-unmute = Messages again
button-severity = Grade
button-hand-over = Hand over
button-move = Other centre
button-end-plan = End follow-up
button-send-up = Send · { $place }
button-record-visit = Record
button-next-weeks = Next in { $weeks } weeks
button-i-coming = I will come
button-i-later = Later
button-i-not-coming = Cannot come

# Patients
patient-visit-soon = Hello. Tomorrow ({ $time }) { $place } would like to see you. Does that suit you?
patient-visit = Hello. { $place } would like to see you today for your follow-up.
patient-coming = Thank you, { $place } expects you.
patient-later = All right, you will be asked again in a day.
patient-called = All right, your team will call you.
patient-words-received = Your team will read it. In an emergency call 120.

# Readings
reading-two_people = These look like the values of two people. Please send one message for each person, such as “mother 145/92”.
reading-no_such_day = There is no such day. Please check the date and send it again.
reading-other-person = Only { $whom } is registered here. Please do not send other people's values to this chat.

# /today, and recording a visit
today-title = Follow-up today: { $due } due, { $overdue } overdue
today-more = { $count } more; send /today again after these.
today-row = { $grade }{ $name } · { $programme } · { $kind } · { $late }
today-late = { $days } d overdue
today-now = today
visit-draft = { $findings } → { $class }
visit-next = next visit { $date }
visit-why = Because: { $because }
visit-incomplete = still missing: { $missing }
visit-not-read = I could not read that. Please write like this: 145/92 regular none (values, medicines, adverse reactions); a glucose as “fasting 7.1”.
visit-form = Please reply with the visit, for example 145/92 regular none.


call-planned-call = A follow-up by phone is due. Please call.
call-planned-outcome_check = A patient was referred two weeks ago: please look what came of it.
day-words = { $weekday } { $day } { $month } { $year }
visit-recorded = The visit is recorded.

# Words that can be typed when a visit is recorded
visit-word-regular = 规律, 规律服药, 按时, regular, regularly
visit-word-intermittent = 间断, 不规律, 有时忘, intermittent, irregular, sometimes
visit-word-none = 不服药, 没吃药, 停药, not taking, stopped
visit-word-no = 无, 没有, 无不良反应, no, none
visit-word-adverse = 有, 不良反应, 副作用, 有副作用, adverse, side effect, side effects
visit-word-complication = 并发症, 新并发症, complication, new complication

# /papers
papers-title = Discharges without a return form
papers-none = No return form is missing.
papers-row = { $name } · { $hospital } · { $day }
command-papers = ask for missing return forms
