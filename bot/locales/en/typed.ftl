# What staff may type instead of pressing: as a reply to a card, or code and word. Words of both languages always count.

typed-hold = have it,hold,mine
typed-accept = accept,yes,ok
typed-decline = decline,no,cannot
typed-arrived = arrived,here
typed-missed = missed,absent,did not come
typed-set-out = set out,on the way,left
typed-confirm = confirm,comes,will come
typed-give-back = give back,return
typed-redirect = send to,redirect
typed-ask = ask,question
typed-answer = answer
typed-advise = advise,advice
typed-follow-advice = follow advice,agreed
typed-insist = insist
typed-note = note,progress
typed-stable = stable,report stable
typed-treated = treated,report treated
typed-consent = consent,patient agrees
typed-let-go = agree to cancel,let go
typed-go-on = go on,do not cancel
typed-withdraw = withdraw
typed-cancel = cancel,ask to cancel
typed-reopen = reopen,open again
typed-other-time = another time,other time
typed-offer-time = time,offer,offer time
typed-priority = priority
typed-ask-next = next,wait no longer
typed-take-over = take over
# What patients and contacts may type instead of pressing: as a reply, or alone where there is one appointment.
typed-i-come = I come,I'll come,I can come
typed-i-set-out = on my way,left home,on the way
typed-i-another = another time,other time,change the time
typed-i-cannot = cannot come,can't come,I cannot come
typed-i-sure = Are you sure? Press the button, or reply “{ $word }”.

typed-by-phone = phone,by phone,called

typed-help = With a weak signal you can type: reply “accept” to a card, or write code and word, for example “R-7K2F4 accept” or “R-7K2F4 time tomorrow 14:30”. For an answer given by phone: “R-7K2F4 phone Lin Hao accept”.
typed-time-offered = { $code }: { $time }. The patient is told.
typed-time-unreadable = Which time? Please write day and time, for example “R-7K2F4 time tomorrow 14:30” or “12 March 9:30”.
typed-time-no-clock = At what time? Please write the time with the day, for example “tomorrow 14:30”.
typed-time-no-such-day = There is no such day; please look at the calendar and write it again.
typed-time-no-such-time = There is no such time; please write it as 14:30.
typed-time-past = That time is over. Please write one to come; for next year add the year.
typed-time-too-far = That is more than a year away; please write an earlier time.
typed-no-priority = No such priority; please write stat, asap, urgent or routine.
typed-nobody = Nobody of that name works there: { $name }. Please write the full name.
amended-by-word = Added to { $code }; whoever has it sees it.
