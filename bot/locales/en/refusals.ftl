# What cannot be done: why, and what would do. The keys are refused-<code>

refused-not-yours = This is not yours to answer now.
refused-not-now = That cannot be done now; things have changed. Please look at the card.
refused-unknown-referral = There is no such referral.
refused-unknown-discharge = There is no such discharge.
refused-unknown-plan = There is no such follow-up plan.
refused-unknown-notice = There is no such message.
refused-exists = { $code } exists already.
refused-comment-needed = Please write the reason.
refused-reason-needed = Please choose a reason.
refused-no-advice-for-stat = A STAT referral cannot be answered with advice. Please accept it, or press “Cannot take”.
refused-same-recipient = It is there already; please choose another place.
refused-time-in-past = That time has passed; please choose a later one.
refused-discharge-in-future = A discharge cannot be in the future.
refused-form-empty = The return form is empty; fill in at least one field.
refused-already-answered = This has been answered already.
refused-unknown-pack = There is no such draft.
refused-pack-changed = This is not the content that was drafted.
refused-approvals-missing = Approvals are still missing: { $count }.
