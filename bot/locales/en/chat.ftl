# Answers in the chat

welcome-staff = { $name }, you are connected. Referrals come here; /help shows how it works.
welcome-patient = You are connected; appointments and follow-up come here. This chat is not an emergency service: in an emergency call 120.
stranger = Hello. This is for registered staff and patients only; please ask your doctor for an invitation; staff may share their own number here. In an emergency call 120.
group = This works in private chats only, so I am leaving. Please write to me directly.
help-staff = Refer: /refer with everything in one message, or alone for one question after the other; emergency: /sos; a question: /ask; what is yours: /today; look up: /find; a file: as a reply to the card. The buttons on a card are what you can do; one press is enough. Where words are needed (a question, an answer, a note), reply to that message. /language changes the language, /stop ends routine messages, /start brings them back.
help-patient = Appointments and follow-up come as messages: just press a button; send a blood pressure as numbers, for example 145/92. If you feel unwell press or write “Feel worse”, at any time. /language changes the language, /stop ends reminders, each kind by itself. This chat is not an emergency service: in an emergency call 120.
language-ask = Please choose a language.
language-set = Done: English from now on.
stopped = Done: no more reminders. Appointments and answers to you still come. Send /start to bring them back.
stopped-staff = Done: no more routine messages. Emergencies and urgent ones still come. Send /start to bring them back.
resumed = Done: messages come again.

press-not-yours = This button is not for you.
press-used = Already answered: { $answer }.
press-expired = This button has expired; please look at the newest card.
press-unknown = This button no longer works; please look at the newest card.
press-done = Noted.
press-failed = That did not work just now. Please press again; if it still fails, phone.
press-opened = Open; it folds by itself after 10 minutes.
press-closed-to-you = You may not see the patient's details now.

words-question = Please write your question as a reply to this message.
words-answer = Please write your answer as a reply to this message.
words-comment = Please write the reason as a reply to this message.
words-advice = Please write your advice as a reply to this message.
words-note = Please write the note as a reply to this message.
words-reopen = Why is it opened again? Reply to this message.
words-stored = Noted.
words-cancelled = All right, nothing was written.
words-too-long = That is too long; please keep it under { $limit } characters.

press-or-type-told = Your doctor has been told. Only words and numbers are read here: please press a button or type.
media-came = { $what ->
    [photo] (sent a photo; it cannot be seen here, please call)
    [document] (sent a file; it cannot be seen here, please call)
    [video] (sent a video; it cannot be seen here, please call)
    [video_note] (sent a video; it cannot be seen here, please call)
    [location] (sent a place on the map; it cannot be seen here, please call)
    [venue] (sent a place on the map; it cannot be seen here, please call)
   *[other] (sent a voice message; it cannot be heard here, please call)
}
media-kept = { $what ->
    [photo] (sent a photo: see “Files”)
    [voice] (sent a voice message: see “Files”)
    [video] (sent a video: see “Files”)
    [video_note] (sent a video: see “Files”)
   *[other] (sent a file: see “Files”)
}
patient-file-kept = Kept, sealed; your doctor has been told and opens it later. Nobody reads it here at once: please type numbers, and call 120 in an emergency.
file-too-many-today = That is enough for today; { $limit } files a day at most. In an emergency call 120.
forwarded = What is forwarded asks for nothing here. Please press a button on the card, or type.
press-or-type = Only words and numbers are read here: please press a button or type.
not-understood = I did not understand. Please use the buttons on the card; /help shows how it works.
not-understood-patient = I did not understand. Please press a button, or reply with numbers such as 145/92. In an emergency call 120.
which-patient = Whose is this?
no-plan = No follow-up is waiting for an answer. Ask your community doctor if in doubt; in an emergency call 120.
emergency = In an emergency call 120 at once or go to the nearest emergency department. This chat is not an emergency service.

reading-no_number = There was no number in that. Please reply with the numbers, for example 145/92.
reading-unreadable = I could not read that. Please reply with the numbers, for example 145/92.
reading-unclear = Blood pressure or glucose? Write a blood pressure as two numbers, for example 145/92, or “glucose 8.2”.
reading-several = One reading at a time, please, for example 145/92.
reading-negative = The numbers cannot be negative. Please reply with the numbers, for example 145/92.
reading-swapped = That looks the wrong way round. Please write the higher number first, for example 145/92.
reading-implausible = That does not look right. Please check the numbers, for example 145/92.
reading-incomplete = Please write both numbers of a blood pressure, for example 145/92; for glucose write “glucose 8.2”.

bound-old-chat = Your account is now connected to another chat. If that was not you, tell your administrator at once.
bound-old-chat-patient = Your messages now go to another chat. If that was not you, tell your doctor at once.
bind-second-factor = Please reply with the patient's year of birth, or the last four digits of the phone number.
bind-wrong-factor = { $left ->
    [one] That is not right. You can try once more.
   *[other] That is not right. You can try { $left } more times.
}
bind-failed = The invitation is not valid or has expired; please ask for a new one.
bind-locked = { $minutes ->
    [one] Too many tries. Please try again in a minute.
   *[other] Too many tries. Please try again in { $minutes } minutes.
}
bind-busy = Too many people at once; please try again a little later.

# Staff join by their own number
share-own-number = Please share your own number; somebody else's is not looked at.
share-received = Thank you. If this number is in the register of staff, the head is asked now; once you are let in, you hear it here. If you hear nothing within a day, ask your head for a one-time code.
share-known = This chat is yours already.
share-ask = { $name } wants to join with this chat: the number shared is the one in the register. Let them in? If you did not expect it, call them first.
share-left = They have no role here any more.
share-refused = Noted; they are not let in.
button-let-in = Let them in
button-keep-out = No
