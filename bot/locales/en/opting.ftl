# /stop: each kind of message ends and comes back by itself

opt-title = Which messages shall stop? One press stops a kind, another brings it back. The others still come.
opt-line = { $state ->
    [off] { $name }: stopped
   *[on] { $name }: on
}
opt-follow_up = Follow-up questions (how you are, blood pressure, glucose)
opt-reminders = Visit reminders
opt-chat = Every message we begin (appointments too: the centre calls instead)
opt-staff = Routine messages (emergencies and urgent ones always come)
button-opt-out-follow_up = Stop questions
button-opt-in-follow_up = Questions again
button-opt-out-reminders = Stop reminders
button-opt-in-reminders = Reminders again
button-opt-out-chat = Stop all messages
button-opt-in-chat = All messages again
button-opt-out-staff = Stop routine messages
button-opt-in-staff = Routine messages again
# Written after "stop" or "resume", as the whole message
opt-word-follow_up = questions, follow-up
opt-word-reminders = reminders
opt-word-chat = all, everything
opt-word-again = resume
