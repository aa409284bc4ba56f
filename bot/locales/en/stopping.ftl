held-title = One kind of message is held
held-what = { $purpose }: { $count } in the last hour, usually { $usual }. Nothing of it goes out until somebody has looked; stat goes on.
held-ask = /notices shows what is held. If it is right, press the button or reply “release”; refloop notices drop takes it all back.
held-released = { $count ->
    [one] Released: one message goes out.
   *[other] Released: { $count } messages go out.
}
held-gone = It is not held any more.
button-release-held = Release them
typed-hold-notices = hold,hold all,stop
typed-release-notices = release,release all,let go
notices-title = Messages to people
notices-waiting = Waiting: { $count }
notices-none = Nothing is held.
notices-held = { $purpose }: { $count } held since { $since } ({ $reason })
notices-everything = Everything but stat
notices-admins-only = Only an admin can stop messages.
notices-are-held = Held. Stat goes on.
notices-are-released = Released.
button-hold-notices = Hold everything but stat
button-release-notices = Release all
card-withdrawn = Withdrawn: this message was sent by mistake. There is nothing for you to do.
