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
typed-by-phone = phone,by phone,called

typed-help = With a weak signal you can type: reply “accept” to a card, or write code and word, for example “R-7K2F4 accept”. For an answer given by phone: “R-7K2F4 phone Lin Hao accept”.
typed-nobody = Nobody of that name works there: { $name }. Please write the full name.
